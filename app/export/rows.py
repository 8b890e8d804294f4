"""From one combined record to rows that name no one: an allow-list of types, and of values. Pure.

A row has only the fields of its type, and each value is of a closed set, a loaded list, a listed unit or a month. What
is none of these is left out, and counted by its reason.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from msgspec import Struct

from app.access.facts import restricted
from app.export import values
from app.export.people import About
from app.export.terminology import CodeList, Listed
from app.readings.blood_pressure import SETTLED
from fhir.elements import child, codings, listed
from fhir.equivalents import DIASTOLIC, SYSTOLIC
from fhir.home import PATIENT
from fhir.item import Item
from fhir.line import Line
from fhir.measured import ABOUT, HOME, is_at_home, test_of
from fhir.record import PatientRecord


class PersonRow(Struct, frozen=True, array_like=True):
    """One person. `area` is a decile of deprivation or a practice, as the project says."""

    person: str
    age_band: str | None
    sex: str | None
    area: str | None
    ethnic_group: str | None


class ProblemRow(Struct, frozen=True, array_like=True):
    """One problem of the person's own, as all sources together tell it."""

    person: str
    system: str
    code: str
    term: str
    status: str | None
    onset_month: str | None


class MedicineRow(Struct, frozen=True, array_like=True):
    """One medicine prescribed, taken, dispensed or given; what several sources tell of the same day counts once."""

    person: str
    system: str
    code: str
    term: str
    status: str | None
    kind: str
    month: str | None


class ObservationRow(Struct, frozen=True, array_like=True):
    """One number that was measured, at home or elsewhere."""

    person: str
    system: str
    code: str
    term: str
    value: float
    unit: str
    month: str | None
    setting: str


Row = PersonRow | ProblemRow | MedicineRow | ObservationRow
TYPES: Mapping[str, type[Row]] = {
    "people": PersonRow,
    "problems": ProblemRow,
    "medicines": MedicineRow,
    "observations": ObservationRow,
}
SENSITIVE = "sensitive, or restricted by its source"
LeftOut = Counter[tuple[str, str]]
"""How often something was left out, by data set and reason."""


@dataclass(frozen=True)
class Subject:
    """The person whose record it is: their letters, what is known of them, what may leave, what never does, and the day
    of the snapshot.
    """

    letters: str
    about: About
    codes: CodeList
    sensitive: CodeList
    today: date
    left_out: LeftOut

    def drop(self, dataset: str, reason: str) -> None:
        """Count something that is left out."""
        self.left_out[dataset, reason] += 1

    def keeps(self, line: Line) -> bool:
        """Whether any statement of a line stays here, whatever its other codes are: one coded as sensitive, or labelled
        by its source as restricted (R or V). Then all of it does.
        """
        return first_listed(self.sensitive, line.items) is not None or any(map(_is_labelled, line.items))

    def month(self, when: Any) -> str | None:
        """A month that does not tell when they were born."""
        return values.month(when, births=self.about.births, until=self.today)


def people(subject: Subject, record: PatientRecord) -> Iterator[PersonRow]:
    """The one row of the person."""
    about = subject.about
    band = values.age_band(about.born, subject.today)
    yield PersonRow(subject.letters, band, about.sex, about.area, about.ethnic_group)


def problems(subject: Subject, record: PatientRecord) -> Iterator[ProblemRow]:
    """Their own problems, current and past. Not what was ruled out, that there is none, nor what relatives have."""
    for line in record.section("problems").lines:
        lead = line.lead
        if lead.statement.type != "Condition" or "kind" in lead.fields:
            subject.drop("problems", "not a problem of the person's own")
        elif lead.absent or lead.empty or lead.fields.get("verification") == "refuted":
            subject.drop("problems", "ruled out, or none")
        elif subject.keeps(line):
            subject.drop("problems", SENSITIVE)
        elif entry := _entry(subject, "problems", line, lead):
            status = values.one_of(lead.status, values.PROBLEM_STATUSES)
            yield ProblemRow(subject.letters, *entry, status, subject.month(lead.when))


