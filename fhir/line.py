"""Lines and their differences: what every section of the record is made of."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from msgspec import Struct

from fhir.dates import fhir_date
from fhir.elements import plain
from fhir.item import Item
from fhir.same import Same, by_keys, concept_keys, contained, names

NOT_STATED = "not stated"


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


def voices(items: Sequence[Item]) -> list[Item]:
    """What each source says now, newest first: its current items, or its newest where none is current.

    An older, ended statement of one source does not disagree with that source's newer one; what it stopped or refuted
    since does, or nobody knows when, though it left the older one standing.
    """
    said: dict[str, list[Item]] = {}
    for item in items:
        said.setdefault(item.source, []).append(item)
    result: list[Item] = []
    for own in said.values():
        current = [item for item in own if not item.past]
        newest = max(i.order[0] for i in own)
        heard = current or [item for item in own if item.order[0] == newest]
        result.extend(heard)
        if len(heard) < len(own):
            since, known = max(item.order[0] for item in heard), {id(item) for item in heard}
            others = (item for item in own if id(item) not in known)
            result.extend(item for item in others if _is_ended(item) and _may_be_later(item, since))
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


def _may_be_later(ended: Item, since: datetime) -> bool:
    """Whether it ended after that moment, by its own date or by the end that it gives, or may have: it has no date."""
    end = fhir_date(ended.fields.get("course end"))
    return not ended.when or ended.when.start > since or (end is not None and end.start > since)


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
    same: Same = attrgetter("key"),
) -> Difference | None:
    """Different codes of one coding system for what shares its words, or no code and no words shared at all.

    Two things may stand behind one name, behind one identifier, or behind one coarse code.
    """
    first = items[0]
    if all(item.codes == first.codes and item.text == first.text for item in items):
        return None
    own: dict[str, list[frozenset[str]]] = {}
    for item in items:
        for system, values in _values(item, same).items():
            own.setdefault(system, []).append(frozenset(values))
    for system, sets in sorted(own.items()):
        if not frozenset.intersection(*sets) and len(frozenset.union(*sets)) > 1:
            return _by_codes(items, system, same)
    if not all(map(contained, own.values())) and (found := _by_words(items)):
        return found
    if len(groups := by_keys(items, keys)) > 1:
        return _called((max(group, key=lambda i: i.order).text, {i.source for i in group}) for group in groups)
    return None


def _values(item: Item, same: Same) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code in item.codes:
        found.setdefault(code.key[0], set()).add(same(code)[1])
    return found


def _by_codes(items: Sequence[Item], system: str, same: Same) -> Difference:
    """What it is called in that coding system."""
    said: dict[str, tuple[str, set[str]]] = {}
    for item in items:
        for code in item.codes:
            if code.key[0] == system:
                words = f"{code.display} ({code.key[1]})" if code.display else code.key[1]
                said.setdefault(same(code)[1], (words, set()))[1].add(item.source)
    return _called(said.values())


def _by_words(items: Sequence[Item]) -> Difference | None:
    """What it is called, unless all bear one name."""
    if set.intersection(*(set(names(item)) for item in items)):
        return None
    said: dict[str, tuple[str, set[str]]] = {}
    for item in items:
        said.setdefault(plain(item.text), (item.text, set()))[1].add(item.source)
    return _called(said.values()) if len(said) > 1 else None


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
