"""Who is the same person: rules from values to values.

Two source patients are one person when a valid NHS number and the date of birth agree; or when family name, given
name, date of birth and postcode all agree and the numbers do not contradict. On comparable feeds these rules make
no false link; the NHS number alone makes false ones.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
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
class Marks:
    """What one source patient is compared by: sets of tokens, or of the words themselves in tests."""

    number: frozenset[bytes] = frozenset()
    number_birth: frozenset[bytes] = frozenset()
    person: frozenset[bytes] = frozenset()
    name_birth: frozenset[bytes] = frozenset()
    alias: frozenset[bytes] = frozenset()
    wants: frozenset[bytes] = frozenset()
    same: frozenset[int] = frozenset()
    """Whom its source says it replaces, or is replaced by."""


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


Tokens = Callable[[Marks], frozenset[bytes]]


class _Sets:
    """Disjoint sets of integers, each named by its smallest member."""

    def __init__(self, members: Iterable[int]) -> None:
        self.parent = {m: m for m in members}

    def root(self, member: int) -> int:
        while self.parent[member] != member:
            member = self.parent[member]
        return member

    def join(self, a: int, b: int) -> None:
        a, b = sorted((self.root(a), self.root(b)))
        self.parent[b] = a

    def all(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for member in sorted(self.parent):
            found.setdefault(self.root(member), []).append(member)
        return list(found.values())


def clusters(people: Mapping[int, Marks]) -> list[list[int]]:
    """The source patients of each person. The result does not depend on who came first."""
    sets = _Sets(people)
    _join_by(sets, people, lambda m: m.number_birth)
    for one, m in people.items():
        for other in m.same & people.keys():
            sets.join(one, other)
    sure = sets.all()
    _join_names(sets, people, sure)
    _join_wanting(sets, people)
    return sets.all()


def _join_by(sets: _Sets, people: Mapping[int, Marks], tokens: Tokens) -> None:
    first: dict[bytes, int] = {}
    for one, m in people.items():
        for token in tokens(m):
            sets.join(one, first.setdefault(token, one))


def _join_names(sets: _Sets, people: Mapping[int, Marks], sure: list[list[int]]) -> None:
    """Join by name, birth and postcode, but never where that would bring two NHS numbers together."""
    home = {one: group[0] for group in sure for one in group}
    numbers = {group[0]: {n for one in group for n in people[one].number} for group in sure}
    sharing: dict[bytes, set[int]] = {}
    for one, m in people.items():
        for token in m.person:
            sharing.setdefault(token, set()).add(home[one])
    trial = _Sets(numbers)
    for groups in sharing.values():
        if len(set().union(*(numbers[g] for g in groups))) < 2:
            for group in groups:
                trial.join(group, min(groups))
    for joined in trial.all():
        if len(set().union(*(numbers[g] for g in joined))) < 2:
            for group in joined:
                sets.join(group, joined[0])


def _join_wanting(sets: _Sets, people: Mapping[int, Marks]) -> None:
    """Join who is named by an identifier to its bearers, where these are one person: never a guess between two."""
    bearing: dict[bytes, set[int]] = {}
    for one, m in people.items():
        for token in m.alias:
            bearing.setdefault(token, set()).add(sets.root(one))
    for one, m in people.items():
        for token in m.wants:
            if len(roots := bearing.get(token, set())) == 1:
                sets.join(one, *roots)


@dataclass(frozen=True)
class Doubt:
    """Two source patients that agree in something and are not linked: for a person to look at."""

    one: int
    other: int
    reason: str


def doubts(people: Mapping[int, Marks], groups: Iterable[Iterable[int]]) -> set[Doubt]:
    """Pairs to review: the same number with another birth date, or the same name and birth without proof."""
    home = {one: n for n, group in enumerate(groups) for one in group}
    found: set[Doubt] = set()
    agreeing: tuple[tuple[str, Tokens], ...] = (
        ("same-number", lambda m: m.number),
        ("same-name-and-birth", lambda m: m.name_birth),
    )
    for reason, tokens in agreeing:
        sharing: dict[bytes, list[int]] = {}
        for one in sorted(people):
            for token in tokens(people[one]):
                sharing.setdefault(token, []).append(one)
        for members in sharing.values():
            found |= {
                Doubt(a, b, reason)
                for n, a in enumerate(members)
                for b in members[n + 1 :]
                if home[a] != home[b] and not (reason != "same-number" and _contradict(people[a], people[b]))
            }
    return found


def _contradict(a: Marks, b: Marks) -> bool:
    """Two different valid numbers: two people, as far as the numbering service knows."""
    return bool(a.number and b.number and not a.number & b.number)
