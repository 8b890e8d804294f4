"""Alerts, flags and risks, and the person's decisions about sharing. None is ever lost or moved elsewhere.

One line: the same flag, by code, words or identifier; a risk, issue or decision by its words and day.
Sources that disagree whether a flag still stands differ, and both are shown.
"""

from collections.abc import Hashable

from fhir import documents
from fhir.choices import choice
from fhir.dates import fhir_date
from fhir.elements import (
    child,
    codings,
    concept_text,
    filled,
    joined,
    listed,
    narrative,
    notes,
    plain,
    references,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Line, line, newest_first
from fhir.same import concept_keys, things
from fhir.standing import state
from fhir.statement import Resource, Statement
from fhir.topics import is_sharing_decision

CODE = "flags"
TITLE = "Alerts, flags and risks"
PRSB = "alerts"
IPS = "104605-1"

DIFFERENCES = (
    "status", "category", "end", "severity", "seriousness", "risk", "mitigation", "outcome", "detail", "arm", "note",
    "decision", "scope", "action", "purpose", "concerns", "period",
)  # fmt: skip
_OVER = {"inactive", "completed", "cancelled", "rejected", "withdrawn", "mitigated"}


def claims(statement: Statement) -> bool:
    """Every alert; of consents only decisions about sharing."""
    return statement.type != "Consent" or is_sharing_decision(statement)


def read(statement: Statement) -> Item:
    """The alert, risk, issue or decision."""
    return _READERS[statement.type](statement, statement.resource or {})


def _flag(statement: Statement, resource: Resource) -> Item:
    concept, period = resource.get("code"), resource.get("period")
    fields = filled(
        kind="Flag",
        category=texts(resource.get("category")),
        start=words(child(period, "start")),
        end=words(child(period, "end")),
        author=references(statement, resource.get("author")),
        detail="; ".join(dict.fromkeys(c.display for c in codings(concept) if c.display)),
    )
    status = state(resource.get("status"))
    text = concept_text(concept) or fields.get("category") or narrative(resource)
    when = fhir_date(child(period, "start"))
    return Item(statement, text, codings(concept), status, when, fields, past=status in _OVER)


def _risk(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("code")
    predictions = listed(resource.get("prediction"))
    outcomes = texts([child(p, "outcome") for p in predictions])
    fields = filled(
        kind="Risk assessment",
        risk=joined(_prediction(statement, p) for p in predictions),
        method=concept_text(resource.get("method")),
        mitigation=words(resource.get("mitigation")),
        performer=references(statement, resource.get("performer")),
        occurred=choice(statement, resource, "occurrence"),
        basis=references(statement, resource.get("basis")),
        reason=texts(resource.get("reasonCode")),
        note=notes(resource.get("note")),
    )
    text = concept_text(concept) or outcomes or fields.get("method") or narrative(resource)
    when = fhir_date(resource.get("occurrenceDateTime")) or fhir_date(child(resource.get("occurrencePeriod"), "start"))
    status = state(resource.get("status"))
    return Item(statement, text, codings(concept), status, when, fields, past=status in {"cancelled"})


def _prediction(statement: Statement, prediction: object) -> str:
    parts = (
        concept_text(child(prediction, "outcome")),
        choice(statement, prediction, "probability"),
        concept_text(child(prediction, "qualitativeRisk")),
        choice(statement, prediction, "when"),
        words(child(prediction, "rationale")),
    )
    return " ".join(part for part in parts if part)


def _issue(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("code")
    mitigations = listed(resource.get("mitigation"))
    fields = filled(
        kind="Detected issue",
        severity=words(resource.get("severity")),
        detail=words(resource.get("detail")),
        identified=choice(statement, resource, "identified"),
        implicated=references(statement, resource.get("implicated")),
        author=references(statement, resource.get("author")),
        mitigation=texts([child(m, "action") for m in mitigations]),
        reference=words(resource.get("reference")),
    )
    text = concept_text(concept) or fields.get("detail") or narrative(resource)
    when = fhir_date(resource.get("identifiedDateTime"))
    status = state(resource.get("status"))
    return Item(statement, text, codings(concept), status, when, fields, past=bool(mitigations) or status in _OVER)


def _adverse_event(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("event")
    suspects = [child(s, "instance") for s in listed(resource.get("suspectEntity"))]
    fields = filled(
        kind="Adverse event",
        actuality=words(resource.get("actuality")),
        category=texts(resource.get("category")),
        severity=concept_text(resource.get("severity")),
        seriousness=concept_text(resource.get("seriousness")),
        outcome=concept_text(resource.get("outcome")),
        suspected=references(statement, suspects),
        place=references(statement, resource.get("location")),
        recorder=references(statement, resource.get("recorder")),
        detected=words(resource.get("detected")),
        recorded=words(resource.get("recordedDate")),
    )
    when = fhir_date(resource.get("date")) or fhir_date(resource.get("recordedDate"))
    text = concept_text(concept) or narrative(resource) or fields["kind"]
    return Item(statement, text, codings(concept), words(resource.get("actuality")), when, fields)


def _sharing(statement: Statement, resource: Resource) -> Item:
    fields = {**documents.consent_fields(statement, resource), "kind": "Sharing decision"}
    said = texts(resource.get("category")) or concept_text(resource.get("policyRule")) or narrative(resource)
    status = state(resource.get("status"))
    when = fhir_date(resource.get("dateTime"))
    text = f"Sharing decision: {said}" if said else "Sharing decision"
    codes = codings(child(resource, "category"))
    return Item(statement, text, codes, status, when, fields, past=status in _OVER)


def _research(statement: Statement, resource: Resource) -> Item:
    fields = filled(
        kind="Participation in research",
        study=references(statement, resource.get("study")),
        arm=words(resource.get("actualArm")) or words(resource.get("assignedArm")),
        start=words(child(resource.get("period"), "start")),
        end=words(child(resource.get("period"), "end")),
    )
    text = fields.get("study") or narrative(resource) or fields["kind"]
    when = fhir_date(child(resource.get("period"), "start"))
    return Item(statement, text, (), state(resource.get("status")), when, fields)


def _guidance(statement: Statement, resource: Resource) -> Item:
    fields = filled(
        kind="Decision support",
        module=choice(statement, resource, "module"),
        reason=texts(resource.get("reasonCode")),
        performer=references(statement, resource.get("performer")),
        note=notes(resource.get("note")),
    )
    text = fields.get("note") or fields.get("reason") or fields.get("module") or narrative(resource)
    when = fhir_date(resource.get("occurrenceDateTime"))
    return Item(statement, text, (), state(resource.get("status")), when, fields)


_READERS = {
    "Flag": _flag,
    "RiskAssessment": _risk,
    "DetectedIssue": _issue,
    "AdverseEvent": _adverse_event,
    "Consent": _sharing,
    "ResearchSubject": _research,
    "GuidanceResponse": _guidance,
}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """The same flag by code or words; anything else by its words and day as well."""
    kind = item.statement.type
    if kind == "Flag":
        return [(kind, key) for key in concept_keys(item)]
    return [(kind, plain(item.text), item.when.text)] if item.when and item.text else []


def lines(items: list[Item]) -> list[Line]:
    """What stands now before what is over; flags before risks and issues; newest first."""
    found = newest_first(line(group, DIFFERENCES) for group in things(items, keys))
    return sorted(found, key=lambda one: (one.lead.past, one.lead.statement.type not in {"Flag", "Consent"}))
