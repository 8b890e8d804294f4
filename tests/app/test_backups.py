"""A backup is made while people work; after a loss everything is there again, or it is said what is not (A11, B10)."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, text

from app import audit, audit_heads, create_app, db, keyring, statements
from app.access.grants import operator_grant
from app.crypto import create_keys
from app.db import engine_for
from app.export.vault import migrate_vault
from app.migrate import migrate
from app.settings import Settings
from fhir.record import combine, digest
from tests.feeding import GP, TRUST, Sender, clinician, condition, patient
from tests.installation import demo_settings

PEOPLE = 20


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """An installation with SQLite, in which people are known to two sources."""
    made = demo_settings(f"sqlite:///{tmp_path / 'data' / 'tributary.db'}", tmp_path / "home")
    (tmp_path / "data").mkdir()
    (tmp_path / "sent").mkdir()
    made = replace(made, vault_url=f"sqlite:///{tmp_path / 'data' / 'vault.db'}")
    create_keys(made.keys_dir)
    engine = opened(made)
    migrate(engine)
    migrate_vault(made)
    sender = Sender(engine, tmp_path / "sent")
    for n in range(PEOPLE):
        sender.send(GP, someone(n), condition(f"c{n}", of=f"p{n}", words="Asthma"))
        sender.send(TRUST, someone(n), condition(f"c{n}", of=f"p{n}", words="Asthma, mild"))
    yield made
    engine.dispose()


def someone(n: int) -> dict[str, object]:
    return patient(f"p{n}", number="", birthDate=f"19{50 + n % 40}-0{1 + n % 9}-01")


def opened(settings: Settings) -> Engine:
    return keyring.attach(engine_for(settings.database_url), settings.keys_dir)


def records(settings: Settings) -> dict[str, str]:
    """The digest of every combined record."""
    engine = opened(settings)
    found = {str(who): digest(combine(own)) for who, own in statements.of_everyone(engine, operator_grant(engine, "t"))}
    engine.dispose()
    return found


def command(settings: Settings, *words: str) -> Result:
    app = create_app(settings)
    done = app.test_cli_runner().invoke(args=list(words))
    app.extensions["engine"].dispose()
    return done


def lose(settings: Settings) -> None:
    for path in Path(settings.database_url.removeprefix("sqlite:///")).parent.iterdir():
        path.unlink()


def test_what_was_there_is_there_again_after_a_loss(settings: Settings, tmp_path: Path) -> None:
    """The drill: load, back up under writes, destroy, restore, compare every record, verify the record of looks."""
    before, engine, stop = records(settings), opened(settings), threading.Event()
    written: list[int] = []

    def work() -> None:
        sender = Sender(engine, tmp_path / "sent")
        sender._sent = 1_000
        while not stop.is_set():
            n = 1_000 + len(written)
            sender.send(GP, patient(f"q{n}", number="", birthDate="1901-01-01"), condition(f"d{n}", of=f"q{n}"))
            audit.append(engine, audit.Event("view-record", "allowed", {"sub": clinician().subject}))
            written.append(n)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        done = command(settings, "backup", str(tmp_path / "b1"))
    finally:
        stop.set()
        worker.join()
    assert done.exit_code == 0, done.output
    assert written, "somebody wrote meanwhile"
    with db.read(engine) as connection:
        latest = connection.scalar(text("SELECT max(id) FROM statements"))
    engine.dispose()
    lose(settings)
    done = command(settings, "restore", str(tmp_path / "b1"))
    assert done.exit_code == 0, done.output
    after = records(settings)
    assert {who: after.get(who) for who in before} == before
    engine = opened(settings)
    assert audit.verify(engine)[1] is None
    with db.read(engine) as connection:
        assert connection.scalar(text("SELECT max(id) FROM statements")) <= latest
    told = Sender(engine, tmp_path / "sent").send(GP, someone(0), condition("c0", of="p0", words="Asthma"))
    assert (told["unchanged"], told["stored"]) == (2, 0), "and feeds go on"
    engine.dispose()


def test_one_that_is_too_old_says_which_looks_are_lost(settings: Settings, tmp_path: Path) -> None:
    assert command(settings, "backup", str(tmp_path / "b1")).exit_code == 0
    engine = opened(settings)
    for _ in range(3):
        audit.append(engine, audit.Event("view-record", "allowed", {"sub": "c1"}))
    assert audit_heads.sign(engine, settings) == 1
    engine.dispose()
    lose(settings)
    done = command(settings, "restore", str(tmp_path / "b1"))
    assert done.exit_code == 3
    assert "row 2: rows 2..4 are missing: they were signed" in done.output


def test_nothing_is_replaced(settings: Settings, tmp_path: Path) -> None:
    assert command(settings, "backup", str(tmp_path / "b1")).exit_code == 0
    again = command(settings, "backup", str(tmp_path / "b1"))
    assert (again.exit_code, "never replaces another" in again.output) == (2, True)
    onto = command(settings, "restore", str(tmp_path / "b1"))
    assert (onto.exit_code, "move it away first" in onto.output) == (2, True)
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_copy_that_was_changed_or_is_not_whole_is_not_put_in_place(settings: Settings, tmp_path: Path) -> None:
    assert command(settings, "backup", str(tmp_path / "b1")).exit_code == 0
    lose(settings)
    copy = tmp_path / "b1" / "tributary.db"
    copy.write_bytes(copy.read_bytes()[:-1] + b"x")
    done = command(settings, "restore", str(tmp_path / "b1"))
    assert (done.exit_code, "is not the copy that was made" in done.output) == (2, True)
    (tmp_path / "b1" / "backup.json").unlink()
    assert "holds no whole backup" in command(settings, "restore", str(tmp_path / "b1")).output


def test_it_is_readable_by_its_owner_only_and_holds_no_key(settings: Settings, tmp_path: Path) -> None:
    done = command(settings, "backup", str(tmp_path / "b1"))
    assert "Not in it: the keys" in done.output
    assert (tmp_path / "b1").stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "b1").glob("*.db")} == {0}
    assert sorted(path.name for path in (tmp_path / "b1").iterdir()) == ["backup.json", "tributary.db", "vault.db"]
    held = b"".join(path.read_bytes() for path in (tmp_path / "b1").iterdir())
    assert not any(path.read_bytes() in held for path in settings.keys_dir.iterdir())
    assert set(json.loads((tmp_path / "b1" / "backup.json").read_text())) == {"made_at", "files"}


def test_postgresql_is_told_of_its_own_tools(settings: Settings, tmp_path: Path) -> None:
    other = replace(settings, vault_url="postgresql://localhost/vault")
    done = command(other, "backup", str(tmp_path / "b1"))
    assert (done.exit_code, "own tools" in done.output) == (2, True)
