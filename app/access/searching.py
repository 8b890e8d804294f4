"""Whom somebody may find: nobody by what only a source knows that they may not see. Every search is written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from app import audit, clock, db
from app.access import policy
from app.access.facts import Kind
from app.access.grants import actor, facts_about, known_with
from app.access.permissions import Permission, may
from app.access.second_lock import Opening
from app.access.users import User
from app.errors import NotAllowed
from app.tables import links, source_patients, statements


@dataclass(frozen=True)
class Known:
    """A person as one reader may know them: by these of their source patients, and restricted or not.

    For those who hold none of the `subjects` open, the person is not there.
    """

    patient_id: UUID
    subjects: tuple[int, ...]
    restricted: bool


def known_to(connection: Connection, reader: User, patient_ids: Iterable[UUID]) -> list[Known]:
    """These people as a reader may know them, without those of whom they may know nothing."""
    agreed = known_with(connection, ())
    people = [_known(connection, reader, agreed, one) for one in patient_ids]
    return [one for one in people if one.subjects]


def _known(connection: Connection, reader: User, agreed: policy.Known, patient_id: UUID) -> Known:
    query = (
        select(source_patients.c.id, source_patients.c.ods)
        .join(links, links.c.source_patient_id == source_patients.c.id)
        .where(links.c.patient_id == patient_id, links.c.until.is_(None))
        .order_by(source_patients.c.id)
    )
    theirs = connection.execute(query).all()
    said = facts_about(connection, [row.id for row in theirs])
    shows = policy.open_sources(reader, replace(agreed, facts=said), clock.now())
    open_ones = tuple(row.id for row in theirs if "demographics" in shows.get(row.ods, ()))
    return Known(patient_id, open_ones, any(fact.kind == Kind.RESTRICTED for fact in said))


@dataclass(frozen=True)
class SearchGrant:
    """Proof that a search was allowed and is written down with everyone whom it names. Demographics only.

    `items` are the Patient statements that may be shown of these people.
    """

    seq: int
    people: tuple[Known, ...]
    items: frozenset[int]
    opened: Opening = field(repr=False)


def search_grant(
    engine: Engine, user: User, by: str, found: Sequence[UUID], *, asked_for: UUID | None = None
) -> SearchGrant:
    """Write down a search and whom it names (`by`: the kind of words, never the words). Raises NotAllowed.

    `asked_for`: the one person whom somebody chose, whether or not they may know them.
    """
    allowed = may(user, Permission.SEARCH_PATIENTS)
    with db.read(engine) as connection:
        people = known_to(connection, user, found if allowed else ())
        opened = _opened(connection, people)
        opened.on(connection)
        items = _details(connection, people)
    named = tuple(one for one in people if items.keys() & set(one.subjects))
    event = audit.Event(
        kind=Permission.SEARCH_PATIENTS,
        outcome="allowed" if allowed else "refused",
        actor=actor(user),
        patient_id=asked_for,
        detail={"by": by, "found": [str(one.patient_id) for one in named]},
        items=[number for each in items.values() for number in each],
        subjects=items.keys(),
    )
    seq = audit.append(engine, event)
    if not allowed:
        raise NotAllowed()
    return SearchGrant(seq, named, frozenset(event.items), opened)


def _opened(connection: Connection, people: Sequence[Known]) -> Opening:
    """The details of these people, and nothing else of them."""
    subjects = tuple(subject for one in people for subject in one.subjects)
    c = source_patients.c
    query = select(c.ods).distinct().where(db.one_of(connection, c.id, subjects)).order_by(c.ods)
    return Opening(subjects, tuple(f"{ods}/Patient" for ods in connection.scalars(query)) if subjects else ())


def _details(connection: Connection, people: Sequence[Known]) -> dict[int, list[int]]:
    """The current Patient statements of these people, by source patient; also that their source deleted it."""
    c = statements.c
    subjects = [subject for one in people for subject in one.subjects]
    query = select(c.subject, c.id).where(
        db.one_of(connection, c.subject, subjects), c.type == "Patient", c.superseded_at.is_(None)
    )
    found: dict[int, list[int]] = {}
    for subject, number in connection.execute(query):
        found.setdefault(subject, []).append(number)
    return found
