"""Builders: FHIR resources and statements with only what a test is about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from fhir.exact import encode
from fhir.statement import Resource, Statement

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
DMD = "https://dmd.nhs.uk"
ICD10 = "http://hl7.org/fhir/sid/icd-10"

GP, HOSPITAL, COMMUNITY = "J81001", "RBD", "RDY"

_NUMBERS = count(1)


def concept(text: str = "", *codes: tuple[str, ...]) -> dict[str, Any]:
    """`concept("Asthma", (SNOMED, "195967001"))`; a third part of a code is its display."""
    found: dict[str, Any] = {"text": text} if text else {}
    if codes:
        found["coding"] = [dict(zip(("system", "code", "display"), code, strict=False)) for code in codes]
    return found


def status(code: str) -> dict[str, Any]:
    """A clinical or verification status."""
    return {"coding": [{"code": code}]}


def amount(value: int | str, unit: str) -> dict[str, Any]:
    """A Quantity; a value in quotation marks is a decimal with just these digits."""
    return {"value": Decimal(value) if isinstance(value, str) else value, "unit": unit}


def say(source: str, resource: Mapping[str, Any], *, context: Mapping[str, Resource] | None = None) -> Statement:
    """What a source says: the resource needs its `resourceType`; its id is made up where it has none."""
    number = next(_NUMBERS)
    body = {"id": f"r{number}", **resource}
    received = datetime(2026, 1, 1, tzinfo=UTC)
    return Statement(number, source, body["resourceType"], body["id"], encode(body), received, (), context or {})


def allergy(source: str, code: Mapping[str, Any], **more: Any) -> Statement:
    """An active, confirmed allergy unless told otherwise."""
    body = {"clinicalStatus": status("active"), "verificationStatus": status("confirmed"), "code": code, **more}
    return say(source, {"resourceType": "AllergyIntolerance", **body})


def problem(source: str, code: Mapping[str, Any], **more: Any) -> Statement:
    """An active, confirmed problem unless told otherwise."""
    body = {"clinicalStatus": status("active"), "verificationStatus": status("confirmed"), "code": code, **more}
    return say(source, {"resourceType": "Condition", **body})


def taking(source: str, medicine: Mapping[str, Any], dose: str = "", **more: Any) -> Statement:
    """A MedicationStatement of an active medicine."""
    body: dict[str, Any] = {"status": "active", "medicationCodeableConcept": medicine, **more}
    if dose:
        body["dosage"] = [{"text": dose}]
    return say(source, {"resourceType": "MedicationStatement", **body})


def order(source: str, medicine: Mapping[str, Any], dose: str = "", **more: Any) -> Statement:
    """A MedicationRequest, active unless told otherwise."""
    body: dict[str, Any] = {
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": medicine,
        "authoredOn": "2026-01-05",
        **more,
    }
    if dose:
        body["dosageInstruction"] = [{"text": dose}]
    return say(source, {"resourceType": "MedicationRequest", **body})


def result(source: str, code: Mapping[str, Any], when: str = "2026-03-05T08:00:00Z", **more: Any) -> Statement:
    """A final Observation."""
    body = {"status": "final", "code": code, "effectiveDateTime": when, **more}
    return say(source, {"resourceType": "Observation", **body})


def blood_pressure(source: str, upper: int, lower: int, when: str = "2026-03-05T08:00:00Z", **more: Any) -> Statement:
    """A blood pressure panel that has components only, as UK Core wants it."""
    parts = [
        {"code": concept("Systolic", (LOINC, "8480-6")), "valueQuantity": amount(upper, "mmHg")},
        {"code": concept("Diastolic", (LOINC, "8462-4")), "valueQuantity": amount(lower, "mmHg")},
    ]
    return result(source, concept("Blood pressure", (LOINC, "85354-9")), when, component=parts, **more)
