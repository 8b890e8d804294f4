"""A person's own record in plain words: pure. What may not be shown to them never comes here."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app import doses, plain_dates
from app.phrases import counted, listed
from app.portal import record_words as words
from fhir import nhs_number
from fhir.absence import SectionState, Source
from fhir.dates import fhir_date
from fhir.home import PATIENT
from fhir.item import Item
from fhir.line import Difference, Line
from fhir.record import PatientRecord, Section

AT_ONCE, FOLDED, SHEET = 5, 20, 100
_DATE = re.compile(r"\d{4}(-\d\d){0,2}(T.*)?", re.ASCII)
_WORDED = frozenset({"status", "verification", "criticality", "severity", "gender", "type"})


@dataclass(frozen=True, slots=True)
class LineOnPage:
    """One fact: what it is, its value, more about it, who says it and when, and what must be known beside it.

    `key` is its place on the page: a number of ours or of its source would tell that others are not shown.
    """

    key: str
    what: str
    value: str
    status: str
    facts: tuple[tuple[str, str], ...]
    said: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionOnPage:
    """One heading: sentences, the lines seen at once, those that unfold, and how many there are in all.

    `showing` is said where not all are here; `before` and `after` are where the sheets beside this one begin.
    """

    code: str
    title: str
    state: SectionState
    count: str
    sentences: tuple[str, ...]
    lines: tuple[LineOnPage, ...]
    folded: tuple[LineOnPage, ...] = ()
    showing: str = ""
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """The whole page. `late`: what has not been heard from as it should be, in sentences."""

    sources: str
    late: tuple[str, ...]
    restricted: bool
    sections: tuple[SectionOnPage, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What each source is called."""

    of: dict[str, str]
    restricted: bool

    def who(self, ods: str) -> str:
        """`Elm Surgery`, or `You`."""
        return self.of.get(ods, "An organisation")


def shown_sources(record_sources: Sequence[Source], said_by: set[str]) -> list[Source]:
    """The sources of which something is shown: that another holds something is not for this page to tell."""
    return [source for source in record_sources if source.ods in said_by]


def names_of(sources: Sequence[Source], *, restricted: bool) -> Names:
    """What each source is called; two of one name are told apart by number."""
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    for source in sources:
        name = words.YOU if source.kind == PATIENT else source.name
        times[name] += 1
        found[source.ods] = name if times[name] == 1 else f"{name} {times[name]}"
    return Names(found, restricted)


def own_record(record: PatientRecord, sources: Sequence[Source], names: Names) -> OwnRecord:
    """The page with every section in its order."""
    return OwnRecord(
        sources=listed(tuple(_introduced(source, names) for source in sources if source.kind != PATIENT)),
        late=tuple(_late(source, names) for source in sources if source.late_since),
        restricted=names.restricted,
        sections=tuple(own_section(record.section(code), names) for code in words.TITLES),
    )


def _introduced(source: Source, names: Names) -> str:
    kind = "" if names.restricted else words.KINDS.get(source.kind, "")
    return f"{names.who(source.ods)} ({kind})" if kind else names.who(source.ods)


def _late(source: Source, names: Names) -> str:
    since = plain_dates.moment(source.late_since) if source.late_since else ""
    return f"We have heard nothing from {names.who(source.ods)} since {since}. Newer information may be missing."


def own_section(section: Section, names: Names, *, first: int | None = None) -> SectionOnPage:
    """In short; or, with `first`, a sheet of its own page from that line on."""
    lines = _newest_of_each(section) if first is None else section.lines
    start = first if first is not None and 0 <= first < len(lines) else 0
    shown = lines[start : start + (AT_ONCE + FOLDED if first is None else SHEET)]
    views = tuple(_line(line, section.code, names, number) for number, line in enumerate(shown, start + 1))
    at_once = AT_ONCE if first is None else SHEET
    last, total = start + len(shown), len(section.lines)
    return SectionOnPage(
        code=section.code,
        title=words.TITLES[section.code],
        state=section.state,
        count=counted(total, *words.THINGS.get(section.code, words.ENTRIES)) if total else "",
        sentences=_sentences(section, names),
        lines=views[:at_once],
        folded=views[at_once:],
        showing=f"Showing {start + 1:,} to {last:,} of {len(section.lines):,}"
        if len(shown) < len(section.lines)
        else "",
        before=max(start - SHEET, 0) if start else None,
        after=last if first is not None and last < len(lines) else None,
    )


