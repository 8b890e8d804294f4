"""Keeping what sources send: every version of every resource, as it came. Nothing here edits a statement."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, update

from app import counters, db
from app.access.second_lock import open_feed
from app.identity.store import in_chunks
from app.keyring import Keys, data_keys_of, keys_of
from app.statements.sealing import Told, seal, unseal
from app.tables import statements


@dataclass(frozen=True, slots=True)
class Incoming:
    """A checked resource on its way in. `body` is None where the source deleted it; `refs` is what it points to."""

    key: bytes
    subject: int
    type: str
    local_id: str
    digest: bytes
    version: str | None
    updated: datetime | None
    body: bytes | None
    refs: Mapping[str, str]
    irregular: Sequence[str]
    older: bool = False
    """Its source's history says that a newer version, or its deletion, came after it."""


@dataclass(frozen=True, slots=True)
class Held:
    """The current version of a resource, as far as a newer one must know it."""

    subject: int
    id: int
    digest: bytes
    version: str | None
    updated: datetime | None
    delivery_id: int
    deleted: bool


def held(connection: Connection, keys: Collection[bytes]) -> dict[bytes, Held]:
    """The current versions of these resources, asked for by every name that they may have, told by the newest."""
    rows = _current(connection, keys, _HELD)
    opening = data_keys_of(connection, {row.subject for row in rows})
    newest = keys_of(connection).newest_name
    return {newest(row.key, row.generation): _held(row, opening.get(row.subject)) for row in rows}


def _held(row: Any, opening: AESGCM | None) -> Held:
    version = unseal(opening, row.subject, row.id, row.codec, row.sealed)[1] if opening else b""  # destroyed by order
    said = json.loads(version) if version else None
    return Held(row.subject, row.id, row.digest, said, row.updated, row.delivery_id, row.deleted)


def digests(connection: Connection, keys: Collection[bytes]) -> dict[bytes, bytes]:
    """Of those of these resources that are held, the digest of the current version."""
    return dict(_current(connection, keys, _DIGEST))


_DIGEST = (statements.c.key, statements.c.digest)
_HELD = (
    statements.c.key,
    statements.c.subject,
    statements.c.id,
    statements.c.digest,
    statements.c.updated,
    statements.c.delivery_id,
    statements.c.deleted,
    statements.c.codec,
    statements.c.sealed,
    statements.c.generation,
)


def _current(connection: Connection, keys: Collection[bytes], columns: tuple[ColumnElement[Any], ...]) -> list[Any]:
    dialect = connection.dialect.name
    found: list[Any] = []
    for chunk in in_chunks(keys):
        found += connection.execute(_of_current(dialect, columns), {"among": db.as_among(dialect, chunk)}).all()
    return found


