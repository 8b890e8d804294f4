"""Finding Patients by what people know of them. Words become keyed tokens; nothing is matched by part of a word."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, select

from app.crypto import Keys
from app.identity.matching import FAMILY_BIRTH, NAME_BIRTH, NUMBER, PERSON, letters, postcode
from app.tables import links, tokens
from fhir.nhs_number import NHSNumber

MOST = 50


def by_number(connection: Connection, keys: Keys, number: NHSNumber) -> list[UUID]:
    """Everyone whom some source knows by this number: more than one where sources contradict each other."""
    return _linked(connection, [keys.token(NUMBER, number.value)])


def by_name(
    connection: Connection, keys: Keys, *, family: str, birth: str, given: str = "", code: str = ""
) -> list[UUID]:
    """Everyone of this family name and date of birth (`YYYY-MM-DD`), and first name and postcode where given."""
    name, first, place = letters(family), letters(given.split(" ")[0] if given else ""), postcode(code)
    if first and place:
        return _linked(connection, [keys.token(PERSON, f"{name}|{first}|{birth}|{place}")])
    if first:
        return _linked(connection, [keys.token(NAME_BIRTH, f"{name}|{first}|{birth}")])
    return _linked(connection, [keys.token(FAMILY_BIRTH, f"{name}|{birth}")])


def _linked(connection: Connection, wanted: Collection[bytes]) -> list[UUID]:
    query = (
        select(links.c.patient_id)
        .distinct()
        .join(tokens, tokens.c.source_patient_id == links.c.source_patient_id)
        .where(tokens.c.token.in_(wanted), links.c.until.is_(None))
        .order_by(links.c.patient_id)
        .limit(MOST)
    )
    return list(connection.scalars(query))
