"""Blood pressures over time as a picture: made on the server, without script or inline style, beside its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from markupsafe import Markup, escape

WIDE, HIGH = 640, 260
_LEFT, _RIGHT, _TOP, _FOOT = 44, 16, 14, 34
_STEP = 20
"""Between two lines of the grid, in mmHg."""


@dataclass(frozen=True)
class Mark:
    """One reading in mmHg: a bar from diastolic to systolic, with rings at its ends at home and squares in a clinic."""

    when: datetime
    systolic: Decimal
    diastolic: Decimal
    at_home: bool


@dataclass(frozen=True)
class Limit:
    """A level to draw across, with its words."""

    value: int
    words: str


def chart(marks: Sequence[Mark], *, name: str, span: tuple[str, str], limits: Iterable[Limit] = ()) -> Markup:
    """The picture of these readings; `span` are the first and last dates in the reader's words. Empty for none.

    Time is proportional, nothing is joined between readings, and both ends of the scale are whole steps.
    """
    if not marks:
        return Markup("")
    drawn = list(limits)
    scale = _Scale.of(marks, drawn)
    kinds = ("home", True), ("clinic", False)
    many = " and ".join(f"{n} {said}" for said, kind in kinds if (n := sum(m.at_home == kind for m in marks)))
    parts = [
        f'<svg class="pressures" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-labelledby="{name}-t {name}-d">',
        f'<title id="{name}-t">Blood pressure in mmHg, {escape(span[0])} to {escape(span[1])}</title>',
        f'<desc id="{name}-d">{many} readings. The table below has every value.</desc>',
        *_grid(scale),
        *(_limit(limit, scale) for limit in drawn),
        *(_mark(mark, scale, latest=mark is marks[-1]) for mark in marks),
        f'<text class="pressures-words" x="{_LEFT}" y="{HIGH - 8}">{escape(span[0])}</text>',
        f'<text class="pressures-words pressures-last" x="{WIDE - _RIGHT}" y="{HIGH - 8}">{escape(span[1])}</text>',
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - every word from outside is escaped above


@dataclass(frozen=True)
class _Scale:
    """Where a moment and a pressure lie in the picture."""

    start: datetime
    length: timedelta
    low: int
    high: int

    @staticmethod
    def of(marks: Sequence[Mark], limits: Sequence[Limit]) -> "_Scale":
        values = [m.diastolic for m in marks] + [m.systolic for m in marks] + [Decimal(one.value) for one in limits]
        low, high = int(min(values)) // _STEP * _STEP, -(-int(max(values) + 1) // _STEP) * _STEP
        times = [m.when for m in marks]
        return _Scale(min(times), max(times) - min(times), low, max(high, low + _STEP))

    def x(self, when: datetime) -> float:
        wide = WIDE - _LEFT - _RIGHT - 16
        along = (when - self.start) / self.length if self.length else 0.5
        return round(_LEFT + 8 + along * wide, 1)

    def y(self, value: Decimal | int) -> float:
        along = (float(value) - self.low) / (self.high - self.low)
        return round(HIGH - _FOOT - along * (HIGH - _FOOT - _TOP), 1)


def _grid(scale: _Scale) -> Iterable[str]:
    for value in range(scale.low, scale.high + 1, _STEP):
        y = scale.y(value)
        yield f'<path class="pressures-grid" d="M{_LEFT} {y}H{WIDE - _RIGHT}"/>'
        yield f'<text class="pressures-words pressures-last" x="{_LEFT - 6}" y="{y + 4}">{value}</text>'


def _limit(limit: Limit, scale: _Scale) -> str:
    y = scale.y(limit.value)
    return (
        f'<path class="pressures-limit" d="M{_LEFT} {y}H{WIDE - _RIGHT}"/>'
        f'<text class="pressures-words" x="{_LEFT + 4}" y="{y - 4}">{escape(limit.words)}</text>'
    )


def _mark(mark: Mark, scale: _Scale, *, latest: bool) -> str:
    x, upper, lower = scale.x(mark.when), scale.y(mark.systolic), scale.y(mark.diastolic)
    size = 5 if latest else 3.5
    bar = f'<path class="pressures-bar" d="M{x} {upper}V{lower}"/>'
    if mark.at_home:
        return bar + "".join(f'<circle class="pressures-home" cx="{x}" cy="{y}" r="{size}"/>' for y in (upper, lower))
    corner = [(round(x - size, 1), round(y - size, 1)) for y in (upper, lower)]
    return bar + "".join(
        f'<rect class="pressures-clinic" x="{a}" y="{b}" width="{2 * size}" height="{2 * size}"/>' for a, b in corner
    )
