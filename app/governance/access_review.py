"""The privacy officer finds a person by NHS number, and reads who looked at their record. Nothing else of them."""

from dataclasses import dataclass

from sqlalchemy import Engine

from app import audit, db
from app.access.grants import actor
from app.access.looks import Looks, LooksGrant, looks, looks_grant
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import NotAllowed
from app.identity.search import all_by_number
from fhir import nhs_number

NOT_VALID = "Enter a valid NHS number: 10 digits"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Whose looks were asked for (as typed), and the looks at each record under that number."""

    asked: str
    records: tuple[Looks, ...]
    older: bool


def opened(engine: Engine, user: User) -> None:
    """Write down that the officer opened the start page."""
    audit.append(engine, audit.Event("review-start", "allowed", actor(user)))


def find(engine: Engine, user: User, typed: str) -> list[LooksGrant] | None:
    """The records under this number, each opened for review, which is written down; None for no valid number."""
    if not may(user, Permission.REVIEW_ACCESS):
        raise NotAllowed
    number = nhs_number.parse(typed)
    if number is None:
        return None
    with db.read(engine) as connection:
        people = all_by_number(connection, number)
    if not people:
        detail = {"by": "nhs number", "found": []}
        audit.append(engine, audit.Event(Permission.REVIEW_ACCESS, "allowed", actor(user), detail=detail))
    return [looks_grant(engine, user, Permission.REVIEW_ACCESS, one) for one in people]


def review(engine: Engine, grants: list[LooksGrant], asked: str, *, older: bool) -> Reviewed:
    """The looks at each of these records."""
    return Reviewed(asked, tuple(looks(engine, one, older=older) for one in grants), older)
