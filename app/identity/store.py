"""Source patients: their numbers, what they are compared by, and what they say of each other."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, or_, select, update

from app import counters, db
from app.identity.clusters import Marks
from app.identity.matching import ALIAS, COMPARED, SOUGHT, WANTS, alias, marks, person
from app.keyring import Keys, keys_of, make_data_keys
from app.tables import links, same_as, source_patients, tokens

T = TypeVar("T")
_CHUNK = 500
MOST_ALIKE = 50
"""What more source patients than these share (a name with a birth date, a number) tells nobody from anybody."""


def in_chunks(values: Collection[T]) -> list[list[T]]:
    """Lists short enough for one statement."""
    ordered = list(values)
    return [ordered[n : n + _CHUNK] for n in range(0, len(ordered), _CHUNK)]


def current(at: datetime | None = None) -> ColumnElement[bool]:
    """Links that hold now, or that held at a moment."""
    if at is None:
        return links.c.until.is_(None)
    return and_(links.c.since <= at, or_(links.c.until.is_(None), links.c.until > at))


def subjects_of(connection: Connection, patient_id: UUID, at: datetime | None = None) -> list[int]:
    """The source patients of a Patient, now or at a moment."""
    query = select(links.c.source_patient_id).where(links.c.patient_id == patient_id, current(at))
    return list(connection.scalars(query.order_by(links.c.source_patient_id)))


def source_patient_ids(connection: Connection, ods: str, local_ids: Collection[str]) -> tuple[dict[str, int], set[int]]:
    """Our number for each of a source's patients, and which of these are new: those wait for their Patient."""
    keys = keys_of(connection)
    asked = {name: local_id for local_id in local_ids for name in keys.names(ods, local_id)}
    found: dict[str, int] = {}
    for chunk in in_chunks(asked):
        query = select(source_patients.c.name, source_patients.c.id).where(source_patients.c.name.in_(chunk))
        found.update((asked[row.name], row.id) for row in connection.execute(query))
    missing = sorted(set(local_ids) - found.keys())
    if not missing:
        return found, set()
    first = counters.take(connection, "source_patients", len(missing))
    fresh = {local_id: first + n for n, local_id in enumerate(missing)}
    given = {"ods": ods, "generation": keys.generation, "known": False}
    rows_new = [given | {"id": number, "name": keys.name(ods, own)} for own, number in fresh.items()]
    connection.execute(insert(source_patients), rows_new)
    make_data_keys(connection, fresh.values())
    wants = [
        {"token": token, "generation": generation, "source_patient_id": number, "kind": WANTS}
        for own, number in fresh.items()
        if own.startswith("?")
        for generation, token in keys.tokens(bytes.fromhex(own[1:]))
    ]
    if wants:
        connection.execute(insert(tokens), wants)
    return found | fresh, set(fresh.values())


def placeholder(keys: Keys, ods: str, system: str, value: str) -> str:
    """The local id of a patient whom a source names by an identifier only: `?` and the first token of its alias.

    What is said about them stays there, and is linked to the bearer of the identifier for as long as there is one.
    """
    return "?" + keys.first_token(ALIAS, f"{ods}|{alias(system, value)}").hex()


