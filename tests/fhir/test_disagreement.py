"""Whatever changes the meaning: where two sources differ in it, both values are shown, or there are two lines.

Each case is a resource that one source sends, and elements of it that a second source sends otherwise.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from fhir.line import Line
from fhir.record import SECTIONS, PatientRecord, combine, digest
from tests.build import GP, HOSPITAL, LOINC, SNOMED, amount, concept, say, status

UK = "https://fhir.hl7.org.uk/StructureDefinition/"
SIDE = "http://hl7.org/fhir/StructureDefinition/procedure-laterality"
NUMBER = [{"system": "https://example.nhs.uk/record", "value": "R1"}]
NOON = "2026-03-05T12:00:00Z"


def period(start: str = "", end: str = "") -> dict[str, str]:
    return {name: value for name, value in (("start", start), ("end", end)) if value}


def side(words: str) -> list[dict[str, Any]]:
    return [{"url": SIDE, "valueCodeableConcept": concept(words)}]


def dose(**more: Any) -> list[dict[str, Any]]:
    return [{"doseAndRate": [{"doseQuantity": amount(500, "mg")}], **more}]


def times(count: int) -> dict[str, Any]:
    return {"repeat": {"frequency": count, "period": 1, "periodUnit": "d"}}


MEDICINE = {
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": concept("Metformin", (SNOMED, "109081006")),
    "authoredOn": "2026-01-05",
    "courseOfTherapyType": concept("Repeat"),
    "statusReason": concept("Ongoing"),
    "substitution": {"allowedBoolean": True},
    "dispenseRequest": {"validityPeriod": period("2026-01-05", "2026-07-05")},
    "dosageInstruction": [
        {
            "doseAndRate": [{"doseQuantity": amount(500, "mg"), "rateQuantity": amount(10, "mL/h")}],
            "route": concept("Oral"),
            "timing": times(2),
            "site": concept("Mouth"),
            "method": concept("Swallow"),
            "asNeededBoolean": False,
            "maxDosePerPeriod": {"numerator": amount(2, "g"), "denominator": amount(1, "day")},
            "additionalInstruction": [concept("With food")],
        }
    ],
}


def instructed(**more: Any) -> dict[str, Any]:
    return {"dosageInstruction": [{**MEDICINE["dosageInstruction"][0], **more}]}


CASES: Mapping[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "allergy": (
        "AllergyIntolerance",
        {
            "clinicalStatus": status("active"),
            "verificationStatus": status("confirmed"),
            "code": concept("Penicillin", (SNOMED, "764146007")),
            "type": "allergy",
            "category": ["medication"],
            "criticality": "high",
            "onsetDateTime": "2010",
            "extension": [{"url": f"{UK}Extension-UKCore-AllergyIntoleranceEnd", "valueDateTime": "2020"}],
            "reaction": [
                {
                    "manifestation": [concept("Rash")],
                    "severity": "mild",
                    "exposureRoute": concept("Oral"),
                    "substance": concept("Amoxicillin"),
                }
            ],
        },
        [
            {"clinicalStatus": status("inactive")},
            {"verificationStatus": status("refuted")},
            {"verificationStatus": None, "code": concept("Penicillin", (SNOMED, "294505008"))},
            {"code": concept("Penicillin", (SNOMED, "294505008"))},
            {"type": "intolerance"},
            {"category": ["food"]},
            {"criticality": "low"},
            {"onsetDateTime": "2015"},
            {"extension": [{"url": f"{UK}Extension-UKCore-AllergyIntoleranceEnd", "valueDateTime": "2021"}]},
            {"extension": None},
            {"reaction": [{"manifestation": [concept("Anaphylaxis")]}]},
            {"reaction": [{"description": "Anaphylaxis"}]},
            {"reaction": [{"manifestation": [concept("Rash")], "severity": "severe"}]},
            {"reaction": [{"manifestation": [concept("Rash")], "exposureRoute": concept("Intravenous")}]},
            {"reaction": [{"manifestation": [concept("Rash")], "substance": concept("Flucloxacillin")}]},
        ],
    ),
    "refuted allergy": (
        "AllergyIntolerance",
        {"code": concept("Penicillin"), "verificationStatus": status("refuted")},
        [{"verificationStatus": None}, {"verificationStatus": None, "clinicalStatus": status("active")}],
    ),
    "no known allergies": (
        "AllergyIntolerance",
        {"code": concept("No known allergies", (SNOMED, "716186003")), "clinicalStatus": status("active")},
        [{"clinicalStatus": status("inactive")}, {"code": concept("Penicillin")}],
    ),
    "problem": (
        "Condition",
        {
            "clinicalStatus": status("active"),
            "verificationStatus": status("confirmed"),
            "category": [{"coding": [{"code": "problem-list-item"}]}],
            "code": concept("Osteoarthritis", (SNOMED, "396275006")),
            "severity": concept("Mild"),
            "bodySite": [{**concept("Knee"), "extension": side("Left")}],
            "stage": [{"summary": concept("Stage 1")}],
            "onsetDateTime": "2010",
        },
        [
            {"clinicalStatus": status("resolved")},
            {"verificationStatus": status("refuted")},
            {"verificationStatus": status("provisional")},
            {"category": [{"coding": [{"code": "encounter-diagnosis"}]}]},
            {"category": [concept("Family history")]},
            {"code": concept("Osteoarthritis", (SNOMED, "239873007"))},
            {"code": concept("Family history of osteoarthritis")},
            {"severity": concept("Severe")},
            {"bodySite": [concept("Hip")]},
            {"bodySite": [{**concept("Knee"), "extension": side("Right")}]},
            {"stage": [{"summary": concept("Stage 4")}]},
            {"onsetDateTime": "2015"},
            {"onsetDateTime": None, "onsetAge": amount(40, "years")},
        ],
    ),
    "problem that is over": (
        "Condition",
        {"clinicalStatus": status("resolved"), "code": concept("Asthma"), "abatementDateTime": "2015"},
        [
            {"abatementDateTime": "2019"},
            {"clinicalStatus": status("inactive")},
            {"clinicalStatus": None, "abatementDateTime": None},
        ],
    ),
    "problem that abated": (
        "Condition",
        {"code": concept("Asthma"), "abatementDateTime": "2015"},
        [{"abatementDateTime": None}, {"abatementDateTime": None, "clinicalStatus": status("active")}],
    ),
    "family history": (
        "FamilyMemberHistory",
        {
            "identifier": NUMBER,
            "status": "completed",
            "relationship": concept("Father"),
            "ageAge": amount(70, "years"),
            "deceasedBoolean": False,
            "condition": [
                {"code": concept("Stroke"), "onsetAge": amount(50, "years"), "outcome": concept("Disabled"),
                 "contributedToDeath": False}
            ],
        },
        [
            {"status": "health-unknown"},
            {"relationship": concept("Mother")},
            {"ageAge": amount(60, "years")},
            {"deceasedBoolean": True},
            {"condition": [{"code": concept("Asthma")}]},
            {"condition": [{"code": concept("Stroke"), "onsetAge": amount(60, "years")}]},
            {"condition": [{"code": concept("Stroke"), "outcome": concept("Recovered")}]},
            {"condition": [{"code": concept("Stroke"), "contributedToDeath": True}]},
        ],
    ),
    "impression": (
        "ClinicalImpression",
        {"status": "completed", "date": "2026-01-02", "description": "Chest pain", "summary": "Chest pain",
         "finding": [{"itemCodeableConcept": concept("Angina")}], "prognosisCodeableConcept": [concept("Good")]},
        [
            {"status": "in-progress"},
            {"description": "Breathless"},
            {"finding": [{"itemCodeableConcept": concept("Reflux")}]},
            {"prognosisCodeableConcept": [concept("Poor")]},
        ],
    ),
    "prescription": (
        "MedicationRequest",
        MEDICINE,
        [
            {"status": "stopped"},
            {"status": "on-hold"},
            {"intent": "plan"},
            {"doNotPerform": True},
            {"medicationCodeableConcept": concept("Metformin", (SNOMED, "775128008"))},
            {"courseOfTherapyType": concept("Acute")},
            {"statusReason": concept("Adverse reaction")},
            {"dispenseRequest": {"validityPeriod": period("2026-01-05", "2026-02-05")}},
            instructed(text="1 g at night"),
            instructed(doseAndRate=[{"doseQuantity": amount(1, "g")}]),
            instructed(doseAndRate=[{"doseQuantity": amount(500, "micrograms")}]),
            instructed(doseAndRate=[{"doseQuantity": amount(500, "mg"), "rateQuantity": amount(99, "mL/h")}]),
            instructed(route=concept("Subcutaneous")),
            instructed(timing=times(3)),
            instructed(timing={"repeat": {"frequency": 2, "period": 1, "periodUnit": "wk"}}),
            instructed(timing={"repeat": {"frequency": 2, "period": 1, "periodUnit": "d", "when": ["HS"]}}),
            instructed(site=concept("Arm")),
            instructed(method=concept("Chew")),
            instructed(asNeededBoolean=True),
            {"substitution": {"allowedBoolean": False}},
            instructed(asNeededBoolean=None, asNeededCodeableConcept=concept("Pain")),
            instructed(maxDosePerPeriod={"numerator": amount(3, "g"), "denominator": amount(1, "day")}),
            instructed(additionalInstruction=[concept("On an empty stomach")]),
        ],
    ),
    "medicine taken": (
        "MedicationStatement",
        {"status": "active", "medicationCodeableConcept": concept("Ramipril"), "effectivePeriod": period("2025"),
         "dosage": [{"text": "5 mg in the morning"}]},
        [
            {"status": "not-taken"},
            {"dosage": [{"text": "10 mg in the morning"}]},
            {"dosage": dose()},
            {"status": "completed", "effectivePeriod": period("2025", "2026-01-01")},
        ],
    ),
    "medicine needed at times": (
        "MedicationRequest",
        {"status": "active", "intent": "order", "medicationCodeableConcept": concept("Morphine"),
         "dosageInstruction": [{"doseAndRate": [{"doseQuantity": amount(5, "mg")}]}]},
        [{"dosageInstruction": [{"doseAndRate": [{"doseQuantity": amount(5, "mg")}], "asNeededBoolean": True}]}],
    ),
    "medicine by its product": (
        "MedicationRequest",
        {
            "contained": [{"resourceType": "Medication", "id": "m", "code": concept("Insulin"), "form": concept("Pen"),
                           "ingredient": [{"strength": {"numerator": amount(100, "units"),
                                                        "denominator": amount(1, "mL")}}]}],
            "medicationReference": {"reference": "#m"}, "status": "active", "intent": "order",
        },
        [
            {"contained": [{"resourceType": "Medication", "id": "m", "code": concept("Insulin"),
                            "form": concept("Vial")}]},
            {"contained": [{"resourceType": "Medication", "id": "m", "code": concept("Insulin"),
                            "ingredient": [{"strength": {"numerator": amount(500, "units"),
                                                         "denominator": amount(1, "mL")}}]}]},
        ],
    ),
    "medicine given": (
        "MedicationAdministration",
        {"status": "completed", "medicationCodeableConcept": concept("Morphine"), "effectiveDateTime": NOON,
         "dosage": {"dose": amount(5, "mg"), "route": concept("Oral")}},
        [
            {"status": "not-done"},
            {"status": "stopped"},
            {"dosage": {"dose": amount(10, "mg")}},
            {"dosage": {"dose": amount(5, "mg"), "route": concept("Intravenous")}},
        ],
    ),
    "result": (
        "Observation",
        {
            "status": "final",
            "code": concept("Potassium", (LOINC, "2823-3")),
            "effectiveDateTime": NOON,
            "valueQuantity": amount("5.1", "mmol/L"),
            "interpretation": [concept("Normal")],
            "referenceRange": [{"low": amount("3.5", "mmol/L"), "high": amount("5.3", "mmol/L")}],
            "bodySite": concept("Left arm"),
            "method": concept("Potentiometry"),
            "specimen": {"display": "Venous blood"},
        },
        [
            {"status": "preliminary"},
            {"status": "cancelled"},
            {"code": concept("Potassium", (LOINC, "6298-4"))},
            {"valueQuantity": amount("5.2", "mmol/L")},
            {"valueQuantity": amount("5.1", "mg/dL")},
            {"valueQuantity": {"value": 5, "comparator": ">", "unit": "mmol/L"}},
            {"valueQuantity": None, "valueString": "Haemolysed"},
            {"valueQuantity": None, "dataAbsentReason": concept("Not performed")},
            {"valueQuantity": None},
            {"interpretation": [concept("High")]},
            {"referenceRange": [{"low": amount("3.5", "mmol/L"), "high": amount("5.0", "mmol/L")}]},
            {"bodySite": concept("Right arm")},
            {"method": concept("Point of care")},
            {"specimen": {"display": "Arterial blood"}},
            {"focus": [{"display": "Donor"}]},
        ],
    ),
    "test that is positive": (
        "Observation",
        {"status": "final", "code": concept("Pregnancy test"), "effectiveDateTime": NOON,
         "valueCodeableConcept": concept("Positive", (SNOMED, "10828004"))},
        [
            {"valueCodeableConcept": concept("Negative", (SNOMED, "260385009"))},
            {"valueCodeableConcept": None, "valueBoolean": False},
        ],
    ),
    "score": (
        "Observation",
        {"status": "final", "code": concept("NEWS2"), "effectiveDateTime": NOON, "valueInteger": 5,
         "component": [{"code": concept("Pulse"), "valueInteger": 2}, {"code": concept("Oxygen"), "valueInteger": 3}]},
        [
            {"valueInteger": 7},
            {"component": [{"code": concept("Pulse"), "valueInteger": 3}]},
            {"component": [{"code": concept("Pulse"), "dataAbsentReason": concept("Refused")}]},
        ],
    ),
    "report": (
        "DiagnosticReport",
        {"status": "final", "code": concept("Chest X-ray"), "effectiveDateTime": NOON, "conclusion": "Clear",
         "conclusionCode": [concept("Normal")]},
        [{"status": "preliminary"}, {"conclusion": "Mass in left lung"}, {"conclusionCode": [concept("Neoplasm")]}],
    ),
    "imaging": (
        "ImagingStudy",
        {"identifier": NUMBER, "status": "available", "started": NOON, "description": "Knee",
         "series": [{"modality": concept("X-ray"), "bodySite": concept("Left knee")}]},
        [
            {"status": "cancelled"},
            {"description": "Hip"},
            {"series": [{"modality": concept("X-ray"), "bodySite": concept("Right knee")}]},
            {"series": [{"modality": concept("MRI"), "bodySite": concept("Left knee")}]},
        ],
    ),
    "immunisation": (
        "Immunization",
        {
            "identifier": NUMBER,
            "status": "completed",
            "vaccineCode": concept("Influenza", (SNOMED, "1")),
            "occurrenceDateTime": "2026-01-05",
            "lotNumber": "A1",
            "expirationDate": "2027-01-01",
            "site": concept("Left arm"),
            "route": concept("Intramuscular"),
            "doseQuantity": amount("0.5", "mL"),
            "statusReason": concept("Routine"),
            "protocolApplied": [
                {"doseNumberPositiveInt": 1, "series": "First", "targetDisease": [concept("Influenza")]}
            ],
            "reaction": [{"date": "2026-01-06", "detail": {"display": "Fever"}}],
            "isSubpotent": True,
            "subpotentReason": [concept("Partial dose")],
        },
        [
            {"status": "not-done"},
            {"vaccineCode": concept("Influenza", (SNOMED, "2"))},
            {"vaccineCode": concept("Pneumococcal")},
            {"lotNumber": "B2"},
            {"expirationDate": "2025-01-01"},
            {"site": concept("Right arm")},
            {"route": concept("Intranasal")},
            {"doseQuantity": amount("0.1", "mL")},
            {"statusReason": concept("Outbreak")},
            {"protocolApplied": [{"doseNumberPositiveInt": 2}]},
            {"protocolApplied": [{"doseNumberPositiveInt": 1, "series": "Booster"}]},
            {"protocolApplied": [{"doseNumberPositiveInt": 1, "targetDisease": [concept("Tetanus")]}]},
            {"reaction": [{"date": "2026-01-06", "detail": {"display": "Anaphylaxis"}}]},
            {"reaction": [{"date": "2026-01-07", "detail": {"display": "Fever"}}]},
            {"isSubpotent": False},
            {"isSubpotent": None, "subpotentReason": None},
            {"subpotentReason": [concept("Cold chain break")]},
        ],
    ),
    "vaccine advice": (
        "ImmunizationRecommendation",
        {"date": "2026-01-05",
         "recommendation": [{"vaccineCode": [concept("MMR")], "forecastStatus": concept("Due"),
                             "dateCriterion": [{"code": concept("Due"), "value": "2026-02-01"}]}]},
        [
            {"recommendation": [{"vaccineCode": [concept("MMR")], "forecastStatus": concept("Contraindicated")}]},
            {"recommendation": [{"vaccineCode": [concept("MMR")],
                                 "dateCriterion": [{"code": concept("Due"), "value": "2027-02-01"}]}]},
        ],
    ),
    "procedure": (
        "Procedure",
        {
            "identifier": NUMBER,
            "status": "completed",
            "code": concept("Knee replacement", (SNOMED, "179344006")),
            "performedDateTime": "2026-01-05",
            "bodySite": [{**concept("Knee"), "extension": side("Left")}],
            "outcome": concept("Successful"),
            "complication": [concept("None")],
            "statusReason": concept("Planned"),
            "usedCode": [concept("Cemented implant")],
        },
        [
            {"status": "not-done"},
            {"status": "stopped"},
            {"code": concept("Knee replacement", (SNOMED, "609588000"))},
            {"code": concept("Hip replacement")},
            {"performedDateTime": "2026-01-06", "identifier": None},
            {"bodySite": [{**concept("Knee"), "extension": side("Right")}]},
            {"bodySite": [concept("Hip")]},
            {"outcome": concept("Failed")},
            {"complication": [concept("Infection")]},
            {"statusReason": concept("Abandoned")},
            {"usedCode": [concept("Uncemented implant")]},
        ],
    ),
    "device": (
        "Device",
        {"status": "active", "type": concept("Pacemaker"), "serialNumber": "S1", "modelNumber": "M1",
         "safety": [concept("MR safe")], "expirationDate": "2030"},
        [
            {"status": "inactive"},
            {"type": concept("Defibrillator")},
            {"modelNumber": "M2"},
            {"safety": [concept("MR unsafe")]},
            {"expirationDate": "2026"},
        ],
    ),
    "glasses": (
        "VisionPrescription",
        {"status": "active", "dateWritten": "2026-01-05", "lensSpecification": [{"eye": "right", "sphere": -2}]},
        [{"status": "cancelled"}, {"lensSpecification": [{"eye": "right", "sphere": 2}]}],
    ),
    "supply": (
        "SupplyRequest",
        {"identifier": NUMBER, "status": "active", "itemCodeableConcept": concept("Oxygen"), "authoredOn": "2026-01-05",
         "quantity": amount(2, "L/min")},
        [{"status": "cancelled"}, {"quantity": amount(4, "L/min")}, {"itemCodeableConcept": concept("Nitrogen")}],
    ),
    "visit": (
        "Encounter",
        {"identifier": NUMBER, "status": "finished", "class": {"code": "IMP", "display": "Inpatient"},
         "type": [concept("Admission")], "period": period(NOON, "2026-03-07T12:00:00Z"),
         "hospitalization": {"dischargeDisposition": concept("Home")}},
        [
            {"status": "in-progress"},
            {"class": {"code": "EMER", "display": "Emergency"}},
            {"type": [concept("Emergency attendance")]},
            {"period": period(NOON, "2026-03-08T12:00:00Z")},
            {"period": period("2026-03-04T12:00:00Z", "2026-03-07T12:00:00Z")},
            {"hospitalization": {"dischargeDisposition": concept("Died")}},
        ],
    ),
    "appointment": (
        "Appointment",
        {"identifier": NUMBER, "status": "booked", "serviceType": [concept("Cardiology")], "start": NOON,
         "end": "2026-03-05T12:20:00Z", "patientInstruction": "Eat nothing"},
        [
            {"status": "cancelled"},
            {"serviceType": [concept("Orthopaedics")]},
            {"start": "2026-03-06T12:00:00Z"},
            {"patientInstruction": "Eat normally"},
        ],
    ),
    "request": (
        "ServiceRequest",
        {"identifier": NUMBER, "status": "active", "intent": "order", "code": concept("MRI scan"), "authoredOn": NOON,
         "priority": "routine", "bodySite": [concept("Left knee")], "orderDetail": [concept("With contrast")],
         "asNeededBoolean": False, "occurrenceDateTime": "2026-04-01"},
        [
            {"status": "revoked"},
            {"intent": "plan"},
            {"priority": "urgent"},
            {"doNotPerform": True},
            {"code": concept("CT scan")},
            {"bodySite": [concept("Right knee")]},
            {"orderDetail": [concept("Without contrast")]},
            {"asNeededBoolean": True},
            {"occurrenceDateTime": "2026-05-01"},
        ],
    ),
    "message": (
        "Communication",
        {"status": "completed", "topic": concept("Result"), "sent": NOON, "payload": [{"contentString": "Normal"}]},
        [{"status": "not-done"}, {"payload": [{"contentString": "Abnormal: come in"}]}],
    ),
    "task": (
        "Task",
        {"status": "requested", "intent": "order", "code": concept("Dressing"), "authoredOn": NOON,
         "priority": "routine", "description": "Left leg", "businessStatus": concept("Waiting")},
        [
            {"status": "cancelled"},
            {"priority": "stat"},
            {"description": "Right leg"},
            {"businessStatus": concept("Refused")},
        ],
    ),
    "document": (
        "DocumentReference",
        {"masterIdentifier": NUMBER[0], "status": "current", "docStatus": "final", "type": concept("Discharge letter"),
         "content": [{"attachment": {"title": "Letter", "hash": "AAAA"}}],
         "securityLabel": [concept("Normal")]},
        [
            {"status": "superseded"},
            {"docStatus": "preliminary"},
            {"type": concept("Clinic letter")},
            {"content": [{"attachment": {"title": "Letter", "hash": "BBBB"}}]},
            {"securityLabel": [concept("Very restricted")]},
        ],
    ),
    "treatment consent": (
        "Consent",
        {"identifier": NUMBER, "status": "active", "scope": concept("Treatment", ("s", "treatment")),
         "category": [concept("Blood products")],
         "provision": {"type": "permit", "period": period("2026", "2027"),
                       "provision": [{"type": "deny", "action": [concept("Plasma")]}]}},
        [
            {"status": "rejected"},
            {"provision": {"type": "deny"}},
            {"provision": {"type": "permit", "period": period("2026", "2028")}},
            {"provision": {"type": "permit", "provision": [{"type": "deny", "action": [concept("Red cells")]}]}},
        ],
    ),
    "advance decision": (
        "Consent",
        {"status": "active", "scope": concept("Advance decision", ("s", "adr")), "dateTime": "2026-01-05",
         "category": [concept("DNACPR")], "provision": {"type": "deny"}},
        [{"status": "inactive"}, {"provision": {"type": "permit"}}],
    ),
    "care plan": (
        "CarePlan",
        {"status": "active", "intent": "plan", "title": "Diabetes plan", "created": "2026-01-05",
         "description": "Monthly", "activity": [{"detail": {"code": concept("Exercise"), "status": "scheduled"}}]},
        [
            {"status": "revoked"},
            {"intent": "proposal"},
            {"description": "Weekly"},
            {"activity": [{"detail": {"code": concept("Exercise"), "status": "cancelled"}}]},
            {"activity": [{"detail": {"code": concept("Exercise"), "doNotPerform": True}}]},
        ],
    ),
    "goal": (
        "Goal",
        {"lifecycleStatus": "active", "description": concept("Lose weight"), "startDate": "2026-01-05",
         "achievementStatus": concept("Improving"), "target": [{"detailQuantity": amount(80, "kg")}]},
        [
            {"lifecycleStatus": "rejected"},
            {"achievementStatus": concept("Worsening")},
            {"target": [{"detailQuantity": amount(70, "kg")}]},
        ],
    ),
    "diet": (
        "NutritionOrder",
        {"status": "active", "dateTime": "2026-01-05", "excludeFoodModifier": [concept("Nuts")],
         "oralDiet": {"type": [concept("Soft")], "texture": [{"modifier": concept("Minced")}],
                      "fluidConsistencyType": [concept("Thin")]}},
        [
            {"status": "revoked"},
            {"excludeFoodModifier": [concept("Milk")]},
            {"oralDiet": {"type": [concept("Soft")], "texture": [{"modifier": concept("Pureed")}]}},
            {"oralDiet": {"type": [concept("Soft")], "fluidConsistencyType": [concept("Thick")]}},
        ],
    ),
    "flag": (
        "Flag",
        {"status": "active", "code": concept("Risk of falls", ("x", "1")), "category": [concept("Clinical")],
         "period": period("2025", "2027")},
        [
            {"status": "inactive"},
            {"code": concept("Risk of falls", ("x", "2"))},
            {"category": [concept("Administrative")]},
            {"period": period("2025", "2026")},
        ],
    ),
    "risk": (
        "RiskAssessment",
        {"status": "final", "code": concept("Stroke risk"), "occurrenceDateTime": "2026-01-05", "mitigation": "Statin",
         "prediction": [{"probabilityDecimal": 1}]},
        [{"status": "preliminary"}, {"prediction": [{"probabilityDecimal": 20}]}, {"mitigation": "None"}],
    ),
    "adverse event": (
        "AdverseEvent",
        {"actuality": "actual", "event": concept("Fall"), "date": "2026-01-05", "seriousness": concept("Serious"),
         "outcome": concept("Resolved")},
        [{"actuality": "potential"}, {"seriousness": concept("Non-serious")}, {"outcome": concept("Fatal")}],
    ),
    "sharing decision": (
        "Consent",
        {"identifier": NUMBER, "status": "active", "scope": concept("Privacy", ("s", "patient-privacy")),
         "category": [concept("Record sharing")], "dateTime": "2026-01-05", "provision": {"type": "permit"}},
        [{"status": "inactive"}, {"provision": {"type": "deny"}},
         {"provision": {"type": "permit", "provision": [{"type": "deny", "purpose": [concept("Research")]}]}}],
    ),
    "habit": (
        "Observation",
        {"status": "final", "category": [{"coding": [{"code": "social-history"}]}], "code": concept("Cigarettes"),
         "effectiveDateTime": "2026-01-05", "valueQuantity": amount(10, "a day")},
        [
            {"status": "preliminary"},
            {"valueQuantity": amount(20, "a day")},
            {"valueQuantity": amount(10, "a week")},
        ],
    ),
    "social care plan": (
        "CarePlan",
        {"status": "active", "intent": "plan", "title": "Package of care", "created": "2026-01-05",
         "period": period("2026-01-05", "2026-06-05"), "activity": [{"detail": {"code": concept("Four visits")}}]},
        [
            {"status": "completed"},
            {"period": period("2026-01-05", "2026-02-05")},
            {"activity": [{"detail": {"code": concept("Two visits")}}]},
        ],
    ),
    "contact": (
        "RelatedPerson",
        {"identifier": NUMBER, "active": True, "name": [{"family": "Jones", "given": ["Ann"]}],
         "relationship": [concept("Next of kin")], "telecom": [{"system": "phone", "value": "01632 960000"}],
         "period": period("2020", "2027")},
        [
            {"active": False},
            {"relationship": [concept("Not to be contacted")]},
            {"telecom": [{"system": "phone", "value": "01632 960001"}]},
            {"name": [{"family": "Smith", "given": ["Bob"]}]},
            {"period": period("2020", "2021")},
        ],
    ),
    "patient": (
        "Patient",
        {"active": True, "name": [{"family": "Smith"}], "gender": "female", "birthDate": "1950-01-01",
         "deceasedBoolean": False, "multipleBirthInteger": 1,
         "address": [{"text": "1 High Street"}], "generalPractitioner": [{"display": "Elm Surgery"}],
         "telecom": [{"system": "phone", "value": "01632 960000"}],
         "communication": [{"language": concept("English")}]},
        [
            {"active": False},
            {"name": [{"family": "Jones"}]},
            {"gender": "male"},
            {"birthDate": "1951-01-01"},
            {"deceasedBoolean": True},
            {"deceasedBoolean": None, "deceasedDateTime": "2026-01-01"},
            {"multipleBirthInteger": 2},
            {"address": [{"text": "2 High Street"}]},
            {"generalPractitioner": [{"display": "Oak Surgery"}]},
            {"communication": [{"language": concept("Urdu")}]},
            {"telecom": [{"system": "phone", "value": "01632 960001"}]},
        ],
    ),
}  # fmt: skip

ONE_BY_ONE = [
    pytest.param(kind, body, change, id=f"{name}: {n} {', '.join(change)}")
    for name, (kind, body, changes) in CASES.items()
    for n, change in enumerate(changes)
]


def told(kind: str, body: Mapping[str, Any], change: Mapping[str, Any]) -> tuple[PatientRecord, PatientRecord]:
    """The record of both, in both orders of arrival."""
    other = {name: value for name, value in {**deepcopy(dict(body)), **change}.items() if value is not None}
    one = say(GP, {"resourceType": kind, "id": "1", **body})
    two = say(HOSPITAL, {"resourceType": kind, "id": "2", **other})
    return combine([one, two]), combine([two, one])


def lines(record: PatientRecord) -> list[Line]:
    return [line for section in record.sections for line in section.lines]


@pytest.mark.parametrize(("kind", "body", "change"), ONE_BY_ONE)
def test_no_disagreement_is_silent(kind, body, change):
    record, turned = told(kind, body, change)
    assert digest(record) == digest(turned)
    found = lines(record)
    assert sum(len(line.items) for line in found) == 2
    if len(found) == 1:
        assert found[0].differences
        named = {"code"}.union(*(module.DIFFERENCES for module in SECTIONS if kind in module.TYPES))
        assert {difference.kind for difference in found[0].differences} <= named
        for difference in found[0].differences:
            assert {who for _, sources in difference.values for who in sources} == {GP, HOSPITAL}


@pytest.mark.parametrize("name", CASES)
def test_the_same_told_by_two_sources_is_no_disagreement(name):
    kind, body, _ = CASES[name]
    (line, *more), (other, *_) = (lines(record) for record in told(kind, body, {}))
    assert line.differences == other.differences == ()
    assert all(not each.differences for each in more)
