"""A section of the record in words: its state and its sources' states, what is open, what is folded, and the counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app import phrases
from app.viewer import words
from app.viewer.lines import LineView, line_view, said_by
from app.viewer.look import Look
from app.viewer.notices import Notice, notices
from app.viewer.results import TestView, tests
from app.viewer.values import ValuesView
from fhir.absence import SectionState
from fhir.dates import fhir_date
from fhir.line import Line
from fhir.record import Section

FEW, FOLDED, TESTS, CONTACTS = 10, 20, 40, 5
A_YEAR, A_MONTH = timedelta(days=365), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one small heading. `folded`: shown when opened; `showing`: said where not all are shown.

    `links` lead to the rest of a section's own page: their words, and the query of their address. `values` are those
    of a single test, where the block holds only these.
    """

    title: str
    lines: tuple[LineView, ...] = ()
    tests: tuple[TestView, ...] = ()
    folded: bool = False
    showing: str = ""
    links: tuple[tuple[str, Mapping[str, str]], ...] = ()
    values: ValuesView | None = None


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as a page shows it. `opened`: on its own page, where nothing is left out."""

    code: str
    title: str
    state: SectionState
    count: str
    number: str
    empty: str
    stated: tuple[str, ...]
    notices: tuple[Notice, ...]
    protected: str
    blocks: tuple[Block, ...]
    opened: bool


def section_view(section: Section, look: Look, *, opened: tuple[Block, ...] | None = None) -> SectionView:
    """The section in words: in short, or with the blocks of its own page (`app.viewer.whole`)."""
    blocks = _PARTS.get(section.code, _usual)(section, look) if opened is None else opened
    return SectionView(
        code=section.code,
        title=section.title,
        state=section.state,
        count=phrases.counted(len(section.lines), "item") if section.lines else "",
        number=_UNCOUNTED.get(section.state, "0") if not section.lines else f"{len(section.lines):,}",
        empty="" if _positive(section) else words.empty(section.title, section.state),
        stated=() if _positive(section) else _stated(section, look),
        notices=notices(section, look),
        protected=words.WHO_AND_WHERE if look.restricted and section.lines else "",
        blocks=blocks,
        opened=opened is not None,
    )


_UNCOUNTED = {
    SectionState.WITHHELD: "withheld",
    SectionState.UNAVAILABLE: "unavailable",
    SectionState.NOT_CONNECTED: "not connected",
}
"""In place of a number where nothing is shown: a nought would say that there is nothing."""


def _positive(section: Section) -> bool:
    return any(not (line.lead.absent or line.lead.empty) for line in section.lines)


def _stated(section: Section, look: Look) -> tuple[str, ...]:
    """`No known allergies – stated by Dr A Lee, Elm Surgery, 05-Mar-2026`: who said that there is none."""
    none = (item for line in section.lines if line.lead.absent for item in line.items)
    return tuple(f"{item.text} – stated by {said_by(item, look)}" for item in none)


# ---------------------------------------------------------------- what is open and what is folded


def _usual(section: Section, look: Look) -> tuple[Block, ...]:
    """The first few current lines; past ones folded."""
    return _blocks(section, look, FEW, "Past")


def _safety(section: Section, look: Look) -> tuple[Block, ...]:
    """Every current line; past ones folded."""
    return _blocks(section, look, len(section.lines), "Past")


def _allergies(section: Section, look: Look) -> tuple[Block, ...]:
    return _blocks(section, look, len(section.lines), "Resolved, ended and refuted allergies")


def _problems(section: Section, look: Look) -> tuple[Block, ...]:
    own = [line for line in section.lines if "kind" not in line.lead.fields]
    other = [line for line in section.lines if "kind" in line.lead.fields]
    return (
        *_blocks(section, look, len(own), "Past problems", own),
        *_folded("Family history and impressions", other, section, look),
    )


_EVENTS = frozenset({"MedicationDispense", "MedicationAdministration"})


def _medicines(section: Section, look: Look) -> tuple[Block, ...]:
    orders = [line for line in section.lines if line.lead.statement.type not in _EVENTS]
    events = [line for line in section.lines if line.lead.statement.type in _EVENTS]
    stopped = sum(1 for line in orders if _stopped_lately(line, look))
    more = f"; {stopped} stopped in last 30 days" if stopped else ""
    return (
        *_blocks(section, look, len(orders), "Past medicines", orders, more),
        *_folded("Dispensed and given", events, section, look),
    )


def _stopped_lately(line: Line, look: Look) -> bool:
    ended = fhir_date(line.lead.fields.get("course end")) or line.lead.when
    return bool(line.lead.past and ended and look.now - A_MONTH <= ended.start <= look.now)


def _contacts(section: Section, look: Look) -> tuple[Block, ...]:
    """What is to come, all of it; of what has been, five or the last year's, whichever are fewer: stays first."""
    coming = [line for line in section.lines if _is_to_come(line, look)]
    been = sorted((line for line in section.lines if not _is_to_come(line, look)), key=lambda one: _place(one, look))
    year = look.now - A_YEAR
    lately = [one for one in been if _is_stay(one) or (one.lead.when and one.lead.when.start >= year)][:CONTACTS]
    found = []
    if coming:
        found.append(Block("To come", _views(coming[::-1], section, look)))
    if been:
        found.append(Block("Recent contacts", _views(lately, section, look), showing=_showing(len(lately), len(been))))
    return tuple(found)


