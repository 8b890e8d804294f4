"""What an acute trust writes: admissions, ICD-10 diagnoses, its laboratory's results, and discharge letters."""

from datetime import date, timedelta
from typing import Any

from app.synth import statements as say
from app.synth.case import Case
from app.synth.chart import Chart
from app.synth.dates import AS_OF, day_between, stamp, surgery_minute
from app.synth.disagreements import allergies, medicines, problems, vaccinations
from app.synth.life import Sample
from app.synth.measurements import MEASURES, SURVEY
from app.synth.providers import SNOMED
from app.synth.shapes import (
    DIAGNOSIS,
    LAB_REPORT,
    PROBLEM_CERTAINTY,
    PROBLEM_STATUS,
    appointment,
    concept,
    document,
    encounter,
    flag,
    organisation,
    snomed_or_words,
)

Json = dict[str, Any]
_PROCEDURES = (
    ("54885007", "Cataract extraction"), ("609588000", "Total knee replacement"), ("52734007", "Total hip replacement"),
    ("80146002", "Appendicectomy"), ("73761001", "Colonoscopy"), ("399208008", "Plain chest X-ray"), ("", "CT of head"),
)  # fmt: skip
_WAITING = ("Inguinal hernia repair", "Cataract surgery", "Knee arthroscopy", "Hip replacement", "Gastroscopy")
_CLINICS = ("Cardiology clinic", "Diabetes clinic", "Eye clinic", "Fracture clinic", "Respiratory clinic")
_WARDS = ("Acute medical unit", "Care of the elderly ward", "Respiratory ward", "Short stay surgical unit")


def write(case: Case, chart: Chart, practice: Chart | None) -> None:
    """The hospital's record of one person; `practice` is the GP record that knows some of the same facts."""
    admissions = _admissions(case, chart)
    problems(case, chart)
    medicines(case, chart)
    allergies(case, chart)
    vaccinations(case, chart)
    if practice:
        _laboratory(case, chart, practice)
    if case.plan.thin:
        return
    for day in admissions:
        _observations(case, chart, day)
    if case.plan.has("zero_value"):
        _pain_of_nothing(case, chart)
    _planned(case, chart)
    if case.plan.has("current_admission") and not case.person.died and case.person.years >= 18:
        _current_admission(case, chart)


