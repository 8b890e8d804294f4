"""Source patients, their tokens, and the dated links to Patients."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from app import counters
from app.crypto import Keys
from app.identity.matching import (
    ALIAS,
    NAME_BIRTH,
    NUMBER,
    NUMBER_BIRTH,
    PERSON,
    Doubt,
    Marks,
    alias,
    clusters,
    doubts,
    marks,
    person,
)
from app.tables import links, patients, reviews, source_patients, tokens

T = TypeVar("T")
_CHUNK = 500
RULE = "rules-1"
_COMPARED = (NUMBER, NUMBER_BIRTH, PERSON, NAME_BIRTH)


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


def source_patient_ids(connection: Connection, ods: str, local_ids: Collection[str]) -> dict[str, int]:
    """Our number for each of a source's patients. One not yet known gets one, and waits for its Patient."""
    found: dict[str, int] = {}
    for chunk in in_chunks(local_ids):
        rows = connection.execute(
            select(source_patients.c.local_id, source_patients.c.id).where(
                source_patients.c.ods == ods, source_patients.c.local_id.in_(chunk)
            )
        )
        found.update((row.local_id, row.id) for row in rows)
    missing = sorted(set(local_ids) - found.keys())
    if missing:
        first = counters.take(connection, "source_patients", len(missing))
        fresh = {local_id: first + n for n, local_id in enumerate(missing)}
        connection.execute(
            insert(source_patients),
            [
                {"id": number, "ods": ods, "local_id": local_id, "known": False, "merged_into": None}
                for local_id, number in fresh.items()
            ],
        )
        found |= fresh
    return found


def placeholder(keys: Keys, ods: str, system: str, value: str) -> str:
    """The local id of a patient whom a source names by an identifier only."""
    return "?" + keys.token(ALIAS, f"{ods}|{alias(system, value)}").hex()


