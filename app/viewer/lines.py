"""One combined fact in words: what it is, who says so, since when, where they differ, and every statement behind it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app import doses, phrases
from app.viewer import formats, words
from app.viewer.look import Look, Named
from fhir.dates import fhir_date
from fhir.item import Item
from fhir.line import Difference, Line
from fhir.recorder import recorder

Fact = tuple[str, str]
"""A label and a value."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "allergies": ("reaction", "reaction description", "severity", "criticality", "onset", "ended", "note"),
    "care-plans": ("decision", "description", "category", "activities", "goals", "end", "author", "note"),
    "demographics": ("date of birth", "gender", "NHS number", "NHS number status", "died", "address", "phone", "email",
                     "GP practice", "language", "interpreter", "ethnic category", "contact people", "other names"),
    "encounters": ("kind", "intent", "priority", "end", "place", "participant", "reason", "diagnosis", "discharge",
                   "body site", "patient instruction"),
    "flags": ("category", "detail", "risk", "severity", "decision", "mitigation", "end", "note"),
    "immunisations": ("dose number", "site", "subpotent", "subpotent because", "reason", "status reason", "note"),
    "medications": ("intent", "rate", "as needed", "instruction", "patient instruction", "maximum", "reason",
                    "course end", "last issued", "status reason", "note"),
    "problems": ("onset", "abated", "body site", "laterality", "severity", "stage", "significance", "note"),
    "procedures": ("kind", "body site", "laterality", "reason", "outcome", "complication", "note"),
    "results": ("about", "setting", "body site", "note"),
    "contacts": ("relationship", "role", "phone", "email", "organisation", "participants", "end"),
    "social-care": ("description", "activities", "note"),
}  # fmt: skip
"""What a line of a section shows closed, beside its words; everything else stands in its statements."""

