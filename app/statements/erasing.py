"""Erasing what is held, by order: the bytes go, and a tombstone stays that says so in the record."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, update

from app import clock, db
from app.access.facts import RELATIONSHIPS, Kind
from app.access.second_lock import Opening, open_feed
from app.errors import BadUsage
from app.identity.store import in_chunks
from app.keyring import NOBODY, keys_of
from app.statements.renewing import renew_one
from app.statements.sealing import ERASED
from app.tables import (
    aliases,
    context_labels,
    data_keys,
    facts,
    gists,
    providers,
    reviews,
    same_as,
    source_patients,
    statements,
    tokens,
)

OPENING = sorted(RELATIONSHIPS | {Kind.SELF, Kind.PROXY, Kind.PROXY_OF_YOUNG})
"""The facts that go: those by which somebody may look. What restricts, refuses or labels stays, as it protects what is
left, and hides a tombstone from whom the entry was hidden."""
NO_DIGEST = bytes(16)
"""In place of the digest: it would tell whether a guess of the bytes is right."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as an order names it: nothing of what it says."""

    subject: int
    number: int
    source: str
    type: str
    received_at: Any


def entry(connection: Connection, subjects: Collection[int], number: int) -> Entry | None:
    """The entry of this number among what is held about these source patients, unless it is erased."""
    c = statements.c
    query = select(c.subject, c.id, c.source, c.type, c.received_at).where(db.one_of(connection, c.subject, subjects))
    row = connection.execute(query.where(c.id == number, c.codec != ERASED)).one_or_none()
    return None if row is None else Entry(*row)


def erase_entry(connection: Connection, one: Entry, words: str) -> int:
    """Erase every version of this entry. How many there were.

    What else is held about the source patient gets a new data key: so neither free pages nor a log of the database
    give back what was erased, but a backup from before.
    """
    _open(connection, one)
    c = statements.c
    key = connection.scalar(select(c.key).where(c.subject == one.subject, c.id == one.number))
    many = _blank(connection, one, c.key == key, words)
    connection.execute(delete(aliases).where(aliases.c.key == key))
    connection.execute(delete(context_labels).where(context_labels.c.key == key))
    renew_one(connection, one.subject)
    return many


def erase_everything(connection: Connection, one: Entry, words: str) -> int:
    """Erase all that this entry's source holds about its source patient, and destroy their data key. How many entries.

    They stay linked, so that the record says what is gone and the record of looks stays whole; nobody is found or
    compared by what they were.
    """
    _open(connection, one)
    subject = one.subject
    many = _blank(connection, one, statements.c.subject == subject, words)
    own = data_keys.c.subject == subject
    connection.execute(update(data_keys).where(own).values(kek=None, wrapped=None, destroyed_at=clock.now()))
    connection.execute(delete(tokens).where(tokens.c.source_patient_id == subject))
    connection.execute(delete(facts).where(facts.c.source_patient_id == subject, facts.c.kind.in_(OPENING)))
    for table in (same_as, reviews):
        both = or_(table.c.source_patient_id == subject, table.c.other_id == subject)
        connection.execute(delete(table).where(both))
    connection.execute(update(source_patients).where(source_patients.c.id == subject).values(known=False))
    return many


def _open(connection: Connection, one: Entry) -> None:
    """Open all of this source patient to this transaction. What is about nobody stands under one key, and stays."""
    if one.subject == NOBODY:
        raise BadUsage("What a source says of no person is not erased by order")
    open_feed(connection, one.source)
    Opening(subjects=(one.subject,)).on(connection)


def _blank(connection: Connection, one: Entry, which: Any, words: str) -> int:
    c = statements.c
    rows = connection.execute(
        select(c.id, c.superseded_at, c.deleted).where(c.subject == one.subject, which, c.codec != ERASED)
    ).all()
    values = {"sealed": b"", "codec": ERASED, "deleted": True, "digest": NO_DIGEST, "updated": None, "irregular": None}
    for chunk in in_chunks([row.id for row in rows]):
        own = and_(c.subject == one.subject, c.id.in_(chunk))
        connection.execute(update(statements).where(own).values(values | {"erased": words}))
        said = and_(facts.c.source_patient_id == one.subject, facts.c.statement_id.in_(chunk))
        connection.execute(delete(facts).where(said, facts.c.kind.in_(OPENING)))
    held = sum(row.superseded_at is None and not row.deleted for row in rows)
    p = providers.c
    connection.execute(update(providers).where(p.ods == one.source).values(held=p.held - held))
    connection.execute(delete(gists).where(gists.c.subject == one.subject))
    return len(rows)


def erased(
    connection: Connection, source: str, asked: Collection[tuple[str, str]], subjects: Collection[int]
) -> tuple[set[tuple[str, str]], set[int]]:
    """Which of these resources (type, own name) of a source, and of these source patients, were erased by order."""
    keys, c = keys_of(connection), statements.c
    named = {name: one for one in asked for name in keys.names(source, *one)}
    gone: set[tuple[str, str]] = set()
    for chunk in in_chunks(named):
        query = select(c.key).where(c.key.in_(chunk), c.superseded_at.is_(None), c.codec == ERASED)
        gone.update(named[key] for key in connection.scalars(query))
    destroyed: set[int] = set()
    for numbers in in_chunks(subjects):
        d = data_keys.c
        destroyed.update(
            connection.scalars(select(d.subject).where(d.subject.in_(numbers), d.destroyed_at.is_not(None)))
        )
    return gone, destroyed
