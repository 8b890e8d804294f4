"""Whether a text names anybody of the whole population: their numbers, names, addresses, post, telephones, keys.

What a release says is cut into the few phrases that it has; then everyone is compared with these, one after another.
Memory does not grow with the population. A single name is no proof (Parkinson's disease names no Mr Parkinson), nor is
a short number or a word in place of an identifier ("unknown"): a given and a family name together are, an address, and
any number of nine digits or more.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from fhir.elements import child, listed, words
from fhir.statement import Resource

_WORD = re.compile(r"[^\W_]+")
_MAIL = re.compile(r"[^\s@\"',;<>]+@[^\s@\"',;<>]+")
_DIGITS = re.compile(r"\d(?:[ \-().]{0,2}\d){8,}")
_LONGEST = 6
_LEAST_ID = 6


class Phrases:
    """Everything in some texts that could name somebody."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._phrases: set[str] = set()
        self._numbers: set[str] = set()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Cut a text into phrases of up to six words, numbers and addresses for mail."""
        plain = unicodedata.normalize("NFKC", text).casefold()
        told = _WORD.findall(plain)
        for start in range(len(told)):
            for end in range(start + 1, min(start + _LONGEST, len(told)) + 1):
                self._phrases.add(" ".join(told[start:end]))
            self._phrases.add("".join(told[start : start + 2]))
        self._phrases.update(_MAIL.findall(plain))
        for number in _DIGITS.findall(plain):
            self._numbers |= _parts(_digits(number))

    def names(self, kind: str, value: str) -> bool:
        """Whether a value of a kind stands in them."""
        if kind == "number":
            return _digits(value) in self._numbers
        return value in self._phrases

    def found(self, local_id: str, resource: Resource) -> Iterator[str]:
        """The kinds of identifier of this person that stand in them. Never a value."""
        yield from (kind for kind, value in _identifiers(local_id, resource) if self.names(kind, value))

    def found_key(self, patient_id: UUID) -> bool:
        """Whether our own key of a person stands in them, with or without hyphens."""
        return patient_id.hex in self._phrases or _normal(str(patient_id)) in self._phrases


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _parts(digits: str) -> set[str]:
    """A number, and every ten digits in a row of it."""
    return {digits, *(digits[n : n + 10] for n in range(len(digits) - 9))}


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _identifiers(local_id: str, resource: Resource) -> Iterator[tuple[str, str]]:
    """(kind, value) of all that tells who somebody is, and of the people to turn to for them."""
    yield from _number_or_id(local_id)
    for holder in (resource, *listed(resource.get("contact"))):
        for one in listed(child(holder, "identifier")):
            yield from _number_or_id(words(child(one, "value")))
        for one in listed(child(holder, "name")):
            yield from (("name", name) for name in _names(one))
        for one in listed(child(holder, "address")):
            yield from _address(one)
        for one in listed(child(holder, "telecom")):
            yield from _telecom(words(child(one, "value")))


def _number_or_id(value: str) -> Iterator[tuple[str, str]]:
    digits = _digits(value)
    if len(digits) >= 9 and len(digits) >= len(value) - 4:
        yield "number", digits
    elif len(value) >= _LEAST_ID and digits and not value.isdigit():
        yield "identifier", _normal(value)


def _names(name: Any) -> Iterator[str]:
    """A given and the family name, in either order; the whole as text."""
    family = _normal(words(child(name, "family")))
    for given in listed(child(name, "given")):
        if family and (first := _normal(words(given))):
            yield f"{first} {family}"
            yield f"{family} {first}"
    text = _normal(words(child(name, "text")) or words(name))
    if " " in text:
        yield text


def _address(address: Any) -> Iterator[tuple[str, str]]:
    for line in (*listed(child(address, "line")), child(address, "text")):
        said = _normal(words(line))
        if any(c.isdigit() for c in said) and any(c.isalpha() for c in said):
            yield "address", said
    if code := "".join(words(child(address, "postalCode")).split()).casefold():
        yield "postcode", code


def _telecom(value: str) -> Iterator[tuple[str, str]]:
    if "@" in value:
        yield "e-mail", unicodedata.normalize("NFKC", value).casefold().strip()
    elif len(_digits(value)) >= 9:
        yield "number", _digits(value)


def hits(phrases: Phrases, people: Iterable[tuple[str, Resource]], keys: Iterable[UUID]) -> Counter[str]:
    """How many people are named by what kind of identifier."""
    found: Counter[str] = Counter()
    for local_id, resource in people:
        found.update(set(phrases.found(local_id, resource)))
    found["key"] = sum(phrases.found_key(one) for one in keys)
    return +found
