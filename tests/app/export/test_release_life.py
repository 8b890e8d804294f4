"""A release is made whole or not at all, and leaves only while everything that it was agreed on holds."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, delete, update

from app import clock, db, erasures, statements
from app.access.grants import grant
from app.access.permissions import Permission
from app.access.users import PrivacyOfficer
from app.errors import BadUsage
from app.export import making, optouts, releases
from app.export.files import MANIFEST
from app.export.releases import CHECKED, FAILED, REQUESTED
from app.export.vault import Vault
from app.projects import APPROVED, REFUSED
from app.settings import Settings
from app.use_tables import opt_out_lists, opt_outs
from fhir.record import combine
from tests.app.export import crowd
from tests.app.export.planning import GWEN, PETRA, Made, approved, failed, the_files_agree
from tests.feeding import GP, Json, Sender, clinician, condition, nhs, patient


def test_without_a_valid_opt_out_list_nothing_is_made(
    engine: Engine, sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    with db.write(engine) as connection:
        connection.execute(delete(opt_outs))
        connection.execute(delete(opt_out_lists))
    release, folder = make()
    assert release.state == FAILED
    assert "opt-out" in release.report["checks"][0]["words"]
    assert not folder.exists()
    free, _ = make(national_applies=False, opt_out_reason="Regulation 3 notice")
    assert free.state == CHECKED


def test_a_release_is_not_approved_after_somebody_opted_out(
    engine: Engine, sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    release, _ = make()
    crowd.load_lists(sender, opted_out=crowd.number(5))
    with pytest.raises(Exception, match="opted out"):
        releases.decide(engine, GWEN, release.id, APPROVED, "As agreed")
    releases.decide(engine, GWEN, release.id, REFUSED, "Stale")


def test_a_release_is_not_pulled_after_somebody_opted_out(
    sender: Sender, make: Callable[..., Made], settings: Settings
) -> None:
    crowd.load(sender)
    release, _ = make()
    releases.decide(sender.engine, GWEN, release.id, APPROVED, "As agreed")

    def pull() -> None:
        releases.open_file(sender.engine, PETRA, release.id, "people.csv", outbox=settings.releases_dir).close()

    crowd.load_lists(sender)
    pull()
    crowd.load_lists(sender, opted_out=crowd.number(5))
    with pytest.raises(BadUsage, match="opted out"):
        pull()
    with db.write(sender.engine) as connection:
        connection.execute(update(opt_out_lists).values(valid_until=clock.today() - timedelta(days=1)))
    with pytest.raises(BadUsage, match="out of date"):
        pull()


def test_who_comes_later_is_in_no_release_and_stops_none(
    sender: Sender, make: Callable[..., Made], settings: Settings
) -> None:
    """Where a list names those who may be used, every newcomer is off it."""
    crowd.load(sender)
    listed = sender.folder / "may-use.csv"
    listed.write_text("".join(f"{crowd.number(n)}\n" for n in range(crowd.PEOPLE)))
    optouts.load(sender.engine, listed, optouts.MAY_USE, date(2099, 1, 1))
    release, _ = make()
    sender.send(GP, crowd.person(30))
    releases.decide(sender.engine, GWEN, release.id, APPROVED, "As agreed")
    releases.open_file(sender.engine, PETRA, release.id, "people.csv", outbox=settings.releases_dir).close()
    sender.send(GP, crowd.person(5, identifier=[nhs(crowd.number(31))]))
    with pytest.raises(BadUsage, match="opted out"):
        releases.open_file(sender.engine, PETRA, release.id, "people.csv", outbox=settings.releases_dir)


def test_two_who_make_one_release_at_once_do_not_disturb_each_other(
    sender: Sender, vault: Vault, settings: Settings
) -> None:
    crowd.load(sender)
    number = releases.request(sender.engine, PETRA, approved(sender.engine))
    made = [Thread(target=releases.make, args=(sender.engine, vault, settings, number)) for _ in range(2)]
    for one in made:
        one.start()
    for one in made:
        one.join()
    release = releases.get(sender.engine, number)
    assert (release.state, failed(release)) == (CHECKED, set())
    the_files_agree(settings.releases_dir / str(number))
    manifest = json.loads((settings.releases_dir / str(number) / MANIFEST).read_text())
    assert release.snapshot_at and release.snapshot_at.isoformat(timespec="seconds") == manifest["transactionTime"]


def test_what_nobody_decided_on_goes_with_its_project(
    engine: Engine, sender: Sender, make: Callable[..., Made], settings: Settings
) -> None:
    crowd.load(sender)
    _, folder = make(expires_on=clock.today() + timedelta(days=3))
    for days, there in ((3, True), (4, False)):
        with clock.stopped_at(clock.now() + timedelta(days=days)):
            releases.sweep(engine, settings.releases_dir)
        assert folder.exists() == there


def test_the_worker_makes_what_waits_once(engine: Engine, sender: Sender, vault: Vault, settings: Settings) -> None:
    crowd.load(sender)
    number = releases.request(engine, PETRA, approved(engine))
    assert releases.make_waiting(engine, vault, settings) == 1
    assert releases.make_waiting(engine, vault, settings) == 0
    made = settings.releases_dir / str(number)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    releases.decide(engine, GWEN, number, REFUSED, "No")
    releases.sweep(engine, settings.releases_dir)
    assert not made.exists()


@pytest.mark.parametrize("place", ["spool", "tables", "manifest", "gate"])
def test_killed_half_way_nothing_is_in_the_outbox_and_the_next_attempt_makes_it(
    sender: Sender, vault: Vault, settings: Settings, place: str
) -> None:
    crowd.load(sender)
    project = approved(sender.engine)
    number = releases.request(sender.engine, PETRA, project)
    told = {"ENVIRONMENT": "demo", "DATABASE_URL": settings.database_url, "VAULT_URL": settings.vault_url}
    told |= {"DEMO_HOME": str(settings.keys_dir.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", KILLED, str(number), place], env=told, cwd=HOME, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert releases.get(sender.engine, number).state == REQUESTED
    assert [path.name for path in settings.releases_dir.iterdir()] == [f".making-{number}"]
    releases.make_waiting(sender.engine, vault, settings)
    assert releases.get(sender.engine, number).state == CHECKED
    assert [path.name for path in settings.releases_dir.iterdir()] == [str(number)]


HOME = Path(making.__file__).parents[2]
KILLED = """
import os, signal, sys
from uuid import UUID
from app import create_app
from app.export import checks, files, making, releases, spool
from app.export.vault import open_vault
from app.settings import Settings

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

