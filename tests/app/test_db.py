"""The one engine: what it does when the database behind it went away and came back."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app import db
from tests.postgres import Postgres


def test_a_connection_that_died_while_it_rested_is_replaced(postgres: Postgres, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(db, "RESTED_SECONDS", 0)
    with postgres.database() as url:
        engine, admin = db.engine_for(url), create_engine(url, isolation_level="AUTOCOMMIT")
        with db.read(engine) as connection:
            before = connection.scalar(text("SELECT pg_backend_pid()"))
        with admin.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
        with db.read(engine) as connection:
            after = connection.scalar(text("SELECT pg_backend_pid()"))
        engine.dispose()
        admin.dispose()
    assert after != before


def test_what_is_opened_to_read_writes_nothing(postgres: Postgres):
    with postgres.database() as url:
        engine = db.engine_for(url)
        with pytest.raises(DBAPIError, match="read-only"), db.read(engine) as connection:
            connection.execute(text("CREATE TABLE x (y int)"))
        engine.dispose()
