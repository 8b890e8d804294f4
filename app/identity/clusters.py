"""Who is the same person: rules from values to values.

Two source patients are one person when a valid NHS number and the date of birth agree; or when family name, given
name, date of birth and postcode all agree and the numbers do not contradict. On comparable feeds these rules make
no false link; the NHS number alone makes false ones.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, product


@dataclass(frozen=True)
class Marks:
    """What one source patient is compared by: sets of tokens, or of the words themselves in tests."""

    number: frozenset[bytes] = frozenset()
    number_birth: frozenset[bytes] = frozenset()
    person: frozenset[bytes] = frozenset()
    name_birth: frozenset[bytes] = frozenset()
    given: frozenset[bytes] = frozenset()
    given_part: frozenset[bytes] = frozenset()
    alias: frozenset[bytes] = frozenset()
    wants: frozenset[bytes] = frozenset()
    same: frozenset[int] = frozenset()
    """Whom its source says it replaces, or is replaced by."""


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


def clusters(people: Mapping[int, Marks], crowded: Set[bytes] = frozenset()) -> list[list[int]]:
    """The source patients of each person. The result does not depend on who came first.

    `crowded`: tokens that so many share that they tell nothing; a number with its birth date always does.
    """
    sets = _Sets(people)
    _join_by(sets, people, lambda m: m.number_birth)
    for one, m in people.items():
        for other in m.same & people.keys():
            sets.join(one, other)
    sure = sets.all()
    _join_names(sets, people, sure, crowded)
    _join_wanting(sets, people, crowded)
    return sets.all()


def _join_by(sets: _Sets, people: Mapping[int, Marks], tokens: Tokens) -> None:
    first: dict[bytes, int] = {}
    for one, m in people.items():
        for token in tokens(m):
            sets.join(one, first.setdefault(token, one))


def _join_names(sets: _Sets, people: Mapping[int, Marks], sure: list[list[int]], crowded: Set[bytes]) -> None:
    """Join by name, birth and postcode, but never where that would bring two NHS numbers or two people together who
    share no more than a first name."""
    home = {one: group[0] for group in sure for one in group}
    members = {group[0]: [people[one] for one in group] for group in sure}
    trial = _Sets(members)
    for sharing in _sharing(people, lambda m: m.person - crowded).values():
        groups = {home[one] for one in sharing}
        if _agree([members[g] for g in groups]):
            for group in groups:
                trial.join(group, min(groups))
    for joined in trial.all():
        if _agree([members[g] for g in joined]):
            for group in joined:
                sets.join(group, joined[0])


def _agree(groups: Sequence[Sequence[Marks]]) -> bool:
    """Whether all these could be one person, as far as numbers and further given names tell."""
    numbers = {number for group in groups for m in group for number in m.number}
    named = [{(m.given, m.given_part) for m in group if m.given} for group in groups]
    pairs = {pair for a, b in combinations(named, 2) for pair in product(a, b)}
    return len(numbers) < 2 and all(a & (b | b_part) or b & a_part for (a, a_part), (b, b_part) in pairs)


def _join_wanting(sets: _Sets, people: Mapping[int, Marks], crowded: Set[bytes]) -> None:
    """Join who is named by an identifier to its bearers, where these are one person: never a guess between two."""
    bearing: dict[bytes, set[int]] = {}
    for one, m in people.items():
        for token in m.alias:
            bearing.setdefault(token, set()).add(sets.root(one))
    for one, m in people.items():
        for token in m.wants - crowded:
            if len(roots := bearing.get(token, set())) == 1:
                sets.join(one, *roots)


@dataclass(frozen=True)
class Doubt:
    """Two source patients that agree in something and are not linked, for a person to look at; or one twice, whose
    own details disagree."""

    one: int
    other: int
    reason: str


def doubts(
    people: Mapping[int, Marks], groups: Iterable[Iterable[int]], crowded: Set[bytes] = frozenset()
) -> set[Doubt]:
    """Pairs to review: the same number with another birth date, or the same name and birth without proof. Never two
    of different numbers: see README, "Two numbers are two people, without a question"."""
    home = {one: n for n, group in enumerate(groups) for one in group}
    found = {Doubt(one, one, "several-numbers") for one, m in people.items() if len(m.number) > 1}
    agreeing: tuple[tuple[str, Tokens], ...] = (
        ("same-number", lambda m: m.number - crowded),
        ("same-name-and-birth", lambda m: m.name_birth - crowded),
    )
    for reason, tokens in agreeing:
        for members in _sharing(people, tokens).values():
            found |= {
                Doubt(a, b, reason)
                for n, a in enumerate(members)
                for b in members[n + 1 :]
                if home[a] != home[b] and not _contradict(people[a], people[b])
            }
    return found


def _sharing(people: Mapping[int, Marks], tokens: Tokens) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for one in sorted(people):
        for token in tokens(people[one]):
            found.setdefault(token, []).append(one)
    return found


def _contradict(a: Marks, b: Marks) -> bool:
    """Two different valid numbers: two people, as far as the numbering service knows."""
    return len(a.number | b.number) > 1
