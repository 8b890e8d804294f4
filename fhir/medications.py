"""Medicines: what is prescribed, taken, dispensed and given.

One line: the same medicine, by code, words or identifier.
Repeated orders of it are one line, led by the newest current one.
Sources that state another dose or status differ, and both are shown.
Dispensing and giving are events: they are listed, and do not contradict an order.
A course that ended before another source's began is an earlier course, not another opinion.
An order not to give a medicine is never joined with an order to give it.
"""

from collections.abc import Hashable, Sequence
from typing import Any

from msgspec.structs import replace

from fhir.choices import amount, choice, ratio, timing
from fhir.codes import Code, System
from fhir.dates import FhirDate, fhir_date, first_date
from fhir.elements import (
    NO_RESOURCE,
    child,
    codings,
    concept_text,
    extensions,
    filled,
    listed,
    narrative,
    notes,
    path,
    reference_text,
    references,
    referred,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Difference, Line, between_sources, difference, differences, line, newest_first, stated, voices
from fhir.same import concept_keys, things
from fhir.standing import state
from fhir.statement import Resource, Statement

CODE = "medications"
TITLE = "Medicines"
PRSB = "active-medications"
IPS = "10160-0"
TYPES = frozenset({"MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"})

_OPINIONS = {"MedicationRequest", "MedicationStatement"}
_OVER = {"completed", "stopped", "cancelled", "ended", "not-taken", "declined"}
# SNOMED CT (IPS): no known medications; no drug therapy prescribed. Unknown, not none: 182904002, 1287211007.
_NO_MEDICINES = {"787481004", "182849000"}
_NO_INFORMATION = {"182904002", "1287211007"}


def read(statement: Statement) -> Item:
    """The medicine with the parts that its display needs: name, strength, form, dose, route, frequency."""
    resource = statement.resource or {}
    text, codes, product = _medicine(statement, resource)
    fields = _fields(statement, resource, product)
    status = state(resource.get("status"))
    snomed = {code.code for code in codes if code.key[0] == System.SNOMED}
    return Item(
        statement,
        text or narrative(resource),
        codes,
        status,
        _when(resource),
        fields,
        past=status in _OVER or statement.type not in _OPINIONS,
        absent=bool(snomed & _NO_MEDICINES),
        empty=bool(snomed & _NO_INFORMATION),
    )


def _medicine(statement: Statement, resource: Resource) -> tuple[str, tuple[Code, ...], Resource]:
    """The medicine's words and codes, wherever they stand, and the Medication resource if there is one."""
    concept = resource.get("medicationCodeableConcept")
    reference = resource.get("medicationReference") or child(resource.get("medication"), "reference")
    product = referred(statement, reference) if reference else NO_RESOURCE
    concepts = [c for c in (concept, product.get("code"), child(resource.get("medication"), "concept")) if c]
    text = next((t for c in concepts if (t := concept_text(c))), "")
    codes = dict.fromkeys(code for c in concepts for code in codings(c))
    return text or reference_text(statement, reference) or narrative(product), tuple(codes), product


def _when(resource: Resource) -> FhirDate | None:
    period = resource.get("effectivePeriod")
    return first_date(
        resource.get("authoredOn"),
        resource.get("effectiveDateTime"),
        child(period, "start"),
        resource.get("whenHandedOver"),
        resource.get("whenPrepared"),
        resource.get("dateAsserted"),
        child(period, "end"),
    )


def _fields(statement: Statement, resource: Resource, product: Resource) -> dict[str, str]:
    dosages = listed(resource.get("dosageInstruction")) + listed(resource.get("dosage"))
    return {
        **filled(do_not_give="yes" if resource.get("doNotPerform") is True else ""),
        **_product_fields(product),
        **_dosage_fields(statement, dosages),
        **_course_fields(statement, resource),
        **_order_fields(statement, resource),
    }


def _product_fields(product: Resource) -> dict[str, str]:
    strengths = [
        " ".join(part for part in (concept_text(child(i, "itemCodeableConcept")), ratio(child(i, "strength"))) if part)
        for i in listed(product.get("ingredient"))
    ]
    return filled(
        strength="; ".join(s for s in strengths if s),
        form=concept_text(product.get("form")),
        batch=words(path(product, "batch", "lotNumber")),
    )


def _dosage_fields(statement: Statement, dosages: list[Any]) -> dict[str, str]:
    def every(values: list[str]) -> str:
        return "; ".join(value for value in values if value)

    return filled(
        dosage="\n".join(text for d in dosages if (text := words(d) or words(child(d, "text")))),
        dose=every([_each_dose(statement, d, "dose") for d in dosages]),
        route=every([concept_text(child(d, "route")) for d in dosages]),
        frequency=every([timing(child(d, "timing")) for d in dosages]),
        as_needed=every([_as_needed(statement, d) for d in dosages]),
        site=every([concept_text(child(d, "site")) for d in dosages]),
        method=every([concept_text(child(d, "method")) for d in dosages]),
        rate=every([_each_dose(statement, d, "rate") for d in dosages]),
        maximum=every([ratio(child(d, "maxDosePerPeriod")) for d in dosages]),
        instruction=every([texts(child(d, "additionalInstruction")) for d in dosages]),
        patient_instruction=every([words(child(d, "patientInstruction")) for d in dosages]),
    )


def _each_dose(statement: Statement, dosage: Any, name: str) -> str:
    """The dose or the rate, of every part of a dosage."""
    parts = listed(child(dosage, "doseAndRate")) or [dosage]
    return " + ".join(said for part in parts if (said := choice(statement, part, name)))


def _as_needed(statement: Statement, dosage: Any) -> str:
    return {"true": "yes", "false": "no"}.get(said := choice(statement, dosage, "asNeeded"), said)


def _course_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    supply, period = resource.get("dispenseRequest"), resource.get("effectivePeriod")
    valid = child(supply, "validityPeriod")
    issued = next((words(e.get("valueDateTime")) for e in extensions(resource, "LastIssueDate")), "")
    issued = issued or next((words(e.get("valueDateTime")) for e in extensions(resource, "LastIssueDate-1")), "")
    return filled(
        course_start=words(child(period, "start")) or words(child(valid, "start")),
        course_end=words(child(period, "end")) or words(child(valid, "end")),
        effective=words(resource.get("effectiveDateTime")),
        authored=words(resource.get("authoredOn")),
        asserted=words(resource.get("dateAsserted")),
        last_issued=issued,
        prepared=words(resource.get("whenPrepared")),
        handed_over=words(resource.get("whenHandedOver")),
        quantity=amount(child(supply, "quantity")) or amount(resource.get("quantity")),
        supply_duration=amount(child(supply, "expectedSupplyDuration")) or amount(resource.get("daysSupply")),
        repeats_allowed=words(child(supply, "numberOfRepeatsAllowed")),
        pharmacy=references(statement, child(supply, "performer")),
    )


def _order_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    performers = [child(p, "actor") or p for p in listed(resource.get("performer"))]
    reasons = (texts(resource.get("reasonCode")), references(statement, resource.get("reasonReference")))
    status_reason = resource.get("statusReason") or resource.get("statusReasonCodeableConcept")
    return filled(
        kind=_kind(resource),
        intent=words(resource.get("intent")),
        priority=words(resource.get("priority")),
        prescriber=references(statement, resource.get("requester")),
        recorder=references(statement, resource.get("recorder")),
        source=references(statement, resource.get("informationSource")),
        performer=references(statement, performers),
        reason="; ".join(reason for reason in reasons if reason),
        status_reason=texts(status_reason),
        substitution=choice(statement, resource.get("substitution"), "allowed"),
        note=notes(resource.get("note")),
    )


def _kind(resource: Resource) -> str:
    """Repeat, acute, discharge …: the course of therapy, category and prescription type, in the words sent."""
    kinds = [resource.get("courseOfTherapyType"), *listed(resource.get("category")), *listed(resource.get("type"))]
    for end in ("PrescriptionType", "PrescriptionType-1"):
        for extension in extensions(resource, end):
            kinds.append(extension.get("valueCodeableConcept") or extension.get("valueCoding"))
    return "; ".join(dict.fromkeys(text for kind in kinds if (text := concept_text(kind))))


def keys(item: Item) -> list[Hashable]:
    """The same medicine by code or words; an order not to give it is another thing."""
    return concept_keys(item)


def lines(items: list[Item]) -> list[Line]:
    """Current medicines, the newest first; then past ones. Statements of none come last, marked where contradicted."""
    found = newest_first(_combined(group) for group in things(items, keys))
    taking = any(not (one.lead.absent or one.lead.empty or one.lead.past) for one in found)
    marked = [replace(one, contradicted=taking) if one.lead.absent else one for one in found]
    return sorted(marked, key=lambda one: one.lead.absent or one.lead.empty)


_HOW = ("strength", "form", "route", "site", "method", "rate", "maximum", "substitution", "batch")
"""Beside status, dose and frequency: on each of these a hidden disagreement could hurt somebody."""
_OF_SOURCES = ("intent", "kind", "course end", "status reason", "instruction", "patient instruction")
"""A source may have several orders of one medicine: these differ where two sources share no value."""
DIFFERENCES = ("status", "dose", "frequency", "as needed", *_HOW, *_OF_SOURCES)


def _combined(group: Sequence[Item]) -> Line:
    one = line(group, ())
    if len(group) == 1:
        return one
    heard = _same_course(voices([item for item in group if item.statement.type in _OPINIONS]))
    said = [*_doses(heard), *between_sources(heard, _OF_SOURCES)]
    for together in _told_twice(group):
        said += [found for found in _doses(together) if found not in said]
    return replace(one, differences=(*one.differences, *said))


def _told_twice(group: Sequence[Item]) -> list[list[Item]]:
    """What was dispensed or given at one time, as several sources tell of it."""
    found: dict[Hashable, list[Item]] = {}
    for item in sorted(group, key=lambda i: i.order, reverse=True):
        if item.statement.type not in _OPINIONS and item.when:
            found.setdefault((item.statement.type, item.when.start), []).append(item)
    return [together for together in found.values() if len({item.source for item in together}) > 1]


def _doses(heard: Sequence[Item]) -> list[Difference]:
    """The status, the dose and everything else that says how it is to be taken."""
    status, dose = differences(heard, ("status",)), _dose_difference(heard)
    needed = difference(heard, "as needed", _as_said)
    return [*status, *dose, *([needed] if needed else []), *differences(heard, _HOW)]


def _as_said(item: Item) -> str:
    """Whether it is taken as needed only; a dose without words that does not say so is a regular one (R4 Dosage)."""
    regular = "no" if "dose" in item.fields and "dosage" not in item.fields else ""
    return item.fields.get("as needed", regular)


def _same_course(heard: list[Item]) -> list[Item]:
    """Without courses that were completed before the current one began."""
    begun = [item.when.start for item in heard if not item.past and item.when]
    if not begun:
        return heard
    over = {id(i) for i in heard if i.status == "completed" and (end := _end(i)) and end.start < min(begun)}
    return [item for item in heard if id(item) not in over]


def _end(item: Item) -> FhirDate | None:
    return fhir_date(item.fields.get("course end")) or item.when


def _dose_difference(heard: Sequence[Item]) -> list[Difference]:
    """Different words; else different amounts or frequencies, or words at one source and an amount at the other."""
    if found := difference(heard, "dose", stated("dosage")):
        return [found]
    if amounts := differences(heard, ("dose", "frequency")):
        return amounts
    worded = any(item.fields.get("dosage") for item in heard)
    counted = any(item.fields.get("dose") and not item.fields.get("dosage") for item in heard)
    mixed = difference(heard, "dose", lambda i: i.fields.get("dosage") or i.fields.get("dose", ""))
    return [mixed] if worded and counted and mixed else []