def named_by(connection: Connection, keys: Keys, ods: str, system: str, value: str) -> str | None:
    """The local id of a source's known patient that carries this identifier, where there is exactly one."""
    token = keys.token(ALIAS, f"{ods}|{alias(system, value)}")
    found = connection.scalars(
        select(source_patients.c.local_id)
        .join(tokens, tokens.c.source_patient_id == source_patients.c.id)
        .where(tokens.c.token == token, tokens.c.kind == ALIAS, source_patients.c.known)
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def arrived(
    connection: Connection, keys: Keys, ods: str, people: Mapping[int, Mapping[str, Any]], at: datetime
) -> tuple[int, int]:
    """Patients (our number -> resource) came or changed: decide their links again.

    Answers (people_new, people_linked): Patients made, and source patients that joined one that was there.
    """
    before = _together_with(connection, people.keys())
    _mark(connection, keys, ods, people)
    known = _component(connection, before | people.keys())
    groups = clusters(known)
    changes = _relink(connection, groups, at)
    _review(connection, known, groups, at)
    return changes


def merge(connection: Connection, one: int, into: int | None) -> None:
    """A source says that one of its patients was replaced by another, or no longer says so."""
    connection.execute(update(source_patients).where(source_patients.c.id == one).values(merged_into=into))


def _mark(connection: Connection, keys: Keys, ods: str, people: Mapping[int, Mapping[str, Any]]) -> None:
    rows: dict[tuple[bytes, int], dict[str, Any]] = {}
    waiting: dict[str, int] = {}
    for number, resource in people.items():
        for kind, text in marks(person(resource)):
            token = keys.token(kind, f"{ods}|{text}" if kind == ALIAS else text)
            rows[token, number] = {"token": token, "source_patient_id": number, "kind": kind}
            if kind == ALIAS:
                waiting["?" + token.hex()] = number
    for chunk in in_chunks(people.keys()):
        connection.execute(delete(tokens).where(tokens.c.source_patient_id.in_(chunk)))
        connection.execute(update(source_patients).where(source_patients.c.id.in_(chunk)).values(known=True))
    if rows:
        connection.execute(insert(tokens), list(rows.values()))
    _claim_placeholders(connection, ods, waiting)


def _claim_placeholders(connection: Connection, ods: str, waiting: Mapping[str, int]) -> None:
    for chunk in in_chunks(waiting.keys()):
        rows = connection.execute(
            select(source_patients.c.id, source_patients.c.local_id).where(
                source_patients.c.ods == ods, source_patients.c.local_id.in_(chunk)
            )
        ).all()
        for row in rows:
            merge(connection, row.id, waiting[row.local_id])


def _together_with(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Everyone now linked to the same Patients as these."""
    other = links.alias()
    found: set[int] = set()
    for chunk in in_chunks(numbers):
        found.update(
            connection.scalars(
                select(other.c.source_patient_id)
                .join(links, links.c.patient_id == other.c.patient_id)
                .where(links.c.source_patient_id.in_(chunk), links.c.until.is_(None), other.c.until.is_(None))
            )
        )
    return found


def _component(connection: Connection, start: Collection[int]) -> dict[int, Marks]:
    """These and all that could be one person with them, directly or through others."""
    known: dict[int, Marks] = {}
    wanted = set(start)
    while wanted:
        loaded = _marks_of(connection, wanted)
        known |= loaded
        linking = {t for m in loaded.values() for t in m.number_birth | m.person}
        wanted = _sharing(connection, linking)
        wanted |= {m.merged_into for m in loaded.values() if m.merged_into is not None}
        wanted |= _merged_into(connection, loaded.keys())
        wanted -= known.keys()
    return known


def _marks_of(connection: Connection, numbers: Collection[int]) -> dict[int, Marks]:
    found: dict[int, dict[str, set[bytes]]] = {n: {} for n in numbers}
    into: dict[int, int | None] = {}
    for chunk in in_chunks(numbers):
        rows = connection.execute(
            select(tokens.c.source_patient_id, tokens.c.kind, tokens.c.token).where(
                tokens.c.source_patient_id.in_(chunk), tokens.c.kind.in_(_COMPARED)
            )
        )
        for number, kind, token in rows:
            found[number].setdefault(kind.replace("-", "_"), set()).add(token)
        merged = select(source_patients.c.id, source_patients.c.merged_into).where(source_patients.c.id.in_(chunk))
        into.update((row.id, row.merged_into) for row in connection.execute(merged))
    return {
        n: Marks(merged_into=into.get(n), **{kind: frozenset(own) for kind, own in sets.items()})
        for n, sets in found.items()
    }


def _sharing(connection: Connection, wanted: Collection[bytes]) -> set[int]:
    found: set[int] = set()
    for chunk in in_chunks(wanted):
        found.update(connection.scalars(select(tokens.c.source_patient_id).where(tokens.c.token.in_(chunk))))
    return found


def _merged_into(connection: Connection, numbers: Collection[int]) -> set[int]:
    found: set[int] = set()
    for chunk in in_chunks(numbers):
        query = select(source_patients.c.id).where(source_patients.c.merged_into.in_(chunk))
        found.update(connection.scalars(query))
    return found


def _relink(connection: Connection, groups: Iterable[list[int]], at: datetime) -> tuple[int, int]:
    groups = list(groups)
    members = [one for group in groups for one in group]
    now: dict[int, UUID] = {}
    real: set[int] = set()
    for chunk in in_chunks(members):
        rows = connection.execute(
            select(links.c.source_patient_id, links.c.patient_id).where(
                links.c.source_patient_id.in_(chunk), links.c.until.is_(None)
            )
        )
        now.update((row.source_patient_id, row.patient_id) for row in rows)
        known = select(source_patients.c.id).where(source_patients.c.id.in_(chunk), source_patients.c.known)
        real.update(connection.scalars(known))
    wanted, created = _assigned(groups, now, real)
    if created:
        connection.execute(insert(patients), [{"id": one, "created_at": at} for one in created])
    _write_links(connection, now, wanted, at)
    joined = sum(1 for one in wanted if one not in now) - len(created)
    return len(created), max(joined, 0)


def _assigned(groups: list[list[int]], now: Mapping[int, UUID], real: set[int]) -> tuple[dict[int, UUID], list[UUID]]:
    """The Patient of every source patient. A Patient stays with the group that holds its earliest source patient;
    a group that waits for its first Patient resource gets none."""
    taken: dict[UUID, int] = {}
    for one in sorted(now):
        taken.setdefault(now[one], one)
    wanted: dict[int, UUID] = {}
    created: list[UUID] = []
    for group in groups:
        if not real & set(group):
            continue
        own = next((now[one] for one in group if one in now and taken[now[one]] in group), None)
        if own is None:
            own = uuid4()
            created.append(own)
        wanted.update((one, own) for one in group)
    return wanted, created


def _write_links(connection: Connection, now: Mapping[int, UUID], wanted: Mapping[int, UUID], at: datetime) -> None:
    changed = {one: own for one, own in wanted.items() if now.get(one) != own}
    for chunk in in_chunks(changed.keys() & now.keys()):
        connection.execute(
            update(links).where(links.c.source_patient_id.in_(chunk), links.c.until.is_(None)).values(until=at)
        )
    if changed:
        first = counters.take(connection, "links", len(changed))
        rule = {"rule": RULE, "since": at, "until": None}
        rows = [
            {"id": first + n, "source_patient_id": one, "patient_id": own, **rule}
            for n, (one, own) in enumerate(sorted(changed.items()))
        ]
        connection.execute(insert(links), rows)


def _review(connection: Connection, known: Mapping[int, Marks], groups: list[list[int]], at: datetime) -> None:
    """Keep the list of pairs to look at: new doubts are added, settled ones closed."""
    near = _sharing(connection, {t for m in known.values() for t in m.number | m.name_birth}) - known.keys()
    everyone = dict(known) | _marks_of(connection, near)
    pairs = doubts(everyone, [*groups, *([one] for one in near)])
    wanted = {d for d in pairs if d.one in known or d.other in known}
    open_now: dict[Doubt, int] = {}
    for chunk in in_chunks(known.keys()):
        rows = connection.execute(
            select(reviews).where(
                reviews.c.until.is_(None), or_(reviews.c.source_patient_id.in_(chunk), reviews.c.other_id.in_(chunk))
            )
        )
        open_now.update((Doubt(r.source_patient_id, r.other_id, r.reason), r.id) for r in rows)
    for chunk in in_chunks([number for doubt, number in open_now.items() if doubt not in wanted]):
        connection.execute(update(reviews).where(reviews.c.id.in_(chunk)).values(until=at))
    fresh = sorted(wanted - open_now.keys(), key=lambda d: (d.one, d.other, d.reason))
    if fresh:
        rows_new = [
            {"source_patient_id": d.one, "other_id": d.other, "reason": d.reason, "since": at, "until": None}
            for d in fresh
        ]
        connection.execute(insert(reviews), rows_new)
