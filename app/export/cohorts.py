"""Back to care: a planner's list of codes, approved by a second person, becomes items on clinicians' worklists.

requested -> approved or refused -> led-back, or lapsed where the project ended before. The planner learns no one's
identity and only rounded counts; the codes are deleted as soon as they are led back.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, RowMapping, case, delete, func, insert, select, update

from app import audit, clock, db, projects
from app.access.grants import actor
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import BadUsage, NotAllowed, NotFound
from app.export.vault import LENGTH, Vault
from app.projects import APPROVED, REFUSED
from app.tables import patients
from app.typed import readable
from app.use_tables import worklist_cohorts, worklist_items, worklists
from app.worklist import store
from app.worklist.items import State

log = logging.getLogger(__name__)
MOST, LONGEST_TITLE, LONGEST_WHY = 5_000, 120, 1_000
LARGEST_HIDDEN, STEP = 7, 5
REQUESTED, LED_BACK, LAPSED = "requested", "led-back", "lapsed"
_CODE = re.compile(rf"[a-z]{{{LENGTH}}}", re.ASCII)
WORKER = {"name": "worker", "role": "operator"}


@dataclass(frozen=True)
class Asked:
    """What a planner sends: the codes, and what the clinicians and the people themselves will read."""

    title: str
    why: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Cohort:
    """A list on its way. `codes` is how many it holds: none once it was led back."""

    id: UUID
    project_id: UUID
    title: str
    why: str
    requested_by: str
    requested_at: datetime
    state: str
    decision_words: str
    decided_by: str
    decided_at: datetime | None
    led_back_at: datetime | None
    codes: int

    @property
    def is_short(self) -> bool:
        """Whether a clinician who is told a code could tell whose it is from the list alone."""
        return 0 < self.codes <= LARGEST_HIDDEN


def read_form(form: Mapping[str, str], sent: bytes) -> tuple[Asked | None, dict[str, str]]:
    """The list, pasted or sent as a file, or the words beside each field. No code is ever repeated in them."""
    title, why = " ".join(readable(form.get("title", "")).split()), readable(form.get("why", "")).strip()
    errors: dict[str, str] = {}
    if not title or len(title) > LONGEST_TITLE:
        errors["title"] = f"Enter a title of up to {LONGEST_TITLE} characters"
    if not why or len(why) > LONGEST_WHY:
        errors["why"] = f"Say in up to {LONGEST_WHY:,} characters how this helps the people on the list"
    errors |= {
        name: "Leave codes of people out of the words"
        for name, text in (("title", title), ("why", why))
        if _CODE.search(text)
    }
    codes, wrong = read_codes(f"{form.get('codes', '')}\n{sent.decode('utf-8-sig', 'replace')}")
    return (Asked(title, why, codes), {}) if not (errors or wrong) else (None, errors | wrong)


def read_codes(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Each code once, from one a line; or what is wrong with them."""
    lines = [line.strip() for line in text.splitlines()]
    if wrong := [number for number, line in enumerate(lines, 1) if line and not _CODE.fullmatch(line)]:
        return (), {"codes": f"Line {wrong[0]} is not a code of {LENGTH} letters from a to z"}
    codes = tuple(dict.fromkeys(line for line in lines if line))
    if not codes:
        return (), {"codes": "Paste the codes, or choose a file with them"}
    if len(codes) > MOST:
        return (), {"codes": f"A list can have {MOST:,} codes: this has {len(codes):,}"}
    return codes, {}


def ask(engine: Engine, user: User, project_id: UUID, asked: Asked) -> UUID:
    """Keep a list until somebody decides on it. Raises NotFound where the project may lead nobody back."""
    if not may(user, Permission.USE_EXPORTS):
        raise NotAllowed()
    project = leading_back(engine, user, project_id)
    own = actor(user)
    row: dict[str, Any] = {"id": uuid4(), "project_id": project.id, "title": asked.title, "why": asked.why}
    row |= {"requested_by": json.dumps(own), "requested_at": clock.now(), "state": REQUESTED}
    with db.write(engine) as connection:
        connection.execute(insert(worklists), row)
        codes = [{"worklist_id": row["id"], "pseudonym": code} for code in asked.codes]
        connection.execute(insert(worklist_cohorts), codes)
    _write_down(engine, own, "requested", row["id"], project.id, codes=len(codes))
    return UUID(str(row["id"]))


def leading_back(engine: Engine, user: User, project_id: UUID) -> projects.Project:
    """A live project of this planner's that may lead back to care; raises NotFound."""
    project = projects.live(engine, user, project_id)
    if not project.may_lead_back:
        raise NotFound
    return project


