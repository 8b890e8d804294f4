"""Finding the right patient: by NHS number, or by name and date of birth. Every search is written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Engine

from app import audit, db, statements
from app.access.grants import actor
from app.access.permissions import Permission
from app.access.searching import SearchGrant, search_grant
from app.access.users import User
from app.errors import BadUsage, NotFound
from app.identity.matching import letters
from app.identity.search import by_name, by_number
from app.viewer import words
from fhir import demographics, nhs_number
from fhir.item import Item
from fhir.statement import Statement

MOST_SHOWN, MOST_RECENT = 20, 10
NOT_AVAILABLE = (
    "No search was made. This does not mean that the patient has no record here. Try again in a few minutes."
)


@dataclass(frozen=True)
class Query:
    """What the clinician typed: a number, or a family name with a date of birth (`YYYY-MM-DD`)."""

    nhs_number: str = ""
    family: str = ""
    birth: str = ""
    given: str = ""
    postcode: str = ""


@dataclass(frozen=True)
class Found:
    """One person as the results and the confirming step show them; values as their leading source sent them."""

    patient_id: UUID
    name: str
    born: str
    gender: str
    nhs_number: str
    address: str
    address_postcode: str
    practice: str
    died: str
    sources: tuple[str, ...]
    restricted: bool
    similar: bool = False


@dataclass(frozen=True)
class Results:
    """Whom a search found. `too_many`: more than is safe to choose from; none are then shown."""

    found: tuple[Found, ...]
    too_many: bool = False


def find(engine: Engine, user: User, query: Query) -> Results:
    """Search, write it down, and read the demographics of those found. Raises BadUsage on an invalid number."""
    with db.read(engine) as connection:
        if query.nhs_number.strip():
            number = nhs_number.parse(query.nhs_number)
            if number is None:
                raise BadUsage("This NHS number is not valid")
            by, people = "nhs number", by_number(connection, user, number)
        else:
            by = "name and date of birth"
            names = {"family": query.family, "birth": query.birth, "given": query.given, "code": query.postcode}
            people = by_name(connection, user, **names)
    if len(people) > MOST_SHOWN:
        search_grant(engine, user, by, [])
        return Results((), too_many=True)
    return Results(_found(engine, search_grant(engine, user, by, people)))


def recent(engine: Engine, user: User) -> Results:
    """Those whose record this user opened last, the latest first. Written down like a search, where there are any."""
    people = audit.lately(engine, actor(user), Permission.VIEW_RECORD, MOST_RECENT)
    if not people:
        return Results(())
    found = _found(engine, search_grant(engine, user, "recent patients", people))
    return Results(tuple(sorted(found, key=lambda one: people.index(one.patient_id))))


def named(engine: Engine, user: User, people: Sequence[UUID]) -> tuple[Found, ...]:
    """Who these people of a worklist are. Written down like a search, where there are any."""
    return _found(engine, search_grant(engine, user, "worklist", people)) if people else ()


def look(engine: Engine, user: User, patient_id: UUID) -> Found:
    """One person's demographics, for "Is this the right patient?"."""
    found = _found(engine, search_grant(engine, user, "confirm", [patient_id], asked_for=patient_id))
    if not found:
        raise NotFound
    return found[0]


def _found(engine: Engine, grant: SearchGrant) -> tuple[Found, ...]:
    known = statements.demographics_of(engine, grant)
    people = [_one(patient_id, own) for patient_id, own in known.items() if own]
    return tuple(sorted(_warned(people), key=lambda f: (f.name, f.born, str(f.patient_id))))


def _one(patient_id: UUID, own: Sequence[Statement]) -> Found:
    lines = demographics.lines([demographics.read(one) for one in own if one.resource])
    items = [item for line in lines for item in (line.lead, *line.items)]
    sources = tuple(sorted({one.source for one in own}))
    return Found(
        patient_id=patient_id,
        name=_first(items, "name") if items else words.DETAILS_WITHDRAWN,
        born=_first(items, "date of birth"),
        gender=_first(items, "gender"),
        nhs_number=_first(items, "NHS number"),
        address=_first(items, "address"),
        address_postcode=_first(items, "postcode"),
        practice=_first(items, "GP practice"),
        died=_first(items, "died") or _first(items, "deceased"),
        sources=() if sources == ("hidden",) else sources,
        restricted="hidden" in sources,
    )


def _first(items: Iterable[Item], field: str) -> str:
    return next((value for item in items if (value := item.fields.get(field, ""))), "")


def _warned(people: list[Found]) -> list[Found]:
    """Mark those who could be taken for each other: same family name with the birth date or the first letter."""

    def marks(one: Found) -> set[tuple[str, str]]:
        family, _, given = one.name.partition(",")
        return {(letters(family), one.born), (letters(family), letters(given)[:1])}

    return [
        replace(one, similar=any(other is not one and marks(one) & marks(other) for other in people)) for one in people
    ]
