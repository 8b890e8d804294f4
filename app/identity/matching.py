"""What a source patient is compared and found by: rules from a Patient resource to words."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from app.identity.dummies import is_dummy_birth, is_dummy_name, is_dummy_postcode
from fhir.codes import System
from fhir.dates import fhir_date
from fhir.elements import child, codings, listed, path, words
from fhir.nhs_number import NHSNumber, names_nhs_numbers, parse

NUMBER, NUMBER_BIRTH, PERSON, NAME_BIRTH, FAMILY_BIRTH, ALIAS = (
    "number", "number-birth", "person", "name-birth", "family-birth", "alias",
)  # fmt: skip
GIVEN, GIVEN_PART = "given", "given-part"
"""A person's further given names; and these with names left out at the end, or as initials."""
WANTS = "wants"
"""Of one who is known by an identifier only: the alias of whom the same source means by it."""
SOUGHT = "sought-"
"""Before the kind of a mark by which somebody can be found, but is not compared: it would stand for anybody."""
COMPARED = (NUMBER, NUMBER_BIRTH, PERSON, NAME_BIRTH, GIVEN, GIVEN_PART, ALIAS, WANTS)

_DOUBTED = frozenset({
    "04", "trace-attempted-no-match-or-multiple-match-found",
    "05", "trace-needs-to-be-resolved",
    "07", "number-not-present-and-trace-not-required",
})  # fmt: skip
"""Verification statuses by which the source itself says that the number may be another person's (NHS Data Dictionary,
NHS NUMBER STATUS INDICATOR CODE; UK Core NHSNumberVerificationStatus)."""
_MOST_ALIASES, _MOST_FURTHER = 8, 3


@dataclass(frozen=True)
class Name:
    """A family name, a first name and further given names, each in letters only; or what stands where none is known."""

    family: str
    first: str
    further: tuple[str, ...] = ()
    known: bool = True


@dataclass(frozen=True)
class Person:
    """The identifying words of a Patient resource. An incomplete date of birth is none.

    `numbers` are all valid NHS numbers that are said to be current; `number` is the one to link by: none where there
    are several, or where its source doubts it.
    """

    numbers: frozenset[NHSNumber] = frozenset()
    number: NHSNumber | None = None
    birth: str = ""
    names: frozenset[Name] = field(default_factory=frozenset)
    postcodes: frozenset[str] = field(default_factory=frozenset)
    aliases: frozenset[str] = field(default_factory=frozenset)


_PLAIN = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "þ": "th", "æ": "ae", "œ": "oe",
})  # fmt: skip
"""Latin letters that Unicode does not take apart, as systems without them write them."""


def letters(text: str) -> str:
    """Letters only, without case or accents: `O'Brien` and `OBRIEN`, `Łuć` and `Luc` are the same.

    Signs above and below count outside the European alphabets, where they are vowels: राम is not रमा.
    """
    kept, european = [], False
    for c in unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN)):
        if unicodedata.category(c).startswith("M"):
            kept += [] if european else [c]
        else:
            european = unicodedata.name(c, "").startswith(("LATIN", "GREEK", "CYRILLIC"))
            kept += [c] if c.isalpha() else []
    return "".join(kept)


def postcode(text: str) -> str:
    """A postcode without spaces, in capitals."""
    return "".join(text.split()).upper()


def person(patient: Mapping[str, Any]) -> Person:
    """Read a Patient resource. Old names and addresses count: people are known by them elsewhere. Old and ended
    identifiers do not: an old NHS number may be another person's, or an identity that must not be found."""
    identifiers = [i for i in listed(patient.get("identifier")) if isinstance(i, Mapping) and _is_current(i)]
    numbers = {n for i in identifiers if (n := _nhs_number(i))}
    sure = numbers - {_nhs_number(i) for i in identifiers if _is_doubted(i)}
    birth = words(patient.get("birthDate"))
    return Person(
        numbers=frozenset(numbers),
        number=min(sure) if len(numbers) == len(sure) == 1 else None,
        birth=birth if len(birth) == 10 and fhir_date(birth) else "",
        names=frozenset(_names(patient)),
        postcodes=frozenset(
            p for a in listed(patient.get("address")) if (p := postcode(words(child(a, "postalCode"))))
        ),
        aliases=frozenset(_aliases(identifiers, numbers)),
    )


