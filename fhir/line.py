"""Items, lines and differences: the values that every section of the record is made of."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import Struct

from fhir.codes import Code
from fhir.dates import FhirDate
from fhir.elements import plain
from fhir.statement import Statement

Thing = TypeVar("Thing")
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Later(Mapping[str, str]):
    """Fields that are read when someone looks at them: of ten thousand results most are counted, not opened."""

    __slots__ = ("_found", "_read")

    def __init__(self, read: Callable[[], Mapping[str, str]]) -> None:
        self._read = read
        self._found: Mapping[str, str] | None = None

    def _fields(self) -> Mapping[str, str]:
        if self._found is None:
            self._found = self._read()
        return self._found

    def __getitem__(self, name: str) -> str:
        return self._fields()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields())

    def __len__(self) -> int:
        return len(self._fields())

    def __repr__(self) -> str:
        return repr(self._fields())


class Item(Struct, frozen=True, gc=False):
    """What one statement says, read for one section.

    `text` is the source's own words; `fields` are its other values by name, exactly as sent, in the order shown.
    `past` is True for what is over (resolved, stopped, finished); `absent` for a statement that there is none
    ("No known allergies"), `empty` for one that nothing is known either way ("No information available").
    `group` keeps items of one thing over time beside each other (the test of a result).
    """

    statement: Statement
    text: str
    codes: tuple[Code, ...] = ()
    status: str = ""
    when: FhirDate | None = None
    fields: Mapping[str, str] = {}
    past: bool = False
    absent: bool = False
    group: str = ""
    empty: bool = False

    @property
    def source(self) -> str:
        """Who said it."""
        return self.statement.source

    @property
    def order(self) -> tuple[datetime, tuple[str, str, str]]:
        """Oldest first, undated before dated; a tie is broken by the resource's own name, never by arrival."""
        return (self.when.start if self.when else LONG_AGO, self.statement.key)


@dataclass(frozen=True, slots=True)
class Difference:
    """A disagreement between statements of one line: what differs, and each value with the sources that say it."""

    kind: str
    values: tuple[tuple[str, tuple[str, ...]], ...]


class Line(Struct, frozen=True, gc=False):
    """One combined fact with every statement behind it. `items` are newest first; `lead` is the one shown."""

    items: tuple[Item, ...]
    lead: Item
    differences: tuple[Difference, ...] = ()
    contradicted: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source that states it, in order."""
        return tuple(sorted({item.source for item in self.items}))

    @property
    def irregular(self) -> tuple[str, ...]:
        """What was not valid in any of its statements."""
        return tuple(sorted({reason for item in self.items for reason in item.statement.irregular}))


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
    found: list[Hashable] = [code.key for code in item.codes if code.system]
    found.extend(("text", name) for name in names(item))
    return found


def names(item: Item) -> list[str]:
    """The words that name it, ready to compare. A bare code that stands in for words ("1", "J45.9") is not a name."""
    bare = {code.code for code in item.codes if any(letter.isdigit() for letter in code.code)}
    said = [item.text, *(code.display for code in item.codes)]
    return [plain(text) for text in said if text and text not in bare]


def identifier_keys(item: Item) -> list[Hashable]:
    """The same business identifier is the same record, by whichever route it came."""
    resource = item.statement.resource or {}
    identifiers = resource.get("identifier")
    return [
        ("identifier", item.statement.type, i["system"], i["value"])
        for i in (identifiers if isinstance(identifiers, list) else [])
        if isinstance(i, dict) and isinstance(i.get("system"), str) and isinstance(i.get("value"), str)
    ]


def voices(items: Sequence[Item]) -> list[Item]:
    """What each source says now: its current items, or its newest where none is current.

    An older, ended statement of one source does not disagree with that source's newer one.
    """
    said: dict[str, list[Item]] = {}
    for item in items:
        said.setdefault(item.source, []).append(item)
    result: list[Item] = []
    for own in said.values():
        current = [item for item in own if not item.past]
        newest = max(i.order[0] for i in own)
        result.extend(current or [item for item in own if item.order[0] == newest])
    return result


def differences(items: Sequence[Item], kinds: Sequence[str]) -> tuple[Difference, ...]:
    """Every kind on which the voices do not say the same. A source that is silent on a kind does not disagree."""
    heard = voices(items) if len(items) > 1 else []
    return tuple(found for kind in kinds if (found := difference(heard, kind, stated(kind))))


def stated(kind: str) -> Callable[[Item], str]:
    """How to ask an item for its status, or for one of its fields."""
    return lambda item: item.status if kind == "status" else item.fields.get(kind, "")


def difference(heard: Sequence[Item], kind: str, said: Callable[[Item], str]) -> Difference | None:
    """What these items say of one kind, where they do not all say the same; in the newest one's wording."""
    found: dict[str, tuple[str, set[str]]] = {}
    for item in sorted(heard, key=lambda i: i.order, reverse=True):
        if value := said(item):
            found.setdefault(plain(value), (value, set()))[1].add(item.source)
    if len(found) < 2:
        return None
    return Difference(kind, tuple(sorted((value, tuple(sorted(who))) for value, who in found.values())))


def code_difference(items: Sequence[Item]) -> Difference | None:
    """Different codes of one coding system for what shares its words: two things may stand behind one name."""
    said: dict[str, dict[str, tuple[str, set[str]]]] = {}
    own: dict[str, list[frozenset[str]]] = {}
    for item in items:
        of_item: dict[str, set[str]] = {}
        for code in item.codes:
            system, value = code.key
            of_item.setdefault(system, set()).add(value)
            words = f"{code.display} ({value})" if code.display else value
            said.setdefault(system, {}).setdefault(value, (words, set()))[1].add(item.source)
        for system, values in of_item.items():
            own.setdefault(system, []).append(frozenset(values))
    for system, sets in sorted(own.items()):
        if frozenset.intersection(*sets) or len(said[system]) < 2:
            continue
        values_said = sorted((words, tuple(sorted(who))) for words, who in said[system].values())
        return Difference("code", tuple(values_said))
    return None


def events(items: Sequence[Item], keys: Callable[[Item], Iterable[Hashable]]) -> list[list[Item]]:
    """What happened, each once: items of different sources that share a key, or the same business identifier.

    Two statements of one source are two events, unless the source itself gave them one identifier.
    """
    result: list[list[Item]] = []
    for group in by_keys(items, lambda item: [*keys(item), *identifier_keys(item)]):
        alone = len({item.source for item in group}) == len(group)
        result.extend([group] if alone else by_keys(group, identifier_keys))
    return result


def newest_first(lines: Iterable[Line]) -> list[Line]:
    """What is current before what is past, the newest first; a tie is broken by the resource's own name."""
    by_name = sorted(lines, key=lambda one: one.lead.statement.key)
    return sorted(by_name, key=lambda one: (not one.lead.past, one.items[0].order[0]), reverse=True)


def line(items: Iterable[Item], kinds: Sequence[str], lead: Callable[[Item], object] | None = None) -> Line:
    """A line of these items: newest first, led by the one that `lead` ranks highest, else by the newest current one."""
    ordered = tuple(sorted(items, key=lambda i: i.order, reverse=True))
    if len(ordered) == 1:
        return Line(ordered, ordered[0])
    first = max(ordered, key=lambda i: ((lead(i) if lead else not i.past), *i.order))
    return Line(ordered, first, differences(ordered, kinds))
