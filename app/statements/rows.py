"""Rows of the table of statements, opened: statements with what they point to."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Select, bindparam, or_, select

from app import db
from app.identity.store import in_chunks
from app.keyring import NOBODY, data_keys_of, keys_of
from app.statements.sealing import ERASED, tombstone, unseal
from app.tables import aliases, statements
from fhir.exact import decode
from fhir.statement import Resource, Statement

COLUMNS = (
    statements.c.subject,
    statements.c.id,
    statements.c.source,
    statements.c.type,
    statements.c.codec,
    statements.c.sealed,
    statements.c.received_at,
    statements.c.irregular,
    statements.c.erased,
)


Opened = tuple[Any, tuple[str, bytes, bytes, bytes | None]]
"""A row, and what `unseal` gives of it."""
Rows = list[Any]
FEW = 500


def rows_of(connection: Connection, subjects: Collection[int], asked: Collection[int], at: datetime | None) -> Rows:
    """The rows of these statements: found by number where they are few, else all that are held are sorted out."""
    if not asked:
        return []
    query = _rows_asked(connection.dialect.name, few=len(asked) <= FEW)
    if len(asked) > FEW:
        query = query.where(as_held_at(at))
    found = connection.execute(query, {"subjects": list(subjects), "numbers": sorted(asked)})
    return [row for row in found.all() if row[1] in asked]


@cache
def _rows_asked(dialect: str, *, few: bool) -> Select[Any]:
    query = select(*COLUMNS).where(db.any_of(dialect, statements.c.subject, "subjects"))
    return query.where(db.any_of(dialect, statements.c.id, "numbers")) if few else query


def as_held_at(at: datetime | None) -> Any:
    """Statements that are current, or that were at a moment."""
    c = statements.c
    if at is None:
        return c.superseded_at.is_(None)
    return (c.received_at <= at) & or_(c.superseded_at.is_(None), c.superseded_at > at)


def read(
    connection: Connection,
    rows: Sequence[Any],
    opening: dict[int, AESGCM],
    at: datetime | None,
    items: Collection[int] | None = None,
) -> list[Statement]:
    """The statements of these rows, with what they point to: of what is about a person, only `items` where given."""
    told = opened(rows, opening)
    return statements_of(told, Context(connection, opening, told, at, items).of)


def opened(rows: Iterable[Any], opening: Mapping[int, AESGCM]) -> list[Opened]:
    """What is sealed by a destroyed key is not among them; of what was erased by order, that it was."""
    return [
        (row, tombstone(row[1]) if row[4] == ERASED else unseal(opening[subject], subject, row[1], row[4], row[5]))
        for row in rows
        if (subject := row[0]) in opening or row[4] == ERASED
    ]


def statements_of(told: Iterable[Opened], of: Callable[[str, bytes], Mapping[str, Resource]]) -> list[Statement]:
    """The statements of these rows, each with what `of` its source and its references gives."""
    return [
        Statement(
            number,
            source,
            type_,
            local_id,
            body,
            received_at,
            tuple(json.loads(irregular)) if irregular else (),
            of(source, refs) if refs else NOTHING,
            erased=erased or "",
        )
        for (_, number, source, type_, _, _, received_at, irregular, erased), (local_id, _, refs, body) in told
    ]


NOTHING: Mapping[str, Resource] = {}


_C = statements.c
_NAMED = select(_C.key, _C.generation, _C.subject, _C.id, _C.source, _C.codec, _C.sealed).where(
    ~_C.deleted, _C.key.in_(bindparam("keys", expanding=True))
)
_NOW = _NAMED.where(as_held_at(None))


class Context:
    """The organisations, people, places and medicines that a person's statements point to, read at once.

    `seen` is the number of the statement behind each of their keys; 0 where nothing is.
    """

    def __init__(
        self,
        connection: Connection,
        opening: dict[int, AESGCM],
        told: Iterable[Opened],
        at: datetime | None,
        items: Collection[int] | None = None,
    ) -> None:
        self._keys, self._opening, self._items = keys_of(connection), opening, items
        self.seen: dict[bytes, int] = {}
        self._held: dict[bytes, tuple[Resource, dict[str, str]]] = {}
        self._named: dict[bytes, bytes] = {}
        self._found: dict[tuple[str, bytes], dict[str, Resource]] = {}
        pointing = {(row[2], said[2]) for row, said in told if said[2]}
        pairs = {(source, target) for source, refs in pointing for target in json.loads(refs).values()}
        inner = {
            (source, target)
            for _, source, refs in self._load(connection, self._names(connection, pairs), at)
            for target in refs.values()
        }
        list(self._load(connection, self._names(connection, inner) - self.seen.keys(), at))

    def _names(self, connection: Connection, pairs: Collection[tuple[str, str]]) -> set[bytes]:
        """What these targets may be found by; a conditional one is looked up by its alias."""
        found = {name for pair in pairs for name in self._keys.names(*_parts(*pair))}
        asked = [name for pair in pairs if pair[1][0] == "?" for name in self._keys.names(pair[1])]
        newest = self._keys.newest_name
        for chunk in in_chunks(asked):
            for alias, key, generation in connection.execute(select(aliases).where(aliases.c.alias.in_(chunk))):
                self._named[newest(alias, generation)] = newest(key, generation)
                found |= {key, newest(key, generation)}
        return found

    def _there(self, source: str, target: str) -> tuple[Resource, dict[str, str]] | None:
        key = self._keys.name(*_parts(source, target))
        return self._held.get(self._named.get(key, key))

    def _load(
        self, connection: Connection, wanted: Collection[bytes], at: datetime | None
    ) -> Iterator[tuple[bytes, str, dict[str, str]]]:
        self.seen |= dict.fromkeys(wanted, 0)
        query = _NOW if at is None else _NAMED.where(as_held_at(at))
        for chunk in in_chunks(wanted):
            rows = connection.execute(query, {"keys": chunk}).all()
            if others := {row.subject for row in rows} - self._opening.keys():
                self._opening |= data_keys_of(connection, others)
            for key, generation, subject, number, source, codec, sealed in rows:
                if subject not in self._opening or not self._may_show(subject, number):
                    continue
                _, _, refs, body = unseal(self._opening[subject], subject, number, codec, sealed)
                own = json.loads(refs) if refs else {}
                self._held[self._keys.newest_name(key, generation)] = (decode(body or b"{}"), own)
                self.seen[key] = number
                yield key, source, own

    def _may_show(self, subject: int, number: int) -> bool:
        """A relative or a device is a statement about the person too, and shown only where that is."""
        return subject == NOBODY or self._items is None or number in self._items

    def of(self, source: str, refs: bytes) -> Mapping[str, Resource]:
        """What these references name, with what those name in turn. Hundreds of statements have the same few."""
        found = self._found.get((source, refs))
        if found is None:
            found = self._found[source, refs] = self._named_by(source, json.loads(refs))
        return found

    def _named_by(self, source: str, refs: Mapping[str, str]) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for written, target in refs.items():
            if there := self._there(source, target):
                found[written] = there[0]
                for inner, inner_target in there[1].items():
                    if below := self._there(source, inner_target):
                        found.setdefault(inner, below[0])
        return found


def _parts(source: str, target: str) -> tuple[str, ...]:
    """What names `Type/id`, or an alias (`?` and its key)."""
    return (target,) if target[0] == "?" else (source, *target.split("/", 1))
