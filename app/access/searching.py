"""Whom somebody may find: nobody by what only a source knows that they may not see. Every search is written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from app import audit, clock, db
from app.access.facts import Kind
from app.access.feeds import feeds
from app.access.grants import actor, facts_about
from app.access.permissions import Permission, may
from app.access.users import Clinician, User
from app.errors import NotAllowed
from app.tables import links, source_patients, statements


@dataclass(frozen=True)
class Known:
    """A person as one organisation may know them: by these of their source patients, and restricted or not.

    For those who hold none of the `subjects` open, the person is not there.
    """

    patient_id: UUID
    subjects: tuple[int, ...]
    restricted: bool


def known_to(connection: Connection, org: str, patient_ids: Iterable[UUID]) -> list[Known]:
    """These people as an organisation may know them, without those of whom it may know nothing."""
    open_feeds = {feed.ods for feed in feeds(connection) if "demographics" in feed.categories}
    now = clock.now()
    people = [_known(connection, org, open_feeds, now, one) for one in patient_ids]
    return [one for one in people if one.subjects]


def _known(connection: Connection, org: str, open_feeds: set[str], now: datetime, patient_id: UUID) -> Known:
    query = (
        select(source_patients.c.id, source_patients.c.ods)
        .join(links, links.c.source_patient_id == source_patients.c.id)
        .where(links.c.patient_id == patient_id, links.c.until.is_(None))
        .order_by(source_patients.c.id)
    )
    theirs = connection.execute(query).all()
    said = facts_about(connection, [row.id for row in theirs])
    refused = {fact.org for fact in said if fact.kind == Kind.DISSENT and fact.org != org and fact.holds(now)}
    open_ones = tuple(row.id for row in theirs if row.ods in open_feeds and row.ods not in refused)
    return Known(patient_id, open_ones, any(fact.kind == Kind.RESTRICTED for fact in said))


def org_of(user: User) -> str:
    """The organisation that somebody searches for; empty where they search for none."""
    return user.org if isinstance(user, Clinician) else ""


@dataclass(frozen=True)
class SearchGrant:
    """Proof that a search was allowed and is written down with everyone whom it names. Demographics only.

    `items` are the Patient statements that may be shown of these people.
    """

    seq: int
    people: tuple[Known, ...]
    items: frozenset[int]


def search_grant(
    engine: Engine, user: User, by: str, found: Sequence[UUID], *, asked_for: UUID | None = None
) -> SearchGrant:
    """Write down a search and whom it names (`by`: the kind of words, never the words). Raises NotAllowed.

    `asked_for`: the one person whom somebody chose, whether or not they may know them.
    """
    allowed = may(user, Permission.SEARCH_PATIENTS)
    with db.read(engine) as connection:
        people = known_to(connection, org_of(user), found if allowed else ())
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
    return SearchGrant(seq, named, frozenset(event.items))


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
