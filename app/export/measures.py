"""Three questions that planners ask of everyone registered here, as functions of one record. Pure.

A measure counts by lists of codes that an operator loads; without its lists it says which are missing. What several
systems know of one prescription, reading or score counts once. The practice is that of current registration.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from app.export.people import About
from app.export.rows import each_once, first_listed
from app.export.suppress import Cells
from app.export.terminology import ASTHMA, FRAILTY, HYPERTENSION, ICS, INHALERS, SABA, CodeList
from app.export.values import age_on
from app.readings import blood_pressure
from app.readings.blood_pressure import SETTLED, Reading
from fhir.dates import LONDON
from fhir.item import Item
from fhir.line import Line
from fhir.record import PatientRecord

CLINIC_TARGET = (140, 90)
HOME_TARGET = blood_pressure.STAGE_1
"""mmHg; controlled is below both (NICE NG136, monitoring treatment, under 80)."""
SEVERE, MOST = 6, 9
"""Clinical Frailty Scale: 1 to 9."""


@dataclass(frozen=True)
class Case:
    """One registered person, and the day on which the question is asked."""

    record: PatientRecord
    about: About
    lists: Mapping[str, CodeList]
    as_of: date


@dataclass(frozen=True)
class Measure:
    """A question. `judge`: counted (True), asked about but not counted (False), or not asked about (None)."""

    name: str
    title: str
    definition: str
    lists: tuple[str, ...]
    judge: Callable[[Case], bool | None]

    def missing(self, loaded: Mapping[str, CodeList]) -> tuple[str, ...]:
        """The lists that it needs and that are not loaded."""
        return tuple(name for name in self.lists if name not in loaded)

    def digest(self, loaded: Mapping[str, CodeList]) -> str:
        """What tells one definition from another: its words and the content of its lists."""
        parts = [self.name, self.definition, *(loaded[name].digest for name in self.lists if name in loaded)]
        return sha256("|".join(parts).encode()).hexdigest()


def has_problem(case: Case, name: str) -> bool:
    """Whether a current problem of the person's own is on a list, by any of its statements."""
    codes = case.lists[name]
    return any(_is_current(line) and first_listed(codes, line.items) for line in case.record.section("problems").lines)


def _is_current(line: Line) -> bool:
    lead = line.lead
    return not (lead.past or lead.absent or lead.empty or "kind" in lead.fields)


def _without_preventer(case: Case, least: int) -> bool | None:
    if not has_problem(case, ASTHMA):
        return None
    counted = {SABA: 0, ICS: 0}
    for kind, item in _prescribed(case):
        if kind in counted and _lately(item, case.as_of):
            counted[kind] += 1
    return counted[SABA] >= least and not counted[ICS]


def _prescribed(case: Case) -> Iterator[tuple[str, Item]]:
    """Each prescription of a listed inhaler once, with the class of the inhaler."""
    for line in case.record.section("medications").lines:
        for item in each_once(filter(_is_prescription, line.items)):
            if found := first_listed(case.lists[INHALERS], (item, *line.items)):
                yield found.kind, item


_NOT_ISSUED = frozenset({"draft", "cancelled"})
_NOT_ORDERED = frozenset({"proposal", "plan", "option"})
"""A plan is what GP systems call the authority for repeats; each issue under it is an order of its own (GP Connect)."""


def _is_prescription(item: Item) -> bool:
    """Whether it was issued. Not an order withdrawn before anything was given (FHIR R4), nor one not to give."""
    said = item.fields
    ordered = said.get("intent") not in _NOT_ORDERED and item.status not in _NOT_ISSUED
    return item.statement.type == "MedicationRequest" and ordered and "do not give" not in said


def _lately(item: Item, as_of: date) -> bool:
    day = _day(item)
    return day is not None and _year_before(as_of) < day <= as_of


def _day(item: Item) -> date | None:
    return item.when.start.astimezone(LONDON).date() if item.when and len(item.when.text) >= 10 else None


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _controlled(case: Case) -> bool | None:
    if not _has_hypertension(case):
        return None
    latest = _latest_clinic(case)
    return latest is not None and _below((latest.systolic, latest.diastolic), CLINIC_TARGET)


