"""Results and vital signs: each reading as its source sent it, never converted, rounded or flagged by us.

One line: the same test at the same moment with the same value, or told once by each of several sources at that moment
or under one number.
Where those give another value, the line says so, with every value.
Two values of one source are two readings, and two times of one day are two readings; what the sources agree on is
set aside before the rest is compared.
A date without time of day joins equal values of different sources, never two of one source.
A specimen number joins what each of several sources tells once under it, and the line says where value, day or time
differ; where a source tells several values under it (a glucose tolerance test), it joins equal values only.
A local code or a specimen number never makes two different tests one: LOINC and SNOMED CT codes say which test it is,
and words only where there is no such code. Nor does a code that is too coarse for both: sodium and potassium, coded as
electrolytes too, are two.
"""

from typing import Any

from fhir import measured, readings, reports
from fhir.choices import choice, span
from fhir.dates import FhirDate, fhir_date
from fhir.elements import (
    child,
    concept_text,
    filled,
    joined,
    listed,
    narrative,
    notes,
    quantity,
    references,
    texts,
    words,
)
from fhir.equivalents import DIASTOLIC, SYSTOLIC
from fhir.home import taken_at_home
from fhir.item import Item
from fhir.line import Line
from fhir.measured import test_of, test_sent
from fhir.standing import state
from fhir.statement import Head, Resource, Statement
from fhir.topics import is_social

CODE = "results"
TITLE = "Results and vital signs"
PRSB = "investigation-results"
IPS = "30954-2"
DIFFERENCES = tuple(dict.fromkeys((*readings.DIFFERENCES, *reports.DIFFERENCES)))
TYPES = frozenset({"Observation", *reports.READERS})

_VALUES = frozenset(
    f"value{kind}"
    for kind in (
        "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio", "SampledData", "Time", "DateTime",
        "Period", "Decimal", "Reference", "Attachment",
    )
)  # fmt: skip


def claims(statement: Statement) -> bool:
    """Every result but those about social history, which stand under social care."""
    return not is_social(statement)


def read(statement: Statement) -> Item:
    """One reading, report, image, specimen or picture."""
    if statement.type != "Observation":
        return reports.READERS[statement.type](statement, statement.resource or {})
    head = statement.head
    text, codes, group = test_sent(bytes(head.code))
    if not group or head.focus:
        group = measured.narrower(statement, group)
    if head.extension and taken_at_home({"extension": head.extension}):
        group = measured.at_home(group)
    status = state(head.status)
    return Item(
        statement,
        text or narrative(statement.resource),
        codes,
        status,
        _when(head),
        _fields,
        status == "cancelled",
        False,
        group,
    )


def _fields(statement: Statement) -> dict[str, str]:
    """The value with its unit, then everything else that was said of it."""
    resource = statement.resource or {}
    fields = _value_fields(statement, resource)
    if "extension" in resource and taken_at_home(resource):
        fields["setting"] = "Taken at home"
    for name, (field, reader) in _MORE.items():
        if name in resource and (said := reader(statement, resource[name])):
            fields[field] = said
    return fields


def _when(head: Head) -> FhirDate | None:
    return (
        fhir_date(head.effectiveDateTime)
        or fhir_date(head.effectiveInstant)
        or fhir_date(head.issued)
        or fhir_date(child(head.effectivePeriod, "start"))
    )


def _value_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    """The value and its unit; for a blood pressure "130/80"; of every panel all components in words."""
    value = unit = components = ""
    if "valueQuantity" in resource:
        value, unit = quantity(resource["valueQuantity"])
    elif not _VALUES.isdisjoint(resource):
        value = choice(statement, resource, "value")
    if "component" in resource:
        parts = listed(resource["component"])
        components = joined(_component(statement, part) for part in parts)
        if not value:
            value, unit = _blood_pressure(parts)
    return filled(value=value, unit=unit, components=components)


def _blood_pressure(parts: list[Any]) -> tuple[str, str]:
    """("130/80", "mmHg") where one systolic and one diastolic value of one unit were sent; else ("", "")."""
    found: dict[str, list[tuple[str, str]]] = {SYSTOLIC: [], DIASTOLIC: []}
    for part in parts:
        for group in found.keys() & test_of(child(part, "code"))[2].split("\n"):
            found[group].append(quantity(child(part, "valueQuantity")))
    if [len(values) for values in found.values()] != [1, 1]:
        return "", ""
    (upper, unit), (lower, other) = found[SYSTOLIC][0], found[DIASTOLIC][0]
    return (f"{upper}/{lower}", unit) if upper and lower and unit == other else ("", "")


def _component(statement: Statement, part: Any) -> str:
    """`Systolic blood pressure 130 mmHg`, with whatever else the source said of it."""
    if not isinstance(part, dict):
        return words(part)
    value = choice(statement, part, "value") or concept_text(part.get("dataAbsentReason"))
    said = f"{concept_text(part.get('code'))} {value}".strip()
    more = (texts(part.get("interpretation")), _ranges(statement, part.get("referenceRange")))
    extra = ", ".join(text for text in more if text)
    return f"{said} ({extra})" if extra else said


def _interpretation(_: Statement, value: Any) -> str:
    return texts(value)


def _ranges(_: Statement, value: Any) -> str:
    """Every range as its source gave it, with what it applies to: `3.5 to 5.3 mmol/L`, `Adult: 70 to 100`."""
    return joined(_range(one) for one in listed(value))


def _range(one: Any) -> str:
    said = words(child(one, "text")) or span(one)
    if isinstance(one, dict) and _APPLIES.isdisjoint(one):
        return said
    applies = [concept_text(child(one, "type")), texts(child(one, "appliesTo")), span(child(one, "age"))]
    label = ", ".join(text for text in applies if text and text != "Normal Range")
    return f"{label}: {said}" if label and said else said or label


_APPLIES = frozenset({"type", "appliesTo", "age"})


def _category(_: Statement, value: Any) -> str:
    return texts(value)


def _concept(_: Statement, value: Any) -> str:
    return concept_text(value)


def _note(_: Statement, value: Any) -> str:
    return notes(value)


def _word(_: Statement, value: Any) -> str:
    return words(value)


def _period(_: Statement, value: Any) -> str:
    return span(value)


# What else a result may say, in the order shown.
_MORE = {
    "referenceRange": ("range", _ranges),
    "interpretation": ("interpretation", _interpretation),
    "dataAbsentReason": ("absent reason", _concept),
    "method": ("method", _concept),
    "bodySite": ("body site", _concept),
    "specimen": ("specimen", references),
    "device": ("device", references),
    "performer": ("performer", references),
    "category": ("category", _category),
    "effectivePeriod": ("period", _period),
    "issued": ("issued", _word),
    "note": ("note", _note),
    "comment": ("note", _word),
    "derivedFrom": ("derived from", references),
    "hasMember": ("members", references),
    "basedOn": ("requested as", references),
    "encounter": ("encounter", references),
    "focus": ("about", references),
}


def lines(items: list[Item]) -> list[Line]:
    """Results by test, each test's newest first and the test with the newest reading first; then reports."""
    single = readings.combined([item for item in items if item.statement.type == "Observation"])
    others = reports.lines([item for item in items if item.statement.type != "Observation"])
    single.sort(key=lambda one: one.items[0].order, reverse=True)
    others.sort(key=lambda one: one.items[0].order, reverse=True)
    by_test: dict[str, list[Line]] = {}
    for one in single:
        by_test.setdefault(one.lead.group, []).append(one)
    return [one for test in by_test.values() for one in test] + others
