"""What community nurses and mental health teams write: caseloads, visits, plans and warnings."""

from datetime import date, timedelta
from typing import Any

from app.synth import statements as say
from app.synth.case import Case
from app.synth.chart import Chart
from app.synth.dates import AS_OF, day_between, stamp, surgery_minute
from app.synth.disagreements import no_known_allergies
from app.synth.measurements import MEASURES, SURVEY
from app.synth.places import phone
from app.synth.shapes import care_plan, care_team, document, encounter, episode, flag, organisation

Json = dict[str, Any]
_VISITS = ("District nurse visit", "Wound care visit", "Frailty review", "Continence review", "Podiatry appointment")
_TEAMS = ("Community mental health team", "Early intervention team", "Memory assessment service")


def write(case: Case, chart: Chart) -> None:
    """The community record of one person."""
    rng, life, plan = case.rng, case.life, case.plan
    since = day_between(rng, max(life.first, life.last - timedelta(days=900)), life.last)
    child = case.person.years < 18
    team = "Health visiting" if child else "District nursing"
    chart.add("EpisodeOfCare", episode(team, since, chart.provider, case.person.died), "patient")
    for problem in life.problems[: 1 if plan.thin else 4]:
        words = problem.condition.words[0] if problem.condition.words else problem.condition.name
        status = "resolved" if problem.end else "active"
        name = say.problem(chart, {"text": words}, problem.onset.isoformat(), status, end=problem.end)
        problem.fact.said(chart.provider.key, name, words, status=status)
        case.trap("text_only_problem", provider=chart.provider.key, resource=name, key=problem.fact.key)
    if plan.has("nkda_conflict") or (not life.sensitivities and rng.random() < 0.3):
        no_known_allergies(case, chart)
    _visits(case, chart, child)
    if not plan.thin:
        _plans(case, chart, child)


def mental(case: Case, chart: Chart) -> None:
    """The mental health trust's record: everything in it is labelled restricted."""
    rng, life = case.rng, case.life
    since = day_between(rng, max(life.first, life.last - timedelta(days=1500)), life.last)
    team = rng.choice(_TEAMS)
    chart.add("EpisodeOfCare", episode(team, since, chart.provider, case.person.died), "patient")
    for problem in [p for p in life.problems if p.condition.mental]:
        icd10 = problem.condition.icd10
        dotted = f"{icd10[:3]}.{icd10[3:]}" if not icd10.endswith("X") else icd10[:3]
        coding = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": dotted}]
        code = {"coding": coding, "text": problem.condition.name}
        name = say.problem(chart, code, problem.onset.isoformat(), "active")
        problem.fact.said(chart.provider.key, name, dotted, status="active")
    _mental_medicine(case, chart, since)
    text = "Known triggers: bereavement, poor sleep. First call the care coordinator, then the crisis line."
    chart.add("CarePlan", care_plan("Crisis and contingency plan", text, since))
    chart.add("CareTeam", care_team(team, "Care coordinator", chart.clinician, phone(rng)))
    for _ in range(0 if case.plan.thin else 3):
        when = stamp(day_between(rng, since, life.last), surgery_minute(rng))
        chart.add("Encounter", encounter("AMB", "Community mental health review", when, organisation(chart.provider)))
    if case.plan.has("risk_to_staff") or rng.random() < 0.12:
        chart.add("Flag", flag("Risk to staff: do not visit alone", since))


def _mental_medicine(case: Case, chart: Chart, since: date) -> None:
    for course in [c for c in case.life.courses if not c.stop][:1]:
        name = say.statement(chart, course, max(course.start, since), "active", course.dose)
        course.fact.said(
            chart.provider.key, name, course.medicine.code or course.medicine.name, dose=course.dose, status="active"
        )


def _visits(case: Case, chart: Chart, child: bool) -> None:
    rng, life, plan = case.rng, case.life, case.plan
    here = organisation(chart.provider)
    for _ in range(1 if plan.thin else 14 if plan.frail else 4):
        day = day_between(rng, max(life.first, life.last - timedelta(days=500)), life.last)
        words = "Health visitor contact" if child else rng.choice(_VISITS)
        chart.add("Encounter", encounter("HH", words, stamp(day, surgery_minute(rng)), here))
        measure = MEASURES["weight"]
        say.vital_sign(chart, measure, measure.draw(rng, life.levels["weight"]), stamp(day, surgery_minute(rng)))
        if not child:
            say.bp(chart, rng.gauss(life.levels["systolic"], 8), rng.gauss(life.levels["diastolic"], 6), day, 650)


def _plans(case: Case, chart: Chart, child: bool) -> None:
    rng, life = case.rng, case.life
    since = life.last - timedelta(days=30 + int(rng.random() * 200))
    if child:
        chart.add("CarePlan", care_plan("Healthy child programme", "Routine reviews.", max(since, case.person.born)))
        return
    chart.add("CareTeam", care_team("District nursing team", "Key worker", chart.clinician, phone(rng)))
    ended = min(since + timedelta(days=60), life.last)
    chart.add("CarePlan", care_plan("Wound care", "Dress twice a week.", since, "225358003", ended))
    if case.plan.frail:
        score = 6 + (case.person.index % 3 == 0)
        body = {"status": "final", "category": SURVEY, "code": {"text": "Rockwood Clinical Frailty Scale score"}}
        chart.add("Observation", body | {"effectiveDateTime": stamp(since, 700), "valueInteger": score})
        chart.add(
            "CarePlan", care_plan("Comprehensive frailty plan", "Two carers to stand. Walks with a frame.", since)
        )
        chart.add("Flag", flag("Risk of pressure ulcers", since))
        _advance_plan(case, chart)


def _advance_plan(case: Case, chart: Chart) -> None:
    """What the person wants in an emergency, and for whom it speaks."""
    day = AS_OF - timedelta(days=120) if not case.person.died else case.life.last - timedelta(days=60)
    text = (
        "ReSPECT\nRecommended Summary Plan for Emergency Care and Treatment\n"
        "Focus: comfort, and treatment at home where possible.\n"
        "CPR attempts NOT recommended. For hospital admission only if comfort cannot be achieved at home.\n"
        "Discussed with the person and family."
    )
    chart.add("DocumentReference", document("ReSPECT form", "", stamp(day, 720), chart.provider, text))
    if case.person.index % 2 == 0:
        chart.add("Consent", _refusal(day), "patient")
    chart.add("Flag", flag("ReSPECT in place: CPR attempts not recommended", day))


def _refusal(day: date) -> Json:
    """An advance decision: a Consent that says nothing about sharing."""
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "status": "active",
        "scope": {"coding": [{"system": scope, "code": "adr", "display": "Advanced Care Directive"}]},
        "category": [{"text": "Advance decision to refuse treatment: no ventilation"}],
        "dateTime": day.isoformat(),
        "policyRule": {"text": "Mental Capacity Act 2005, sections 24 to 26"},
    }
