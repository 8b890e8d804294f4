"""Blood pressures over time as a picture: made on the server, without script or inline style, beside its table.

Time is proportional, and nothing is joined between readings or worked out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from app.markup import escape

WIDE, HIGH = 360, 230
_LEFT, _RIGHT, _TOP, _FOOT, _ROOM = 42, 12, 24, 32, 8
_STEPS, _MOST_LINES = (20, 50), 8
"""Between two lines of the grid, in mmHg: the smaller, unless there would be too many."""


@dataclass(frozen=True)
class Mark:
    """One reading in mmHg: a bar from diastolic to systolic, with rings at its ends at home and squares in a clinic."""

    when: datetime
    systolic: Decimal
    diastolic: Decimal
    at_home: bool = True


@dataclass(frozen=True)
class Limit:
    """A level to draw across, with its words."""

    value: int
    words: str


def chart(marks: Iterable[Mark], *, span: tuple[str, str], limits: Sequence[Limit] = ()) -> Markup:
    """The picture of these readings; `span` are the first and last dates in the reader's words. Empty for none."""
    drawn = sorted(marks, key=lambda one: one.when)
    if not drawn:
        return Markup("")
    scale = _Scale.of(drawn, limits)
    foot = ((_LEFT, "", span[0]), (WIDE - _RIGHT, " pressures-end", span[1] if span[1] != span[0] else ""))
    parts = (
        f'<svg class="pressures" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-labelledby="pressures-t pressures-d">',
        f'<title id="pressures-t">{_many(drawn)}</title>',
        f'<desc id="pressures-d">{escape(_described(drawn, span))}</desc>',
        '<text class="pressures-words" x="0" y="14">mmHg</text>',
        *(_line(value, scale) for value in scale.lines),
        *(_limit(limit, scale) for limit in limits),
        *(_bar(mark, scale) for mark in drawn),  # all of them first: none may hide an end
        *(_ends(mark, scale, latest=mark is drawn[-1]) for mark in drawn),
        *(f'<text class="pressures-words{side}" x="{x}" y="{HIGH - 8}">{escape(day)}</text>' for x, side, day in foot),
        "</svg>",
    )
    return Markup("".join(parts))  # noqa: S704 - every word from outside is escaped above


def _many(drawn: Sequence[Mark]) -> str:
    return f"{len(drawn)} blood pressure reading{'' if len(drawn) == 1 else 's'}"


def _described(drawn: Sequence[Mark], span: tuple[str, str]) -> str:
    uppers, lowers = [one.systolic for one in drawn], [one.diastolic for one in drawn]
    latest = drawn[-1]
    return (
        f"From {' to '.join(dict.fromkeys(span))}, in mmHg. Top numbers from {min(uppers)} to {max(uppers)}, "
        f"bottom numbers from {min(lowers)} to {max(lowers)}. The latest is {latest.systolic}/{latest.diastolic}. "
        "Every reading is in the table."
    )


@dataclass(frozen=True)
class _Scale:
    """Where a moment and a pressure lie in the picture; `lines` are the round numbers drawn across."""

    start: datetime
    length: timedelta
    lines: range

    @staticmethod
    def of(marks: Sequence[Mark], limits: Sequence[Limit]) -> "_Scale":
        values = [Decimal(one.value) for one in limits] + [v for m in marks for v in (m.diastolic, m.systolic)]
        choices = [range(int(min(values)) // step * step, int(max(values)) + step + 1, step) for step in _STEPS]
        lines = next((one for one in choices if len(one) <= _MOST_LINES), choices[-1])
        return _Scale(marks[0].when, marks[-1].when - marks[0].when, lines)

    def x(self, when: datetime) -> float:
        along = (when - self.start) / self.length if self.length else 0.5
        return round(_LEFT + _ROOM + along * (WIDE - _LEFT - _RIGHT - 2 * _ROOM), 1)

    def y(self, value: Decimal | int) -> float:
        along = (float(value) - self.lines[0]) / (self.lines[-1] - self.lines[0])
        return round(HIGH - _FOOT - along * (HIGH - _FOOT - _TOP), 1)


def _line(value: int, scale: _Scale) -> str:
    y = scale.y(value)
    return (
        f'<path class="pressures-grid" d="M{_LEFT} {y}H{WIDE - _RIGHT}"/>'
        f'<text class="pressures-words pressures-end" x="{_LEFT - 6}" y="{y + 5}">{value}</text>'
    )


def _limit(limit: Limit, scale: _Scale) -> str:
    y = scale.y(limit.value)
    return (
        f'<path class="pressures-limit" d="M{_LEFT} {y}H{WIDE - _RIGHT}"/>'
        f'<text class="pressures-words" x="{_LEFT + 4}" y="{y - 4}">{escape(limit.words)}</text>'
    )


def _bar(mark: Mark, scale: _Scale) -> str:
    x, upper, lower = scale.x(mark.when), scale.y(mark.systolic), scale.y(mark.diastolic)
    return f'<path class="pressures-bar" d="M{x} {upper}V{lower}"/>'


def _ends(mark: Mark, scale: _Scale, *, latest: bool) -> str:
    x, ends, size = scale.x(mark.when), [scale.y(mark.systolic), scale.y(mark.diastolic)], 5 if latest else 3
    if mark.at_home:
        return "".join(f'<circle class="pressures-home" cx="{x}" cy="{y}" r="{size}"/>' for y in ends)
    return "".join(
        f'<rect class="pressures-clinic" x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}"/>'
        for y in ends
    )