def mark_rows(keys: Keys, ods: str, people: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What these source patients (our number -> Patient resource) are compared and found by, as rows of `tokens`."""
    rows: dict[tuple[bytes, int], dict[str, Any]] = {}
    for number, resource in people.items():
        for kind, text in marks(person(resource)):
            first = keys.first_token(kind.removeprefix(SOUGHT), f"{ods}|{text}" if kind == ALIAS else text)
            for generation, token in keys.tokens(first):
                row = {"token": token, "generation": generation, "source_patient_id": number, "kind": kind}
                rows[token, number] = row
    return list(rows.values())


def write_marks(connection: Connection, people: Collection[int], rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what these source patients are compared by, in place of what was."""
    for chunk in in_chunks(people):
        connection.execute(delete(tokens).where(tokens.c.source_patient_id.in_(chunk)))
        connection.execute(update(source_patients).where(source_patients.c.id.in_(chunk)).values(known=True))
    if rows:
        connection.execute(insert(tokens), rows)


def write_same(connection: Connection, same: Mapping[int, set[int]]) -> None:
    """Keep whom each of these says it replaces or is replaced by, in place of what it said before."""
    for chunk in in_chunks(same.keys()):
        connection.execute(delete(same_as).where(same_as.c.source_patient_id.in_(chunk)))
    rows = [{"source_patient_id": one, "other_id": other} for one, own in same.items() for other in sorted(own - {one})]
    if rows:
        connection.execute(insert(same_as), rows)


def component(connection: Connection, start: Collection[int]) -> dict[int, Marks]:
    """These and all that could be one person with them, directly or through others."""
    known: dict[int, Marks] = {}
    wanted = set(start)
    while wanted:
        loaded = marks_of(connection, wanted)
        known |= loaded
        said = loaded.values()
        vague = {t for m in said for t in m.person | m.wants}
        telling = vague - crowded(connection, vague)
        wanted = sharing(connection, telling.union(*(m.number_birth for m in said)))
        wanted |= sharing(connection, {t for m in said for t in m.alias}, WANTS)
        wanted |= {other for m in said for other in m.same} | _said_same(connection, loaded.keys())
        wanted -= known.keys()
    return known


def marks_of(connection: Connection, numbers: Collection[int]) -> dict[int, Marks]:
    """What each of these source patients is compared by."""
    compared = tokens.c.generation == keys_of(connection).found_by
    found: dict[int, dict[str, set[bytes]]] = {n: {} for n in numbers}
    same: dict[int, set[int]] = {}
    for chunk in in_chunks(numbers):
        rows = connection.execute(
            select(tokens.c.source_patient_id, tokens.c.kind, tokens.c.token).where(
                tokens.c.source_patient_id.in_(chunk), tokens.c.kind.in_(COMPARED), compared
            )
        )
        for number, kind, token in rows:
            found[number].setdefault(kind.replace("-", "_"), set()).add(token)
        for one, other in connection.execute(select(same_as).where(same_as.c.source_patient_id.in_(chunk))):
            same.setdefault(one, set()).add(other)
    return {
        n: Marks(same=frozenset(same.get(n, ())), **{kind: frozenset(own) for kind, own in sets.items()})
        for n, sets in found.items()
    }


def crowded(connection: Connection, wanted: Collection[bytes]) -> set[bytes]:
    """Those of these tokens that more than MOST_ALIKE source patients carry; found without reading them all."""
    dialect = connection.dialect.name
    found: set[bytes] = set()
    for chunk in in_chunks(wanted):
        found.update(connection.scalars(_crowded(dialect), {"among": db.as_among(dialect, chunk)}))
    return found


@cache
def _crowded(dialect: str) -> Select[Any]:
    """Built once: it is asked for every few hundred tokens of a feed."""
    wanted = db.asked(dialect)
    one_more = select(tokens.c.source_patient_id).where(tokens.c.token == wanted.c.key)
    one_more = one_more.order_by(tokens.c.source_patient_id).offset(MOST_ALIKE).limit(1)
    return select(wanted.c.key).where(one_more.scalar_subquery().is_not(None))


def sharing(connection: Connection, wanted: Collection[bytes], kind: str = "") -> set[int]:
    """The source patients that carry any of these tokens, as this kind of mark where one is named."""
    found: set[int] = set()
    for chunk in in_chunks(wanted):
        query = select(tokens.c.source_patient_id).where(tokens.c.token.in_(chunk))
        found.update(connection.scalars(query.where(tokens.c.kind == kind) if kind else query))
    return found


def _said_same(connection: Connection, numbers: Collection[int]) -> set[int]:
    found: set[int] = set()
    for chunk in in_chunks(numbers):
        found.update(connection.scalars(select(same_as.c.source_patient_id).where(same_as.c.other_id.in_(chunk))))
    return found