def decide(engine: Engine, user: User, cohort_id: UUID, decision: str, words: str) -> None:
    """Approve or refuse a list, once. Nobody decides on what they sent, or on a list of their own project."""
    cohort = get(engine, cohort_id)
    asked = cohort.requested_by, projects.get(engine, cohort.project_id).applicant
    own = projects.second_person(user, decision, words, "list", *asked)
    values = {"state": decision, "decision_words": words.strip(), "decided_by": json.dumps(own)}
    with db.write(engine) as connection:
        _step(connection, cohort_id, REQUESTED, values | {"decided_at": clock.now()})
        if decision == REFUSED:
            _forget(connection, cohort_id)
    _write_down(engine, own, decision, cohort_id, cohort.project_id)


def _step(connection: Connection, cohort_id: UUID, before: str, values: Mapping[str, Any]) -> None:
    """From one state to the next, by one only."""
    one = (worklists.c.id == cohort_id) & (worklists.c.state == before)
    if not connection.execute(update(worklists).where(one).values(values)).rowcount:
        raise BadUsage("There is nothing to decide: this list is not waiting for it")


def _forget(connection: Connection, cohort_id: UUID) -> None:
    connection.execute(delete(worklist_cohorts).where(worklist_cohorts.c.worklist_id == cohort_id))


def get(engine: Engine, cohort_id: UUID) -> Cohort:
    """One list; raises NotFound."""
    found = _listed(engine, worklists.c.id == cohort_id)
    if not found:
        raise NotFound
    return found[0]


def of_project(engine: Engine, project_id: UUID) -> list[Cohort]:
    """Every list of a project, the newest first."""
    return _listed(engine, worklists.c.project_id == project_id)


def in_state(engine: Engine, state: str) -> list[Cohort]:
    """Every list in this state, the newest first."""
    return _listed(engine, worklists.c.state == state)


def _listed(engine: Engine, which: Any) -> list[Cohort]:
    held = select(func.count()).where(worklist_cohorts.c.worklist_id == worklists.c.id).scalar_subquery()
    query = select(worklists, held.label("codes")).where(which)
    with db.read(engine) as connection:
        rows = connection.execute(query.order_by(worklists.c.requested_at.desc(), worklists.c.id)).mappings()
        return [_cohort(row) for row in rows]


def _cohort(row: RowMapping) -> Cohort:
    return Cohort(**{**row, "decision_words": row["decision_words"] or "", "decided_by": row["decided_by"] or ""})


def progress(engine: Engine, project_id: UUID) -> dict[UUID, tuple[str, str, str]]:
    """Of each list that was led back: how many are on it, were opened and were closed, too coarse to ask of one."""
    opened = func.sum(case((worklist_items.c.state == State.NEW, 0), else_=1))
    closed = func.sum(case((worklist_items.c.state == State.CLOSED, 1), else_=0))
    query = (
        select(worklists.c.id, func.count(worklist_items.c.id), opened, closed)
        .join(worklist_items, isouter=True)
        .where(worklists.c.project_id == project_id, worklists.c.state == LED_BACK)
        .group_by(worklists.c.id)
    )
    with db.read(engine) as connection:
        return {one: (coarse(n), coarse(o or 0), coarse(c or 0)) for one, n, o, c in connection.execute(query)}


def coarse(count: int) -> str:
    """A count in steps of five; none and up to seven are one word, so that it never tells of one person."""
    return f"{LARGEST_HIDDEN} or fewer" if count <= LARGEST_HIDDEN else f"about {STEP * round(count / STEP):,}"


def lead_back_waiting(engine: Engine, vault: Vault, private_key: bytes) -> int:
    """Lead every approved list back to care; how many. One that cannot be led back waits and stops no other."""
    done = 0
    for cohort in in_state(engine, APPROVED):
        try:
            done += _lead_back(engine, vault, private_key, cohort)
        except Exception as error:  # one list must never stop the others
            log.error("list_not_led_back", extra={"worklist": str(cohort.id), "error": type(error).__name__})
    return done


def _lead_back(engine: Engine, vault: Vault, private_key: bytes, cohort: Cohort) -> bool:
    live = projects.get(engine, cohort.project_id).is_live(clock.today())
    people = set(vault.lead_back(private_key, cohort.project_id, _codes(engine, cohort)).values()) if live else set()
    state = LED_BACK if live else LAPSED
    _write_down(engine, WORKER, state, cohort.id, cohort.project_id)
    with db.write(engine) as connection:
        _step(connection, cohort.id, APPROVED, {"state": state, "led_back_at": clock.now()})
        held = select(patients.c.id).where(db.one_of(connection, patients.c.id, people))
        store.add(connection, cohort.id, connection.scalars(held))
        _forget(connection, cohort.id)
    return live


def _codes(engine: Engine, cohort: Cohort) -> list[str]:
    c = worklist_cohorts.c
    with db.read(engine) as connection:
        return list(connection.scalars(select(c.pseudonym).where(c.worklist_id == cohort.id).order_by(c.pseudonym)))


def _write_down(
    engine: Engine, own: Mapping[str, str], outcome: str, cohort_id: UUID, project_id: UUID, **more: int
) -> None:
    detail = {"project": str(project_id), "worklist": str(cohort_id)} | more
    audit.append(engine, audit.Event("cohort", outcome, own, detail=detail))