def _controlled_at_home(case: Case) -> bool | None:
    """By the home average where there is one that is no older than the latest reading in clinic."""
    if not _has_hypertension(case):
        return None
    clinic, run = _latest_clinic(case), _readings(case, at_home=True)
    average = blood_pressure.average(run)
    if average is None or not average.is_adequate or average.systolic is None or average.diastolic is None:
        return _controlled(case)
    if clinic is not None and average.used[-1].when < clinic.when:
        return _controlled(case)
    return average.systolic < HOME_TARGET[0] and average.diastolic < HOME_TARGET[1]


def _has_hypertension(case: Case) -> bool:
    born = case.about.born
    return born is not None and 18 <= age_on(born, case.as_of) <= 79 and has_problem(case, HYPERTENSION)


def _latest_clinic(case: Case) -> Reading | None:
    return next(reversed(_readings(case, at_home=False)), None)


def _readings(case: Case, *, at_home: bool) -> list[Reading]:
    """The readings of the twelve months to the day after, oldest first."""
    first, last = _year_before(case.as_of), case.as_of + timedelta(days=1)
    found = blood_pressure.readings_in(case.record, at_home=at_home, timed=at_home)
    return [one for one in found if first <= one.day <= last]


def _below(values: tuple[Decimal, Decimal], target: tuple[int, int]) -> bool:
    return values[0] < target[0] and values[1] < target[1]


def _is_frail(case: Case) -> bool | None:
    """By the latest score; None for who was never scored."""
    scored = [
        (line.lead.order, score)
        for code in ("results", "social-care")
        for line in case.record.section(code).lines
        if (score := _score(case, line)) is not None
    ]
    return max(scored)[1] >= SEVERE if scored else None


def _score(case: Case, line: Line) -> Decimal | None:
    lead, day = line.lead, _day(line.lead)
    if lead.statement.type != "Observation" or lead.status not in SETTLED or day is None:
        return None
    if day > case.as_of + timedelta(days=1) or not first_listed(case.lists[FRAILTY], line.items):
        return None
    try:
        score = Decimal(lead.fields.get("value", ""))
    except InvalidOperation:
        return None
    return score if 1 <= score <= MOST else None


_ASTHMA = "active asthma; {} or more relievers and no inhaled corticosteroid prescribed in the 12 months to as-of"
_BP = "active hypertension, aged 18 to 79; {} in the 12 months to the day after as-of"
_HOME = "average of the latest home readings below 135/85 (NICE NG136), where adequate and not older than clinic; else"
MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure("asthma_saba3_no_ics", "Asthma: three relievers or more, no preventer", _ASTHMA.format(3),
                (ASTHMA, INHALERS), lambda case: _without_preventer(case, 3)),
        Measure("asthma_saba1_no_ics", "Asthma: a reliever, no preventer", _ASTHMA.format(1),
                (ASTHMA, INHALERS), lambda case: _without_preventer(case, 1)),
        Measure("hypertension_bp_controlled", "Hypertension: latest reading in clinic below 140/90",
                _BP.format("latest reading in clinic below 140/90"), (HYPERTENSION,), _controlled),
        Measure("hypertension_bp_controlled_home", "Hypertension: controlled, by home averages where there are any",
                _BP.format(f"{_HOME} latest reading in clinic below 140/90"), (HYPERTENSION,), _controlled_at_home),
        Measure("frailty_cfs6", "Frailty: latest Rockwood score of 6 or more",
                "latest Clinical Frailty Scale score of 6 or more, of everyone scored", (FRAILTY,), _is_frail),
    )
}  # fmt: skip


class Tally:
    """The cells of measures, filled one person at a time."""

    def __init__(self, measures: Mapping[str, Measure], practices: frozenset[str]) -> None:
        self._measures = measures
        self._cells = {name: defaultdict(lambda: [0, 0], {one: [0, 0] for one in practices}) for name in measures}

    def add(self, case: Case) -> None:
        """Ask every question about one person."""
        for name, measure in self._measures.items():
            answer = measure.judge(case)
            if answer is not None:
                cell = self._cells[name][case.about.practice]
                cell[0] += answer
                cell[1] += 1

    def cells(self, name: str) -> Cells:
        """People counted and asked about, by practice."""
        return {practice: (cell[0], cell[1]) for practice, cell in sorted(self._cells[name].items())}