def _is_to_come(line: Line, look: Look) -> bool:
    return not line.lead.past and line.lead.when is not None and line.lead.when.start > look.now


_BOOKED = frozenset({"booked", "proposed", "pending", "waitlist", "planned", "draft"})
_STAYING = frozenset({"in-progress", "arrived", "triaged", "onleave"})


def _place(line: Line, look: Look) -> int:
    """A current stay first; last what was booked and nobody says took place, and what will not."""
    if _is_stay(line):
        return 0
    when = line.lead.when
    return 2 if line.lead.status in _BOOKED or (when is not None and when.start > look.now) else 1


def _is_stay(line: Line) -> bool:
    return line.lead.statement.type == "Encounter" and not line.lead.past and line.lead.status in _STAYING


def _results(section: Section, look: Look) -> tuple[Block, ...]:
    by_test, others = _by_test(section)
    return (*_tests(by_test, section, look), *_folded("Reports, images and specimens", others, section, look))


def _social(section: Section, look: Look) -> tuple[Block, ...]:
    """Care and support first; then what was noted of the person's life, by question, the latest answer first."""
    by_test, others = _by_test(section)
    return (*_blocks(section, look, FEW, "Past", others), *_tests(by_test, section, look))


def _by_test(section: Section) -> tuple[dict[str, list[Line]], list[Line]]:
    """The readings of each test, and the lines that are no reading."""
    by_test: dict[str, list[Line]] = {}
    others = []
    for line in section.lines:
        lead = line.lead
        if lead.statement.type == "Observation":
            by_test.setdefault(lead.group, []).append(line)
        else:
            others.append(line)
    return by_test, others


def _tests(by_test: Mapping[str, Sequence[Line]], section: Section, look: Look) -> tuple[Block, ...]:
    views = tests(list(by_test.values())[:TESTS], section.code, look)
    return (Block("", tests=views, showing=_showing(len(views), len(by_test), "tests")),) if views else ()


def _documents(section: Section, look: Look) -> tuple[Block, ...]:
    return _folded("Documents", list(section.lines), section, look)


_PARTS: dict[str, Callable[[Section, Look], tuple[Block, ...]]] = {
    "allergies": _allergies, "problems": _problems, "medications": _medicines, "flags": _safety,
    "care-plans": _safety, "encounters": _contacts, "results": _results, "documents": _documents,
    "social-care": _social,
}  # fmt: skip


def _blocks(
    section: Section, look: Look, most: int, past_title: str, lines: Sequence[Line] | None = None, more: str = ""
) -> tuple[Block, ...]:
    """Open lines, then folded past ones. Where sources differ a line is never folded away."""
    lines = section.lines if lines is None else lines
    past = [line for line in lines if line.lead.past and not line.differences and not line.contradicted]
    hidden = set(map(id, past))
    current = [line for line in lines if id(line) not in hidden]
    shown = current[:most]
    first = Block("", _views(shown, section, look), showing=_showing(len(shown), len(current)))
    return (*((first,) if current else ()), *_folded(past_title, past, section, look, more))


def _folded(title: str, lines: Sequence[Line], section: Section, look: Look, more: str = "") -> tuple[Block, ...]:
    if not lines:
        return ()
    shown = lines[:FOLDED]
    heading = f"{title} ({len(lines):,}{more})"
    return (Block(heading, _views(shown, section, look), folded=True, showing=_showing(len(shown), len(lines))),)


def _views(lines: Sequence[Line], section: Section, look: Look) -> tuple[LineView, ...]:
    return tuple(line_view(line, section.code, look) for line in lines)


def _showing(shown: int, total: int, what: str = "") -> str:
    return f"Showing {shown:,} of {total:,}{' ' + what if what else ''}" if shown < total else ""
