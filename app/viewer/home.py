"""Home readings for clinicians: the average by its named rule, and every reading beside those of the clinic."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from app import phrases
from app.readings.blood_pressure import (
    RULE,
    RULE_VERSION,
    STAGE_1,
    Average,
    Told,
    average,
    is_blood_pressure,
    reading_of,
    readings_in,
    shown,
)
from app.readings.chart import Limit, Mark, chart
from app.viewer import formats, words
from app.viewer.lines import LineView, line_view, value
from app.viewer.look import Look
from fhir import family
from fhir.codes import System
from fhir.home import taken_at_home
from fhir.item import Item
from fhir.line import Line
from fhir.measured import is_at_home
from fhir.record import PatientRecord

NOT_WATCHED = "Nobody watches home readings as they arrive."
BEFORE = timedelta(days=90)
"""How long before the home readings that the average speaks of the picture begins: else years would hide a week."""
_IRREGULAR = re.compile(r"(?i:atrial (?:fibrillation|flutter))|\bP?AF\b")
_CODED = frozenset(
    (System.SNOMED, code) for code in ("49436004", "282825002", "440059007", "440028005", "426749004", "5370000")
)
"""Atrial fibrillation; paroxysmal, persistent, permanent, chronic; atrial flutter (SNOMED CT)."""


@dataclass(frozen=True, slots=True)
class HomeView:
    """The block on the record page. `copied` is the line that clinicians type into their own system."""

    count: str
    average: str
    rule: str
    said: tuple[str, ...]
    copied: str
    latest: str
    clinic: str
    taken_back: str


@dataclass(frozen=True, slots=True)
class PressureRow:
    """One blood pressure in the table: where it was taken, and the line with its statements."""

    when: str
    value: str
    where: str
    counted: str
    status: str
    note: str
    line: LineView


@dataclass(frozen=True, slots=True)
class PressuresPage:
    """The page of all blood pressures, at home and elsewhere, newest first."""

    home: HomeView | None
    rows: tuple[PressureRow, ...]
    picture: Markup
    drawn: str


def home_view(record: PatientRecord, look: Look) -> HomeView | None:
    """The block; None where nothing was measured at home."""
    readings = readings_in(record, at_home=True)
    found = average(readings, irregular_pulse=_has_irregular_pulse(record))
    if found is None:
        return None
    clinic = readings_in(record, at_home=False)
    return HomeView(
        count=phrases.counted(len(readings), "reading"),
        average=_mean(found),
        rule=f"{RULE}, rule version {RULE_VERSION}",
        said=tuple(_said(found)),
        copied=_copied(found),
        latest=f"{value_of(readings[-1])} on {formats.moment(readings[-1].line.lead.when)}",
        clinic=_clinic(clinic[-1], look) if clinic else "No clinic reading with a date and unit in this record",
        taken_back=_taken_back(record, readings),
    )


def _has_irregular_pulse(record: PatientRecord) -> bool:
    leads = (line.lead for line in record.section("problems").lines)
    return any(_is_irregular(lead) for lead in leads if not lead.past and lead.fields.get("kind") != family.KIND)


def _is_irregular(problem: Item) -> bool:
    """By its words or those of its codes, or by a code whose words are its source's own."""
    said = (problem.text, *(code.display for code in problem.codes))
    return any(_IRREGULAR.search(words) for words in said) or any(code.key in _CODED for code in problem.codes)


def _mean(found: Average[Told]) -> str:
    if found.systolic is None or found.diastolic is None:
        return ""
    return f"{shown(found.systolic)}/{shown(found.diastolic)}"


def _said(found: Average[Told]) -> Sequence[str]:
    run = (*found.left_out, *found.used)
    span = f"{formats.day(run[0].day)} to {formats.day(run[-1].day)}"
    left = f"first day left out ({phrases.counted(len(found.left_out), 'reading')})"
    if found.systolic is None:
        return (f"No average: all readings are of one day, {formats.day(run[0].day)}, which the rule leaves out",)
    first = f"Average of {phrases.counted(len(found.used), 'reading')}, {span}; {left}"
    return (first, f"Exact mean {found.range}", *(one[0].upper() + one[1:] for one in found.caveats))


def _copied(found: Average[Told]) -> str:
    """`Home BP average 137/84 (24 readings, 03-Mar-2026 to 08-Mar-2026, day 1 excluded)`."""
    if not (mean := _mean(found)):
        return ""
    span = f"{formats.day(found.used[0].day)} to {formats.day(found.used[-1].day)}"
    short = "" if found.is_adequate else f"; only {found.days} days: not enough for a diagnosis average"
    return f"Home BP average {mean} ({phrases.counted(len(found.used), 'reading')}, {span}, day 1 excluded{short})"


def value_of(reading: Told) -> str:
    """`137/84 mmHg`, as sent."""
    return f"{reading.systolic}/{reading.diastolic} mmHg"


def _clinic(reading: Told, look: Look) -> str:
    lead = reading.line.lead
    return f"Latest clinic reading {value_of(reading)}, {formats.day(lead.when)}, {look.name(lead.source)}"


def _taken_back(record: PatientRecord, readings: Sequence[Told]) -> str:
    changed = sum(one.line.lead.status == "corrected" for one in readings)
    gone = sum(taken_at_home(one.statement.resource or {}) for one in record.withdrawn)
    parts = [f"{number} {said}" for number, said in ((changed, "corrected"), (gone, "taken back")) if number]
    return f"{' and '.join(parts)} by the patient" if parts else ""


def pressures_page(record: PatientRecord, look: Look) -> PressuresPage:
    """Every blood pressure of the record with its setting, and which of them the average counts."""
    lines = sorted(filter(is_blood_pressure, record.section("results").lines), key=lambda one: one.lead.order)
    found = average(readings_in(record, at_home=True))
    counted = _counted(found)
    shown_from = found.left_out[0].when - BEFORE if found else None
    readings = [one for line in lines if (one := reading_of(line)) and not (shown_from and one.when < shown_from)]
    return PressuresPage(
        home=home_view(record, look),
        rows=tuple(_row(line, counted.get(id(line), ""), look) for line in lines[::-1]),
        picture=_picture(readings),
        drawn=f"Drawn: {len(readings)} of {phrases.counted(len(lines), 'value')}" if len(readings) < len(lines) else "",
    )


def _counted(found: Average[Told] | None) -> dict[int, str]:
    if found is None:
        return {}
    left = {id(one.line): "First day: left out" for one in found.left_out}
    return left | {id(one.line): "In the average" for one in found.used}


def _row(line: Line, counted: str, look: Look) -> PressureRow:
    view = line_view(line, "results", look)
    return PressureRow(
        when=formats.moment(line.lead.when) if line.lead.when else "Date not recorded",
        value=value(line.lead) or "No value",
        where="At home" if is_at_home(line.lead.group) else "Clinic",
        counted=counted,
        status=words.status(line.lead.status or "unknown"),
        note="; ".join([line.lead.fields.get("note", ""), *(said for _, said in view.marks)]).strip("; "),
        line=view,
    )


def _picture(readings: Sequence[Told]) -> Markup:
    marks = [Mark(one.when, one.systolic, one.diastolic, is_at_home(one.line.lead.group)) for one in readings]
    ends = (formats.day(readings[0].day), formats.day(readings[-1].day)) if readings else ("", "")
    return chart(marks, span=ends, limits=[Limit(value, f"{value}") for value in STAGE_1])
