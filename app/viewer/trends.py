"""The values of one test over time, as points of a picture: as their sources wrote them, and nothing worked out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.viewer import formats, words
from app.viewer.lines import value
from fhir.dates import FhirDate
from fhir.elements import child, listed, quantity
from fhir.line import Line
from fhir.measured import may_be_called
from fhir.readings import unit_as_compared

LATEST = 6
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_SETTLED = frozenset({"final", "amended", "corrected"})


@dataclass(frozen=True, slots=True)
class Point:
    """One reading: how far along the time (0 to 1) and how high (0 to 1; of a blood pressure both values)."""

    along: float
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A picture of readings of one test in one unit, and the words that say the same.

    `band` holds the heights of the ends of the range that all of them came with (None: that end is open), `range`
    its words; `said` are the readings drawn and `left_out` those not drawn, each with the reason.
    """

    number: int
    test: str
    points: tuple[Point, ...]
    band: tuple[float | None, float | None] | None
    range: str
    scale: str
    span: str
    said: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    when: FhirDate
    numbers: tuple[Decimal, ...]
    unit: str
    line: Line


def trend(lines: Sequence[Line]) -> Trend | None:
    """The picture of these readings (newest first) of one test; None where no two can be drawn beside each other.

    Drawn is a settled number with a unit and a day, on which its sources agree, in the unit of the newest of these and
    under a name that can be the newest reading's.
    """
    found = [_reading(line, lines[0].lead.text) for line in lines]
    unit = next((one.unit for one in found if isinstance(one, _Reading)), "")
    drawn = [one for one in found if isinstance(one, _Reading) and one.unit == unit]
    if len({one.when.start for one in drawn}) < 2:
        return None
    left_out = tuple(
        f"{_said(line)} ({one if isinstance(one, str) else 'other unit'})"
        for line, one in zip(lines, found, strict=True)
        if isinstance(one, str) or one.unit != unit
    )
    return _drawn(drawn[::-1], left_out)


def _reading(line: Line, name: str) -> _Reading | str:
    """What can be drawn of a line under this name, or why it is not."""
    lead = line.lead
    if lead.text != name and not may_be_called(lead.text, name):
        return f"called {lead.text}"
    number, unit, when = lead.fields.get("value", ""), lead.fields.get("unit", ""), lead.when
    if line.differences and any(one.kind in ("value", "when") for one in line.differences):
        return "sources differ"
    if lead.status not in _SETTLED:
        return words.status(lead.status or "unknown").lower()
    if when is None or len(when.text) < 10:
        return "no exact date"
    parts = number.split("/") if "components" in lead.fields else [number]
    if not number or not all(_NUMBER.fullmatch(part) for part in parts):
        return "not a single number" if number else "no value"
    if not unit:
        return "no unit given"
    return _Reading(when, tuple(map(Decimal, parts)), unit_as_compared(unit), line)


def _said(line: Line) -> str:
    return f"{value(line.lead) or 'No value'} on {formats.moment(line.lead.when)}"


def _drawn(drawn: Sequence[_Reading], left_out: tuple[str, ...]) -> Trend:
    """The picture, given its readings from the oldest to the newest.

    From its foot to its top is at least a tenth of its largest number: else 94 and 95 % would look far apart.
    """
    ends = {_range(sent, drawn[0]) for sent in _ranges(drawn)}
    low, high = ends.pop() if len(ends) == 1 else (None, None)
    numbers = sorted(number for one in drawn for number in one.numbers)
    edges = [end for end in (low, high) if end is not None]
    bottom, top = min([numbers[0], *edges]), max([numbers[-1], *edges])
    least = max(abs(bottom), abs(top)) / 10 or Decimal(1)
    room = max(least - (top - bottom), Decimal(0))
    bottom, top = bottom - room / 2, top + room / 2

    def height(number: Decimal) -> float:
        return float((number - bottom) / (top - bottom))

    def edge(number: Decimal | None) -> float | None:
        return None if number is None else height(number)

    lead = drawn[-1].line.lead
    start, last = drawn[0].when.start, drawn[-1].when.start
    return Trend(
        number=lead.statement.id,
        test=lead.text,
        points=tuple(Point((o.when.start - start) / (last - start), tuple(map(height, o.numbers))) for o in drawn),
        band=(edge(low), edge(high)) if edges else None,
        range=lead.fields.get("range", "") if edges else "",
        scale=" to ".join(dict.fromkeys(map(str, (numbers[0], numbers[-1])))) + f" {lead.fields['unit']}",
        span=f"{drawn[0].when.clinical} to {drawn[-1].when.clinical}",
        said=tuple(_said(one.line) for one in drawn),
        left_out=left_out,
    )


def _ranges(drawn: Iterable[_Reading]) -> list[Any]:
    """What came as the range with each reading, every range once: most come with the same."""
    sent: list[Any] = []
    for one in drawn:
        found = one.line.lead.statement.element("referenceRange")
        if found not in sent:
            sent.append(found)
    return sent


def _range(sent: Any, one: _Reading) -> tuple[Decimal | None, Decimal | None]:
    """The ends of the one range that a source gave with such a reading, where they are plain numbers of its unit."""
    found = listed(sent)
    if len(found) != 1 or len(one.numbers) != 1:
        return None, None
    sent = [child(found[0], end) for end in ("low", "high")]
    low, high = (_edge(end, one.unit) for end in sent)
    unread = [end for end, edge in zip(sent, (low, high), strict=True) if end is not None and edge is None]
    if unread or (low is not None and high is not None and low >= high):
        return None, None
    return low, high


def _edge(end: Any, unit: str) -> Decimal | None:
    number, own = quantity(end)
    same = unit_as_compared(own or unit) == unit
    return Decimal(number) if same and _NUMBER.fullmatch(number) else None
