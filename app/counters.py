"""Our own numbers, handed out in blocks inside the transaction that uses them."""

from sqlalchemy import Connection, select, update

from app.tables import counters

NAMES = ("statements", "source_patients", "links")


def take(connection: Connection, name: str, many: int) -> int:
    """The first of `many` new numbers. Writers wait for each other here, so numbers follow the order of commits."""
    row = connection.execute(select(counters.c.value).where(counters.c.name == name).with_for_update()).one()
    connection.execute(update(counters).where(counters.c.name == name).values(value=row.value + many))
    return int(row.value) + 1
