"""The feeds as a reader must know them: what each is registered to send, and whether it is late."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from app import clock
from app.tables import deliveries, providers
from fhir.absence import Source
from fhir.home import PATIENT

DIRECT_CARE = "direct care"
_ALL = select(providers).order_by(providers.c.name, providers.c.ods)


def feeds(connection: Connection, as_at: datetime | None = None) -> list[Source]:
    """Every feed registered for direct care, now or as it was at a moment, by name."""
    rows = connection.execute(_ALL).mappings().all()
    success = {row["ods"]: row["last_success_at"] for row in rows}
    if as_at is not None:
        then = select(deliveries.c.ods, func.max(deliveries.c.finished_at)).where(deliveries.c.finished_at <= as_at)
        success = dict(connection.execute(then.group_by(deliveries.c.ods)).all())
    moment = as_at or clock.now()
    success[PATIENT] = moment  # what a patient adds is here at once: they are never late
    return [
        Source(
            ods=row["ods"],
            name=row["name"],
            kind=row["kind"],
            categories=frozenset(row["categories"].split()),
            last_success=success.get(row["ods"]),
            late_since=late_since(success.get(row["ods"]), row["interval_hours"], moment),
        )
        for row in rows
        if DIRECT_CARE in row["purpose"].casefold()
    ]


def late_since(success: datetime | None, interval_hours: int, now: datetime) -> datetime | None:
    """The last success of a feed that has not delivered within its interval; None for one on time or never heard."""
    if success is None or now <= success + timedelta(hours=interval_hours):
        return None
    return success
