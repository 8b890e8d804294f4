"""A person's readings as their page shows them: by day, the latest first, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import plain_dates
from app.clock import LONDON
from app.portal.readings import CORRECTED, FINAL, REMOVED, Kept, Reading

MOST = 200
"""So many readings on a page, until all are asked for: some months of them."""
TYPED = "You typed it"
_SEEN = "The people who care for you can see it in your record from now on. Nobody is told about it."
SAVED = {
    FINAL: ("Your reading is saved", _SEEN),
    CORRECTED: ("Your reading is changed", _SEEN),
    REMOVED: ("Your reading is removed", "It no longer counts. It stays in your record, marked as entered in error."),
}
"""The heading of the page after a form and what happens next, by what the reading is then."""


@dataclass(frozen=True, slots=True)
class Row:
    """One reading in words. `id` is empty where this person may not change it."""

    id: str
    half: str
    time: str
    place: str
    said: str
    pulse: str
    note: str
    source: str
    changed: str


@dataclass(frozen=True, slots=True)
class Day:
    """The readings of one day."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A version that counts no more, with what became of it."""

    when: str
    said: str
    pulse: str
    note: str
    why: str


@dataclass(frozen=True, slots=True)
class History:
    """The page: days with their rows, what was removed or changed, and how many more there are."""

    days: tuple[Day, ...]
    past: tuple[Past, ...]
    latest: str
    more: int


def history(readings: Sequence[Reading], own: int | None, *, everything: bool = False) -> History:
    """The page of these readings (the latest taken first). `own`: whose readings may be changed here."""
    counting = [one for one in readings if not one.is_removed]
    shown = counting if everything else counting[:MOST]
    pairs = {one.session for one in counting if one.place > 1}
    days: dict[str, list[Row]] = {}
    for one in shown:
        day = plain_dates.day(one.now.measured.taken.astimezone(LONDON).date())
        days.setdefault(day, []).append(_row(one, own, in_pair=one.session in pairs))
    return History(
        days=tuple(Day(name, tuple(rows)) for name, rows in days.items()),
        past=tuple(_past(readings)),
        latest=said(counting[0]) if counting else "",
        more=len(counting) - len(shown),
    )


def said(one: Reading) -> str:
    """`137/84 mmHg, 6 August 2018, 2:30pm`."""
    return f"{one.now.measured.said} mmHg, {plain_dates.moment(one.now.measured.taken)}"


def _row(one: Reading, own: int | None, *, in_pair: bool) -> Row:
    told = one.now.measured
    return Row(
        id=one.id if one.subject == own else "",
        half=plain_dates.half(told.taken).upper(),
        time=plain_dates.time_of(told.taken),
        place=("First" if one.place == 1 else "Second") if in_pair else "",
        said=told.said,
        pulse=str(told.pulse or ""),
        note=told.note,
        source=TYPED,
        changed="" if one.now.status == FINAL else f"Changed {plain_dates.moment(one.now.recorded)}",
    )


def _past(readings: Iterable[Reading]) -> list[Past]:
    """Every version that counts no more, the one that ended last first."""
    found: list[tuple[Kept, Kept]] = []
    for one in readings:
        found += zip(one.versions, one.versions[1:], strict=False)
    found.sort(key=lambda pair: pair[1].recorded, reverse=True)
    return [_gone(before, after) for before, after in found]


def _gone(before: Kept, after: Kept) -> Past:
    what = "Removed" if after.status == REMOVED else "Changed"
    told = before.measured
    why = f"{what} by you, {plain_dates.moment(after.recorded)}"
    return Past(plain_dates.moment(told.taken), told.said, str(told.pulse or ""), told.note, why)
