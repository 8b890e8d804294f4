"""Finding Patients by what people know of them. Words become keyed tokens; nothing is matched by part of a word."""

from uuid import UUID

from sqlalchemy import Connection, select

from app.access.searching import Known, known_to
from app.access.users import User
from app.identity.matching import FAMILY_BIRTH, NAME_BIRTH, NUMBER, PERSON, given_names, letters, postcode
from app.keyring import keys_of
from app.tables import links, tokens
from fhir.nhs_number import NHSNumber


def by_number(connection: Connection, reader: User, number: NHSNumber) -> list[UUID]:
    """Everyone whom a source that this reader may see knows by this number: several where sources disagree."""
    return [one.patient_id for one in _found(connection, reader, keys_of(connection).token(NUMBER, number.value))]


def all_by_number(connection: Connection, number: NHSNumber) -> list[UUID]:
    """Everyone whom any source knows by this number: for one who sees nothing of what is held about them."""
    query = (
        select(links.c.patient_id)
        .join(tokens, tokens.c.source_patient_id == links.c.source_patient_id)
        .where(tokens.c.token == keys_of(connection).token(NUMBER, number.value), links.c.until.is_(None))
    )
    return list(connection.scalars(query.distinct().order_by(links.c.patient_id)))


def by_name(
    connection: Connection, reader: User, *, family: str, birth: str, given: str = "", code: str = ""
) -> list[UUID]:
    """Everyone of this family name and date of birth (`YYYY-MM-DD`), and first name and postcode where given.

    A restricted person is found as if no postcode had been given, right or wrong: it would tell where they live.
    """
    name, first, place = letters(family), next(iter(given_names([given])), ""), postcode(code)
    if not first:
        found = _found(connection, reader, keys_of(connection).token(FAMILY_BIRTH, f"{name}|{birth}"))
    else:
        found = _found(connection, reader, keys_of(connection).token(NAME_BIRTH, f"{name}|{first}|{birth}"))
    if first and place:
        near = _found(connection, reader, keys_of(connection).token(PERSON, f"{name}|{first}|{birth}|{place}"))
        found = [one for one in found if one.restricted or one in near]
    return [one.patient_id for one in found]


def _found(connection: Connection, reader: User, token: bytes) -> list[Known]:
    """Those whom this token means at a source that this reader may see. What only another source knows finds nobody."""
    query = (
        select(links.c.patient_id, links.c.source_patient_id)
        .join(tokens, tokens.c.source_patient_id == links.c.source_patient_id)
        .where(tokens.c.token == token, links.c.until.is_(None))
        .order_by(links.c.patient_id, links.c.source_patient_id)
    )
    bearers: dict[UUID, set[int]] = {}
    for patient_id, subject in connection.execute(query):
        bearers.setdefault(patient_id, set()).add(subject)
    return [one for one in known_to(connection, reader, bearers) if bearers[one.patient_id] & set(one.subjects)]
