"""Encounters and appointments: what has happened, what is booked, what is asked for, and what was said.

One line: the same event, by identifier or by its words and moment, as several sources tell of it.
Two statements of one source are two events. A date without time of day is not enough to join two.
"""

from collections.abc import Hashable

from fhir.choices import amount, choice, span, timing
from fhir.codes import Code
from fhir.dates import FhirDate, fhir_date, first_date
from fhir.elements import (
    child,
    codings,
    concept_text,
    filled,
    joined,
    listed,
    narrative,
    notes,
    path,
    plain,
    references,
    texts,
    words,
)
from fhir.item import Item, Said
from fhir.line import Line, line
from fhir.same import events
from fhir.standing import state
from fhir.statement import Resource, Statement
from fhir.topics import is_social

CODE = "encounters"
TITLE = "Encounters and appointments"
PRSB = "contacts-with-professionals"
IPS = ""

DIFFERENCES = (
    "status", "status reason", "business status", "class", "start", "end", "place", "discharge", "intent", "priority",
    "wanted", "as needed", "body site", "detail", "quantity", "description", "message", "cancelled because",
    "patient instruction",
)  # fmt: skip
_OVER = {
    "finished", "cancelled", "completed", "fulfilled", "noshow", "revoked", "rejected", "failed", "stopped", "not-done"
}  # fmt: skip


def claims(statement: Statement) -> bool:
    """Everything but what speaks of social care."""
    return not is_social(statement)


def read(statement: Statement) -> Item:
    """The visit, booking, request, message or task."""
    return _READERS[statement.type](statement, statement.resource or {})


def _people(statement: Statement, value: object, name: str) -> str:
    """`Dr Jones (attender)` for each person or place of a list."""
    found = []
    for one in listed(value):
        who = references(statement, child(one, name)) if child(one, name) else ""
        role = texts(child(one, "type")) or texts(child(one, "role")) or concept_text(child(one, "function"))
        status = state(child(one, "status"))
        label = ", ".join(text for text in (role, status) if text)
        found.append(f"{who} ({label})" if who and label else who or label)
    return "; ".join(text for text in found if text)


def _encounter(statement: Statement, resource: Resource) -> Item:
    period, kinds = resource.get("period"), resource.get("type")
    text = texts(kinds) or concept_text(resource.get("serviceType")) or concept_text(resource.get("class"))
    when = fhir_date(child(period, "start")) or fhir_date(child(period, "end"))
    codes = tuple(code for one in listed(kinds) for code in codings(one))
    return _item(statement, text or narrative(resource), codes, when, _visit_fields)


def _visit_fields(statement: Statement) -> dict[str, str]:
    """Where, with whom and why; of a stay, how someone came to hospital and left it."""
    resource = statement.resource or {}
    period, stay = resource.get("period"), resource.get("hospitalization")
    return filled(
        kind="Encounter",
        **{"class": concept_text(resource.get("class"))},
        type=texts(resource.get("type")),
        service=concept_text(resource.get("serviceType")),
        priority=concept_text(resource.get("priority")),
        start=words(child(period, "start")),
        end=words(child(period, "end")),
        length=amount(resource.get("length")),
        place=_people(statement, resource.get("location"), "location"),
        service_provider=references(statement, resource.get("serviceProvider")),
        participant=_people(statement, resource.get("participant"), "individual"),
        reason=texts(resource.get("reasonCode")) or references(statement, resource.get("reasonReference")),
        diagnosis=references(statement, [child(d, "condition") for d in listed(resource.get("diagnosis"))]),
        admitted_from=concept_text(child(stay, "admitSource")),
        readmission=concept_text(child(stay, "reAdmission")),
        discharge=concept_text(child(stay, "dischargeDisposition")),
        discharged_to=references(statement, child(stay, "destination")),
        diet=texts(child(stay, "dietPreference")),
        arrangements=texts([*listed(child(stay, "specialCourtesy")), *listed(child(stay, "specialArrangement"))]),
    )


def _item(statement: Statement, text: str, codes: tuple[Code, ...], when: FhirDate | None, fields: Said) -> Item:
    status = state((statement.resource or {}).get("status"))
    return Item(statement, text, codes, status, when, fields, past=status in _OVER)


def _appointment(statement: Statement, resource: Resource) -> Item:
    fields = filled(
        kind="Appointment",
        type=concept_text(resource.get("appointmentType")),
        service=texts(resource.get("serviceType")) or texts(resource.get("serviceCategory")),
        specialty=texts(resource.get("specialty")),
        start=words(resource.get("start")),
        end=words(resource.get("end")),
        minutes=words(resource.get("minutesDuration")),
        requested_period=joined(span(p) for p in listed(resource.get("requestedPeriod"))),
        participant=_people(statement, resource.get("participant"), "actor"),
        reason=texts(resource.get("reasonCode")) or references(statement, resource.get("reasonReference")),
        description=words(resource.get("description")),
        cancelled_because=concept_text(resource.get("cancelationReason")),
        patient_instruction=words(resource.get("patientInstruction")),
        comment=words(resource.get("comment")),
        created=words(resource.get("created")),
    )
    text = fields.get("service") or fields.get("description") or fields.get("type") or fields.get("specialty")
    when = fhir_date(resource.get("start")) or fhir_date(path(resource, "requestedPeriod", "start"))
    codes = tuple(code for one in listed(resource.get("serviceType")) for code in codings(one))
    return _item(statement, text or fields.get("reason") or narrative(resource), codes, when, fields)