def medicines(subject: Subject, record: PatientRecord) -> Iterator[MedicineRow]:
    """Each time that a medicine was prescribed, taken, dispensed or given, once."""
    for line in record.section("medications").lines:
        kept = subject.keeps(line)
        for item in each_once(line.items):
            if item.absent or item.empty or "do not give" in item.fields:
                subject.drop("medicines", "not to be given, or none")
            elif kept:
                subject.drop("medicines", SENSITIVE)
            elif entry := _entry(subject, "medicines", line, item):
                kind = values.MEDICINE_KINDS[item.statement.type]
                status = values.one_of(item.status, values.MEDICINE_STATUSES)
                yield MedicineRow(subject.letters, *entry, status, kind, subject.month(item.when))


def each_once(items: Iterable[Item]) -> list[Item]:
    """The orders and events of a medicine: those of one kind and day as the source tells them that tells most."""
    told: dict[tuple[str, str], dict[str, list[Item]]] = {}
    for item in items:
        day = item.when.day if item.when else ""
        told.setdefault((item.statement.type, day), {}).setdefault(item.source, []).append(item)
    return [item for by_source in told.values() for item in max(by_source.values(), key=_rank)]


def _rank(items: list[Item]) -> tuple[int, tuple[str, str, str]]:
    return len(items), items[0].statement.key


def observations(subject: Subject, record: PatientRecord) -> Iterator[ObservationRow]:
    """Numbers that were measured; of a blood pressure both, each in a row of its own."""
    for code in ("results", "social-care"):
        for line in record.section(code).lines:
            if line.lead.statement.type == "Observation":
                yield from _observation(subject, line)


def _observation(subject: Subject, line: Line) -> Iterator[ObservationRow]:
    lead = line.lead
    if reason := _unsettled(line) or SENSITIVE * subject.keeps(line):
        subject.drop("observations", reason)
        return
    setting = "home" if lead.source == PATIENT or is_at_home(lead.group) else "clinic"
    month = subject.month(lead.when)
    for entry, found in _numbers(subject, line):
        if isinstance(found, str):
            subject.drop("observations", found)
        else:
            yield ObservationRow(subject.letters, *entry, *found, month, setting)


def _unsettled(line: Line) -> str:
    if line.lead.status not in SETTLED:
        return "not final"
    if ABOUT in line.lead.group.replace(ABOUT + HOME, ""):
        return "about somebody or something else"
    return "sources disagree" if any(one.kind == "value" for one in line.differences) else ""


def _is_labelled(item: Item) -> bool:
    """Resources are opened only where the word for a label is in them, or a character that is spelled out."""
    body = item.statement.body or b""
    return (b"security" in body or b"\\u" in body) and restricted(item.statement.resource or {})


Entry = tuple[str, str, str]


def _numbers(subject: Subject, line: Line) -> Iterator[tuple[Entry, tuple[float, str] | str]]:
    """Each coded number of a line: its own, or those of its parts."""
    resource = line.lead.statement.resource or {}
    halves = [part for part in listed(resource.get("component")) if _is_half(part)]
    for part in halves:
        if entry := _known(subject, "observations", subject.codes.of(codings(child(part, "code")), "")):
            yield entry, values.measured(child(part, "valueQuantity"))
    if not halves and (entry := _entry(subject, "observations", line, line.lead)):
        whole = resource.get("valueInteger")
        found = values.measured(resource.get("valueQuantity"))
        yield entry, found if whole is None else values.number_in(str(whole), values.SCORE)


def _is_half(part: Any) -> bool:
    """Whether it is the upper or the lower number of a blood pressure."""
    return bool({SYSTOLIC, DIASTOLIC} & set(test_of(child(part, "code"))[2].split("\n")))


def _entry(subject: Subject, dataset: str, line: Line, item: Item) -> Entry | None:
    """The listed code of an item, else that of any other statement of its line."""
    return _known(subject, dataset, first_listed(subject.codes, (item, *line.items)))


def first_listed(codes: CodeList, items: Iterable[Item]) -> Listed | None:
    """The first entry of a list that any of these statements means."""
    return next((found for item in items if (found := codes.of(item.codes, item.text))), None)


def _known(subject: Subject, dataset: str, found: Listed | None) -> Entry | None:
    if found is None:
        subject.drop(dataset, "a code that is not listed")
        return None
    return found.system, found.code, found.term


READERS: Mapping[str, Callable[[Subject, PatientRecord], Iterator[Row]]] = {
    "people": people,
    "problems": problems,
    "medicines": medicines,
    "observations": observations,
}
