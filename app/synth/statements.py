"""How problems, medicines, allergies, vaccinations and results become resources; shared by all providers."""

from datetime import date
from typing import Any

from app.synth.chart import Chart
from app.synth.dates import stamp
from app.synth.life import Course, Sensitivity
from app.synth.measurements import LABORATORY, VITAL_SIGNS, Measure
from app.synth.medicines import ROUTES
from app.synth.providers import SNOMED
from app.synth.sensitivities import REACTIONS
from app.synth.shapes import (
    ALLERGY_CERTAINTY,
    ALLERGY_STATUS,
    COURSE,
    PROBLEM_CERTAINTY,
    PROBLEM_LIST,
    PROBLEM_STATUS,
    concept,
    snomed_or_words,
)
from app.synth.vaccines import Vaccine

Json = dict[str, Any]
_UCUM = "http://unitsofmeasure.org"
_LOINC = "http://loinc.org"
_VACCINATION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-VaccinationProcedure"
_ROUTES = {name: concept(SNOMED, *route) for name, route in ROUTES.items()}


def problem(
    chart: Chart, code: Json, onset: str, status: str, certainty: str = "confirmed", end: date | None = None
) -> str:
    """One line of a problem list; the answer is its name for the truth files."""
    body: Json = {
        "clinicalStatus": PROBLEM_STATUS[status],
        "verificationStatus": PROBLEM_CERTAINTY[certainty],
        "category": PROBLEM_LIST,
        "code": code,
        "onsetDateTime": onset,
        "recordedDate": onset if len(onset) == 10 else f"{onset}-07-01",
    }
    body["recorder"] = chart.clinician
    if end:
        body["abatementDateTime"] = end.isoformat()
    if certainty == "entered-in-error":
        del body["clinicalStatus"]  # FHIR rule con-5
    chart.add("Condition", body)
    return chart.last_name


def allergy(
    chart: Chart, code: Json, item: Sensitivity | None, certainty: str = "confirmed", status: str = "active"
) -> str:
    """An allergy, or with no item the statement that there is none."""
    body: Json = {
        "clinicalStatus": ALLERGY_STATUS[status],
        "verificationStatus": ALLERGY_CERTAINTY[certainty],
        "code": code,
        "recorder": chart.clinician,
    }
    if item:
        words = item.reaction
        body["category"] = [item.agent.category]
        body["criticality"] = item.agent.criticality if certainty == "confirmed" else "low"
        body["recordedDate"] = item.recorded.isoformat()
        body["reaction"] = [{"manifestation": [concept(SNOMED, REACTIONS[words], words)]}]
    chart.add("AllergyIntolerance", body, "patient")
    return chart.last_name


def medicine_code(chart: Chart, course: Course) -> Json:
    """The medicine as this provider codes it."""
    medicine = course.medicine
    if not medicine.code:
        return {"text": medicine.name}
    return concept(chart.provider.habits.medicine_system, medicine.code, medicine.name)


def dosage(course: Course, dose: str) -> list[Json]:
    """The dose in words, and the route."""
    return [{"text": dose, "route": _ROUTES[course.medicine.route]}]


def request(chart: Chart, course: Course, authored: date, status: str, dose: str) -> str:
    """A prescription at a practice."""
    repeat = course.medicine.repeat
    body: Json = {
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": medicine_code(chart, course),
        "authoredOn": authored.isoformat(),
        "requester": chart.clinician,
        "courseOfTherapyType": COURSE["continuous" if repeat else "acute"],
        "dosageInstruction": dosage(course, dose),
    }
    if repeat:
        body["dispenseRequest"] = {"numberOfRepeatsAllowed": 6}
    chart.add("MedicationRequest", body)
    return chart.last_name


def statement(chart: Chart, course: Course, when: date, status: str, dose: str) -> str:
    """What a hospital understood the person to be taking."""
    body: Json = {
        "status": status,
        "medicationCodeableConcept": medicine_code(chart, course),
        "effectiveDateTime": when.isoformat(),
        "dosage": dosage(course, dose),
    }
    chart.add("MedicationStatement", body)
    chart.last["identifier"] = [
        {"system": f"https://example.nhs.uk/{chart.provider.key}/list", "value": chart.last["id"]}
    ]
    return chart.last_name


