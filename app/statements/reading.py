"""Reading what is held about people: no grant, no data."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, or_, select

from app import bodies, db
from app.access.facts import not_for_patient
from app.access.grants import Grant, OperatorGrant
from app.access.permissions import ALLOWED
from app.access.searching import SearchGrant
from app.access.users import PatientUser
from app.identity.store import current as links_at
from app.identity.store import in_chunks, subjects_of
from app.statements.adding import resource_key
from app.tables import aliases, links, providers, statements
from fhir.exact import decode
from fhir.statement import Resource, Statement
from fhir.whereabouts import names_in, protected

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
        registered = connection.scalars(select(providers.c.name)).all() if grant.restricted else ()
    found = [_read(row, context) for row in rows]
    if grant.permission in ALLOWED[PatientUser]:
        found = [one for one in found if _is_for_patient(one)]
    if not grant.restricted:
        return found
    names = names_in(found) | {name.casefold() for name in registered if " " in name}
    return [protected(one, grant.masks.get(one.source, "hidden"), names) for one in found]


def _is_for_patient(one: Statement) -> bool:
    """What came before a rule of today is judged by it too. The grant has left out what was judged as it came."""
    return one.body is None or not not_for_patient(one.source, one.resource or {}, one.body)


def demographics_of(engine: Engine, grant: SearchGrant) -> dict[UUID, list[Statement]]:
    """The Patient resources that a search may show of everyone whom it names."""
    found: dict[UUID, list[Statement]] = {}
    with db.read(engine) as connection:
        for known in grant.people:
            query = select(*_COLUMNS).where(statements.c.subject.in_(known.subjects), statements.c.type == "Patient")
            rows = [row for row in connection.execute(query) if row[0] in grant.items]
            said = [_statement(row, {}) for row in rows]
            found[known.patient_id] = [protected(one, "hidden") for one in said] if known.restricted else said
    return found


def of_everyone(
    engine: Engine, grant: OperatorGrant, as_at: datetime | None = None, *, types: Collection[str] = ()
) -> Iterator[tuple[UUID, list[Statement]]]:
    """Every person's statements, one person at a time, in no particular order; of these types only, if any is named."""
    held = as_held_at(as_at)
    if types:
        held = held & statements.c.type.in_(types)
    with db.read(engine) as connection:
        linked = select(links.c.patient_id).where(links_at(as_at)).distinct().order_by(links.c.patient_id)
        for patient_id in connection.scalars(linked).all():
            rows = [
                row
                for subject in subjects_of(connection, patient_id, as_at)
                for row in connection.execute(select(*_COLUMNS).where(statements.c.subject == subject, held))
            ]
            context = _Context(connection, rows, as_at)
            yield patient_id, [_read(row, context) for row in rows]


IDENTITIES = ("Patient", "RelatedPerson", "Person", "Practitioner")
"""The resource types that say who somebody is and how to reach them."""


def identities(engine: Engine, grant: OperatorGrant) -> Iterator[tuple[str, Resource]]:
    """(local id, resource) of everyone who is named anywhere, in every version: to find them where they must not be."""
    c = statements.c
    query = select(c.local_id, c.codec, c.body).where(c.type.in_(IDENTITIES), c.body.is_not(None))
    with db.read(engine) as connection:
        for local_id, codec, body in connection.execution_options(yield_per=500).execute(query):
            yield local_id, decode(bodies.unpacked(body, codec))


def as_held_at(at: datetime | None) -> Any:
    """Statements that are current, or that were at a moment."""
    c = statements.c
    if at is None:
        return c.superseded_at.is_(None)
    return (c.received_at <= at) & or_(c.superseded_at.is_(None), c.superseded_at > at)


def _read(row: Any, context: "_Context") -> Statement:
    return _statement(row, context.of(row[1], row[7]) if row[7] else {})


def _statement(row: Any, named: Mapping[str, Resource]) -> Statement:
    number, source, type_, local_id, codec, body, received_at, _, irregular = row
    told = None if body is None else bodies.unpacked(body, codec)
    flaws = tuple(json.loads(irregular)) if irregular else ()
    return Statement(number, source, type_, local_id, told, received_at, flaws, named)


class _Context:
    """The organisations, people, places and medicines that a person's statements point to, read at once."""

    def __init__(self, connection: Connection, rows: Sequence[Any], at: datetime | None) -> None:
        self._held: dict[bytes, tuple[Resource, dict[str, str]]] = {}
        self._named: dict[bytes, bytes] = {}
        self._found: dict[tuple[str, str], dict[str, Resource]] = {}
        told = {(row[1], row[7]) for row in rows if row[7]}
        pairs = {(source, target) for source, refs in told for target in json.loads(refs).values()}
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

    def of(self, source: str, refs: str) -> Mapping[str, Resource]:
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


def _key(source: str, target: str) -> bytes:
    return bytes.fromhex(target[1:]) if target[0] == "?" else resource_key(source, *target.split("/", 1))
