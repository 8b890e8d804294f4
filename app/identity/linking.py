"""The dated links from source patients to Patients, and the pairs that a person should look at."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, exists, insert, or_, select, update

from app import counters
from app.identity.clusters import Doubt, Marks, clusters, doubts
from app.identity.store import (
    component,
    crowded,
    in_chunks,
    mark_rows,
    marks_of,
    sharing,
    write_marks,
    write_same,
)
from app.keyring import keys_of
from app.tables import data_keys, links, patients, reviews, source_patients

RULE = "rules-3"


def decide(
    connection: Connection,
    ods: str,
    people: Mapping[int, Mapping[str, Any]],
    same: Mapping[int, set[int]],
    others: Collection[int],
    at: datetime,
) -> tuple[int, int]:
    """Patients (our number -> resource) came or changed, with whom each says it is the same as; `others` are new
    without a Patient of their own. Decide the links again of all whom that may touch.

    Answers (people_new, people_linked): Patients made, and source patients that joined one that was there.
    """
    touched = people.keys() | set(others)
    rows = mark_rows(keys_of(connection), ods, people)
    vague = _vague(marks_of(connection, touched)) | {row["token"] for row in rows}
    crowds = crowded(connection, vague)
    before = component(connection, touched).keys() | _together_with(connection, touched)
    write_marks(connection, people.keys(), rows)
    write_same(connection, same)
    turned = sharing(connection, crowds ^ crowded(connection, vague))
    known = component(connection, before | touched | turned)
    crowds = crowded(connection, _vague(known))
    groups = clusters(known, crowds)
    changes = _relink(connection, groups, at)
    _review(connection, known, groups, crowds, at)
    return changes


def _vague(people: Mapping[int, Marks]) -> set[bytes]:
    """The tokens that count only while few carry them."""
    return {token for m in people.values() for token in m.number | m.name_birth | m.person | m.wants}


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
                .where(~exists().where(data_keys.c.subject == other.c.source_patient_id, _DESTROYED))
            )
        )
    return found


_DESTROYED = data_keys.c.destroyed_at.is_not(None)
"""What was erased by order stays where it was linked: there is nothing to compare any more."""


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
    joined = sum(1 for one in wanted if one in real and one not in now) - len(created)
    return len(created), max(joined, 0)


def _assigned(groups: list[list[int]], now: Mapping[int, UUID], real: set[int]) -> tuple[dict[int, UUID], list[UUID]]:
    """The Patient of every source patient. A Patient stays with the group that holds its earliest source patient,
    never with one that is only named; a group that waits for its first Patient resource gets none."""

    def rank(one: int) -> tuple[bool, int]:
        return one not in real, one

    taken: dict[UUID, int] = {}
    for one in sorted(now, key=rank):
        taken.setdefault(now[one], one)
    wanted: dict[int, UUID] = {}
    created: list[UUID] = []
    for group in groups:
        if not real & set(group):
            continue
        own = next((now[one] for one in sorted(group, key=rank) if one in now and taken[now[one]] in group), None)
        if own is None:
            own = uuid4()
            created.append(own)
        wanted.update((one, own) for one in group)
    return wanted, created


def _write_links(connection: Connection, now: Mapping[int, UUID], wanted: Mapping[int, UUID], at: datetime) -> None:
    changed = {one: own for one, own in wanted.items() if now.get(one) != own}
    for chunk in in_chunks([one for one, own in now.items() if wanted.get(one) != own]):
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


def _review(
    connection: Connection, known: Mapping[int, Marks], groups: list[list[int]], crowds: set[bytes], at: datetime
) -> None:
    """Keep the list of pairs to look at: new doubts are added, settled ones closed."""
    listing = {t for m in known.values() for t in m.number | m.name_birth} - crowds
    near = sharing(connection, listing) - known.keys()
    everyone = dict(known) | marks_of(connection, near)
    pairs = doubts(everyone, [*groups, *([one] for one in near)], crowds)
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
