"""Everything in one list by date, the newest first: complete, counted, and what has no date at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from app import phrases
from app.viewer import formats
from app.viewer.lines import LineView, line_view
from app.viewer.look import Look
from app.viewer.unseen import Unseen, unseen
from fhir.dates import FhirDate, fhir_date
from fhir.line import Line
from fhir.record import PatientRecord

SHEET = 500
NO_DATE = "No date given"


@dataclass(frozen=True, slots=True)
class Month:
    """The lines of one month; of a year, where no month was given; or those without a date."""

    title: str
    count: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One sheet of the list. `years` lead to their first line: words, count, and its number in the list."""

    count: str
    showing: str
    months: tuple[Month, ...]
    years: tuple[tuple[str, int, int], ...]
    links: tuple[tuple[str, Mapping[str, str]], ...]
    unseen: tuple[Unseen, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    line: Line
    code: str
    title: str
    when: FhirDate | None

    @property
    def month(self) -> str:
        """`2026-03`; `2026` where no month was given; empty without a date."""
        return self.when.day[:7] if self.when else ""


def timeline(record: PatientRecord, look: Look, first: int = 0) -> Timeline:
    """Every line of every section from number `first` on."""
    entries = sorted(_entries(record), key=_order, reverse=True)
    first = first if 0 <= first < len(entries) else 0
    shown = entries[first : first + SHEET]
    total = phrases.counted(len(entries), "line")
    whole = len(shown) == len(entries)
    return Timeline(
        count=total,
        showing="" if whole else f"Showing {first + 1:,} to {first + len(shown):,} of {len(entries):,}",
        months=tuple(_months(shown, entries, look)),
        years=_years(entries),
        links=_links(first, len(entries)),
        unseen=unseen(record, look),
    )


def _entries(record: PatientRecord) -> list[_Entry]:
    return [
        _Entry(line, section.code, section.title, _when(line)) for section in record.sections for line in section.lines
    ]


def _when(line: Line) -> FhirDate | None:
    """The date that the line is shown with; where its leading statement has none, the newest that another gives."""
    return line.lead.when or next((item.when for item in line.items if item.when), None)


def _order(entry: _Entry) -> tuple[str, float, tuple[str, str, str]]:
    """By month, then by moment, then by name. A year without a month comes after its months; no date comes last."""
    moment = entry.when.start.timestamp() if entry.when else 0.0
    return entry.month, moment, entry.line.lead.statement.key


def _months(shown: Sequence[_Entry], entries: Sequence[_Entry], look: Look) -> list[Month]:
    totals: dict[str, int] = {}
    for one in entries:
        totals[one.month] = totals.get(one.month, 0) + 1
    found = []
    for month, group in groupby(shown, key=lambda one: one.month):
        views = tuple(_view(one, look) for one in group)
        many = phrases.counted(totals[month], "line")
        count = many if len(views) == totals[month] else f"{len(views):,} of {many} here"
        found.append(Month(_title(month), count, views))
    return found


def _title(month: str) -> str:
    found = fhir_date(month)
    if found is None:
        return NO_DATE
    return found.clinical if len(month) > 4 else f"{month}, month not given"


def _view(one: _Entry, look: Look) -> LineView:
    view = line_view(one.line, one.code, look, whole=True)
    when = formats.moment(one.when) if one.when else NO_DATE
    return replace(view, when=when, facts=(("Section", one.title), *view.facts))


def _years(entries: Sequence[_Entry]) -> tuple[tuple[str, int, int], ...]:
    found = []
    for year, group in groupby(enumerate(entries), key=lambda numbered: numbered[1].month[:4]):
        numbers = [number for number, _ in group]
        found.append((year or NO_DATE, len(numbers), numbers[0]))
    return tuple(found)


def _links(first: int, total: int) -> tuple[tuple[str, Mapping[str, str]], ...]:
    found: list[tuple[str, Mapping[str, str]]] = []
    if first:
        found.append(("Newer", {"from": str(max(first - SHEET, 0))}))
    if first + SHEET < total:
        found.append(("Older", {"from": str(first + SHEET)}))
    return tuple(found)
