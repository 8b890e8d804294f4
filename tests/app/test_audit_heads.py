"""The end of the record of looks is signed and kept elsewhere: an old copy put in its place is known for one."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from sqlalchemy import Engine, create_engine, text

from app import audit, audit_heads, clock, create_app
from app.crypto import HEAD_FILE, HEAD_PUBLIC_FILE
from app.db import engine_for
from app.errors import NotReady
from app.keyring import attach
from app.settings import Settings
from tests.audited import as_owner
from tests.installation import demo_settings

ACTOR = {"iss": "https://id.example", "sub": "c1", "name": "Dr Grace Hall", "role": "General practitioner"}


@pytest.fixture
def settings(engine: Engine, database_url: str, tmp_path: Path) -> Settings:
    return demo_settings(database_url, tmp_path)


def look(engine: Engine, times: int = 1) -> None:
    for _ in range(times):
        audit.append(engine, audit.Event("view-record", "allowed", ACTOR, uuid4(), {"route": "record"}))


def sign(engine: Engine, settings: Settings, *, later: timedelta = timedelta()) -> int:
    with clock.stopped_at(clock.now() + later):
        return audit_heads.sign(engine, settings)


def command(settings: Settings, *words: str) -> Result:
    app = create_app(settings)
    done = app.test_cli_runner().invoke(args=list(words))
    app.extensions["engine"].dispose()
    return done


Restore = Callable[[], None]
Backup = Callable[[], Restore]


@pytest.fixture
def backup(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[Backup]:
    """Take a backup of the database; what comes back puts it in the place of what is there now."""
    if engine.dialect.name == "sqlite":
        yield lambda: _sqlite_backup(engine, tmp_path)
        return
    name, copy = engine.url.database, f"{engine.url.database}_copy"
    admin = create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def copied(of: str | None, to: str | None) -> None:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {to} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {to} TEMPLATE {of}"))

    def take() -> Restore:
        copied(name, copy)
        return lambda: copied(copy, name)

    yield take
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)"))
    admin.dispose()


def _sqlite_backup(engine: Engine, folder: Path) -> Restore:
    with closing(sqlite3.connect(folder / "test.db")) as own, closing(sqlite3.connect(folder / "backup.db")) as copy:
        own.backup(copy)

    def restore() -> None:
        engine.dispose()
        for left in folder.glob("test.db-*"):
            left.unlink()
        shutil.copy(folder / "backup.db", folder / "test.db")

    return restore


def test_a_head_is_signed_at_first_then_after_so_many_rows_or_a_minute(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign(engine, settings) == 0, "nothing was done yet"
    look(engine)
    assert (sign(engine, settings), sign(engine, settings)) == (1, 0)
    look(engine)
    assert sign(engine, settings) == 0
    assert sign(engine, settings, later=timedelta(seconds=61)) == 1
    monkeypatch.setattr(audit_heads, "EVERY_ROWS", 3)
    look(engine, 3)
    assert sign(engine, settings) == 1
    assert [json.loads(line)["seq"] for line in settings.audit_heads.read_text().splitlines()] == [1, 2, 5]
    assert audit_heads.verify(engine, settings) == audit_heads.Verdict(5, 5, ())


def test_a_backup_that_is_too_old_is_told_by_the_rows_that_are_missing(
    engine: Engine, settings: Settings, backup: Backup
) -> None:
    look(engine, 4)
    restore = backup()
    look(engine, 6)
    sign(engine, settings)
    restore()
    assert audit.verify(engine) == (4, None), "by itself it holds"
    [fault] = audit_heads.verify(engine, settings).faults
    assert (fault.seq, fault.words) == (5, "rows 5..10 are missing: they were signed")
    with pytest.raises(NotReady, match="does not hold"):
        sign(engine, settings, later=timedelta(hours=1))
    look(engine, 8)
    [fault] = audit_heads.verify(engine, settings).faults
    assert fault.words.startswith("rows 1..10 are not those that were signed on ")
    with pytest.raises(NotReady, match="row 11 does not follow"):
        sign(engine, settings, later=timedelta(hours=1))


def test_what_does_not_hold_is_never_signed(engine: Engine, settings: Settings) -> None:
    look(engine, 3)
    with engine.begin() as connection:
        as_owner(connection)
        connection.execute(text("UPDATE audit_events SET outcome = 'refused' WHERE seq = 2"))
    with pytest.raises(NotReady, match="row 2 was changed"):
        sign(engine, settings)
    assert not settings.audit_heads.exists()


def forged(line: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
    """What somebody could write without the key."""
    return [
        line | {"seq": line["seq"] - 1},
        line | {"hash": other["hash"]},
        line | {"at": other["at"]},
        line | {"signature": other["signature"]},
        line | {"signature": "00"},
        {},
    ]


def test_a_head_that_somebody_else_wrote_is_known_for_one(engine: Engine, settings: Settings) -> None:
    look(engine, 2)
    sign(engine, settings)
    look(engine, 2)
    sign(engine, settings, later=timedelta(hours=1))
    path = settings.audit_heads
    one, other = map(json.loads, path.read_text().splitlines())
    for line in forged(other, one):
        path.write_text(f"{json.dumps(one)}\n{json.dumps(line)}\n")
        [fault] = audit_heads.verify(engine, settings).faults
        assert fault.words == "line 2 of AUDIT_HEADS is not signed by this installation"


def test_the_command_says_which_rows_are_missing_and_by_its_exit_that_it_does_not_hold(
    engine: Engine, settings: Settings, backup: Backup
) -> None:
    look(engine, 3)
    restore = backup()
    look(engine, 2)
    assert "1 heads signed" in command(settings, "worker", "--once").stdout
    held = command(settings, "audit", "verify")
    assert (held.exit_code, held.stdout) == (0, "5 rows hold; up to row 5 they are signed.\n")
    restore()
    told = command(settings, "audit", "verify")
    assert told.exit_code == 3
    assert told.stdout.splitlines()[1] == "row 4: rows 4..5 are missing: they were signed"
    signing = command(settings, "worker", "--once")
    assert (signing.exit_code, "could not be done: heads signed" in signing.stderr) == (2, True)


def test_rows_that_nobody_signs_are_told_after_a_while(engine: Engine, settings: Settings) -> None:
    look(engine, 2)
    assert audit_heads.verify(engine, settings).faults == ()
    with clock.stopped_at(clock.now() + timedelta(minutes=11)):
        [fault] = audit_heads.verify(engine, settings).faults
        assert fault.words == "rows 1..2 are not signed: is `flask worker` running?"
        sign(engine, settings)
        assert audit_heads.verify(engine, settings).faults == ()


def test_whoever_verifies_needs_no_secret_key_and_the_site_needs_none_of_the_two(
    engine: Engine, settings: Settings
) -> None:
    look(engine)
    sign(engine, settings)
    (settings.keys_dir / HEAD_FILE).unlink()
    assert audit_heads.verify(engine, settings).signed == 1
    (settings.keys_dir / HEAD_PUBLIC_FILE).unlink()
    assert create_app(settings).test_client().get("/healthz").status_code == 200
    with pytest.raises(NotReady, match=r"audit-heads\.pub"):
        audit_heads.verify(engine, settings)


def test_another_copy_of_the_database_with_another_key_signs_nothing_that_counts(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    look(engine)
    for name in (HEAD_FILE, HEAD_PUBLIC_FILE):
        (settings.keys_dir / name).rename(tmp_path / name)
    command(settings, "keys", "create")
    sign(engine, settings)
    for name in (HEAD_FILE, HEAD_PUBLIC_FILE):
        (tmp_path / name).rename(settings.keys_dir / name)
    again = attach(engine_for(engine.url.render_as_string(hide_password=False)), settings.keys_dir)
    verdict = audit_heads.verify(again, settings)
    again.dispose()
    assert (verdict.signed, len(verdict.faults)) == (0, 1)
