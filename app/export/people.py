"""What an export may know of a person: practice, birth, sex, area and ethnic group, from all that sources say. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from app.export import values
from app.identity.matching import postcode
from fhir.dates import fhir_date
from fhir.elements import child, codings, extensions, listed, words
from fhir.item import Item
from fhir.record import PatientRecord

T = TypeVar("T")
DecileOf = Callable[[str], int | None]
PRACTICE, DEPRIVATION = "practice", "deprivation"


@dataclass(frozen=True)
class About:
    """One person. `practice` is empty for who is registered nowhere; `area` is what the project may tell of places.

    `births` is every date of birth that any source tells, as far as it does: YYYY, YYYY-MM or YYYY-MM-DD.
    """

    practice: str
    is_dead: bool
    born: date | None
    births: frozenset[str]
    sex: str | None
    area: str | None
    ethnic_group: str | None

    @property
    def is_counted(self) -> bool:
        """Registered and alive. Of anybody else nobody would tell that they opted out in the meantime."""
        return bool(self.practice) and not self.is_dead


def about(record: PatientRecord, practices: frozenset[str], area: str, decile_of: DecileOf) -> About:
    """Who this is. `practices`: the ODS codes of general practices; `area`: deprivation or practice."""
    items = [item for line in record.section("demographics").lines for item in (line.lead, *line.items)]
    registered = _registered(items, practices)
    ordered = ([registered] if registered else []) + items
    practice = registered.source if registered else ""
    place = practice or None if area == PRACTICE else _decile(ordered, decile_of)
    return About(
        practice,
        any(map(_is_dead, items)),
        _first(ordered, lambda item: values.full_date(item.fields.get("date of birth", ""))),
        frozenset(born.day for item in items if (born := fhir_date(item.fields.get("date of birth")))),
        _first(ordered, lambda item: values.one_of(item.fields.get("gender", ""), values.SEXES)),
        place,
        _first(ordered, _ethnic_group),
    )


def _registered(items: Iterable[Item], practices: frozenset[str]) -> Item | None:
    """The Patient of the practice where they are registered now; of several the one that changed last."""
    found = [item for item in items if item.source in practices and not item.past]
    return max(found, key=lambda item: item.order, default=None)


def _is_dead(item: Item) -> bool:
    """Whether a source says so, be it by a notice of death alone that was not taken back (UK Core)."""
    notice = item.fields.get("death notification", "U")
    said = "died" in item.fields or item.fields.get("deceased") == "true"
    return said or not (notice == "U" or notice.casefold().startswith("removed"))


def _first(items: Iterable[Item], read: Callable[[Item], T | None]) -> T | None:
    return next((found for item in items if (found := read(item)) is not None), None)


def _decile(items: Iterable[Item], decile_of: DecileOf) -> str | None:
    """Of where they live now, as the first says who gives an address."""
    for item in items:
        for code in _postcodes(item.statement.resource or {}):
            found = decile_of(code)
            return str(found) if found else None
    return None


def _postcodes(patient: Any) -> Iterator[str]:
    for one in listed(child(patient, "address")):
        if words(child(one, "use")) not in {"old", "temp"} and (code := postcode(words(child(one, "postalCode")))):
            yield code


def _ethnic_group(item: Item) -> str | None:
    for extension in extensions(item.statement.resource, "EthnicCategory"):
        for code in codings(extension.get("valueCodeableConcept")):
            if found := values.ethnic_group(code.code):
                return found
    return None
