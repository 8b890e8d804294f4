"""The record of looks is added to, never changed: the database refuses the application everything else (C49)."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app import audit
from app.db import engine_for
from app.keyring import attach

ACTOR = {"iss": "https://id.example", "sub": "c1", "name": "Dr Grace Hall", "role": "General practitioner"}


def look() -> audit.Event:
    return audit.Event("view-record", "allowed", ACTOR, uuid4(), {"route": "record"}, (1, 2), (7, 5))


@pytest.fixture
def application(engine: Engine, keys_dir: Path) -> Iterator[Engine]:
    """Three looks, and whoever may read and write every table, but owns none where the database knows owners."""
    for _ in range(3):
        audit.append(engine, look())
    if engine.dialect.name == "sqlite":
        yield engine
        return
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE keeper LOGIN"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO keeper"))
    made = attach(engine_for(engine.url.set(username="keeper").render_as_string()), keys_dir)
    yield made
    made.dispose()
    with engine.begin() as connection:
        connection.execute(text("DROP OWNED BY keeper"))
        connection.execute(text("DROP ROLE keeper"))


REFUSED = [
    "UPDATE audit_events SET outcome = 'refused' WHERE seq = 2",
    "UPDATE audit_events SET seq = 9 WHERE seq = 3",
    "DELETE FROM audit_events WHERE seq = 3",
    "DELETE FROM audit_events",
    "UPDATE audit_subjects SET source_patient_id = 9",
    "DELETE FROM audit_subjects WHERE seq = 1",
    "UPDATE audit_head SET seq = seq - 1",
    "UPDATE audit_head SET seq = seq + 2",
    "UPDATE audit_head SET hash = prev FROM audit_events e WHERE e.seq = 3",
    "UPDATE audit_head SET id = 2",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head SELECT 2, seq, hash, at FROM audit_head",
]
OWN = {
    "sqlite": [
        "REPLACE INTO audit_events SELECT * FROM audit_events WHERE seq = 3",
        "INSERT OR REPLACE INTO audit_subjects VALUES (1, 5)",
        "INSERT INTO audit_events SELECT * FROM audit_events WHERE seq = 2 ON CONFLICT DO UPDATE SET outcome = 'no'",
    ],
    "postgresql": [
        "TRUNCATE audit_events CASCADE",
        "TRUNCATE audit_subjects",
        "TRUNCATE audit_head",
        "ALTER TABLE audit_events DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_events_insert_only ON audit_events",
        "SET session_replication_role = replica",
        "DROP TABLE audit_head",
        "INSERT INTO audit_events TABLE audit_events ON CONFLICT (seq) DO UPDATE SET outcome = 'no'",
    ],
}
WORDS = r"never changed|must be owner|permission denied"


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: f"C49-{sql[:60]}")
def test_the_application_cannot_change_what_was_written(application: Engine, engine: Engine, sql: str) -> None:
    with pytest.raises(DBAPIError, match=WORDS), application.begin() as connection:
        connection.execute(text(sql))
    assert audit.verify(engine) == (3, None)


def test_c49_nor_in_the_words_that_only_this_database_knows(application: Engine, engine: Engine) -> None:
    for sql in OWN[engine.dialect.name]:
        with pytest.raises(DBAPIError, match=WORDS), application.begin() as connection:
            connection.execute(text(sql))
    assert audit.verify(engine) == (3, None)


def test_it_may_add_and_what_it_adds_holds(application: Engine, engine: Engine) -> None:
    assert audit.append(application, look()) == 4
    assert audit.verify(engine) == (4, None)


def test_a_later_migration_has_not_lost_the_guard(engine: Engine) -> None:
    """SQLite builds a table anew to change it, and its triggers go with the old one."""
    sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
    postgresql = "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'audit%' AND tgenabled = 'O'"
    with engine.connect() as connection:
        found = set(connection.scalars(text(sqlite if engine.dialect.name == "sqlite" else postgresql)))
    rows = {
        f"{table}_no_{act}" for table in ("audit_events", "audit_subjects") for act in ("update", "delete", "replace")
    }
    assert found == (
        rows | {"audit_head_forward", "audit_head_no_delete", "audit_head_no_insert"}
        if engine.dialect.name == "sqlite"
        else {"audit_events_insert_only", "audit_subjects_insert_only", "audit_head_forward", "audit_head_only"}
    )
