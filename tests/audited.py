"""What was written down, read as its own pages read it."""

from typing import Any

from sqlalchemy import Engine, select

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
