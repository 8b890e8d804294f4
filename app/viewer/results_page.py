"""The people that a search found, in words, with a warning where two could be mistaken for each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import phrases
from app.viewer import formats
from app.viewer.search import Found, Results
from fhir.dates import fhir_date

SIMILAR = "Similar patient – check date of birth and address"
TOO_MANY = "More than 20 people match. Add more details, such as a first name or postcode."
NOT_FOUND = "No patient found in this record with these details. They may be known under other details, or not at all."


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One person of the results."""

    patient_id: UUID
    name: str
    born: str
    age: str
    gender: str
    nhs_number: str
    address: str
    postcode: str
    practice: str
    sources: str
    similar: str
    died: str


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What stands under the search: a heading, words where there is no list, and the rows."""

    heading: str
    words: str
    rows: tuple[FoundRow, ...]


def found_page(results: Results, names: Mapping[str, str], now: datetime) -> FoundPage:
    """The results in words; `names` are those of the sources by their codes."""
    if results.too_many:
        return FoundPage("Too many people match", TOO_MANY, ())
    if not results.found:
        return FoundPage("No patient found", NOT_FOUND, ())
    rows = tuple(_row(one, names, now) for one in results.found)
    return FoundPage(phrases.counted(len(rows), "patient") + " found", "", rows)


def _row(one: Found, names: Mapping[str, str], now: datetime) -> FoundRow:
    born, died = fhir_date(one.born), fhir_date(one.died)
    hidden = "Not shown" if one.restricted else ""
    dead = one.died not in ("", "false")
    return FoundRow(
        patient_id=one.patient_id,
        name=one.name or "Name not recorded",
        born=formats.day(born),
        age="" if dead else formats.age(born, now),
        gender=formats.gender(one.gender),
        nhs_number=formats.nhs_number(one.nhs_number.split("; ")[0]),
        address=hidden or formats.address(one.address) or formats.NOT_RECORDED,
        postcode=hidden or formats.address(one.address_postcode) or formats.NOT_RECORDED,
        practice=hidden or one.practice or formats.NOT_RECORDED,
        sources=hidden or phrases.listed(tuple(names.get(ods, ods) for ods in one.sources)) or formats.NOT_RECORDED,
        similar=SIMILAR if one.similar else "",
        died=f"Died {died.clinical if died else 'date not recorded'}" if dead else "",
    )
