"""Releases: asked for by a planner, made by the worker, approved by a second person, pulled while they last.

requested -> checked (the gate passed) or failed (it did not) -> approved or refused. Files are there from `checked` on.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from shutil import rmtree
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import Engine, RowMapping, insert, select, update
from sqlalchemy.exc import OperationalError

from app import audit, clock, db, erasures, projects
from app.access.grants import actor, operator_grant
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import BadUsage, NotAllowed, NotFound, TributaryError
from app.export import earlier, making
from app.export.checks import Check
from app.export.files import MANIFEST
from app.export.making import Job, build, optouts_hold
from app.export.report import Report
from app.export.vault import Vault
from app.projects import APPROVED, REFUSED, Project
from app.settings import Settings
from app.use_tables import releases

log = logging.getLogger(__name__)

REQUESTED, CHECKED, FAILED = "requested", "checked", "failed"
ROWS, MEASURES = making.ROWS, making.MEASURES
KEPT = timedelta(days=30)
"""How long an approved release can be pulled, if its project lasts as long."""


@dataclass(frozen=True)
class Release:
    """One sealed export of a project. `report` is what the gate said; it holds no value of a person."""

    id: UUID
    project_id: UUID
    kind: str
    requested_by: str
    requested_at: datetime
    state: str
    snapshot_at: datetime | None
    report: Mapping[str, Any]
    manifest_digest: bytes | None
    decision_words: str
    decided_by: str
    decided_at: datetime | None
    expires_at: datetime | None

    def can_be_pulled(self, now: datetime) -> bool:
        """Whether its files may be handed out at this moment."""
        return self.state == APPROVED and self.expires_at is not None and now < self.expires_at


def request(engine: Engine, user: User, project_id: UUID, kind: str = ROWS) -> UUID:
    """Ask for a release of a live project of one's own. The worker makes it."""
    if not may(user, Permission.USE_EXPORTS):
        raise NotAllowed()
    return _requested(engine, actor(user), projects.live(engine, user, project_id), kind)


def request_for_operator(engine: Engine, project_id: UUID, kind: str) -> UUID:
    """The same, by who runs this machine. A member of the access group decides all the same."""
    project = projects.get(engine, project_id)
    if not project.is_live(clock.today()):
        raise BadUsage("This project is not approved, or is over")
    return _requested(engine, {"name": "operator", "role": "operator"}, project, kind)


def _requested(engine: Engine, own: Mapping[str, str], project: Project, kind: str) -> UUID:
    wanted = set(project.datasets)
    if kind not in {ROWS, MEASURES} or not (wanted & {MEASURES} if kind == MEASURES else wanted - {MEASURES}):
        raise BadUsage("This project was not approved for that")
    row = {"id": uuid4(), "project_id": project.id, "kind": kind, "requested_by": json.dumps(own)}
    row |= {
        "requested_at": clock.now(),
        "state": REQUESTED,
    }
    with db.write(engine) as connection:
        connection.execute(insert(releases), row)
    detail = {"project": str(project.id), "release": str(row["id"]), "kind": kind}
    audit.append(engine, audit.Event("export-requested", "done", own, detail=detail))
    return UUID(str(row["id"]))


def make(engine: Engine, vault: Vault, settings: Settings, release_id: UUID) -> None:
    """Make a release that was asked for, and keep what the gate said. Its files appear whole, or not at all.

    Killed half-way it leaves a hidden folder, which the next attempt removes: that one gives the same letters.
    """
    with _alone_in(settings.releases_dir):
        release = get(engine, release_id)
        if release.state != REQUESTED:
            return
        folder = settings.releases_dir / f".making-{release_id}"
        rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            _settle(engine, release, _report(engine, vault, release, folder), folder)
        finally:
            rmtree(folder, ignore_errors=True)


