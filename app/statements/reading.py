"""Reading what is held about people: no grant, no data."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, or_, select

from app import db
from app.access.facts import not_for_patient
from app.access.grants import Grant, OperatorGrant
from app.access.permissions import ALLOWED
from app.access.searching import SearchGrant
from app.access.users import PatientUser
from app.identity.store import current as links_at
from app.identity.store import in_chunks, subjects_of
from app.keyring import NOBODY, data_keys_of, keys_of
from app.statements.sealing import unseal
from app.tables import aliases, links, providers, statements
from fhir.exact import decode
from fhir.statement import Resource, Statement
from fhir.whereabouts import names_in, protected

_COLUMNS = (
    statements.c.subject,
    statements.c.id,
    statements.c.source,
    statements.c.type,
    statements.c.codec,
    statements.c.sealed,
    statements.c.received_at,
    statements.c.irregular,
)


def of_patient(engine: Engine, grant: Grant) -> list[Statement]:
    """What the grant lets its holder see of this person: the current statements, or those of its moment."""
    with db.read(engine) as connection:
        theirs = db.one_of(connection, statements.c.subject, grant.subjects)
        query = select(*_COLUMNS).where(theirs, as_held_at(grant.as_at))
        rows = [row for row in connection.execute(query).all() if row[1] in grant.items]
        found = _read(connection, rows, grant.subjects, grant.as_at)
        registered = connection.scalars(select(providers.c.name)).all() if grant.restricted else ()
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
            rows = [row for row in connection.execute(query) if row[1] in grant.items]
            opening = data_keys_of(connection, known.subjects)
            said = _statements(_opened(rows, opening), lambda *_: _NOTHING)
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
            subjects = subjects_of(connection, patient_id, as_at)
            rows = [
                row
                for subject in subjects
                for row in connection.execute(select(*_COLUMNS).where(statements.c.subject == subject, held))
            ]
            yield patient_id, _read(connection, rows, subjects, as_at)


def bearers(engine: Engine, grant: OperatorGrant) -> Iterator[tuple[str, str, UUID]]:
    """(source, its own name of the person, the Patient) of every source patient that is linked now."""
    c = statements.c
    query = (
        select(c.subject, c.id, c.codec, c.sealed, c.source, links.c.patient_id)
        .join(links, links.c.source_patient_id == c.subject)
        .where(links_at(), c.type == "Patient", as_held_at(None), ~c.deleted)
    )
    with db.read(engine) as connection:
        for some in connection.execution_options(yield_per=500).execute(query).partitions():
            opening = data_keys_of(connection, {row.subject for row in some})
            for subject, number, codec, content, source, patient_id in some:
                if subject in opening:
                    yield source, unseal(opening[subject], subject, number, codec, content)[0], patient_id


IDENTITIES = ("Patient", "RelatedPerson", "Person", "Practitioner")
"""The resource types that say who somebody is and how to reach them."""


def identities(engine: Engine, grant: OperatorGrant) -> Iterator[tuple[str, Resource]]:
    """(local id, resource) of everyone who is named anywhere, in every version: to find them where they must not be."""
    c = statements.c
    query = select(c.subject, c.id, c.codec, c.sealed).where(c.type.in_(IDENTITIES), ~c.deleted)
    with db.read(engine) as connection:
        for some in connection.execution_options(yield_per=500).execute(query).partitions():
            opening = data_keys_of(connection, {row.subject for row in some})
            for subject, number, codec, sealed in some:
                if subject in opening:
                    local_id, _, _, body = unseal(opening[subject], subject, number, codec, sealed)
                    yield local_id, decode(body or b"{}")


def as_held_at(at: datetime | None) -> Any:
    """Statements that are current, or that were at a moment."""
    c = statements.c
    if at is None:
        return c.superseded_at.is_(None)
    return (c.received_at <= at) & or_(c.superseded_at.is_(None), c.superseded_at > at)


def _read(
    connection: Connection, rows: Sequence[Any], subjects: Collection[int], at: datetime | None
) -> list[Statement]:
    """The statements of these rows, with what they point to."""
    opening = data_keys_of(connection, [*subjects, NOBODY])
    told = _opened(rows, opening)
    context = _Context(connection, opening, {(row[2], opened[2]) for row, opened in told if opened[2]}, at)
    return _statements(told, context.of)


_Opened = tuple[Any, tuple[str, bytes, bytes, bytes | None]]
"""A row, and what `unseal` gives of it."""


def _opened(rows: Iterable[Any], opening: Mapping[int, AESGCM]) -> list[_Opened]:
    """What is sealed by a destroyed key is not among them."""
    return [
        (row, unseal(opening[subject], subject, row[1], row[4], row[5]))
        for row in rows
        if (subject := row[0]) in opening
    ]


def _statements(told: Iterable[_Opened], of: Callable[[str, bytes], Mapping[str, Resource]]) -> list[Statement]:
    return [
        Statement(
            number,
            source,
            type_,
            local_id,
            body,
            received_at,
            tuple(json.loads(irregular)) if irregular else (),
            of(source, refs) if refs else _NOTHING,
        )
        for (_, number, source, type_, _, _, received_at, irregular), (local_id, _, refs, body) in told
    ]


_NOTHING: Mapping[str, Resource] = {}


class _Context:
    """The organisations, people, places and medicines that a person's statements point to, read at once."""

    def __init__(
        self,
        connection: Connection,
        opening: dict[int, AESGCM],
        told: Collection[tuple[str, bytes]],
        at: datetime | None,
    ) -> None:
        self._name, self._opening = keys_of(connection).name, opening
        self._held: dict[bytes, tuple[Resource, dict[str, str]]] = {}
        self._named: dict[bytes, bytes] = {}
        self._found: dict[tuple[str, bytes], dict[str, Resource]] = {}
        pairs = {(source, target) for source, refs in told for target in json.loads(refs).values()}
        inner = {
            (source, target)
            for _, source, refs in self._load(connection, self._keys(connection, pairs), at)
            for target in refs.values()
        }
        list(self._load(connection, self._keys(connection, inner) - self._held.keys(), at))

    def _keys(self, connection: Connection, pairs: Collection[tuple[str, str]]) -> set[bytes]:
        """The keys of these targets; a conditional one is looked up by its alias."""
        found = {self._key(source, target) for source, target in pairs}
        for chunk in in_chunks([self._key(*pair) for pair in pairs if pair[1][0] == "?"]):
            rows = connection.execute(select(aliases.c.alias, aliases.c.key).where(aliases.c.alias.in_(chunk)))
            self._named.update((row.alias, row.key) for row in rows)
        return found | set(self._named.values())

    def _there(self, source: str, target: str) -> tuple[Resource, dict[str, str]] | None:
        key = self._key(source, target)
        return self._held.get(self._named.get(key, key))

    def _load(
        self, connection: Connection, wanted: Collection[bytes], at: datetime | None
    ) -> Iterator[tuple[bytes, str, dict[str, str]]]:
        c = statements.c
        query = select(c.key, c.subject, c.id, c.source, c.codec, c.sealed).where(~c.deleted)
        for chunk in in_chunks(wanted):
            rows = connection.execute(query.where(c.key.in_(chunk), as_held_at(at))).all()
            if others := {row.subject for row in rows} - self._opening.keys():
                self._opening |= data_keys_of(connection, others)
            for key, subject, number, source, codec, sealed in rows:
                if subject not in self._opening:
                    continue
                _, _, refs, body = unseal(self._opening[subject], subject, number, codec, sealed)
                own = json.loads(refs) if refs else {}
                self._held[key] = (decode(body or b"{}"), own)
                yield key, source, own

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

    def _key(self, source: str, target: str) -> bytes:
        """The name of `Type/id`, or of an alias (`?` and its key)."""
        return self._name(target) if target[0] == "?" else self._name(source, *target.split("/", 1))