def _admissions(case: Case, chart: Chart) -> list[date]:
    """Past stays and emergencies, each stay with its letter."""
    rng, life, plan = case.rng, case.life, case.plan
    here = organisation(chart.provider)
    stays = sorted(day_between(rng, life.first, life.last) for _ in range(1 if plan.thin else 5 if plan.frail else 2))
    for day in stays:
        end = min(day + timedelta(days=1 + int(rng.random() * 9)), life.last)
        reason = rng.choice(life.problems).condition.name if life.problems else "Observation"
        kind = "EMER" if rng.random() < 0.5 or plan.thin else "IMP"
        finish = stamp(day, 1200) if kind == "EMER" or end <= day else stamp(end, 840)
        words = "Emergency department attendance" if kind == "EMER" else rng.choice(_WARDS)
        stay = chart.add("Encounter", encounter(kind, words, stamp(day, surgery_minute(rng)), here, finish, reason))
        if not plan.thin:
            _letter(case, chart, day, max(day, end), reason, stay)
    for _ in range(0 if plan.thin else 2 + len(plan.conditions) // 2):
        when = stamp(day_between(rng, life.first, life.last), surgery_minute(rng))
        chart.add("Encounter", encounter("AMB", rng.choice(_CLINICS), when, here))
    return stays


def _letter(case: Case, chart: Chart, day: date, end: date, reason: str, stay: str) -> None:
    taken = "\n".join(f"- {course.medicine.name}: {course.dose}" for course in case.life.courses if not course.stop)
    text = (
        f"DISCHARGE SUMMARY\n{chart.provider.name}\n"
        f"Patient: {case.person.family.upper()}, {' '.join(case.person.given)}\n"
        f"Admitted {day:%d/%m/%Y} Discharged {end:%d/%m/%Y}\nReason: {reason}\n"
        f"Medicines on discharge:\n{taken or '- none'}\n"
        "GP to review in two weeks."
    )
    body = document("Discharge summary", "373942005", stamp(end, 960), chart.provider, text)
    chart.add("DocumentReference", body | {"context": {"encounter": [{"reference": stay}]}})


def _laboratory(case: Case, chart: Chart, practice: Chart) -> None:
    """The tests that this laboratory did; the practice holds the same ones under its own codes."""
    mine = [test for test in case.life.samples if test.at_hospital]
    others = {_test(entry): entry["id"] for entry in practice.find("Observation") if "referenceRange" in entry}
    for test in mine[:1] if case.plan.thin else mine:
        _report(case, chart, test, others, practice)


def _test(entry: Json) -> tuple[object, ...]:
    """What makes two entries one test: the moment, the value and what was measured."""
    words = entry["code"].get("text") or entry["code"]["coding"][0]["display"]
    return (entry["effectiveDateTime"], entry["valueQuantity"]["value"], words)


def _report(case: Case, chart: Chart, test: Sample, others: dict[Any, str], practice: Chart) -> None:
    when = stamp(test.day, test.minute)
    references = []
    for measure, value in test.values:
        references.append({"reference": say.result(chart, measure, value, when, test.accession)})
        if other := others.get((when, value, measure.name)):
            pair = {"resource": chart.last_name, "other": f"{practice.provider.key}/Observation/{other}"}
            case.trap("same_lab_result_twice", provider=chart.provider.key, **pair)
    body: Json = {
        "status": "final", "category": LAB_REPORT, "code": {"text": test.name}, "effectiveDateTime": when,
        "issued": stamp(test.day, min(test.minute + 300, 1439)), "performer": [organisation(chart.provider)],
        "result": references,
    }  # fmt: skip
    chart.add("DiagnosticReport", body)


def _observations(case: Case, chart: Chart, day: date) -> None:
    """One round of the ward's observations."""
    rng, levels = case.rng, case.life.levels
    minute = surgery_minute(rng)
    for key in ("pulse", "temperature", "saturation", "breathing"):
        measure = MEASURES[key]
        say.vital_sign(chart, measure, measure.draw(rng, levels[key]), stamp(day, minute))
    if case.person.years >= 5:
        say.bp(chart, rng.gauss(levels["systolic"], 9), rng.gauss(levels["diastolic"], 6), day, minute)


def _pain_of_nothing(case: Case, chart: Chart) -> None:
    when = stamp(day_between(case.rng, case.life.first, case.life.last), 700)
    body: Json = {"status": "final", "category": SURVEY, "code": {"text": "Pain score (0-10)"}, "valueInteger": 0}
    chart.add("Observation", body | {"effectiveDateTime": when})
    case.trap("zero_value", provider=chart.provider.key, resource=chart.last_name)


def _planned(case: Case, chart: Chart) -> None:
    """Operations done, the waiting list, and clinics to come."""
    rng, life = case.rng, case.life
    for code, words in rng.sample(_PROCEDURES, min(3, case.person.years // 25)):
        when = day_between(rng, life.first, life.last).isoformat()
        body: Json = {"status": "completed", "code": snomed_or_words(code, words), "performedDateTime": when}
        chart.add("Procedure", body)
    if case.person.died or case.person.years < 18:
        return
    if rng.random() < 0.15:
        body = {"status": "active", "intent": "order", "category": [{"text": "Elective waiting list"}]}
        authored = (AS_OF - timedelta(days=int(rng.random() * 300) + 5)).isoformat()
        body |= {"code": {"text": rng.choice(_WAITING)}, "authoredOn": authored}
        body["performer"] = [organisation(chart.provider)]
        chart.add("ServiceRequest", body)
    if rng.random() < 0.4:
        day = AS_OF + timedelta(days=5 + int(rng.random() * 120))
        clinic = rng.choice(_CLINICS)
        who = f"{clinic}, {chart.provider.name}"
        chart.add("Appointment", appointment(chart.subject, clinic, who, stamp(day, 570), stamp(day, 590)), "")


def _current_admission(case: Case, chart: Chart) -> None:
    """In hospital now: an encounter without an end, today's observations, and what is watched."""
    since = AS_OF - timedelta(days=3)
    here = organisation(chart.provider)
    old = case.person.years >= 70
    ward, reason = (_WARDS[1], "Fall at home, confusion") if old else (_WARDS[0], "Chest pain")
    body = encounter("IMP", ward, stamp(since, 1130), here, reason=reason)
    chart.add("Encounter", body | {"status": "in-progress", "location": [{"location": {"display": "Ward 7, bed 12"}}]})
    for back in (2, 1):
        _observations(case, chart, AS_OF - timedelta(days=back))
    if old:
        chart.add("Condition", _delirium(since))
        chart.add("Flag", flag("High risk of falls", since))


def _delirium(since: date) -> Json:
    words = concept(SNOMED, "130987000", "Acute confusion")
    status = {"clinicalStatus": PROBLEM_STATUS["active"], "verificationStatus": PROBLEM_CERTAINTY["provisional"]}
    dates = {"onsetDateTime": since.isoformat(), "recordedDate": since.isoformat()}
    return status | {"category": DIAGNOSIS, "code": words} | dates