@contextmanager
def _alone_in(outbox: Path) -> Iterator[None]:
    """One release is made at a time, by worker or operator; the others wait. The lock ends with its process.

    Two of one number would take each other's folder away; two of one measure would not see each other's table.
    """
    outbox.mkdir(parents=True, exist_ok=True)
    held = os.open(outbox, os.O_RDONLY)
    try:
        flock(held, LOCK_EX)
        yield
    finally:
        os.close(held)


def _report(engine: Engine, vault: Vault, release: Release, folder: Path) -> Report:
    """What came of it. Something unforeseen is named by its kind only: its words may hold a value."""
    project = projects.get(engine, release.project_id)
    if not project.is_live(clock.today()):
        return Report([Check("project", False, "the project is over")])
    granted = operator_grant(engine, f"export {release.id}")
    try:
        return build(Job(engine, vault, granted, project, release.id, release.kind, folder))
    except TributaryError as error:
        return Report([Check("made", False, str(error))])
    except OperationalError:
        raise
    except Exception as error:
        log.error("release_not_made", extra={"release": str(release.id), "error": type(error).__name__})
        return Report([Check("made", False, f"it could not be made: {type(error).__name__}")])


def _settle(engine: Engine, release: Release, report: Report, folder: Path) -> None:
    """The state and the files together: the folder is in its place before the state is seen, or neither is."""
    sealed = next((one.sha256 for one in report.files if one.name == MANIFEST), None) if report.passed else None
    values: dict[str, Any] = {"state": CHECKED if report.passed else FAILED, "report": json.dumps(report.said)}
    values |= {"snapshot_at": report.at or clock.now(), "manifest_digest": bytes.fromhex(sealed) if sealed else None}
    waiting = (releases.c.id == release.id) & (releases.c.state == REQUESTED)
    with db.write(engine) as connection:
        if connection.execute(update(releases).where(waiting).values(values)).rowcount and report.passed:
            earlier.keep(connection, release.id, report.tables)
            place = folder.parent / str(release.id)
            rmtree(place, ignore_errors=True)
            _durable(folder)
            folder.rename(place)
            _durable(folder.parent)


