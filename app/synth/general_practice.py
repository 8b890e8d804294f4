"""What a GP practice writes: the lifelong record, in SNOMED CT, with its own codes and a few slips."""

from datetime import date, timedelta
from typing import Any

from app.synth import statements as say
from app.synth.case import Case
from app.synth.chart import Chart
from app.synth.dates import AS_OF, day_between, stamp, surgery_minute
from app.synth.life import Course, Problem, Sample, sample
from app.synth.measurements import MEASURES, PANELS, SOCIAL
from app.synth.providers import PRACTICES, SNOMED
from app.synth.shapes import appointment, concept, document, encounter, snomed_or_words
from app.synth.traps import withdrawn

Json = dict[str, Any]
_SMOKING = {"coding": [{"system": SNOMED, "code": "365981007", "display": "Finding of tobacco smoking behaviour"}]}
_SMOKERS = (("266919005", "Never smoked tobacco"), ("8517006", "Ex-smoker"), ("449868002", "Smokes tobacco daily"))
_REASONS = (
    "Medication review", "Telephone consultation", "Cough and chest infection", "Blood test", "Joint pain",
    "Annual long-term condition review", "Skin problem", "Low mood", "Home visit", "Flu vaccination clinic",
    "Abdominal pain", "Dressing change", "Dizziness", "Tiredness", "Review of results",
)  # fmt: skip
_PROCEDURES = (
    ("73761001", "Colonoscopy"), ("127783003", "Spirometry"), ("71651007", "Mammography"), ("", "Ear syringing"),
    ("312681000", "Bone density scan"), ("399208008", "Plain chest X-ray"), ("", "Joint injection of knee"),
)  # fmt: skip


def write(case: Case, chart: Chart) -> None:
    """The whole practice record of one person."""
    for problem in case.life.problems:
        _problem(case, chart, problem)
    for course in case.life.courses:
        _medicine(case, chart, course)
    _allergies(case, chart)
    for vaccine, day in case.life.vaccines:
        say.immunisation(chart, vaccine, day, own=True)
    for number in range(case.plan.reviews):
        _review(case, chart, number)
    for test in case.life.samples:
        results(chart, test)
    _contacts(case, chart)
    if not case.plan.thin:
        _extras(case, chart)
    if case.person.dissent:
        chart.add("Consent", _dissent(case), "patient")
        case.trap("gp_sharing_dissent", provider=chart.provider.key)


def leave_behind(case: Case, chart: Chart) -> None:
    """The short record that a former practice still holds."""
    chart.resources[0]["active"] = False
    ended = day_between(case.rng, case.life.first, case.life.last).isoformat()
    extension = {"url": "https://example.nhs.uk/Extension/registration-end", "valueDate": ended}
    chart.resources[0]["extension"] = [*chart.resources[0].get("extension", ()), extension]
    chart.resources[0]["generalPractitioner"] = []
    del chart.resources[0]["generalPractitioner"]
    chart.noise.append("deregistered")
    for problem in case.life.problems[:3]:
        _problem(case, chart, problem)
    for number in range(min(2, case.plan.reviews)):
        _review(case, chart, number + 4)
    case.trap("moved_practice")


def results(chart: Chart, test: Sample) -> None:
    """A panel of results as the practice files it: no accession number, its own codes."""
    when = stamp(test.day, test.minute)
    for measure, value in test.values:
        say.result(chart, measure, value, when, "")


def fill(case: Case, chart: Chart, wanted: int) -> None:
    """Results upon results, until there are as many statements as a benchmark asks for."""
    first = AS_OF - timedelta(days=7000)
    names = tuple(PANELS)
    while wanted > 0:
        day = day_between(case.rng, first, case.life.last)
        before = len(chart.resources)
        throw = case.rng.random()
        if throw < 0.12:
            _contact(case, chart, day)
        elif throw < 0.35:
            _blood_pressure(case, chart, day)
        else:
            results(chart, sample(case.rng, case.life, case.rng.choice(names), day, at_hospital=False))
        wanted -= len(chart.resources) - before


def _problem(case: Case, chart: Chart, problem: Problem) -> None:
    condition = problem.condition
    code = snomed_or_words(condition.snomed, condition.name)
    status = "resolved" if problem.end else "active"
    name = say.problem(chart, code, problem.onset.isoformat(), status, end=problem.end)
    problem.fact.said(chart.provider.key, name, condition.snomed or condition.name, status=status)
    if not condition.snomed:
        case.trap("text_only_problem", provider=chart.provider.key, resource=name, key=condition.name)


def _medicine(case: Case, chart: Chart, course: Course) -> None:
    """The current entry, and for repeats some earlier issues."""
    for issue in range(case.plan.issues if not course.stop else 0):
        issued = case.life.last - timedelta(days=30 * (issue + 2) + int(case.rng.random() * 6))
        if issued > course.start:
            say.request(chart, course, issued, "completed", course.dose)
    authored = course.start if course.stop else max(course.start, case.life.last - timedelta(days=25))
    status = "completed" if course.stop else "active"
    name = say.request(chart, course, authored, status, course.dose)
    code = course.medicine.code or course.medicine.name
    course.fact.said(chart.provider.key, name, code, dose=course.dose, status=status)


