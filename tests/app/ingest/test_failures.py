"""Killed half-way, disk full, database locked: nothing held is lost, nothing half-done stays."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app import db
from app.access.grants import operator_grant
from app.db import engine_for
from app.keyring import attach
from app.statements import of_everyone
from fhir.record import combine, digest
from tests.feeding import GP, Sender, condition, patient


def run(*words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command of ours, to its end."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A demo installation's environment, migrated, with keys."""
    made = os.environ | {
        "ENVIRONMENT": "demo",
        "DATABASE_URL": database_url,
        "KEYS_DIR": str(tmp_path / "keys"),
        "INBOX": str(tmp_path / "inbox"),
        "DEMO_HOME": str(tmp_path),
    }
    for words in (("keys", "create"), ("migrate",)):
        done = run(*words, env=made)
        assert done.returncode == 0, done.stderr
    return made


def digests(url: str, keys: Path) -> list[str]:
    engine = attach(engine_for(url), keys)
    try:
        granted = operator_grant(engine, "test")
        return sorted(digest(combine(own)) for _, own in of_everyone(engine, granted))
    finally:
        engine.dispose()


def held(url: str) -> int:
    engine = engine_for(url)
    with db.read(engine) as connection:
        found = int(connection.execute(text("SELECT count(*) FROM statements")).scalar() or 0)
    engine.dispose()
    return found


def test_killed_again_and_again_an_ingest_ends_as_if_it_had_never_been(
    env: dict[str, str], data: Path, database_url: str
) -> None:
    folder = data / "ics-small" / "day1" / "acute-RBD"
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "ingest", "--source", "RBD", str(folder)]
    total = sum(line.count(b'"request":') for f in folder.iterdir() for line in f.read_bytes().splitlines())
    for _ in range(3):
        before = held(database_url)
        child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while held(database_url) <= before < total and child.poll() is None:
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert run("ingest", "--source", "RBD", str(folder), env=env).returncode == 0
    assert held(database_url) == total
    ended = digests(database_url, Path(env["KEYS_DIR"]))
    assert len(ended) == len(set(ended)) == 26


def test_a_locked_database_is_said_in_words_and_nothing_is_half_done(
    sender: Sender, database_url: str, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], tmp_path: Path
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("only SQLite locks the whole database")
    feed = tmp_path / "feed.ndjson"
    feed.write_text("\n")
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = run("ingest", "--source", GP, str(feed), env=env)
    other.execute("ROLLBACK")
    other.close()
    assert done.returncode == 1
    assert "database is locked" in done.stderr and "Traceback" not in done.stderr


def test_a_full_disk_is_said_in_words_and_what_was_held_stays(sender: Sender, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("the server's disk is not ours to fill")
    sender.send(GP, patient("1"), condition("c1", of="1"))
    with sender.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()
    from sqlalchemy.exc import OperationalError

    many = [condition(f"x{n}", of="1", words=f"Problem {n} " + os.urandom(200).hex()) for n in range(400)]
    with pytest.raises(OperationalError, match="disk is full"):
        sender.send(GP, *many)
    assert sender.count("statements", "type = 'Condition'") == 1
