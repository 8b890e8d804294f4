"""What is held: every version of every resource, as its source sent it. Nothing here edits a statement."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, func, insert, or_, select, update

from app import bodies, clock, counters, db
from app.access.facts import Kind
from app.access.grants import Grant, OperatorGrant, SearchGrant, facts_about
from app.identity.store import current as links_at
from app.identity.store import in_chunks, subjects_of
from app.tables import aliases, links, statements
from fhir.exact import decode
from fhir.statement import Resource, Statement
from fhir.whereabouts import without_whereabouts

NOBODY = 0
"""The subject of what a source sent about its organisations, people, places and medicines."""


def resource_key(source: str, type_: str, local_id: str) -> bytes:
    """16 bytes that name one resource of one source."""
    return blake2b(f"{source}|{type_}|{local_id}".encode(), digest_size=16).digest()


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
    """The current versions of these resources."""
    c = statements.c
    query = select(c.key, c.subject, c.id, c.digest, c.version, c.updated, c.delivery_id, c.body.is_(None))
    return {
        row[0]: Held(*row[1:])
        for chunk in in_chunks(keys)
        for row in connection.execute(query.where(*_current(connection, chunk))).all()
    }


def digests(connection: Connection, keys: Collection[bytes]) -> dict[bytes, bytes]:
    """Of those of these resources that are held, the digest of the current version."""
    found: dict[bytes, bytes] = {}
    for chunk in in_chunks(keys):
        query = select(statements.c.key, statements.c.digest).where(*_current(connection, chunk))
        found.update(connection.execute(query).all())
    return found


def _current(connection: Connection, keys: Collection[bytes]) -> tuple[ColumnElement[bool], ...]:
    return db.one_of(connection, statements.c.key, keys), statements.c.superseded_at.is_(None)


def _number(version: str | None) -> int | None:
    """A version that counts up. A text of digits longer than any counter is no number."""
    return int(version) if version and version.isascii() and version.isdecimal() and len(version) <= 18 else None


def is_newer(new: Incoming, old: Held, delivery_id: int) -> bool:
    """By the source's version, else by its `lastUpdated`, else by delivery.

    Within one delivery nothing says which of two came last at the source. A deletion then gives way (FHIR R4 http
    3.1.0.11.2 processes deletions first); else the digest decides, so that the order of files and lines does not.
    """
    ours, theirs = _number(new.version), _number(old.version)
    if ours is not None and theirs is not None and ours != theirs:
        return ours > theirs
    if new.updated and old.updated and new.updated != old.updated:
        return new.updated > old.updated
    if old.delivery_id != delivery_id:
        return True
    if (new.body is None) != old.deleted:
        return old.deleted
    return new.digest > old.digest


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
    newest, history = _newest(batch, delivery_id)
    before = held(connection, newest.keys())
    newest = {key: _dated(new, before.get(key)) for key, new in newest.items()}
    fresh = {key: new for key, new in newest.items() if key not in before or before[key].digest != new.digest}
    late = {k: n for k, n in fresh.items() if k in before and not is_newer(n, before[k], delivery_id)}
    older = [n for n in [*late.values(), *history] if not _in_history(connection, n)]
    now = [new for key, new in fresh.items() if key not in late]
    gone = [(before[n.key].subject, before[n.key].id) for n in now if n.key in before]
    _supersede(connection, gone, at)
    first = counters.take(connection, "statements", len(now) + len(older))
    rows = [_row(new, first + n, source, delivery_id, at, None) for n, new in enumerate(now)]
    rows += [_row(new, first + len(now) + n, source, delivery_id, at, at) for n, new in enumerate(older)]
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


def _dated(new: Incoming, old: Held | None) -> Incoming:
    """A deletion is as new as what it takes away: an older version that comes late does not bring it back."""
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
            first = is_newer(new, as_held, delivery_id)
            newest[new.key] = new if first else other
            older.append(other if first else new)
    return newest, older


def _in_history(connection: Connection, new: Incoming) -> bool:
    c = statements.c
    query = select(c.id).where(c.subject == new.subject, c.key == new.key, c.digest == new.digest).limit(1)
    return connection.execute(query).first() is not None


def _supersede(connection: Connection, gone: Sequence[tuple[int, int]], at: datetime) -> None:
    if gone:
        c = statements.c
        connection.execute(
            update(statements).where(c.subject == bindparam("s"), c.id == bindparam("i")).values(superseded_at=at),
            [{"s": subject, "i": number} for subject, number in gone],
        )


def _row(
    new: Incoming, number: int, source: str, delivery_id: int, at: datetime, superseded: datetime | None
) -> dict[str, Any]:
    return {
        "subject": new.subject,
        "id": number,
        "key": new.key,
        "source": source,
        "type": new.type,
        "local_id": new.local_id,
        "digest": new.digest,
        "version": new.version,
        "updated": new.updated,
        "delivery_id": delivery_id,
        "received_at": at,
        "superseded_at": superseded,
        "codec": bodies.CODEC,
        "body": None if new.body is None else bodies.packed(new.body),
        "refs": json.dumps(new.refs) if new.refs else None,
        "irregular": json.dumps(list(new.irregular)) if new.irregular else None,
    }


def count_of(connection: Connection, subjects: Collection[int]) -> int:
    """How many current statements there are about these source patients."""
    c = statements.c
    query = select(func.count()).where(c.subject.in_(subjects), c.superseded_at.is_(None))
    return int(connection.scalar(query) or 0)


# ------------------------------------------------------------------ reading: no grant, no data
_COLUMNS = (
    statements.c.id,
    statements.c.source,
    statements.c.type,
    statements.c.local_id,
    statements.c.codec,
    statements.c.body,
    statements.c.received_at,
    statements.c.refs,
    statements.c.irregular,
)


def of_patient(engine: Engine, grant: Grant) -> list[Statement]:
    """What the grant lets its holder see of this person: the current statements, or those of its moment."""
    with db.read(engine) as connection:
        theirs = db.one_of(connection, statements.c.subject, grant.subjects)
        query = select(*_COLUMNS).where(theirs, as_held_at(grant.as_at))
        rows = [row for row in connection.execute(query).all() if row[0] in grant.items]
        context = _Context(connection, rows, grant.as_at)
    return [_read(row, context, grant.masks if grant.restricted else None) for row in rows]


def demographics_of(engine: Engine, grant: SearchGrant) -> dict[UUID, list[Statement]]:
    """The Patient resources of everyone whom a search named, without those that may not be shared with the searcher."""
    found: dict[UUID, list[Statement]] = {}
    now = clock.now()
    with db.read(engine) as connection:
        for patient_id in grant.patient_ids:
            subjects = subjects_of(connection, patient_id)
            known = facts_about(connection, subjects)
            hidden = {f.org for f in known if f.kind == Kind.DISSENT and f.org != grant.org and f.holds(now)}
            restricted = any(f.kind == Kind.RESTRICTED for f in known)
            query = select(*_COLUMNS).where(
                statements.c.subject.in_(subjects), statements.c.type == "Patient", as_held_at(None)
            )
            rows = [row for row in connection.execute(query) if row[1] not in hidden and row[5] is not None]
            found[patient_id] = [_statement(row, {}, {} if restricted else None) for row in rows]
    return found


def of_everyone(
    engine: Engine, grant: OperatorGrant, as_at: datetime | None = None
) -> Iterator[tuple[UUID, list[Statement]]]:
    """Every person's statements, one person at a time, in no particular order."""
    with db.read(engine) as connection:
        linked = select(links.c.patient_id).where(links_at(as_at)).distinct().order_by(links.c.patient_id)
        for patient_id in connection.scalars(linked).all():
            rows = [
                row
                for subject in subjects_of(connection, patient_id, as_at)
                for row in connection.execute(
                    select(*_COLUMNS).where(statements.c.subject == subject, as_held_at(as_at))
                )
            ]
            context = _Context(connection, rows, as_at)
            yield patient_id, [_read(row, context) for row in rows]