def immunisation(chart: Chart, vaccine: Vaccine, day: date, own: bool) -> str:
    """A vaccination; `own` when this provider gave it."""
    body: Json = {
        "status": "completed",
        "vaccineCode": snomed_or_words(vaccine.product, vaccine.name),
        "occurrenceDateTime": day.isoformat(),
        "primarySource": own,
    }
    if vaccine.procedure[0]:
        body["extension"] = [{"url": _VACCINATION, "valueCodeableConcept": concept(SNOMED, *vaccine.procedure)}]
    if vaccine.disease:
        diseases = [{"coding": [{"system": SNOMED, "code": c, "display": d}]} for c, d in vaccine.disease]
        body["protocolApplied"] = [{"targetDisease": diseases, "doseNumberPositiveInt": 1}]
    chart.add("Immunization", body, "patient")
    return chart.last_name


def vital_sign(chart: Chart, measure: Measure, value: float, when: str) -> str:
    """A weight, a pulse, a temperature."""
    code = measure.in_practice if chart.provider.kind == "gp" else measure.in_laboratory
    quantity = measure.quantity(value)
    chart.add(
        "Observation",
        {
            "status": "final",
            "category": VITAL_SIGNS,
            "code": code,
            "effectiveDateTime": when,
            "valueQuantity": quantity,
        },
    )
    return chart.last_name


def result(chart: Chart, measure: Measure, value: float, when: str, accession: str, status: str = "final") -> str:
    """A laboratory result with its range; the hospital's own carries the laboratory's accession number."""
    practice = chart.provider.kind == "gp"
    body: Json = {
        "status": status,
        "category": LABORATORY,
        "code": measure.in_practice if practice else measure.in_laboratory,
        "effectiveDateTime": when,
        "valueQuantity": measure.quantity(value),
        "interpretation": measure.flag(value),
    }
    if measure.range:
        body["referenceRange"] = measure.range
    else:
        del body["interpretation"]
    if not practice:
        body["identifier"] = [{"system": "https://example.nhs.uk/lab/accession", "value": f"{accession}-{measure.key}"}]
    return chart.add("Observation", body)


def blood_pressure(systolic: int, diastolic: int, when: str, with_loinc: bool) -> Json:
    """A blood pressure: one panel, two components; practices add SNOMED CT, others only LOINC."""
    return {
        "status": "final",
        "category": VITAL_SIGNS,
        "code": _PANEL if with_loinc else _PANEL_BOTH,
        "effectiveDateTime": when,
        "component": [
            _component(_SYSTOLIC if with_loinc else _SYSTOLIC_BOTH, systolic),
            _component(_DIASTOLIC if with_loinc else _DIASTOLIC_BOTH, diastolic),
        ],
    }


def bp(chart: Chart, systolic: float, diastolic: float, day: date, minute: int) -> None:
    """Write one blood pressure."""
    low = max(40, int(diastolic))
    high = max(low + 22, int(systolic))
    chart.add("Observation", blood_pressure(high, low, stamp(day, minute), chart.provider.kind != "gp"))


def _component(code: Json, value: int) -> Json:
    quantity = {"value": value, "unit": "mmHg", "system": _UCUM, "code": "mm[Hg]"}
    return {"code": code, "valueQuantity": quantity}


def _both(loinc: str, snomed: str, words: str) -> tuple[Json, Json]:
    first = {"system": _LOINC, "code": loinc, "display": words}
    return {"coding": [first]}, {"coding": [first, {"system": SNOMED, "code": snomed, "display": words}], "text": words}


_PANEL, _PANEL_BOTH = _both("85354-9", "75367002", "Blood pressure")
_SYSTOLIC, _SYSTOLIC_BOTH = _both("8480-6", "271649006", "Systolic blood pressure")
_DIASTOLIC, _DIASTOLIC_BOTH = _both("8462-4", "271650006", "Diastolic blood pressure")
