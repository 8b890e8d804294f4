"""A person's blood pressures as a picture: each from its bottom to its top number, along the time they were taken.

Nothing is drawn between readings, and nothing is worked out. The table beneath says the same in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from app import plain_dates
from app.clock import LONDON
from app.portal.forms import Measured

WIDE, HIGH = 320, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 26, 30
STEPS = (20, 50)
"""Between two lines of the scale, in mmHg: the smaller, unless there would be too many."""
MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One reading: how far along (0 to 1) and where its top and bottom numbers are, in the picture's units."""

    x: float
    upper: float
    lower: float
    is_latest: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture, and the words that say the same. `scale`: (mmHg, height) of each line across."""

    bars: tuple[Bar, ...]
    scale: tuple[tuple[int, float], ...]
    span: tuple[str, ...]
    title: str
    description: str


def chart(readings: Sequence[Measured]) -> Chart | None:
    """The picture of these readings; None where there is none to draw."""
    if not readings:
        return None
    ordered = sorted(readings, key=lambda one: one.taken)
    lines = _lines(min(one.diastolic for one in ordered), max(one.systolic for one in ordered))
    first, last = ordered[0].taken, ordered[-1].taken

    def x(one: Measured) -> float:
        along = (one.taken - first) / (last - first) if last > first else 0.5
        return round(LEFT + along * (WIDE - LEFT - RIGHT - 12) + 6, 1)

    def y(value: int) -> float:
        return round(TOP + (lines[-1] - value) / (lines[-1] - lines[0]) * (HIGH - TOP - BOTTOM), 1)

    days = [plain_dates.day(one.astimezone(LONDON).date()) for one in (first, last)]
    many = f"{len(ordered)} blood pressure reading{'' if len(ordered) == 1 else 's'}"
    return Chart(
        bars=tuple(Bar(x(one), y(one.systolic), y(one.diastolic), one is ordered[-1]) for one in ordered),
        scale=tuple((value, y(value)) for value in lines),
        span=tuple(dict.fromkeys(days)),
        title=many,
        description=f"From {' to '.join(dict.fromkeys(days))}, in mmHg. {_extremes(ordered)}",
    )


def _lines(lowest: int, highest: int) -> list[int]:
    """Round numbers from below the lowest to above the highest."""
    for step in STEPS:
        found = list(range(lowest // step * step, highest + step, step))
        if len(found) <= MOST_LINES:
            return found
    return found


def _extremes(ordered: Sequence[Measured]) -> str:
    uppers, lowers = [one.systolic for one in ordered], [one.diastolic for one in ordered]
    return (
        f"Top numbers from {min(uppers)} to {max(uppers)}, bottom numbers from {min(lowers)} to {max(lowers)}. "
        f"The latest is {ordered[-1].said}. Every reading is in the table."
    )


def drawn(picture: Chart) -> Markup:
    """The picture as SVG, without scripts or styles of its own."""
    lines = "".join(
        f'<path class="chart-line" d="M{LEFT} {y}H{WIDE - RIGHT}"/>'
        f'<text class="chart-words chart-end" x="{LEFT - 6}" y="{y + 5}">{value}</text>'
        for value, y in picture.scale
    )
    places = ((LEFT, ""), (WIDE - RIGHT, " chart-end"))
    days = "".join(
        f'<text class="chart-words{side}" x="{x}" y="{HIGH - 8}">{escape(day)}</text>'
        for day, (x, side) in zip(picture.span, places, strict=False)
    )
    return Markup(  # noqa: S704 - numbers of our own, and words through escape
        f'<svg class="chart" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-labelledby="chart-title chart-words">'
        f'<title id="chart-title">{escape(picture.title)}</title>'
        f'<desc id="chart-words">{escape(picture.description)}</desc>'
        f'<text class="chart-words" x="0" y="14">mmHg</text>{lines}{days}'
        f"{''.join(map(_bar, picture.bars))}</svg>"
    )


def _bar(one: Bar) -> str:
    radius = 5 if one.is_latest else 3
    ends = "".join(f'<circle class="chart-point" cx="{one.x}" cy="{y}" r="{radius}"/>' for y in (one.upper, one.lower))
    return f'<path class="chart-pair" d="M{one.x} {one.upper}V{one.lower}"/>{ends}'