def _newest_of_each(section: Section) -> Sequence[Line]:
    """Of results the newest of each test: lines of one test stand together, the newest first."""
    if section.code != "results":
        return section.lines
    found: dict[str, Line] = {}
    for number, line in enumerate(section.lines):
        found.setdefault(line.lead.group or str(number), line)
    return list(found.values())


def _sentences(section: Section, names: Names) -> tuple[str, ...]:
    silent = sorted(names.who(ods) for ods, state in section.states.items() if state is SectionState.UNAVAILABLE)
    missing = f"Newer information from {listed(tuple(silent))} may be missing." if silent else ""
    return tuple(said for said in ("" if section.lines else words.empty(section.state), missing) if said)


def _line(line: Line, code: str, names: Names, number: int) -> LineOnPage:
    lead = line.lead
    return LineOnPage(
        key=f"{code}-{number}",
        what=doses.product(lead.text) if code == "medications" else lead.text or words.NOT_DESCRIBED,
        value=_value(lead, code),
        status=words.unusual(lead.status),
        facts=_facts(lead, code),
        said=f"{listed(tuple(names.who(ods) for ods in line.sources))}, {_when(lead, code)}",
        notes=tuple(_notes(line, code, names)),
    )


def _value(item: Item, code: str) -> str:
    """A result as sent; how a medicine is to be taken."""
    fields = item.fields
    if code == "medications":
        parts = (fields.get("dose", ""), fields.get("route", ""), fields.get("frequency", ""))
        return doses.dose(fields.get("dosage", "").replace("\n", "; ") or " ".join(part for part in parts if part))
    value = " ".join(part for part in (fields.get("value", ""), fields.get("unit", "")) if part)
    return value or fields.get("components", "") or fields.get("absent reason", "")


def _facts(item: Item, code: str) -> tuple[tuple[str, str], ...]:
    known = (item.text, plain_dates.said(item.when) if item.when else "")
    said = ((label, item.fields.get(name, "")) for name, label in words.FACTS[code].items())
    shown = ((label, _plain(label, value)) for label, value in said if value)
    return tuple((label, value) for label, value in shown if value not in known)


def _plain(label: str, value: str) -> str:
    """Dates as people write them, the NHS number in its groups, everything else as sent."""
    if label == "NHS number" and (number := nhs_number.parse(value)):
        return number.display
    found = fhir_date(value) if _DATE.fullmatch(value) else None
    return plain_dates.said(found) if found else value


def _when(item: Item, code: str) -> str:
    """`6 August 2018`; of an appointment or visit also the time."""
    if item.when is None:
        return "date not recorded"
    timed = code == "encounters" and item.when.is_moment
    return plain_dates.moment(item.when.start) if timed else plain_dates.said(item.when)


def _notes(line: Line, code: str, names: Names) -> list[str]:
    said = line.lead.fields
    found = []
    if said.get("do not give") or said.get("do not perform"):
        found.append("This must not be given or done.")
    if verification := words.unusual(said.get("verification", "")):
        found.append(f"{verification[:1].upper()}{verification[1:]}.")
    if line.contradicted:
        found.append("Another entry in your record says otherwise.")
    if line.differences:
        found.append(words.DIFFERS)
        found.extend(_difference(one, code, names) for one in line.differences)
    if line.left_out:
        found.append(words.DETAIL_LEFT_OUT)
    if line.irregular:
        found.append(words.IRREGULAR)
    return found


def _difference(one: Difference, code: str, names: Names) -> str:
    """`Status. Elm Surgery says: current. Oak Hospital says: resolved.`"""
    label = words.FACTS[code].get(one.kind) or words.DIFFERING.get(one.kind, one.kind[:1].upper() + one.kind[1:])
    said = (
        words.who_says(names.who(ods), words.status(value) if one.kind in _WORDED else _plain(label, value))
        for value, who in one.values
        for ods in who
    )
    return f"{label}. {'. '.join(said)}."