def _reply(statement: Statement, resource: Resource) -> Item:
    fields = filled(
        kind="Reply to an appointment",
        participant=references(statement, resource.get("actor")),
        start=words(resource.get("start")),
        end=words(resource.get("end")),
        comment=words(resource.get("comment")),
    )
    status = state(resource.get("participantStatus"))
    return Item(
        statement, fields["kind"], (), status, fhir_date(resource.get("start")), fields, past=status == "declined"
    )


def _episode(statement: Statement, resource: Resource) -> Item:
    period = resource.get("period")
    fields = filled(
        kind="Episode of care",
        type=texts(resource.get("type")),
        start=words(child(period, "start")),
        end=words(child(period, "end")),
        service_provider=references(statement, resource.get("managingOrganization")),
        participant=references(statement, resource.get("careManager")),
        team=references(statement, resource.get("team")),
        diagnosis=references(statement, [child(d, "condition") for d in listed(resource.get("diagnosis"))]),
    )
    codes = tuple(code for one in listed(resource.get("type")) for code in codings(one))
    text = fields.get("type") or narrative(resource) or fields["kind"]
    return _item(statement, text, codes, fhir_date(child(period, "start")), fields)


def _request(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("code")
    fields = filled(
        kind="Request",
        do_not_perform="yes" if resource.get("doNotPerform") is True else "",
        category=texts(resource.get("category")),
        intent=words(resource.get("intent")),
        priority=words(resource.get("priority")),
        authored=words(resource.get("authoredOn")),
        wanted=choice(statement, resource, "occurrence"),
        requester=references(statement, resource.get("requester")),
        performer=references(statement, resource.get("performer")),
        performer_type=concept_text(resource.get("performerType")),
        place=texts(resource.get("locationCode")) or references(statement, resource.get("locationReference")),
        detail=texts(resource.get("orderDetail")),
        quantity=choice(statement, resource, "quantity"),
        body_site=texts(resource.get("bodySite")),
        as_needed=choice(statement, resource, "asNeeded"),
        reason=texts(resource.get("reasonCode")) or references(statement, resource.get("reasonReference")),
        patient_instruction=words(resource.get("patientInstruction")),
        note=notes(resource.get("note")),
    )
    when = fhir_date(resource.get("authoredOn")) or fhir_date(resource.get("occurrenceDateTime"))
    text = concept_text(concept) or fields.get("category") or narrative(resource)
    return _item(statement, text, codings(concept), when, fields)


def _message(statement: Statement, resource: Resource) -> Item:
    payloads = [choice(statement, p, "content") for p in listed(resource.get("payload"))]
    fields = filled(
        kind="Message" if statement.type == "Communication" else "Message requested",
        do_not_perform="yes" if resource.get("doNotPerform") is True else "",
        category=texts(resource.get("category")),
        topic=concept_text(resource.get("topic")),
        priority=words(resource.get("priority")),
        message="; ".join(text for text in payloads if text),
        sender=references(statement, resource.get("sender")),
        recipient=references(statement, resource.get("recipient")),
        medium=texts(resource.get("medium")),
        sent=words(resource.get("sent")),
        received=words(resource.get("received")),
        authored=words(resource.get("authoredOn")),
        requester=references(statement, resource.get("requester")),
        reason=texts(resource.get("reasonCode")),
        status_reason=concept_text(resource.get("statusReason")),
        note=notes(resource.get("note")),
    )
    when = first_date(resource.get("sent"), resource.get("received"), resource.get("authoredOn"))
    text = fields.get("topic") or fields.get("message") or fields.get("category") or narrative(resource)
    return _item(statement, text, codings(resource.get("topic")), when, fields)


def _task(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("code")
    fields = filled(
        kind="Task",
        description=words(resource.get("description")),
        intent=words(resource.get("intent")),
        priority=words(resource.get("priority")),
        business_status=concept_text(resource.get("businessStatus")),
        status_reason=concept_text(resource.get("statusReason")),
        requester=references(statement, resource.get("requester")),
        owner=references(statement, resource.get("owner")),
        place=references(statement, resource.get("location")),
        reason=concept_text(resource.get("reasonCode")),
        wanted=span(resource.get("executionPeriod")) or timing(resource.get("timing")),
        authored=words(resource.get("authoredOn")),
        changed=words(resource.get("lastModified")),
        note=notes(resource.get("note")),
    )
    when = fhir_date(resource.get("authoredOn")) or fhir_date(resource.get("lastModified"))
    text = concept_text(concept) or fields.get("description") or narrative(resource)
    return _item(statement, text, codings(concept), when, fields)


_READERS = {
    "Encounter": _encounter,
    "Appointment": _appointment,
    "AppointmentResponse": _reply,
    "EpisodeOfCare": _episode,
    "ServiceRequest": _request,
    "Communication": _message,
    "CommunicationRequest": _message,
    "Task": _task,
}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """The same kind of event, in the same words, at the same moment."""
    if not item.when or not item.when.is_moment or not item.text:
        return []
    who = item.fields.get("participant", "") if item.statement.type == "AppointmentResponse" else ""
    return [(item.statement.type, plain(item.text), plain(who), item.when.start)]


def lines(items: list[Item]) -> list[Line]:
    """Newest first: what is booked stands above what has been."""
    found = [line(group, DIFFERENCES) for group in events(items, keys)]
    return sorted(found, key=lambda one: one.items[0].order, reverse=True)
