"""What was written down, read as its own pages read it."""

from typing import Any

from sqlalchemy import Connection, Engine, select, text

from app import audit, db
from app.tables import audit_events


def events(engine: Engine, kind: str = "") -> list[dict[str, Any]]:
    """Every event (of one kind, where one is named), the first first, with its actor and detail open."""
    query = select(audit_events).order_by(audit_events.c.seq)
    if kind:
        query = query.where(audit_events.c.kind == kind)
    with db.read(engine) as connection:
        rows = connection.execute(query).mappings().all()
        opened = [audit.said(connection, row) for row in rows]
    return [{**row, "actor": actor, "detail": detail} for row, (actor, detail) in zip(rows, opened, strict=True)]


def as_owner(connection: Connection) -> None:
    """For the rest of this transaction, do what only the database's owner can: change the record of looks."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
    for name in connection.scalars(text(named)).all():
        connection.execute(text(f"DROP TRIGGER {name}"))
