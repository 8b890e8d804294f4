"""Items, lines and differences: the values that every section of the record is made of."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import force_setattr

from fhir.codes import NAMES_NOTHING, Code
from fhir.dates import FhirDate
from fhir.elements import plain
from fhir.statement import Statement

Thing = TypeVar("Thing")
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
NOT_STATED = "not stated"


class Item(Struct, frozen=True, gc=False):
    """What one statement says, read for one section.

    `text` is the source's own words; `fields` are its other values by name, exactly as sent, in the order shown:
    `said` has them, or is how to read them when somebody looks (of ten thousand results most are counted, not opened).
    `past` is True for what is over (resolved, stopped, finished); `absent` for a statement that there is none
    ("No known allergies"), `empty` for one that nothing is known either way ("No information available").
    `group` keeps items of one thing over time beside each other (the test of a result).
    """

    statement: Statement
    text: str
    codes: tuple[Code, ...] = ()
    status: str = ""
    when: FhirDate | None = None
    said: Mapping[str, str] | Callable[[Statement], Mapping[str, str]] = {}
    past: bool = False
    absent: bool = False
    group: str = ""
    empty: bool = False

    @property
    def fields(self) -> Mapping[str, str]:
        """Its other values."""
        if callable(self.said):
            force_setattr(self, "said", self.said(self.statement))
        return self.said  # type: ignore[return-value]

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

    @property
    def left_out(self) -> bool:
        """Whether some detail of any of its statements is not shown."""
        return any(item.statement.left_out for item in self.items)


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


def voices(items: Sequence[Item]) -> list[Item]:
    """What each source says now, newest first: its current items, or its newest where none is current.

    An older, ended statement of one source does not disagree with that source's newer one; what it stopped or refuted
    since does, though it left the older one standing.
    """
    said: dict[str, list[Item]] = {}
    for item in items:
        said.setdefault(item.source, []).append(item)
    result: list[Item] = []
    for own in said.values():
        current = [item for item in own if not item.past]
        newest = max(i.order[0] for i in own)
        result.extend(current or [item for item in own if item.order[0] == newest])
        if current and len(current) < len(own):
            since = max(item.order[0] for item in current)
            result.extend(item for item in own if _is_ended(item) and item.order[0] > since)
    return sorted(result, key=lambda i: i.order, reverse=True)


def _is_ended(item: Item) -> bool:
    """Whether its source put an end to it, and not just completed one of several courses."""
    stopped = item.status in {"stopped", "not-taken", "cancelled", "revoked"}
    return item.past and (stopped or item.fields.get("verification") == "refuted")


def differences(heard: Sequence[Item], kinds: Iterable[str]) -> list[Difference]:
    """Every kind on which these voices do not say the same. A source that is silent on a kind does not disagree."""
    told = {"status"}.union(*(item.fields for item in heard)) if len(heard) > 1 else set()
    return [found for kind in kinds if kind in told and (found := difference(heard, kind, stated(kind)))]


def stated(kind: str) -> Callable[[Item], str]:
    """How to ask an item for its status, or for one of its fields."""
    return _state if kind == "status" else lambda item: item.fields.get(kind, "")


def _state(item: Item) -> str:
    """Its status; and that it is over, where something else than its status says so."""
    if item.past and item.status in {"", "active"} and item.fields.get("verification") != "refuted":
        return f"{item.status}, ended" if item.status else "ended"
    return item.status


_TURNING = {"verification": "refuted", "subpotent": "yes"}
"""What turns the meaning of a statement, so that another's silence says something else."""


def difference(heard: Sequence[Item], kind: str, said: Callable[[Item], str]) -> Difference | None:
    """What these voices, newest first, say of one kind, where they do not all say the same; in the newest's wording.

    Silence is no disagreement, but where one says that it is over or refuted, the silence of another does not hide it.
    """
    found: dict[str, tuple[str, set[str]]] = {}
    silent: set[str] = set()
    for item in heard:
        if value := said(item):
            found.setdefault(plain(value), (value, set()))[1].add(item.source)
        elif not item.past:
            silent.add(item.source)
    over = kind == "status" and any(item.past for item in heard)
    if silent and (over or _TURNING.get(kind) in found):
        found[NOT_STATED] = (NOT_STATED, silent)
    if len(found) < 2:
        return None
    return Difference(kind, tuple(sorted((value, tuple(sorted(who))) for value, who in found.values())))


def between_sources(heard: Sequence[Item], kinds: Iterable[str]) -> list[Difference]:
    """The kinds of which two sources share no value: one source's several values are its several episodes or orders."""
    return [found for kind in kinds if _apart(heard, kind) and (found := difference(heard, kind, stated(kind)))]


def _apart(heard: Sequence[Item], kind: str) -> bool:
    said: dict[str, set[str]] = {}
    for item in heard:
        if value := item.fields.get(kind):
            said.setdefault(item.source, set()).add(plain(value))
    sets = list(said.values())
    return any(not one & other for n, one in enumerate(sets) for other in sets[n + 1 :])


def code_difference(
    items: Sequence[Item],
    keys: Callable[[Item], Iterable[Hashable]] = concept_keys,
    same: Callable[[Code], tuple[str, str]] = attrgetter("key"),
) -> Difference | None:
    """Different codes of one coding system for what shares its words, or no code and no words shared at all.

    Two things may stand behind one name, or behind one identifier. `same` gives one key to codes that mean the same.
    """
    first = items[0]
    if all(item.codes == first.codes and item.text == first.text for item in items):
        return None
    said: dict[str, dict[str, tuple[str, set[str]]]] = {}
    own: dict[str, list[frozenset[str]]] = {}
    for item in items:
        of_item: dict[str, set[str]] = {}
        for code in item.codes:
            system, value = code.key[0], same(code)[1]
            of_item.setdefault(system, set()).add(value)
            words = f"{code.display} ({code.key[1]})" if code.display else code.key[1]
            said.setdefault(system, {}).setdefault(value, (words, set()))[1].add(item.source)
        for system, values in of_item.items():
            own.setdefault(system, []).append(frozenset(values))
    for system, sets in sorted(own.items()):
        if not frozenset.intersection(*sets) and len(said[system]) > 1:
            return _called((words, who) for words, who in said[system].values())
    if len(groups := by_keys(items, keys)) > 1:
        return _called((max(group, key=lambda i: i.order).text, {i.source for i in group}) for group in groups)
    return None


def _called(said: Iterable[tuple[str, set[str]]]) -> Difference:
    return Difference("code", tuple(sorted((words or NOT_STATED, tuple(sorted(who))) for words, who in said)))


def newest_first(lines: Iterable[Line]) -> list[Line]:
    """What is current before what is past, the newest first; a tie is broken by the resource's own name."""
    by_name = sorted(lines, key=lambda one: one.lead.statement.key)
    return sorted(by_name, key=lambda one: (not one.lead.past, one.items[0].order[0]), reverse=True)


def line(
    items: Iterable[Item],
    kinds: Iterable[str],
    lead: Callable[[Item], object] | None = None,
    called: Callable[[Sequence[Item]], Difference | None] = code_difference,
) -> Line:
    """A line of these items: newest first, led by the one that `lead` ranks highest, else by the newest current one.

    Its differences: what it is called, then the kinds named.
    """
    ordered = tuple(sorted(items, key=lambda i: i.order, reverse=True))
    if len(ordered) == 1:
        return Line(ordered, ordered[0])
    first = max(ordered, key=lambda i: ((lead(i) if lead else not i.past), *i.order))
    named = called(ordered)
    return Line(ordered, first, (*([named] if named else ()), *differences(voices(ordered), kinds)))