def _durable(folder: Path) -> None:
    """Wait until what a folder holds, and its list of names, would be there after a power cut."""
    for path in (*(one for one in folder.iterdir() if one.is_file()), folder):
        held = os.open(path, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def make_waiting(engine: Engine, vault: Vault, settings: Settings) -> int:
    """Make every release that waits, the oldest first; how many there were."""
    waiting = in_state(engine, REQUESTED)
    for release in reversed(waiting):
        make(engine, vault, settings, release.id)
    return len(waiting)


def sweep(engine: Engine, outbox: Path) -> None:
    """Remove the files of releases that nobody may pull any more, or may not approve any more."""
    now, today = clock.now(), clock.today()
    over = [*in_state(engine, REFUSED), *(one for one in in_state(engine, APPROVED) if not one.can_be_pulled(now))]
    over += [one for one in in_state(engine, CHECKED) if not projects.get(engine, one.project_id).is_live(today)]
    held = [one for one in (*in_state(engine, APPROVED), *in_state(engine, CHECKED)) if one.snapshot_at]
    over += [one for one in held if one.snapshot_at and erasures.since(engine, one.snapshot_at)]
    for release in over:
        rmtree(outbox / str(release.id), ignore_errors=True)


def decide(engine: Engine, user: User, release_id: UUID, decision: str, words: str) -> None:
    """Approve or refuse what the gate let through, once. Nobody decides on what they asked for."""
    release = get(engine, release_id)
    project = projects.get(engine, release.project_id)
    own = projects.second_person(user, decision, words, "release", release.requested_by, project.applicant)
    if decision == APPROVED:
        _may_still_leave(engine, project, release)
    _decided(engine, own, release, decision, words.strip(), _expiry(project))
    detail = {"project": str(project.id), "release": str(release_id), "decision": decision}
    audit.append(engine, audit.Event("export-decided", "done", own, detail=detail))


def _may_still_leave(engine: Engine, project: Project, release: Release) -> None:
    if not project.is_live(clock.today()):
        raise BadUsage("The project of this release is over")
    if release.snapshot_at is not None and erasures.since(engine, release.snapshot_at):
        raise BadUsage("Something was erased by order since this release was made. Ask for a new one.")
    check = optouts_hold(engine, project, str(release.report.get("excluded", "")), release.snapshot_at)
    if not check.passed:
        raise BadUsage(f"This release cannot leave any more: {check.words}. Ask for a new one.")


def _decided(
    engine: Engine, own: Mapping[str, str], release: Release, decision: str, words: str, expires_at: datetime
) -> None:
    values: dict[str, Any] = {"state": decision, "decision_words": words, "decided_by": json.dumps(own)}
    values |= {"decided_at": clock.now(), "expires_at": expires_at if decision == APPROVED else None}
    undecided = (releases.c.id == release.id) & (releases.c.state == CHECKED)
    with db.write(engine) as connection:
        if not connection.execute(update(releases).where(undecided).values(values)).rowcount:
            raise BadUsage("There is nothing to decide: this release is not waiting for it")


def _expiry(project: Project) -> datetime:
    """The end of what may be pulled: thirty days, or the end of the project's last day where that is earlier."""
    after = project.expires_on + timedelta(days=1)
    last = datetime(after.year, after.month, after.day, tzinfo=clock.LONDON)
    return min(clock.now() + KEPT, last)


def get(engine: Engine, release_id: UUID) -> Release:
    """One release; raises NotFound."""
    with db.read(engine) as connection:
        row = connection.execute(select(releases).where(releases.c.id == release_id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _release(row)


def of_project(engine: Engine, project_id: UUID) -> list[Release]:
    """Every release of a project, the newest first."""
    return _listed(engine, releases.c.project_id == project_id)


def in_state(engine: Engine, state: str) -> list[Release]:
    """Every release in this state, the newest first: what waits to be made, or for a decision."""
    return _listed(engine, releases.c.state == state)


def _listed(engine: Engine, which: Any) -> list[Release]:
    query = select(releases).where(which).order_by(releases.c.requested_at.desc(), releases.c.id)
    with db.read(engine) as connection:
        return [_release(row) for row in connection.execute(query).mappings()]


def _release(row: RowMapping) -> Release:
    written = {name: row[name] or "" for name in ("decision_words", "decided_by")}
    return Release(**{**row, **written, "report": json.loads(row["report"] or "{}")})


def open_file(engine: Engine, user: User, release_id: UUID, name: str, *, outbox: Path) -> BinaryIO:
    """A file of an approved release, for the planner whose project it is; written down before a byte goes out.

    `outbox` is RELEASES_DIR. Raises NotFound for anything else, whether there is one or not; BadUsage where somebody
    opted out since it was made, or that cannot be known.
    """
    if not may(user, Permission.USE_EXPORTS):
        raise NotAllowed()
    release = get(engine, release_id)
    project = projects.live(engine, user, release.project_id)
    if not release.can_be_pulled(clock.now()) or name not in files_of(release):
        raise NotFound()
    _may_still_leave(engine, project, release)
    try:
        opened = (outbox / str(release.id) / name).open("rb")
    except FileNotFoundError:
        raise NotFound("The files of this release are no longer kept") from None
    detail = {"project": str(project.id), "release": str(release_id), "file": name}
    with ExitStack() as closed_on_failure:
        closed_on_failure.enter_context(opened)
        audit.append(engine, audit.Event("export-pulled", "allowed", actor(user), detail=detail))
        closed_on_failure.pop_all()
    return opened


def files_of(release: Release) -> dict[str, Mapping[str, Any]]:
    """The files of a release by name, each with its `type`, `count`, `sha256` and `bytes`."""
    return {str(one["name"]): one for one in release.report.get("files", ())}
