"""What a person measures at home, as FHIR Observations: made here, and known again wherever they come from.

Shape: UK Core Observation-VitalSigns and BloodPressure (2025-06), with LOINC and SNOMED CT codes side by side and the
extension RecordingSetting = residential. A pulse is an Observation of its own: the profile's components are closed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fhir.codes import Code, System
from fhir.elements import codings, extensions

PATIENT = "patient"
"""The source of what a person says themselves; also the kind of that feed."""

LONDON = ZoneInfo("Europe/London")
BLOOD_PRESSURE = (
    Code(System.LOINC, "85354-9", "Blood pressure panel with all children optional"),
    Code(System.SNOMED, "75367002", "Blood pressure"),
)
SYSTOLIC = (
    Code(System.LOINC, "8480-6", "Systolic blood pressure"),
    Code(System.SNOMED, "1162737008", "Self reported systolic blood pressure"),
)
DIASTOLIC = (
    Code(System.LOINC, "8462-4", "Diastolic blood pressure"),
    Code(System.SNOMED, "1162735000", "Self reported diastolic blood pressure"),
)
PULSE = (Code(System.LOINC, "8867-4", "Heart rate"), Code(System.SNOMED, "364075005", "Heart rate"))
_SETTING = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-RecordingSetting"
_SETTINGS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordingSetting"
_CATEGORY = Code("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")
_RESIDENTIAL = Code(_SETTINGS, "residential", "Residential")

Json = dict[str, Any]


def blood_pressure(head: Mapping[str, Any], *, systolic: int, diastolic: int) -> Json:
    """One blood pressure in mmHg. `head`: what `observation_head` made."""
    parts = (("Systolic blood pressure", SYSTOLIC, systolic), ("Diastolic blood pressure", DIASTOLIC, diastolic))
    components = [
        {"code": _concept(text, codes), "valueQuantity": _quantity(value, "mmHg", "mm[Hg]")}
        for text, codes, value in parts
    ]
    return {**head, "code": _concept("Blood pressure", BLOOD_PRESSURE), "component": components}


def pulse(head: Mapping[str, Any], *, beats: int) -> Json:
    """One pulse, in beats per minute."""
    value = _quantity(beats, "beats per minute", "/min")
    return {**head, "code": _concept("Heart rate", PULSE), "valueQuantity": value}


def observation_head(
    local_id: str,
    *,
    patient: str,
    taken: datetime,
    recorded: datetime,
    note: str = "",
    version: int = 1,
    status: str = "final",
) -> Json:
    """What every home reading has. Both moments are aware; `taken` is kept with London's offset, to the minute.

    `status`: `final`, `corrected` after the person changed it, `entered-in-error` after they took it back.
    """
    found: Json = {
        "resourceType": "Observation",
        "id": local_id,
        "meta": {"versionId": str(version), "lastUpdated": recorded.isoformat(timespec="milliseconds")},
        "extension": [{"url": _SETTING, "valueCodeableConcept": _concept("", (_RESIDENTIAL,))}],
        "status": status,
        "category": [_concept("", (_CATEGORY,))],
        "subject": {"reference": f"Patient/{patient}"},
        "performer": [{"reference": f"Patient/{patient}"}],
        "effectiveDateTime": taken.astimezone(LONDON).isoformat(timespec="seconds"),
        "issued": recorded.isoformat(timespec="milliseconds"),
    }
    return found | ({"note": [{"text": note}]} if note else {})


def taken_at_home(resource: Mapping[str, Any]) -> bool:
    """Whether its source says that it was measured where the person lives."""
    settings = extensions(resource, "RecordingSetting")
    return any(code.code == _RESIDENTIAL.code for one in settings for code in codings(one.get("valueCodeableConcept")))


def _concept(text: str, codes: tuple[Code, ...]) -> Json:
    coding = [{"system": str(code.system), "code": code.code, "display": code.display} for code in codes]
    return {"coding": coding} | ({"text": text} if text else {})


def _quantity(value: int, unit: str, code: str) -> Json:
    return {"value": value, "unit": unit, "system": str(System.UCUM), "code": code}
