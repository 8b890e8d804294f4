"""Small numbers never leave: 1 to 7 people are hidden, others told to the nearest 5. Pure.

Rules: NHS Digital, HES and ECDS disclosure control (2018); OpenSAFELY, disclosure control. 0 is shown as 0. Totals and
percentages are made of what is shown. A group of which all, or all but a few, are counted tells about each of them, and
is hidden; where only one number of a column is hidden, the next smallest is as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_HIDDEN, BASE = 7, 5
ALL = "all"
HIDDEN = "*"

Cells = Mapping[str, tuple[int, int]]
"""People counted and people asked about, by practice."""


@dataclass(frozen=True)
class Shown:
    """One row of a table as it leaves; None is a number that is hidden."""

    practice: str
    numerator: int | None
    denominator: int | None

    @property
    def suppressed(self) -> bool:
        """Whether anything of it is hidden."""
        return self.numerator is None or self.denominator is None

    @property
    def percent(self) -> float | None:
        """Of the numbers that are shown, never of those behind them."""
        if self.numerator is None or not self.denominator:
            return None
        return round(100 * self.numerator / self.denominator, 1)

    @property
    def printed(self) -> tuple[str, str, str]:
        """Practice, numerator, denominator in words: `*` for what is hidden."""
        return self.practice, printed(self.numerator), printed(self.denominator)


def printed(number: int | None) -> str:
    """A number, or the mark of one that is hidden."""
    return HIDDEN if number is None else str(number)


def shown(number: int) -> int | None:
    """A count as it may be told: hidden from 1 to 7, else to the nearest 5."""
    if 1 <= number <= MOST_HIDDEN:
        return None
    return BASE * ((number + BASE // 2) // BASE)


def table(cells: Cells) -> tuple[Shown, ...]:
    """The rows of a table as they leave, by practice, with their total last."""
    names = sorted(cells)
    below = {name: shown(cells[name][1]) for name in names}
    above = {name: _numerator(*cells[name]) for name in names}
    _hide_a_second(below, {name: cells[name][1] for name in names})
    above = {name: None if below[name] is None and cells[name][0] else above[name] for name in names}
    _hide_a_second(above, {name: cells[name][0] for name in names})
    rows = [Shown(name, above[name], below[name]) for name in names]
    return (*rows, Shown(ALL, _total(above), _total(below)))


def _numerator(counted: int, asked: int) -> int | None:
    """Hidden also where everyone, or everyone but a few, is counted: that tells about each of them."""
    return None if counted and asked - counted <= MOST_HIDDEN else shown(counted)


def _hide_a_second(column: dict[str, int | None], exact: Mapping[str, int]) -> None:
    """Where exactly one number is hidden it could be had as the difference from a total: the next smallest goes too."""
    if sum(value is None for value in column.values()) != 1:
        return
    others = [name for name, value in column.items() if value]
    if others:
        column[min(others, key=lambda name: (exact[name], name))] = None


def _total(column: Mapping[str, int | None]) -> int | None:
    """The sum of what is shown; hidden where that is nothing, and something is hidden: it would read as nobody."""
    told = sum(value or 0 for value in column.values())
    return told if told or None not in column.values() else None


def too_close(new: Cells, earlier: Cells) -> bool:
    """Whether one table could be taken from the other to find a group of 1 to 7 people."""
    for name in new.keys() | earlier.keys():
        pairs = zip(new.get(name, (0, 0)), earlier.get(name, (0, 0)), strict=True)
        if any(1 <= abs(one - other) <= MOST_HIDDEN for one, other in pairs):
            return True
    return False
