"""Our own numbers, handed out in blocks inside the transaction that uses them."""

from sqlalchemy import Connection, select, update

from app.tables import counters

NAMES = ("statements", "source_patients", "links")


def take(connection: Connection, name: str, many: int) -> int:
    """The first of `many` new numbers. Writers wait for each other here, so numbers follow the order of commits."""
    row = connection.execute(select(counters.c.value).where(counters.c.name == name).with_for_update()).one()
    connection.execute(update(counters).where(counters.c.name == name).values(value=row.value + many))
    return int(row.value) + 1


def wait_turn(connection: Connection) -> None:
    """Wait until nobody else is keeping what a feed sent. On SQLite every write waits for the others anyway.

    What is then read is what they committed: two sources that arrive at once find each other's people.
    """
    connection.execute(select(counters.c.value).where(counters.c.name == NAMES[0]).with_for_update())