@cache
def _of_current(dialect: str, columns: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    """Built once: for every five hundred resources of a feed it would cost more than the search itself."""
    return select(*columns).where(db.among(dialect, statements.c.key), statements.c.superseded_at.is_(None))


def _number(version: str | None) -> int | None:
    """A version that counts up. A text of digits longer than any counter is no number."""
    return int(version) if version and version.isascii() and version.isdecimal() and len(version) <= 18 else None


def _is_newer(new: Incoming, old: Held, delivery_id: int) -> bool:
    """By the source's version, else by its `lastUpdated`, else by its history, else by delivery.

    Within one delivery nothing says which of two came last at the source. A deletion then gives way (FHIR R4 http
    3.1.0.11.2 processes deletions first); else the digest decides, so that the order of files and lines does not.
    """
    ours, theirs = _number(new.version), _number(old.version)
    if ours is not None and theirs is not None and ours != theirs:
        return ours > theirs
    if new.updated and old.updated and new.updated != old.updated:
        return new.updated > old.updated
    if new.older:
        return False
    if old.delivery_id != delivery_id:
        return not _is_what_was_deleted(new, old)
    if (new.body is None) != old.deleted:
        return old.deleted
    return new.digest > old.digest


def _is_what_was_deleted(new: Incoming, old: Held) -> bool:
    """Whether the very version that was deleted has come again, as when a past delivery is sent once more."""
    if not old.deleted or new.body is None:
        return False
    if new.version and old.version:
        return new.version == old.version
    return new.updated is not None and new.updated == old.updated


@dataclass(frozen=True, slots=True)
class Added:
    """What came of one batch. `current` pairs each resource that is now current with its statement's number."""

    stored: int
    updated: int
    unchanged: int
    gone: list[tuple[int, int]]
    current: list[tuple[Incoming, int]]
    held_change: int


def add(connection: Connection, source: str, delivery_id: int, batch: Iterable[Incoming], at: datetime) -> Added:
    """Keep a batch, in the caller's transaction: new versions supersede, older ones go straight into history."""
    open_feed(connection, source)
    keys, batch = keys_of(connection), list(batch)
    _name_anew(connection, keys, [keys.names(source, new.type, new.local_id) for new in batch])
    newest, history = _newest(batch, delivery_id)
    before = held(connection, newest.keys())
    beside = {older.key: older for older in reversed(history)}
    newest = {key: _dated(new, beside.get(key) or before.get(key)) for key, new in newest.items()}
    fresh = {key: new for key, new in newest.items() if key not in before or before[key].digest != new.digest}
    late = {k: n for k, n in fresh.items() if k in before and not _is_newer(n, before[k], delivery_id)}
    older = [n for n in [*late.values(), *history] if not _in_history(connection, source, n)]
    now = [new for key, new in fresh.items() if key not in late]
    gone = [(before[n.key].subject, before[n.key].id) for n in now if n.key in before]
    _supersede(connection, gone, at)
    first = counters.take(connection, "statements", len(now) + len(older))
    sealing = data_keys_of(connection, {new.subject for new in (*now, *older)})
    came = {"source": source, "delivery_id": delivery_id, "received_at": at, "generation": keys.generation}
    rows = [came | _row(new, first + n, sealing[new.subject], None) for n, new in enumerate(now)]
    rows += [came | _row(new, first + len(now) + n, sealing[new.subject], at) for n, new in enumerate(older)]
    if rows:
        connection.execute(insert(statements), rows)
    was = sum(1 for n in now if n.key in before and not before[n.key].deleted)
    return Added(
        stored=len(now) - len(gone),
        updated=len(gone) + len(older),
        unchanged=len(newest) - len(fresh) + len(late) + len(history) - len(older),
        gone=gone,
        current=[(new, first + n) for n, new in enumerate(now)],
        held_change=sum(1 for n in now if n.body is not None) - was,
    )


def _dated(new: Incoming, old: Incoming | Held | None) -> Incoming:
    """A deletion is as new as what it takes away: neither that nor an older version brings it back."""
    if new.body is not None or old is None:
        return new
    return replace(new, version=old.version, updated=old.updated)


def _newest(batch: Iterable[Incoming], delivery_id: int) -> tuple[dict[bytes, Incoming], list[Incoming]]:
    """One version of each resource, and the older ones that came with it."""
    newest: dict[bytes, Incoming] = {}
    older: list[Incoming] = []
    for new in batch:
        other = newest.get(new.key)
        if other is None:
            newest[new.key] = new
        elif other.digest != new.digest:
            as_held = Held(0, 0, other.digest, other.version, other.updated, delivery_id, other.body is None)
            first = _is_newer(new, as_held, delivery_id)
            newest[new.key] = replace(new, older=other.older) if first else other
            older.append(other if first else new)
    return newest, older


def _in_history(connection: Connection, source: str, new: Incoming) -> bool:
    c, names = statements.c, keys_of(connection).names(source, new.type, new.local_id)
    query = select(c.id).where(c.subject == new.subject, c.key.in_(names), c.digest == new.digest).limit(1)
    return connection.execute(query).first() is not None


def _name_anew(connection: Connection, keys: Keys, names: Iterable[list[bytes]]) -> None:
    """While names are being changed: what comes again has its new name first, so that nothing is held twice."""
    changed = [{"new": new, "old": old} for new, *before in names for old in before]
    if changed:
        c = statements.c
        which = (c.key == bindparam("old")) & c.superseded_at.is_(None)
        values = {"key": bindparam("new"), "generation": keys.generation}
        connection.execute(update(statements).where(which).values(values), changed)


def _supersede(connection: Connection, gone: Sequence[tuple[int, int]], at: datetime) -> None:
    if gone:
        c = statements.c
        connection.execute(
            update(statements).where(c.subject == bindparam("s"), c.id == bindparam("i")).values(superseded_at=at),
            [{"s": subject, "i": number} for subject, number in gone],
        )


def _row(new: Incoming, number: int, sealing: AESGCM, superseded: datetime | None) -> dict[str, Any]:
    codec, sealed = seal(sealing, new.subject, number, Told(new.local_id, new.version, new.refs, new.body))
    return {
        "subject": new.subject,
        "id": number,
        "key": new.key,
        "type": new.type,
        "digest": new.digest,
        "updated": new.updated,
        "superseded_at": superseded,
        "codec": codec,
        "deleted": new.body is None,
        "sealed": sealed,
        "irregular": json.dumps(list(new.irregular)) if new.irregular else None,
    }


def count_of(connection: Connection, subjects: Collection[int]) -> int:
    """How many current statements there are about these source patients."""
    c = statements.c
    query = select(func.count()).where(c.subject.in_(subjects), c.superseded_at.is_(None))
    return int(connection.scalar(query) or 0)
