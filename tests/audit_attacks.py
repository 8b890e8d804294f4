"""What somebody who owns the database could do to the record of looks, and where it must then be found.

Each attack is done in a transaction that is taken back, so that thousands can be tried on one chain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app import audit, audit_heads
from app.keyring import keys_of
from app.settings import Settings
from app.tables import audit_events, audit_head, audit_subjects
from tests.audited import as_owner

ACTOR = {"iss": "https://id.example", "sub": "c1", "name": "Dr Grace Hall", "role": "General practitioner"}
SIGNED_EVERY = 10


@dataclass(frozen=True)
class Chain:
    """A chain of `rows` rows, each tenth signed, and the settings that say where the heads are."""

    engine: Engine
    settings: Settings
    rows: int


def chain(engine: Engine, settings: Settings, rows: int) -> Chain:
    """Written and signed; `rows` is a multiple of ten."""
    for number in range(1, rows + 1):
        whom = uuid4() if number % 7 else None
        shown = range(number, number + number % 4)
        detail = {"route": "record", "basis": "registered with your practice", "words": "Łódź" * (number % 3)}
        audit.append(engine, audit.Event("view-record", "allowed", ACTOR, whom, detail, shown, range(number % 3)))
        if number % SIGNED_EVERY == 0:
            audit_heads.sign(engine, settings)
    return Chain(engine, settings, rows)


Where = range
"""The rows at which an attack must be found."""
Attack = Callable[[Connection, Random, int], Where | None]
"""Does it to a chain of so many rows; None where chance made nothing of it."""


def found_at(made: Chain, attack: Attack, chance: Random) -> tuple[Where, Sequence[audit.Broken]] | None:
    """Where it should be found, and what was; None where nothing was done."""
    with made.engine.connect().execution_options(write=True) as connection, connection.begin() as transaction:
        as_owner(connection)
        try:
            where = attack(connection, chance, made.rows)
        except DBAPIError:
            where = None  # there is such a row already, or the database has no such value
        found = audit_heads.verdict(connection, made.settings).faults if where else ()
        transaction.rollback()
    return (where, found) if where else None


def exactly(seq: int) -> Where:
    return range(seq, seq + 1)


# ---------------------------------------------------------------- one value
def change_a_byte(connection: Connection, chance: Random, rows: int) -> Where | None:
    """Any bit of any value of any row."""
    table = chance.choice([audit_events, audit_events, audit_subjects, audit_head])
    column = chance.choice(list(table.c))
    key = list(table.primary_key.columns)
    rows_of = connection.execute(select(*key).order_by(*key)).all()
    own = chance.choice(rows_of)
    which = " AND ".join(f"{c.name} = :k{n}" for n, c in enumerate(key))
    told = {f"k{n}": value for n, value in enumerate(own)}
    value = connection.scalar(text(f"SELECT {column.name} FROM {table.name} WHERE {which}"), told)  # noqa: S608
    changed = _changed(value, chance)
    if changed == value:
        return None
    done = text(f"UPDATE {table.name} SET {column.name} = :new WHERE {which}")  # noqa: S608
    connection.execute(done, told | {"new": changed})
    if table is audit_head:
        return exactly(rows + 1)
    if column.name == "seq" and table is audit_events:
        return exactly(1 if not isinstance(changed, str) and changed < 1 else own[0])
    if column.name == "seq":
        return exactly(min(own[0], changed) if changed >= 1 else own[0])
    return exactly(own[0])


def _changed(value: Any, chance: Random) -> Any:
    match value:
        case None:
            return chance.randbytes(16)
        case int():
            return value ^ (1 << chance.randrange(40))
        case bytes():
            at = chance.randrange(len(value) or 1)
            return value[:at] + chance.randbytes(1) + value[at + 1 :]
        case str():
            at = chance.randrange(len(value) or 1)
            return value[:at] + chr(chance.randrange(32, 300)) + value[at + 1 :]
        case UUID():
            return UUID(int=value.int ^ (1 << chance.randrange(128)))
        case datetime():
            return value + timedelta(microseconds=chance.choice([-1, 1, 10**6, 10**12]))
    raise TypeError(type(value))


def change_a_kind(connection: Connection, chance: Random, rows: int) -> Where | None:
    """On SQLite any value may become one of another kind, and bytes that are no text stand as text."""
    if connection.dialect.name != "sqlite":
        return None
    seq, column = chance.randint(1, rows), chance.choice([c.name for c in audit_events.c if c.name != "seq"])
    how = chance.choice(["CAST({} AS BLOB)", "CAST(x'ff00fe' AS TEXT)", "17", "'17'", "1.5", "x''", "''", "upper({})"])
    before = f"SELECT typeof({column}), {column} FROM audit_events WHERE seq = {seq}"  # noqa: S608
    was = connection.execute(text(before)).one()
    change = f"UPDATE audit_events SET {column} = {how.format(column)} WHERE seq = {seq}"  # noqa: S608
    connection.execute(text(change))
    hexed = text(f"SELECT typeof({column}), quote(CAST({column} AS BLOB)) FROM audit_events WHERE seq = {seq}")  # noqa: S608
    now = connection.execute(hexed).one()
    same = connection.scalar(text("SELECT quote(CAST(:was AS BLOB))"), {"was": was[1]}) == now[1] and was[0] == now[0]
    return None if same else exactly(seq)


# ---------------------------------------------------------------- rows
def delete_a_row(connection: Connection, chance: Random, rows: int) -> Where:
    """With the people whom it names, or without."""
    seq = chance.randint(1, rows)
    connection.execute(delete(audit_events).where(audit_events.c.seq == seq))
    if chance.random() < 0.5:
        connection.execute(delete(audit_subjects).where(audit_subjects.c.seq == seq))
    return exactly(seq)


def delete_some_people(connection: Connection, chance: Random, rows: int) -> Where | None:
    """Whom a look showed is taken out of it, or somebody put in."""
    seq = chance.randint(1, rows)
    if chance.random() < 0.5:
        connection.execute(insert(audit_subjects), {"seq": seq, "source_patient_id": chance.randint(50, 99)})
        return exactly(seq)
    gone = connection.execute(delete(audit_subjects).where(audit_subjects.c.seq == seq))
    return exactly(seq) if gone.rowcount else None


def swap_two_rows(connection: Connection, chance: Random, rows: int) -> Where:
    """Everything of them but their place."""
    one, other = sorted(chance.sample(range(1, rows + 1), 2))
    for old, new in ((one, -1), (other, one), (-1, other)):
        for table in (audit_events, audit_subjects):
            connection.execute(update(table).where(table.c.seq == old).values(seq=new))
    return exactly(one)


def insert_a_row(connection: Connection, chance: Random, rows: int) -> Where:
    """A made-up look, rightly sealed, between two others."""
    seq = chance.randint(1, rows)
    own = dict(connection.execute(select(audit_events).where(audit_events.c.seq == seq)).mappings().one())
    for table in (audit_subjects, audit_events):
        for old in range(rows, seq - 1, -1):
            connection.execute(update(table).where(table.c.seq == old).values(seq=old + 1))
    connection.execute(insert(audit_events), _sealed(connection, own | {"outcome": "refused"}, _said(connection, own)))
    connection.execute(update(audit_head).values(seq=rows + 1))
    return range(seq, seq + 2)


# ---------------------------------------------------------------- the whole
def cut_the_tail(connection: Connection, chance: Random, rows: int) -> Where:
    """With its head, so that what is left holds by itself: also what an old backup is."""
    left = chance.randint(0, rows - 1)
    _cut(connection, left)
    return exactly(left + 1)


def restore_and_go_on(connection: Connection, chance: Random, rows: int) -> Where:
    """An old copy, to which as many looks or fewer were added as are lost: found between two heads."""
    left = chance.randint(0, rows - 1)
    _cut(connection, left)
    for _ in range(more := chance.randint(0, rows - left)):
        _append(connection)
    before = left // SIGNED_EVERY * SIGNED_EVERY
    return range(before + 1, left + more + 2)


def rewrite_from(connection: Connection, chance: Random, rows: int) -> Where:
    """Every row from one on sealed anew, with the keys: found between two heads."""
    seq = chance.randint(1, rows)
    prev = _hash_before(connection, seq)
    for number in range(seq, rows + 1):
        own = dict(connection.execute(select(audit_events).where(audit_events.c.seq == number)).mappings().one())
        said = _said(connection, own)
        if number == seq:
            own["outcome"] = "refused"
        new = _sealed(connection, own | {"prev": prev}, said)
        connection.execute(update(audit_events).where(audit_events.c.seq == number).values(new))
        prev = new["hash"]
    connection.execute(update(audit_head).values(hash=prev))
    return range((seq - 1) // SIGNED_EVERY * SIGNED_EVERY + 1, seq + 1)


def _cut(connection: Connection, left: int) -> None:
    for table in (audit_subjects, audit_events):
        connection.execute(delete(table).where(table.c.seq > left))
    at = connection.scalar(select(func.max(audit_events.c.at))) or datetime(1970, 1, 1, tzinfo=UTC)
    connection.execute(update(audit_head).values(seq=left, hash=_hash_before(connection, left + 1), at=at))


def _append(connection: Connection) -> None:
    audit._append(connection, audit.Event("view-record", "allowed", ACTOR, uuid4()), None)


def _hash_before(connection: Connection, seq: int) -> bytes:
    return connection.scalar(select(audit_events.c.hash).where(audit_events.c.seq == seq - 1)) or audit.START


def _said(connection: Connection, row: dict[str, Any]) -> dict[str, str]:
    """The words of a row as they were sealed."""
    keys = keys_of(connection)
    return {name: keys.open(row[name], f"audit_events|{row['seq']}|{name}").decode() for name in audit.SEALED}


def _sealed(connection: Connection, row: dict[str, Any], said: dict[str, str]) -> dict[str, Any]:
    """The row with a hash of its own, as the application would write it."""
    keys, seq = keys_of(connection), row["seq"]
    named = select(audit_subjects.c.source_patient_id).where(audit_subjects.c.seq == seq)
    subjects = sorted(connection.scalars(named))
    words = {name: keys.seal(said[name], f"audit_events|{seq}|{name}") for name in said}
    return row | words | {"hash": audit.seal(row | said, subjects)}


ATTACKS: tuple[Attack, ...] = (
    change_a_byte, change_a_kind, delete_a_row, delete_some_people, swap_two_rows, insert_a_row, cut_the_tail,
    restore_and_go_on, rewrite_from,
)  # fmt: skip
