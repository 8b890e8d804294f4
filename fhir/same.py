"""Which statements tell of one thing: the rules by which they come into one line."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from fhir.codes import NAMES_NOTHING
from fhir.elements import plain
from fhir.item import Item

Thing = TypeVar("Thing")


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
    identifiers = item.statement.head.identifier
    return [
        ("identifier", item.statement.type, i["system"], i["value"])
        for i in (identifiers if isinstance(identifiers, list) else [])
        if isinstance(i, dict) and isinstance(i.get("system"), str) and isinstance(i.get("value"), str)
    ]


def things(items: Sequence[Item], keys: Callable[[Item], Iterable[Hashable]]) -> list[list[Item]]:
    """Items of one thing together: those that share a key or a business identifier, and agree whether it is or is not.

    An identifier that one source gives to things of several names joins nothing: a visit's number stands on every
    diagnosis of the visit.
    """
    shared = _of_several(items)

    def found(item: Item) -> Iterator[Hashable]:
        kind = _denial(item)
        for key in (*keys(item), *identifier_keys(item)):
            if key not in shared:
                yield (kind, key)

    return by_keys(items, found)


def _denial(item: Item) -> tuple[bool, bool, str]:
    """That there is none, that it was not done, or that it must not be: never joined with its opposite."""
    said = item.fields.get
    return item.absent, item.status == "not-done", said("do not give") or said("do not perform") or ""


def _of_several(items: Iterable[Item]) -> set[Hashable]:
    named: dict[tuple[str, Hashable], list[Item]] = {}
    for item in items:
        for identifier in identifier_keys(item):
            named.setdefault((item.source, identifier), []).append(item)
    return {key for (_, key), own in named.items() if len(own) > 1 and len(by_keys(own, concept_keys)) > 1}


def events(items: Sequence[Item], keys: Callable[[Item], Iterable[Hashable]]) -> list[list[Item]]:
    """What happened, each once: items of different sources that share a key, or the same business identifier.

    Two statements of one source are two events, unless the source itself gave them one identifier.
    """
    result: list[list[Item]] = []
    for group in things(items, keys):
        alone = len({item.source for item in group}) == len(group)
        result.extend([group] if alone else things(group, lambda _: ()))
    return result
