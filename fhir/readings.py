"""When several statements of a result are one reading (the rules stand in observations.py)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial

from msgspec.structs import replace

from fhir.choices import choice
from fhir.elements import child, concept_text, listed, plain, quantity, texts
from fhir.equivalents import test_key
from fhir.item import Item
from fhir.line import NOT_STATED, Line, code_difference, difference, differences, line, stated
from fhir.measured import ABOUT, WORDS, code_sets_of, may_be_one_test, test_of
from fhir.same import by_keys, identifier_keys, pair_keys

_MORE = ("status", "interpretation", "range", "method", "body site", "specimen")
DIFFERENCES = ("value", "components", "when", "time", *_MORE)

# Spellings of one unit. Nothing is converted: only the way of writing it does not count.
_UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "{beats}/min": "/min", "beats/min": "/min", "beats per minute": "/min"}
_SETTLED = {"corrected": 3, "amended": 3, "final": 2, "preliminary": 1}


def combined(items: Sequence[Item]) -> list[Line]:
    """One line per reading; the order of the items does not matter."""
    names = _test_names(items)
    buckets: dict[Hashable, list[Item]] = {}
    homes: dict[Hashable, set[Hashable]] = {}
    for item in items:
        name, when = names[item.group], item.when
        moment = item.statement.key if when is None else when.start if when.is_moment else when.text
        buckets.setdefault((name, moment), []).append(item)
        if item.statement.identifiers:
            for identifier in identifier_keys(item):
                homes.setdefault((name, identifier), set()).add((name, moment))
    found: list[Line] = []
    for together in _linked(buckets, [linked for linked in homes.values() if len(linked) > 1]):
        first = together[0]
        if len(together) == 1 and names[first.group] == first.group:
            found.append(Line((first,), first))
        else:
            found.extend([_line(reading, names) for reading in _readings(together)])
    return found


def _linked(buckets: dict[Hashable, list[Item]], links: list[set[Hashable]]) -> Iterable[list[Item]]:
    """The buckets, those that share a specimen number joined."""
    if not links:
        return buckets.values()
    names: dict[Hashable, list[int]] = {}
    for n, linked in enumerate(links):
        for bucket in linked:
            names.setdefault(bucket, []).append(n)
    joined = by_keys(list(names), lambda bucket: names[bucket])
    alone = [items for bucket, items in buckets.items() if bucket not in names]
    return [*alone, *([item for bucket in group for item in buckets[bucket]] for group in joined)]


def _test_names(items: Sequence[Item]) -> Mapping[str, str]:
    """The name of each group of tests: those that share a code have one; an uncoded test joins the coded one that
    bears its words, if only one does."""
    pairs = {(item.group, item.text) for item in items}
    coded = sorted({group for group, _ in pairs if not group.startswith(WORDS)})
    names: dict[str, str] = {}
    for groups in _one_test(coded, pairs):
        names.update(dict.fromkeys(groups, min(groups)))
    homes: dict[str, set[str]] = {}
    for group, text in pairs:
        if group in names and ABOUT not in group:
            homes.setdefault(WORDS + plain(text), set()).add(names[group])
    for group, _ in pairs:
        if group not in names:
            found = homes.get(group, set())
            names[group] = min(found) if len(found) == 1 else group
    return names


def _one_test(coded: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The groups that share a code, unless it is too coarse for both and they bear other words: not K and Na."""
    called: dict[str, set[str]] = {}
    for group, text in pairs:
        called.setdefault(group, set()).add(plain(text))

    def labels(group: str) -> list[frozenset[Hashable]]:
        return [*code_sets_of(group), *(frozenset({(WORDS, words)}) for words in called[group])]

    def alike(one: str, other: str) -> bool:
        share = not set(one.split("\n")).isdisjoint(other.split("\n"))
        return share and (not called[one].isdisjoint(called[other]) or may_be_one_test(one, other))

    result: list[list[str]] = []
    for groups in by_keys(coded, lambda group: group.split("\n")):
        links = pair_keys(groups, labels, alike) if len(groups) > 1 else {}
        result.extend(by_keys(groups, links.__getitem__) if links else [groups])
    return result


def _readings(together: list[Item]) -> list[list[Item]]:
    """The readings among items of one test that share a moment, a day or a specimen number."""
    by_value: dict[Hashable, list[Item]] = {}
    for item in together:
        by_value.setdefault(_value(item), []).append(item)
    readings = [reading for same in by_value.values() for reading in _same_value(same)]
    by_moment: dict[Hashable, list[list[Item]]] = {}
    for reading in readings:
        moments = {_moment(item) for item in reading}
        by_moment.setdefault(moments.pop() if len(moments) == 1 else reading[0].statement.key, []).append(reading)
    result: list[list[Item]] = []
    for several in by_moment.values():
        alone = several
        if not _one_each(several):
            alone = [reading for reading in several if _is_one_source(reading)]
            result.extend(reading for reading in several if not _is_one_source(reading))
        joined = [[item for reading in alone for item in reading]]
        result.extend(joined if alone and _one_each(alone) else alone)
    return _of_one_number(result) if len(result) > 1 else result