owner, name = {"spool": (spool.Spool, "close"), "tables": (files, "described"), "manifest": (files, "write_json"),
               "gate": (checks, "files_are_as_told")}[sys.argv[2]]
setattr(owner, name, killed)
settings = Settings.from_env()
engine = create_app(settings).extensions["engine"]
with open_vault(settings) as vault:
    releases.make(engine, vault, settings, UUID(sys.argv[1]))
"""


def test_what_cannot_be_foreseen_is_named_by_its_kind_only(
    sender: Sender, make: Callable[..., Made], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    crowd.load(sender)

    def wrong(*_: object) -> Json:
        raise ValueError("Crowdy7 Crowdson7")

    monkeypatch.setattr(making, "_manifest", wrong)
    release, folder = make()
    assert release.state == FAILED
    assert "Crowdy7" not in json.dumps(release.report) + caplog.text
    assert "ValueError" in json.dumps(release.report)
    assert not folder.exists()


def test_a_release_leaves_no_more_after_something_was_erased_by_order(
    sender: Sender, make: Callable[..., Made], settings: Settings
) -> None:
    """Which of its rows rests on what was erased, nobody can tell any more: all of it stays, and its files go."""
    crowd.load(sender)
    release, folder = make()
    waiting, _ = make()
    releases.decide(sender.engine, GWEN, release.id, APPROVED, "As agreed")
    erase_one(sender)
    with pytest.raises(BadUsage, match="erased by order since"):
        releases.open_file(sender.engine, PETRA, release.id, "people.csv", outbox=settings.releases_dir)
    with pytest.raises(BadUsage, match="erased by order since"):
        releases.decide(sender.engine, GWEN, waiting.id, APPROVED, "As agreed")
    releases.sweep(sender.engine, settings.releases_dir)
    assert not folder.exists()
    again, _ = make()
    releases.decide(sender.engine, GWEN, again.id, APPROVED, "As agreed")


def erase_one(sender: Sender) -> None:
    """A clinician asks for an entry of somebody new to be erased, and the privacy officer approves it."""
    sender.send(GP, patient("erased", number="", birthDate="1999-01-01"), condition("c-erased", of="erased"))
    whom = sender.person_of(GP, "erased")
    assert whom
    allowed = grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, whom)
    record = combine(statements.of_patient(sender.engine, allowed), allowed.sources)
    asked = erasures.Asked(GP, "Condition/c-erased", erasures.ENTRY, "ordered", "A court said so")
    order = erasures.ask(sender.engine, clinician(GP), allowed, record, asked)
    erasures.decide(sender.engine, PrivacyOfficer("i", "p1", "Pat Quill", ""), order, APPROVED, "So be it")
