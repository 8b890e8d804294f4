"""Which statements tell of one thing: the rules by which they come into one line."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from fhir.codes import NAMES_NOTHING, Code, System
from fhir.elements import plain
from fhir.item import Item

Thing = TypeVar("Thing")
Kind = TypeVar("Kind", bound=Hashable)
Same = Callable[[Code], tuple[str, str]]
"""One key for the codes that mean the same."""

_DECIDE = frozenset({System.SNOMED, System.LOINC})
_AS_SENT: Same = attrgetter("key")


def by_keys(items: Sequence[Thing], keys: Callable[[Thing], Iterable[Hashable]]) -> list[list[Thing]]:
    """Items that share any key, directly or through others, together. The result does not depend on their order."""
    parent = list(range(len(items)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    home: dict[Hashable, int] = {}
    for n, item in enumerate(items):
        for key in keys(item):
            first = home.setdefault(key, n)
            if first != n:
                parent[root(n)] = root(first)
    groups: dict[int, list[Thing]] = {}
    for n, item in enumerate(items):
        groups.setdefault(root(n), []).append(item)
    return list(groups.values())


def concept_keys(item: Item) -> list[Hashable]:
    """The same code in the same system, or the same words, is the same thing. A code without a system names nothing."""
    found: list[Hashable] = [code.key for code in item.codes if code.system and code.code not in NAMES_NOTHING]
    found.extend(("text", name) for name in names(item))
    return found


def names(item: Item) -> list[str]:
    """The words that name it, ready to compare. A bare code that stands in for words ("1", "J45.9") is not a name."""
    bare = {code.code for code in item.codes if any(letter.isdigit() for letter in code.code)}
    bare.update(code.display for code in item.codes if code.code in NAMES_NOTHING)
    said = [item.text, *(code.display for code in item.codes)]
    return [plain(text) for text in said if text and text not in bare]


def identifier_keys(item: Item) -> list[Hashable]:
    """The same business identifier is the same record, by whichever route it came."""
    return [
        ("identifier", item.statement.type, i["system"], i["value"])
        for i in item.statement.identifiers
        if isinstance(i, dict) and isinstance(i.get("system"), str) and isinstance(i.get("value"), str)
    ]


def code_sets(codes: Iterable[Code], same: Same = _AS_SENT) -> dict[str, frozenset[str]]:
    """What names a thing in each coding system. A code without a system, or for "see the words", names nothing."""
    found: dict[str, set[str]] = {}
    for code in codes:
        if code.system and code.code not in NAMES_NOTHING:
            found.setdefault(code.key[0], set()).add(same(code)[1])
    return {system: frozenset(values) for system, values in found.items()}


def contained(sets: Iterable[frozenset[str]]) -> bool:
    """Whether of any two of these sets of codes one contains the other."""
    return all(smaller <= larger for smaller, larger in pairwise(sorted(set(sets), key=len)))


def may_be_one(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> bool:
    """Whether two things that share a code can be one: the codes of one contain those of the other.

    Otherwise they share a coarse code, as asthma and COPD share "disorder of respiratory system". SNOMED CT and LOINC
    decide where both have codes of them; else every coding system that both use.
    """
    shared = one.keys() & other.keys()
    return all(contained((one[system], other[system])) for system in shared & _DECIDE or shared)


def pair_keys(
    kinds: Sequence[Kind],
    labels: Callable[[Kind], Iterable[frozenset[Hashable]]],
    alike: Callable[[Kind, Kind], bool],
) -> dict[Kind, list[Hashable]]:
    """For each kind of thing its own key, and one for each other kind that it is alike.

    Only kinds of which one bears a whole set of the other's labels are compared: the rarest label of a set finds them,
    so that a code which all of them bear costs nothing.
    """
    bearers: dict[Hashable, list[Kind]] = {}
    sets = {kind: list(labels(kind)) for kind in kinds}
    for kind, own in sets.items():
        for label in frozenset().union(*own):
            bearers.setdefault(label, []).append(kind)
    found: dict[Kind, list[Hashable]] = {kind: [kind] for kind in kinds}
    for one, own in sets.items():
        rarest = {min(each, key=lambda label: len(bearers[label])) for each in own if each}
        for other in {kind: None for label in rarest for kind in bearers[label] if kind != one}:
            if alike(one, other):
                found[one].append((one, other))
                found[other].append((one, other))
    return found


def _together(items: Sequence[Item], keys: Callable[[Item], Iterable[Hashable]], same: Same) -> list[list[Item]]:
    """Items that share a key together, unless all that they share is a code that is too coarse for both."""
    result: list[list[Item]] = []
    for group in by_keys(items, keys):
        result.extend([group] if _all_may_be_one(group, same) else _without_coarse(group, keys, same))
    return result


def _all_may_be_one(items: Sequence[Item], same: Same) -> bool:
    first = items[0].codes
    if all(item.codes == first for item in items):
        return True
    own: dict[str, list[frozenset[str]]] = {}
    for codes in {item.codes for item in items}:
        for system, values in code_sets(codes, same).items():
            own.setdefault(system, []).append(values)
    return all(map(contained, own.values()))


def _without_coarse(items: Sequence[Item], keys: Callable[[Item], Iterable[Hashable]], same: Same) -> list[list[Item]]:
    """The items that share words or an identifier together, and those that share a code and may be one."""
    worded, kinds = [], []
    for item in items:
        words = set(keys(replace(item, codes=tuple(Code("", code.code, code.display) for code in item.codes))))
        worded.append(words)
        sets = frozenset(code_sets(item.codes, same).items())
        kinds.append((frozenset(keys(item)) - words, sets))
    told = {kind: dict(kind[1]) for kind in kinds}
    pairs = pair_keys(
        list(told),
        lambda kind: (frozenset((system, value) for value in values) for system, values in kind[1]),
        lambda one, other: not one[0].isdisjoint(other[0]) and may_be_one(told[one], told[other]),
    )
    groups = by_keys(range(len(items)), lambda n: [*worded[n], *(pairs[kinds[n]] if kinds[n][0] else ())])
    return [[items[n] for n in group] for group in groups]


def things(
    items: Sequence[Item], keys: Callable[[Item], Iterable[Hashable]], same: Same = _AS_SENT
) -> list[list[Item]]:
    """Items of one thing together: those that share a key or a business identifier, and agree whether it is or is not.

    A code that is too coarse for both joins nothing (`may_be_one`), nor does an identifier that one source gives to
    things of several names: a visit's number stands on every diagnosis of the visit.
    """
    shared = _of_several(items)

    def found(item: Item) -> Iterator[Hashable]:
        kind = _denial(item)
        for key in (*keys(item), *identifier_keys(item)):
            if key not in shared:
                yield (kind, key)

    return _together(items, found, same)


def _denial(item: Item) -> tuple[bool, bool, str]:
    """That there is none, that it was not done, or that it must not be: never joined with its opposite."""
    denied = ""
    if not item.statement.lacks(b"doNotPerform"):
        denied = item.fields.get("do not give") or item.fields.get("do not perform") or ""
    return item.absent, item.status == "not-done", denied


def _of_several(items: Iterable[Item]) -> set[Hashable]:
    named: dict[tuple[str, Hashable], list[Item]] = {}
    for item in items:
        for identifier in identifier_keys(item):
            named.setdefault((item.source, identifier), []).append(item)
    return {key for (_, key), own in named.items() if len(own) > 1 and len(_together(own, concept_keys, _AS_SENT)) > 1}


def events(items: Sequence[Item], keys: Callable[[Item], Iterable[Hashable]]) -> list[list[Item]]:
    """What happened, each once: items of different sources that share a key, or the same business identifier.

    Two statements of one source are two events, unless the source itself gave them one identifier, or says the very
    same twice of what another source tells of too: then its copies do not keep the two sources from being compared.
    """
    result: list[list[Item]] = []
    for group in things(items, keys):
        sources = {item.source for item in group}
        once = len(sources) == len(group) or (len(sources) > 1 and len(set(map(_told, group))) == len(sources))
        result.extend([group] if once else things(group, lambda _: ()))
    return result


def _told(item: Item) -> Hashable:
    """All that it says, and who says it."""
    when = item.when.text if item.when else ""
    return item.source, item.statement.type, item.text, item.codes, item.status, when, frozenset(item.fields.items())
