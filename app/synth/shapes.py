"""The pieces that FHIR resources are made of, in the shape of UK Core R4."""

from base64 import b64encode
from datetime import date
from typing import Any

from app.synth.providers import SNOMED, Provider

Json = dict[str, Any]
_HL7 = "http://terminology.hl7.org/CodeSystem/"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def concept(system: str, code: str, display: str) -> Json:
    """A coded concept with its words."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def snomed_or_words(code: str, words: str) -> Json:
    """SNOMED CT where the code is known, else the words alone."""
    return concept(SNOMED, code, words) if code else {"text": words}


def _states(system: str, codes: str) -> dict[str, Json]:
    return {code: {"coding": [{"system": _HL7 + system, "code": code}]} for code in codes.split()}


PROBLEM_STATUS = _states("condition-clinical", "active resolved inactive remission")
PROBLEM_CERTAINTY = _states("condition-ver-status", "confirmed refuted entered-in-error provisional")
ALLERGY_STATUS = _states("allergyintolerance-clinical", "active inactive resolved")
ALLERGY_CERTAINTY = _states("allergyintolerance-verification", "confirmed refuted entered-in-error unconfirmed")
PROBLEM_LIST = [{"coding": [{"system": _HL7 + "condition-category", "code": "problem-list-item"}]}]
DIAGNOSIS = [{"coding": [{"system": _HL7 + "condition-category", "code": "encounter-diagnosis"}]}]
COURSE = _states("medicationrequest-course-of-therapy", "acute continuous")
LAB_REPORT = [{"coding": [{"system": _HL7 + "v2-0074", "code": "LAB"}]}]
SAFETY = [{"coding": [{"system": _HL7 + "flag-category", "code": "safety"}]}]
CLASSES = {
    code: {"system": _HL7 + "v3-ActCode", "code": code, "display": words}
    for code, words in (
        ("AMB", "ambulatory"),
        ("EMER", "emergency"),
        ("IMP", "inpatient encounter"),
        ("HH", "home health"),
        ("VR", "virtual"),
    )
}


def organisation(provider: Provider) -> Json:
    """A provider, named by its ODS code."""
    return {"identifier": {"system": ODS, "value": provider.ods}, "display": provider.name}


def encounter(kind: str, words: str, start: str, provider: Json, end: str = "", reason: str = "") -> Json:
    """A contact with a professional; one without an end has not ended if its status says so."""
    body: Json = {
        "status": "finished",
        "class": CLASSES[kind],
        "type": [{"text": words}],
        "period": {"start": start, "end": end} if end else {"start": start},
        "serviceProvider": provider,
    }
    if reason:
        body["reasonCode"] = [{"text": reason}]
    return body


def document(words: str, code: str, when: str, provider: Provider, text: str) -> Json:
    """A letter, with its text inside."""
    attachment = {"contentType": "text/plain", "data": b64encode(text.encode()).decode(), "title": words}
    return {
        "status": "current",
        "type": snomed_or_words(code, words),
        "date": when,
        "custodian": organisation(provider),
        "content": [{"attachment": attachment}],
    }


def flag(words: str, since: date, category: list[Json] | None = None) -> Json:
    """Something to know before acting."""
    body: Json = {"status": "active", "code": {"text": words}, "period": {"start": since.isoformat()}}
    return {**body, "category": category} if category else body


def care_plan(title: str, description: str, since: date, code: str = "", until: date | None = None) -> Json:
    """A plan; one with an end is over."""
    period = {"start": since.isoformat()} | ({"end": until.isoformat()} if until else {})
    body: Json = {
        "status": "completed" if until else "active",
        "intent": "plan",
        "title": title,
        "description": description,
        "period": period,
    }
    return {**body, "category": [concept(SNOMED, code, title)]} if code else body


def care_team(name: str, role: str, member: Json, phone: str) -> Json:
    """Who is in charge of someone's care, and their telephone."""
    return {
        "status": "active",
        "name": name,
        "participant": [{"role": [{"text": role}], "member": member}],
        "telecom": [{"system": "phone", "value": phone}],
    }


def episode(team: str, since: date, provider: Provider, until: date | None = None) -> Json:
    """Being on a team's caseload."""
    period = {"start": since.isoformat()} | ({"end": until.isoformat()} if until else {})
    return {
        "status": "finished" if until else "active",
        "type": [{"text": team}],
        "managingOrganization": organisation(provider),
        "period": period,
    }


def appointment(patient: Json, what: str, who: str, start: str, end: str) -> Json:
    """Something booked."""
    return {
        "status": "booked",
        "description": what,
        "start": start,
        "end": end,
        "participant": [
            {"actor": patient, "status": "accepted"},
            {"actor": {"display": who}, "status": "accepted"},
        ],
    }


def related_person(name: str, relationship: str, phone: str) -> Json:
    """A next of kin or carer."""
    *given, family = name.split(" ")
    return {
        "relationship": [{"text": relationship}],
        "name": [{"use": "official", "family": family, **({"given": given} if given else {})}],
        "telecom": [{"system": "phone", "value": phone, "use": "home"}],
    }