def _of_one_number(readings: list[list[Item]]) -> list[list[Item]]:
    """Readings that bear one number are one, told differently, unless a source tells several under that number."""
    numbers = [{key for item in reading for key in identifier_keys(item)} for reading in readings]
    bearers: dict[Hashable, list[list[Item]]] = {}
    for reading, own in zip(readings, numbers, strict=True):
        for number in own:
            bearers.setdefault(number, []).append(reading)
    telling = {number for number, several in bearers.items() if _one_each(several)}
    result: list[list[Item]] = []
    for group in by_keys(range(len(readings)), lambda n: numbers[n] & telling):
        several = [readings[n] for n in group]
        result.extend([[item for reading in several for item in reading]] if _one_each(several) else several)
    return result


def _is_one_source(reading: list[Item]) -> bool:
    return len({item.source for item in reading}) == 1


def _one_each(readings: list[list[Item]]) -> bool:
    """Whether no source tells more than one of these readings: then they are one reading, told differently."""
    sources = [source for reading in readings for source in {item.source for item in reading}]
    return len(sources) == len(set(sources))


def _same_value(items: list[Item]) -> list[list[Item]]:
    """One reading if all are of one moment, or if each source tells of it once; else one per moment."""
    if len({item.source for item in items}) == len(items):
        return [items]
    return by_keys(items, lambda item: [_moment(item)])


def _moment(item: Item) -> Hashable:
    """The moment; where no time of day was given, nothing that another item could share but its source's own copy."""
    if item.when and item.when.is_moment:
        return item.when.start
    own = frozenset(identifier_keys(item))
    return (item.source, item.when.text if item.when else "", own) if own else item.statement.key


def _value(item: Item) -> Hashable:
    said = item.fields.get
    value = said("value") or said("components") or said("absent reason") or ""
    return _comparable(value), unit_as_compared(said("unit", ""))


def unit_as_compared(unit: str) -> str:
    """One spelling for each way of writing the same unit; any other unit as it is."""
    return _UNITS.get(unit, unit)


@lru_cache(maxsize=16_384)
def _comparable(value: str) -> Hashable:
    """5.1 and 5.10 are one value; other values are compared by their words."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return plain(value)
    return number if number.is_finite() else plain(value)


def _shown(item: Item) -> str:
    said = item.fields.get
    value = said("value") or said("components") or said("absent reason") or NOT_STATED
    return f"{value} {said('unit', '')}".strip()


def _line(reading: Sequence[Item], names: Mapping[str, str]) -> Line:
    items = [i if names[i.group] == i.group else replace(i, group=names[i.group]) for i in reading]
    if len(items) == 1:
        return Line((items[0],), items[0])
    one = line(items, (), _best, _called)
    told = one.items
    said = [difference(told, "value", _shown) if len({_value(item) for item in told}) > 1 else None]
    said.append(difference(told, "components", stated("components")) if _parts_differ(told) else None)
    if len({item.when.text for item in told if item.when}) > 1:
        said.append(difference(told, "when", _day) or difference(told, "time", _minute))
    found = (*one.differences, *(each for each in said if each), *differences(told, _MORE))
    return Line(told, one.lead, found)


def _day(item: Item) -> str:
    return item.when.day if item.when else ""


def _minute(item: Item) -> str:
    return item.when.minute if item.when else ""


def _best(item: Item) -> tuple[int, bool, bool, bool]:
    """The most settled leads; one that gives no value, or neither flag nor range, never hides one that does."""
    fields = item.fields
    return _SETTLED.get(item.status, 0), _shown(item) != NOT_STATED, "interpretation" in fields, "range" in fields


_called = partial(code_difference, keys=lambda item: [item.group], same=test_key)


def _parts_differ(told: Sequence[Item]) -> bool:
    """Whether one component has two values, beside a value of the whole that may be the same (a score)."""
    found: dict[str, Hashable] = {}
    for item in told:
        for part in listed(item.statement.element("component")):
            name, value = test_of(child(part, "code"))[2], _part(item, part)
            if name and found.setdefault(name, value) != value:
                return True
    return False


def _part(item: Item, part: object) -> Hashable:
    value, unit = quantity(child(part, "valueQuantity"))
    said = value or choice(item.statement, part, "value") or concept_text(child(part, "dataAbsentReason"))
    return _comparable(said), _UNITS.get(unit, unit), plain(texts(child(part, "interpretation")))
