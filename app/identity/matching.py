"""What a source patient is compared and found by: rules from a Patient resource to words."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fhir.codes import System
from fhir.dates import fhir_date
from fhir.elements import child, listed, words
from fhir.nhs_number import NHSNumber, parse

NUMBER, NUMBER_BIRTH, PERSON, NAME_BIRTH, FAMILY_BIRTH, ALIAS = (
    "number", "number-birth", "person", "name-birth", "family-birth", "alias",
)  # fmt: skip
WANTS = "wants"
"""Of one who is known by an identifier only: the alias of whom the same source means by it."""


@dataclass(frozen=True)
class Person:
    """The identifying words of a Patient resource. An incomplete date of birth is none."""

    number: NHSNumber | None = None
    birth: str = ""
    names: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    postcodes: frozenset[str] = field(default_factory=frozenset)
    aliases: frozenset[str] = field(default_factory=frozenset)


def letters(text: str) -> str:
    """Letters only, without case or accents: `O'Brien` and `OBRIEN`, `José` and `Jose` are the same."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if c.isalpha())


def postcode(text: str) -> str:
    """A postcode without spaces, in capitals."""
    return "".join(text.split()).upper()


def person(patient: Mapping[str, Any]) -> Person:
    """Read a Patient resource. Old names and addresses count: people are known by them elsewhere."""
    identifiers = [i for i in listed(patient.get("identifier")) if isinstance(i, Mapping) and words(i.get("value"))]
    numbers = [n for i in identifiers if i.get("system") == System.NHS_NUMBER and (n := parse(words(i["value"])))]
    birth = words(patient.get("birthDate"))
    return Person(
        number=numbers[0] if numbers else None,
        birth=birth if len(birth) == 10 and fhir_date(birth) else "",
        names=frozenset(_names(patient)),
        postcodes=frozenset(
            p for a in listed(patient.get("address")) if (p := postcode(words(child(a, "postalCode"))))
        ),
        aliases=frozenset(alias(words(i.get("system")), words(i["value"])) for i in identifiers[:8] if _names_one(i)),
    )


def _names(patient: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in listed(patient.get("name")):
        family, given = letters(words(child(name, "family"))), listed(child(name, "given"))
        first = letters(words(given[0]).split(" ")[0]) if given and words(given[0]) else ""
        if family and first:
            yield family, first


def _names_one(identifier: Mapping[str, Any]) -> bool:
    """Whether others may name the person by it: not by an old one, nor by an NHS number that is none."""
    if identifier.get("use") == "old":
        return False
    return identifier.get("system") != System.NHS_NUMBER or parse(words(identifier["value"])) is not None


def alias(system: str, value: str) -> str:
    """One business identifier as one text; an NHS number is compared without its spaces."""
    number = parse(value) if system == System.NHS_NUMBER else None
    return f"{system}|{number.value if number else value}"


def marks(found: Person) -> Iterator[tuple[str, str]]:
    """(kind, words) of everything that this person can be found or compared by."""
    if found.number:
        yield NUMBER, found.number.value
        if found.birth:
            yield NUMBER_BIRTH, f"{found.number.value}|{found.birth}"
    for text in found.aliases:
        yield ALIAS, text
    if not found.birth:
        return
    for family, given in found.names:
        yield NAME_BIRTH, f"{family}|{given}|{found.birth}"
        yield from ((PERSON, f"{family}|{given}|{found.birth}|{code}") for code in found.postcodes)
    for family in {family for family, _ in found.names}:
        yield FAMILY_BIRTH, f"{family}|{found.birth}"
