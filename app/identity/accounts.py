"""Which record a patient's account leads to. What a sign-in provider verified is used once, and not kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, or_, select

from app import db
from app.access.facts import Kind
from app.access.users import PatientUser
from app.errors import NotAllowed
from app.identity.matching import FAMILY_BIRTH, NUMBER, NUMBER_BIRTH, Name, Person, letters, marks
from app.identity.store import current, sharing
from app.keyring import keys_of
from app.tables import facts, links, source_patients, tokens
from fhir.dates import fhir_date
from fhir.home import PATIENT
from fhir.nhs_number import NHSNumber, parse

NOT_LINKED = (
    "Your account is not linked to a record now. Log out and sign in again. If that does not help, ask your GP."
)


@dataclass(frozen=True, repr=False)
class Proof:
    """What a provider verified about a person (NHS login level P9). `family`: the letters of the family name."""

    number: NHSNumber
    birth: str
    family: str


def proof_of(claims: Mapping[str, Any]) -> Proof | None:
    """The proof in a provider's claims; None where a part of it is missing or cannot be read."""
    number, birth, family = (_text(claims, name) for name in ("nhs_number", "birthdate", "family_name"))
    parsed = parse(number)
    whole = len(birth) == 10 and fhir_date(birth) is not None and letters(family) != ""
    if parsed is None or not whole or _text(claims, "identity_proofing_level") != "P9":
        return None
    return Proof(parsed, birth, letters(family))


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def person_proven(connection: Connection, proof: Proof) -> UUID | None:
    """The one Patient whom a source knows by all of this; None where there is none, or more than one.

    The number with the date of birth, and the family name with it, must be said by one and the same source.
    """
    told = dict(marks(_as_sent(proof)))
    if NUMBER_BIRTH not in told:
        return None
    number, family = (
        sharing(connection, [keys_of(connection).token(kind, told[kind])], kind)
        for kind in (NUMBER_BIRTH, FAMILY_BIRTH)
    )
    query = select(links.c.patient_id).where(links.c.source_patient_id.in_(number & family), current())
    found = set(connection.scalars(query))
    return found.pop() if len(found) == 1 else None


def _as_sent(proof: Proof) -> Person:
    """The proof as a source would say it, so that it has the same marks."""
    names = frozenset({Name(proof.family, "")})
    return Person(numbers=frozenset({proof.number}), number=proof.number, birth=proof.birth, names=names)


def other_accounts(connection: Connection, user: PatientUser, proof: Proof, person: UUID) -> set[str]:
    """The other accounts that are linked to this person, or were begun with this NHS number."""
    same_number = select(tokens.c.source_patient_id).where(
        tokens.c.token == keys_of(connection).token(NUMBER, proof.number.value)
    )
    same_person = select(links.c.source_patient_id).where(links.c.patient_id == person, current())
    number = facts.c.source_patient_id
    query = select(facts.c.org).where(
        facts.c.kind == Kind.SELF,
        facts.c.org != user.account,
        or_(number.in_(same_number), number.in_(same_person)),
    )
    return set(connection.scalars(query))


def account_number(connection: Connection, account: str) -> int | None:
    """The number under which we hold what this account says; None before its first sign-in."""
    named = source_patients.c.name.in_(_names(connection, account))
    return connection.scalar(select(source_patients.c.id).where(named))


def _names(connection: Connection, account: str) -> list[bytes]:
    return keys_of(connection).names(PATIENT, account)


def number_of(engine: Engine, user: PatientUser) -> int | None:
    """The same, of somebody signed in."""
    with db.read(engine) as connection:
        return account_number(connection, user.account)


def is_of_number(connection: Connection, number: int, proof: Proof) -> bool:
    """Whether this account was begun with the same NHS number."""
    token = keys_of(connection).token(NUMBER, proof.number.value)
    own = (tokens.c.source_patient_id == number) & (tokens.c.kind == NUMBER) & (tokens.c.token == token)
    return connection.execute(select(tokens.c.token).where(own)).first() is not None


def linked_to(connection: Connection, number: int) -> UUID | None:
    """The Patient that a source patient is linked to now."""
    return connection.scalar(select(links.c.patient_id).where(links.c.source_patient_id == number, current()))


def patient_of(engine: Engine, user: PatientUser) -> UUID | None:
    """The Patient that this account is linked to now."""
    with db.read(engine) as connection:
        number = account_number(connection, user.account)
        return None if number is None else linked_to(connection, number)


def own_patient(engine: Engine, user: PatientUser) -> UUID:
    """The same, for a page that cannot be without: raises NotAllowed with words for the person."""
    found = patient_of(engine, user)
    if found is None:
        raise NotAllowed(NOT_LINKED)
    return found
