"""Where a hospital's lists differ from the practice's: doses, dates, statuses, certainty and words."""

from datetime import timedelta
from typing import Any

from app.synth import statements as say
from app.synth.case import Case
from app.synth.chart import Chart
from app.synth.dates import day_between
from app.synth.life import Course, Problem, Sensitivity
from app.synth.medicines import MEDICINES
from app.synth.providers import SNOMED
from app.synth.sensitivities import AGENTS, NO_KNOWN, PENICILLIN, Agent
from app.synth.shapes import ICD10, concept, snomed_or_words
from app.synth.truth_facts import Fact

Json = dict[str, Any]
ONE_OF_EACH = ("onset_conflict", "status_conflict", "verification_conflict", "same_code_other_words")


def problems(case: Case, chart: Chart) -> None:
    """Diagnoses in ICD-10, or in SNOMED CT with other words; each planned disagreement falls on another problem."""
    known = [p for p in case.life.problems if p.condition.medicines or not p.end]
    if case.plan.thin:
        known = known[:1]
    todo = [name for name in ONE_OF_EACH if case.plan.has(name)]
    for problem in known:
        if case.plan.frail or todo or case.rng.random() < 0.7:
            trap = todo.pop(0) if todo and problem.condition.snomed and not problem.end and problem.fact.sources else ""
            _problem(case, chart, problem, trap)


def medicines(case: Case, chart: Chart) -> None:
    """The list on discharge; the dose of one may differ, one may have been stopped."""
    current = [course for course in case.life.courses if not course.stop]
    wanted = [name for name in ("dose_conflict", "medicine_status_conflict") if case.plan.has(name)]
    for course in current[:1] if case.plan.thin else current[:9]:
        dose, status = course.dose, "active"
        on_list = bool(course.fact.sources)
        if "dose_conflict" in wanted and on_list and len(course.medicine.doses) > 1:
            dose = next(other for other in course.medicine.doses if other != course.dose)
            _noted(case, chart, wanted, "dose_conflict", key=course.fact.key)
        elif "medicine_status_conflict" in wanted and on_list:
            status = "stopped"
            _noted(case, chart, wanted, "medicine_status_conflict", key=course.fact.key)
        when = day_between(case.rng, max(course.start, case.life.first), case.life.last)
        name = say.statement(chart, course, when, status, dose)
        code = course.medicine.code or course.medicine.name
        course.fact.said(chart.provider.key, name, code, dose=dose, status=status)


def given_despite_allergy(case: Case, chart: Chart) -> None:
    """A penicillin on the ward, for someone whom the practice calls allergic to it."""
    if not any(item.agent is PENICILLIN and item.fact.sources for item in case.life.sensitivities):
        return
    medicine, since = MEDICINES["amoxicillin"], case.life.last - timedelta(days=2)
    course = Course(medicine, medicine.doses[0], since, None, Fact("medication", medicine.name, medicine.name))
    case.life.courses.append(course)
    name = say.statement(chart, course, since, "active", course.dose)
    course.fact.said(chart.provider.key, name, medicine.code, dose=course.dose, status="active")
    case.trap("allergy_medicine_conflict", provider=chart.provider.key, resource=name, key=medicine.name)


def allergies(case: Case, chart: Chart) -> None:
    """The same allergies, perhaps refuted after testing, perhaps coded by the substance; sometimes one of its own."""
    for place, item in enumerate(case.life.sensitivities):
        refuted = place == 0 and case.plan.has("delabelled_allergy") and bool(item.fact.sources)
        if not refuted and (case.plan.thin or case.rng.random() < 0.3):
            continue
        code = _agent_code(item.agent, case.rng.random() < 0.3)
        certainty, status = ("refuted", "inactive") if refuted else ("confirmed", "active")
        name = say.allergy(chart, code, item, certainty, status)
        key = code["coding"][0]["code"] if "coding" in code else code["text"]
        item.fact.said(chart.provider.key, name, key, verification=certainty)
        if refuted:
            case.trap("delabelled_allergy", provider=chart.provider.key, key=item.fact.key)
    if case.plan.has("allergy_not_shared"):
        _own_allergy(case, chart)
    if case.plan.has("allergy_medicine_conflict"):
        given_despite_allergy(case, chart)