def as_held_at(at: datetime | None) -> Any:
    """Statements that are current, or that were at a moment."""
    c = statements.c
    if at is None:
        return c.superseded_at.is_(None)
    return (c.received_at <= at) & or_(c.superseded_at.is_(None), c.superseded_at > at)


def _read(row: Any, context: "_Context", masks: Mapping[str, str] | None = None) -> Statement:
    return _statement(row, context.of(row[1], json.loads(row[7])) if row[7] else {}, masks)


def _statement(row: Any, named: Mapping[str, Resource], masks: Mapping[str, str] | None) -> Statement:
    """`masks` not None: a restricted person, whose whereabouts and sources are hidden."""
    number, source, type_, local_id, codec, body, received_at, _, irregular = row
    resource: Resource | None = None if body is None else decode(bodies.unpacked(body, codec))
    if masks is not None:
        resource = without_whereabouts(resource) if resource else resource
        source, named = masks.get(source, "hidden"), {}
    flaws = tuple(json.loads(irregular)) if irregular else ()
    return Statement(number, source, type_, local_id, resource, received_at, flaws, named)


class _Context:
    """The organisations, people, places and medicines that a person's statements point to, read at once."""

    def __init__(self, connection: Connection, rows: Sequence[Any], at: datetime | None) -> None:
        self._held: dict[bytes, tuple[Resource, dict[str, str]]] = {}
        self._named: dict[bytes, bytes] = {}
        pairs = {(row[1], target) for row in rows if row[7] for target in json.loads(row[7]).values()}
        inner = {
            (source, target)
            for _, source, refs in self._load(connection, self._keys(connection, pairs), at)
            for target in refs.values()
        }
        list(self._load(connection, self._keys(connection, inner) - self._held.keys(), at))

    def _keys(self, connection: Connection, pairs: Collection[tuple[str, str]]) -> set[bytes]:
        """The keys of these targets; a conditional one is looked up by its alias."""
        found = {_key(source, target) for source, target in pairs}
        for chunk in in_chunks([_key(*pair) for pair in pairs if pair[1][0] == "?"]):
            rows = connection.execute(select(aliases.c.alias, aliases.c.key).where(aliases.c.alias.in_(chunk)))
            self._named.update((row.alias, row.key) for row in rows)
        return found | set(self._named.values())

    def _there(self, source: str, target: str) -> tuple[Resource, dict[str, str]] | None:
        key = _key(source, target)
        return self._held.get(self._named.get(key, key))

    def _load(
        self, connection: Connection, wanted: Collection[bytes], at: datetime | None
    ) -> Iterator[tuple[bytes, str, dict[str, str]]]:
        c = statements.c
        query = select(c.key, c.source, c.codec, c.body, c.refs)
        for chunk in in_chunks(wanted):
            rows = connection.execute(query.where(c.key.in_(chunk), as_held_at(at), c.body.is_not(None)))
            for key, source, codec, body, refs in rows:
                own = json.loads(refs) if refs else {}
                self._held[key] = (decode(bodies.unpacked(body, codec)), own)
                yield key, source, own

    def of(self, source: str, refs: Mapping[str, str]) -> dict[str, Resource]:
        """What these references name, with what those name in turn."""
        found: dict[str, Resource] = {}
        for written, target in refs.items():
            if there := self._there(source, target):
                found[written] = there[0]
                for inner, inner_target in there[1].items():
                    if below := self._there(source, inner_target):
                        found.setdefault(inner, below[0])
        return found


def _key(source: str, target: str) -> bytes:
    return bytes.fromhex(target[1:]) if target[0] == "?" else resource_key(source, *target.split("/", 1))