_HIDDEN = frozenset({"recorder", "asserter", "recorded", "issued", "category", "verification", "created", "start"})
_VALUE = frozenset({"value", "unit", "interpretation", "range", "components", "absent reason"})
_PLAIN = ("Encounter", "Flag", "Care plan", "Report", "Procedure", "Device", "order", "routine")
_MOST = 6
STATEMENTS = 6
_DATE = re.compile(r"\d{4}(-\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Original:
    """One statement as its source made it."""

    id: int
    source: Named
    text: str
    status: str
    when: str
    facts: tuple[Fact, ...]
    who: str
    received: str
    name: str
    irregular: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What the sources say differently: each value with those who say it."""

    label: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a section. `parts` are joined by long dashes; `flag` is a result's own interpretation."""

    key: str
    statement: int
    parts: tuple[str, ...]
    status: str
    when: str
    ago: str
    facts: tuple[Fact, ...]
    sources: tuple[Named, ...]
    marks: tuple[tuple[str, str], ...]
    differences: tuple[Disagreement, ...]
    originals: tuple[Original, ...]
    number: int
    past: bool = False
    flag: str = ""
    value: str = ""
    range: str = ""


def line_view(line: Line, code: str, look: Look, *, whole: bool = False) -> LineView:
    """The line as the page shows it: with every statement where `whole`, else the newest of each source at least."""
    lead = line.lead
    behind = line.items if whole or len(line.items) <= STATEMENTS else _some(line.items)
    return LineView(
        key=f"{lead.statement.type}/{lead.statement.local_id}",
        statement=lead.statement.id,
        parts=_parts(lead, code, look),
        status=words.status(lead.status) if lead.status and lead.status not in _PLAIN_STATUS.get(code, ()) else "",
        when=formats.day(lead.when) if lead.when else "Date not recorded",
        ago=formats.ago(lead.when, look.now),
        facts=_facts(lead, code),
        sources=tuple(look.source(ods) for ods in line.sources),
        marks=_marks(line),
        differences=tuple(disagreement(d, look) for d in line.differences),
        originals=tuple(original(item, look) for item in behind),
        number=len(line.items),
        past=lead.past and code != "encounters",
        flag=_flag(lead),
        value=value(lead),
        range=_range(lead, code),
    )


def _some(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The newest statement of each source, then the next newest, in their order."""
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item.source, item)
    kept = {id(item) for item in [*first.values(), *items][: max(STATEMENTS, len(first))]}
    return tuple(item for item in items if id(item) in kept)


_PLAIN_STATUS: Mapping[str, tuple[str, ...]] = {
    "results": ("final",), "observations": ("final",), "immunisations": ("completed",), "documents": ("current",),
    "encounters": ("finished", "completed"), "procedures": ("completed",), "flags": ("active",),
    "demographics": ("active",),
}  # fmt: skip
"""Statuses that a line of that section has unless something is unusual: not repeated on each line."""


def called(lead: Item, look: Look) -> str:
    """The words of a fact; where there are none, why."""
    return lead.text or (words.NOT_SHOWN if look.restricted else words.NOT_DESCRIBED)


def _parts(lead: Item, code: str, look: Look) -> tuple[str, ...]:
    name = called(lead, look)
    if code != "medications" or lead.absent:
        return (name,)
    fields = lead.fields
    dose = fields.get("dosage", "").replace("\n", "; ") or fields.get("dose", "")
    frequency = "" if fields.get("dosage") else fields.get("frequency", "")
    route = fields.get("route", "")
    said = doses.medicine(
        name,
        strength=_unless_in(name, fields.get("strength", "")),
        form=_unless_in(name, fields.get("form", "")),
        dosage=dose,
        route=_unless_in(dose, route),
        frequency=frequency,
    )
    return tuple(said.split(" — "))


def _unless_in(text: str, part: str) -> str:
    return "" if part.lower() in text.lower() else part


def value(item: Item) -> str:
    """The value of a result with its unit, exactly as sent; its components, or why it is absent."""
    fields = item.fields
    said = " ".join(part for part in (fields.get("value", ""), fields.get("unit", "")) if part)
    return said or fields.get("components", "") or fields.get("absent reason", "")


def _range(item: Item, code: str) -> str:
    """The range beside a result's value, or the words that none was given."""
    if code != "results" or item.statement.type != "Observation" or not value(item):
        return ""
    return formats.reference_range(item.fields.get("range", ""))


def _flag(item: Item) -> str:
    """A result's interpretation as its source gave it: never worked out by us."""
    return item.fields.get("interpretation", "") if item.statement.type == "Observation" else ""


def _facts(item: Item, code: str) -> tuple[Fact, ...]:
    names = SHOWN.get(code)
    if names is None:
        names = tuple(name for name in item.fields if name not in _HIDDEN and name not in _VALUE)[:_MOST]
    said = ((name, item.fields.get(name, "")) for name in names)
    when = item.when.text if item.when else ""
    return tuple(_fact(name, value) for name, value in said if value and value not in (item.text, when, *_PLAIN))


def _fact(name: str, said: str) -> Fact:
    write = _WRITTEN.get(name)
    return words.label(name), write(said) if write else plain_value(said)


_WRITTEN: Mapping[str, Callable[[str], str]] = {
    "gender": formats.gender, "NHS number": formats.nhs_number,
    "NHS number status": formats.nhs_number_status, "address": formats.address, "dose": doses.dose,
    "dosage": doses.dose,
}  # fmt: skip


def plain_value(said: str) -> str:
    """A value in words: dates as clinicians write them, everything else as sent."""
    if _DATE.match(said) and (found := fhir_date(said)):
        return found.clinical_time
    return said


def _marks(line: Line) -> tuple[tuple[str, str], ...]:
    found = []
    if line.lead.fields.get("do not give"):
        found.append(("stop", words.NOT_GIVE))
    if line.lead.fields.get("do not perform"):
        found.append(("stop", words.NOT_DO))
    if _disputed(line):
        found.append(("disputed", words.DISPUTED))
    elif line.lead.fields.get("verification") == "refuted":
        found.append(("refuted", words.REFUTED))
    elif said := line.lead.fields.get("verification", ""):
        found.extend([("certainty", words.status(said))] if said != "confirmed" else [])
    if line.contradicted:
        found.append(("contradicted", words.CONTRADICTED))
    if line.differences:
        found.append(("differ", words.DIFFER))
    if line.left_out:
        found.append(("left-out", words.LEFT_OUT))
    if line.irregular:
        found.append(("irregular", words.IRREGULAR))
    return tuple(found)


def _disputed(line: Line) -> bool:
    return any(
        d.kind == "verification" and any(said.lower() == "refuted" for said, _ in d.values) for d in line.differences
    )


_WORDED = frozenset({"status", "verification", "criticality", "severity", "gender", "type"})


_WRITTEN_APART: Mapping[str, Callable[[str], str]] = {"NHS number status": formats.nhs_number_status}


def disagreement(difference: Difference, look: Look) -> Disagreement:
    """A difference in words, its sources named."""
    write = words.status if difference.kind in _WORDED else _WRITTEN_APART.get(difference.kind, plain_value)
    values = tuple((write(said), phrases.listed(_names(who, look))) for said, who in difference.values)
    return Disagreement(words.label(difference.kind), values)


def _names(sources: tuple[str, ...], look: Look) -> tuple[str, ...]:
    return tuple(look.name(ods) for ods in sources)


def original(item: Item, look: Look) -> Original:
    """One statement with everything it says, who recorded it and when it was received."""
    statement = item.statement
    return Original(
        id=statement.id,
        source=look.source(statement.source),
        text=called(item, look),
        status=words.status(item.status) if item.status else "Status not given",
        when=formats.moment(item.when),
        facts=tuple(_fact(name, said) for name, said in item.fields.items() if said),
        who=recorder(statement),
        received=formats.moment(statement.received_at),
        name=f"{statement.type}/{statement.local_id}",
        irregular=statement.irregular,
    )


def said_by(item: Item, look: Look) -> str:
    """`Dr A Lee, Elm Surgery, 05-Mar-2026`: who said it, where and when."""
    when = formats.day(item.when) if item.when else "date not recorded"
    return ", ".join(part for part in (recorder(item.statement), look.name(item.source), when) if part)