def given_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Each given name in letters, however many stand in one text."""
    return tuple(name for text in texts for word in text.split() if (name := letters(word)))


def _names(patient: Mapping[str, Any]) -> Iterator[Name]:
    for name in listed(patient.get("name")):
        family, texts = words(child(name, "family")), [words(one) for one in listed(child(name, "given"))]
        first, *further = given_names(texts) or ("",)
        if letters(family):
            known = not any(is_dummy_name(text) for text in (family, *texts))
            yield Name(letters(family), first, tuple(further[:_MOST_FURTHER]), known)


def _is_current(identifier: Mapping[str, Any]) -> bool:
    """Whether an identifier says something, and neither its use nor its period says that it is over."""
    over = identifier.get("use") == "old" or path(identifier, "period", "end") is not None
    return bool(words(identifier.get("value"))) and not over


def _nhs_number(identifier: Mapping[str, Any]) -> NHSNumber | None:
    return parse(words(identifier["value"])) if names_nhs_numbers(words(identifier.get("system"))) else None


def _is_doubted(identifier: Mapping[str, Any]) -> bool:
    return any(
        code.code in _DOUBTED
        for one in listed(identifier.get("extension"))
        if "NHSNumberVerificationStatus" in words(child(one, "url"))
        for code in codings(child(one, "valueCodeableConcept"))
    )


def _aliases(identifiers: Iterable[Mapping[str, Any]], numbers: Iterable[NHSNumber]) -> Iterator[str]:
    """What others of the source may name the person by: the NHS number, where it is one, and the first others."""
    if len(own := list(numbers)) == 1:
        yield alias(System.NHS_NUMBER, own[0].value)
    others = [i for i in identifiers if not names_nhs_numbers(words(i.get("system")))]
    yield from (alias(words(i.get("system")), words(i["value"])) for i in others[:_MOST_ALIASES])


def alias(system: str, value: str) -> str:
    """One business identifier as one text; an NHS number is the same in every spelling of its system and its value."""
    number = parse(value) if names_nhs_numbers(system) else None
    return f"{System.NHS_NUMBER}|{number.value}" if number else f"{system}|{value}"


def marks(found: Person) -> Iterator[tuple[str, str]]:
    """(kind, words) of everything that this person can be found or compared by."""
    yield from ((NUMBER, number.value) for number in found.numbers)
    if found.number and found.birth and not is_dummy_birth(found.birth):
        yield NUMBER_BIRTH, f"{found.number.value}|{found.birth}"
    for text in found.aliases:
        yield ALIAS, text
    if not found.birth:
        return
    for name in found.names:
        if name.first:  # a family name and a date are found by, but never joined by
            yield from _marks_of_name(name, found)
    for family in {name.family for name in found.names}:
        yield FAMILY_BIRTH, f"{family}|{found.birth}"


def _marks_of_name(name: Name, found: Person) -> Iterator[tuple[str, str]]:
    said = f"{name.family}|{name.first}|{found.birth}"
    sought = "" if name.known and not is_dummy_birth(found.birth) else SOUGHT
    yield sought + NAME_BIRTH, said
    for code in found.postcodes:
        yield (SOUGHT if is_dummy_postcode(code) else sought) + PERSON, f"{said}|{code}"
    if name.further:
        whole = "|".join(name.further)
        yield GIVEN, f"{name.first}|{found.birth}|{whole}"
        parts = set(_parts(name.further)) - {whole}
        yield from ((GIVEN_PART, f"{name.first}|{found.birth}|{part}") for part in parts)


def _parts(names: Sequence[str]) -> Iterator[str]:
    """`ali hassan` as others may write it: `ali`, `a`, `a hassan`, `ali h`, `a h`."""
    for many in range(1, len(names) + 1):
        yield from ("|".join(one) for one in product(*((name, name[0]) for name in names[:many])))
