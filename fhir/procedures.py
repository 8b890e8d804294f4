"""Procedures and devices: what was done to the person, and what they carry or use.

One line: the same procedure on the same day, by code or words, as several sources tell of it; a device by its number.
Another day is another. One that was not done is never joined with one that was.
"""

from collections.abc import Hashable

from fhir.choices import amount, choice
from fhir.codes import System
from fhir.dates import FhirDate, fhir_date, first_date
from fhir.elements import (
    child,
    codings,
    concept_text,
    filled,
    joined,
    laterality,
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
from fhir.line import Line, line, newest_first
from fhir.same import concept_keys, events
from fhir.standing import state
from fhir.statement import Resource, Statement

CODE = "procedures"
TITLE = "Procedures"
PRSB = "procedures"
IPS = "47519-4"

DIFFERENCES = (
    "status", "status reason", "body site", "laterality", "outcome", "complication", "used", "devices", "safety",
    "model", "expiry", "lenses", "intent", "quantity", "detail", "description", "qualifier",
)  # fmt: skip
# SNOMED CT (IPS): no known procedures; no known device use.
_NONE = {(System.SNOMED, "787480003"), (System.SNOMED, "787482006")}


def read(statement: Statement) -> Item:
    """The procedure, device or supply."""
    return _READERS[statement.type](statement, statement.resource or {})


def _procedure(statement: Statement, resource: Resource) -> Item:
    concept, codes = resource.get("code"), codings(resource.get("code"))
    performers = [child(p, "actor") or p for p in listed(resource.get("performer"))]
    fields = filled(
        performed=choice(statement, resource, "performed"),
        category=texts(resource.get("category")),
        body_site=texts(resource.get("bodySite")),
        laterality=laterality(resource),
        outcome=concept_text(resource.get("outcome")),
        complication=texts(resource.get("complication")),
        follow_up=texts(resource.get("followUp")),
        reason=texts(resource.get("reasonCode")) or references(statement, resource.get("reasonReference")),
        status_reason=concept_text(resource.get("statusReason")),
        performer=references(statement, performers),
        recorder=references(statement, resource.get("recorder")),
        asserter=references(statement, resource.get("asserter")),
        place=references(statement, resource.get("location")),
        devices=references(statement, [child(d, "manipulated") for d in listed(resource.get("focalDevice"))]),
        used=texts(resource.get("usedCode")),
        note=notes(resource.get("note")),
    )
    status = state(resource.get("status"))
    text = concept_text(concept) or narrative(resource)
    absent = any(code.key in _NONE for code in codes)
    return Item(statement, text, codes, status, _performed(resource), fields, absent=absent)


def _performed(resource: Resource) -> FhirDate | None:
    period = resource.get("performedPeriod")
    return first_date(resource.get("performedDateTime"), child(period, "start"), child(period, "end"))


def _device(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("type")
    names = [words(child(n, "name")) for n in listed(resource.get("deviceName"))]
    fields = filled(
        kind="Device",
        name="; ".join(name for name in names if name),
        manufacturer=words(resource.get("manufacturer")),
        model=words(resource.get("modelNumber")),
        serial_number=words(resource.get("serialNumber")),
        batch=words(resource.get("lotNumber")),
        made=words(resource.get("manufactureDate")),
        expiry=words(resource.get("expirationDate")),
        udi=words(path(resource, "udiCarrier", "deviceIdentifier")),
        safety=texts(resource.get("safety")),
        status_reason=texts(resource.get("statusReason")),
        owner=references(statement, resource.get("owner")),
        place=references(statement, resource.get("location")),
        note=notes(resource.get("note")),
    )
    status = state(resource.get("status"))
    text = concept_text(concept) or fields.get("name") or fields.get("model") or narrative(resource)
    when = fhir_date(resource.get("manufactureDate"))
    return Item(statement, text, codings(concept), status, when, fields, past=status == "inactive")


def _device_use(statement: Statement, resource: Resource) -> Item:
    reference = resource.get("device")
    concept = referred(statement, reference).get("type")
    fields = filled(
        kind="Device use",
        used=choice(statement, resource, "timing"),
        recorded=words(resource.get("recordedOn")),
        source=references(statement, resource.get("source")),
        body_site=concept_text(resource.get("bodySite")),
        reason=texts(resource.get("reasonCode")),
        note=notes(resource.get("note")),
    )
    status = state(resource.get("status"))
    text = concept_text(concept) or reference_text(statement, reference) or narrative(resource)
    start = path(resource, "timingPeriod", "start")
    when = first_date(resource.get("timingDateTime"), start, resource.get("recordedOn"))
    return Item(statement, text, codings(concept), status, when, fields, past=status in {"completed", "stopped"})


def _supply(statement: Statement, resource: Resource) -> Item:
    item = resource.get("itemCodeableConcept") or resource.get("codeCodeableConcept")
    item = item or child(resource.get("suppliedItem"), "itemCodeableConcept") or resource.get("type")
    fields = filled(
        kind={"DeviceRequest": "Device requested", "SupplyRequest": "Supply requested"}.get(
            statement.type, "Supply delivered"
        ),
        intent=words(resource.get("intent")),
        priority=words(resource.get("priority")),
        quantity=amount(resource.get("quantity")) or amount(path(resource, "suppliedItem", "quantity")),
        detail=joined(_parameter(statement, p) for p in listed(resource.get("parameter"))),
        wanted=choice(statement, resource, "occurrence"),
        authored=words(resource.get("authoredOn")),
        requester=references(statement, resource.get("requester")),
        performer=references(statement, resource.get("performer")) or references(statement, resource.get("supplier")),
        reason=texts(resource.get("reasonCode")),
        note=notes(resource.get("note")),
    )
    status = state(resource.get("status"))
    reference = resource.get("codeReference") or resource.get("itemReference")
    text = concept_text(item) or reference_text(statement, reference) or narrative(resource)
    when = fhir_date(resource.get("authoredOn")) or fhir_date(resource.get("occurrenceDateTime"))
    return Item(statement, text, codings(item), status, when, fields, past=status in {"completed", "cancelled"})


def _parameter(statement: Statement, parameter: object) -> str:
    return f"{concept_text(child(parameter, 'code'))} {choice(statement, parameter, 'value')}".strip()


def _lenses(statement: Statement, resource: Resource) -> Item:
    lenses = listed(resource.get("lensSpecification"))
    fields = filled(
        kind="Glasses or contact lenses",
        lenses=joined(_lens(one) for one in lenses),
        prescriber=references(statement, resource.get("prescriber")),
        written=words(resource.get("dateWritten")),
    )
    when = fhir_date(resource.get("dateWritten")) or fhir_date(resource.get("created"))
    return Item(statement, "Vision prescription", (), state(resource.get("status")), when, fields)


def _lens(lens: object) -> str:
    names = ("eye", "sphere", "cylinder", "axis", "add", "power", "backCurve", "diameter", "color", "brand")
    return " ".join(f"{name} {value}" for name in names if (value := words(child(lens, name))))


def _body(statement: Statement, resource: Resource) -> Item:
    fields = filled(
        kind="Body structure",
        site=concept_text(resource.get("location")),
        qualifier=texts(resource.get("locationQualifier")),
        description=words(resource.get("description")),
    )
    concept = resource.get("morphology") or resource.get("location")
    text = concept_text(concept) or fields.get("description") or narrative(resource)
    return Item(statement, text, codings(concept), "", None, fields, past=resource.get("active") is False)


_READERS = {
    "Procedure": _procedure,
    "Device": _device,
    "DeviceUseStatement": _device_use,
    "DeviceRequest": _supply,
    "SupplyRequest": _supply,
    "SupplyDelivery": _supply,
    "VisionPrescription": _lenses,
    "BodyStructure": _body,
}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """The same procedure on the same day, done or not done; a device by its serial number or UDI."""
    kind = item.statement.type
    if kind == "Device":
        numbers = (item.fields.get(name) for name in ("serial number", "udi"))
        return [("device", item.fields.get("model", ""), number) for number in numbers if number]
    if item.absent:
        return concept_keys(item)
    return [(kind, item.when.day, key) for key in concept_keys(item)] if item.when else []


def lines(items: list[Item]) -> list[Line]:
    """Newest first; statements of none last, marked where contradicted."""
    found = newest_first(line(group, DIFFERENCES) for group in events(items, keys))
    done = any(not one.lead.absent and one.lead.status not in {"not-done", "entered-in-error"} for one in found)
    marked = [Line(o.items, o.lead, o.differences, contradicted=done) if o.lead.absent else o for o in found]
    return sorted(marked, key=lambda one: one.lead.absent)