def no_known_allergies(case: Case, chart: Chart) -> None:
    """The bare statement that there are none, whatever others know."""
    name = say.allergy(chart, concept(SNOMED, *NO_KNOWN), None)
    if case.life.no_known_allergy is None:
        case.life.no_known_allergy = Fact("allergy", *NO_KNOWN)
    case.life.no_known_allergy.said(chart.provider.key, name, NO_KNOWN[0], verification="confirmed")
    if any(item.fact.sources for item in case.life.sensitivities):
        case.trap("nkda_conflict", provider=chart.provider.key)


def vaccinations(case: Case, chart: Chart) -> None:
    """A vaccination given here, which the practice has on its list too."""
    if not (case.plan.has("echoed_immunisation") and case.life.vaccines):
        return
    vaccine, day = case.life.vaccines[0]
    name = say.immunisation(chart, vaccine, day, own=True)
    case.trap("echoed_immunisation", provider=chart.provider.key, resource=name, key=vaccine.name)


def _problem(case: Case, chart: Chart, problem: Problem, trap: str) -> None:
    condition, rng = problem.condition, case.rng
    onset, end = problem.onset.isoformat(), problem.end
    status, certainty = "resolved" if end else "active", "confirmed"
    key = _icd(rng.random(), condition.icd10)
    code: Json = {"coding": [{"system": ICD10, "code": key}], "text": condition.name}
    if trap == "onset_conflict":
        onset = _other_year(case, problem)
    elif trap == "status_conflict":
        status, end = "resolved", case.life.last
    elif trap == "verification_conflict":
        status, certainty = "inactive", "refuted"
    if trap or not condition.icd10:
        key = condition.snomed or condition.name
        code = snomed_or_words(condition.snomed, condition.words[0] if trap == ONE_OF_EACH[3] else condition.name)
    name = say.problem(chart, code, onset, status, certainty, end)
    problem.fact.said(chart.provider.key, name, key, status=status, verification=certainty)
    if trap:
        case.trap(trap, provider=chart.provider.key, resource=name, key=problem.fact.key)


def _other_year(case: Case, problem: Problem) -> str:
    """A year near the onset, within the person's life, that is not the year of the onset."""
    year = problem.onset.year
    likely = (year + 2, year - 2, year + 1, year - 1)
    return str(next((y for y in likely if case.person.born.year < y < case.life.last.year), case.life.last.isoformat()))


def _icd(throw: float, code: str) -> str:
    """ICD-10 with its dot or without: both are met."""
    return f"{code[:3]}.{code[3:]}" if throw < 0.3 and len(code) == 4 and code[3] != "X" else code


def _agent_code(agent: Agent, by_substance: bool) -> Json:
    if by_substance and agent.substance[0]:
        return concept(SNOMED, *agent.substance)
    return snomed_or_words(agent.snomed, agent.name)


def _own_allergy(case: Case, chart: Chart) -> None:
    known = {item.agent.name for item in case.life.sensitivities}
    agent = next(agent for agent in reversed(AGENTS) if agent.name not in known)
    recorded = day_between(case.rng, case.life.first, case.life.last)
    item = Sensitivity(agent, agent.reactions[0], recorded, Fact("allergy", agent.snomed or agent.name, agent.name))
    case.life.sensitivities.append(item)
    name = say.allergy(chart, snomed_or_words(agent.snomed, agent.name), item)
    item.fact.said(chart.provider.key, name, agent.snomed or agent.name, verification="confirmed")
    case.trap("allergy_not_shared", provider=chart.provider.key, resource=name, key=item.fact.key)


def _noted(case: Case, chart: Chart, wanted: list[str], name: str, key: str) -> None:
    wanted.remove(name)
    case.trap(name, provider=chart.provider.key, key=key)