def _allergies(case: Case, chart: Chart) -> None:
    for item in case.life.sensitivities:
        name = say.allergy(chart, snomed_or_words(item.agent.snomed, item.agent.name), item)
        code = item.agent.snomed or item.agent.name
        item.fact.said(chart.provider.key, name, code, verification="confirmed")
    if none := case.life.no_known_allergy:
        name = say.allergy(chart, concept(SNOMED, none.key, none.display), None)
        none.said(chart.provider.key, name, none.key, verification="confirmed")


def _review(case: Case, chart: Chart, number: int) -> None:
    """A visit to the nurse: pressure, weight, smoking."""
    span = max(1, (case.life.last - case.life.first).days)
    day = case.life.last - timedelta(days=min(span - 1, number * 230 + int(case.rng.random() * 200)))
    _blood_pressure(case, chart, day)
    when = stamp(day, surgery_minute(case.rng))
    weight = MEASURES["weight"].draw(case.rng, case.life.levels["weight"])
    height = round(case.life.levels["height"])
    values = {"weight": weight, "height": height, "bmi": round(weight / (height / 100) ** 2, 1)}
    for key in ("weight", "bmi") if number else values:
        say.vital_sign(chart, MEASURES[key], values[key], when)
    if case.person.years >= 16:
        code, words = _SMOKERS[0 if case.person.index % 5 < 3 else case.person.index % 5 - 2]
        body: Json = {"status": "final", "category": SOCIAL, "code": _SMOKING, "effectiveDateTime": when}
        chart.add("Observation", body | {"valueCodeableConcept": concept(SNOMED, code, words)})


def _blood_pressure(case: Case, chart: Chart, day: date) -> None:
    if case.person.years < 5:
        return
    levels, rng = case.life.levels, case.rng
    say.bp(chart, rng.gauss(levels["systolic"], 7), rng.gauss(levels["diastolic"], 5), day, surgery_minute(rng))


def _contacts(case: Case, chart: Chart) -> None:
    for _ in range(case.plan.contacts):
        _contact(case, chart, day_between(case.rng, case.life.first, case.life.last))


def _contact(case: Case, chart: Chart, day: date) -> None:
    here: Json = {"reference": f"Organization/{chart.provider.ods}", "display": chart.provider.name}
    reason = case.rng.choice(_REASONS)
    way = "VR" if reason.startswith("Telephone") else "AMB"
    body = encounter(way, reason, stamp(day, surgery_minute(case.rng)), here)
    chart.add("Encounter", body | {"participant": [{"individual": chart.clinician}]})


def _extras(case: Case, chart: Chart) -> None:
    """Procedures, letters received, referrals, what is booked, and problems withdrawn."""
    rng, life = case.rng, case.life
    possible = [p for p in _PROCEDURES if p[1] != "Mammography" or case.person.sex == "female"]
    for code, words in rng.sample(possible, min(2, case.person.years // 25)):
        day = day_between(rng, life.first, life.last)
        body: Json = {"status": "completed", "code": snomed_or_words(code, words), "performedDateTime": day.isoformat()}
        chart.add("Procedure", body)
    if rng.random() < 0.3 or case.plan.frail:
        day = day_between(rng, life.first, life.last)
        text = f"Seen in clinic on {day:%d/%m/%Y}. No change to treatment. Review in one year."
        chart.add("DocumentReference", document("Outpatient clinic letter", "", stamp(day, 600), chart.provider, text))
    if not case.person.died and rng.random() < 0.25:
        day = AS_OF + timedelta(days=3 + int(rng.random() * 60))
        who = f"Practice nurse, {chart.provider.name}"
        chart.add("Appointment", appointment(chart.subject, "Blood test", who, stamp(day, 600), stamp(day, 610)), "")
    if case.plan.has("withdrawn_from_the_start"):
        withdrawn(case, chart)


def _dissent(case: Case) -> Json:
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "status": "active",
        "scope": {"coding": [{"system": scope, "code": "patient-privacy"}]},
        "category": [{"text": "Dissent from sharing this GP record with the local shared care record"}],
        "dateTime": day_between(case.rng, max(case.life.first, date(2021, 1, 1)), case.life.last).isoformat(),
        "policyRule": {"text": "local shared record dissent"},
        "provision": {"type": "deny"},
    }


def organisation_of(number: int) -> Json:
    """The Organization that a practice's feed begins with."""
    practice = PRACTICES[number]
    system = "https://fhir.nhs.uk/Id/ods-organization-code"
    identifier = [{"system": system, "value": practice.ods}]
    return {"resourceType": "Organization", "id": practice.ods, "identifier": identifier, "name": practice.name}
