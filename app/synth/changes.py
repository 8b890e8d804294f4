"""The second day: new readings, corrections, deletions, numbers traced, wrong numbers put right, doubles joined."""

from typing import Any

from app.synth import statements as say
from app.synth.case import Case
from app.synth.chart import Chart
from app.synth.dates import AS_OF, DAY_TWO, stamp
from app.synth.demographics import identifiers
from app.synth.measurements import MEASURES
from app.synth.shapes import PROBLEM_CERTAINTY

Json = dict[str, Any]
_WHEN = stamp(AS_OF, 1000)


def new_reading(case: Case, chart: Chart) -> None:
    """A blood pressure taken since the first delivery: now the latest."""
    high = int(case.life.levels["systolic"]) + 3
    low = min(int(case.life.levels["diastolic"]), high - 20)
    number = chart.new_id()
    profile = {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation"]}
    body = {"resourceType": "Observation", "id": number, "meta": profile, "subject": _subject(chart)}
    _put(chart, body | say.blood_pressure(high, low, _WHEN, with_loinc=False))
    case.trap("day2_new_bp", provider=chart.provider.key, systolic=high, diastolic=low)


def entered_in_error(case: Case, chart: Chart) -> None:
    """The newest problem turns out never to have been one."""
    active = [p for p in case.life.problems if not p.end and p.condition.snomed and len(p.fact.sources) == 1]
    if not active or not chart.resources:
        return
    fact = active[-1].fact
    name = str(fact.sources[0]["resource"])
    found = [r for r in chart.find("Condition") if f"Condition/{r['id']}" == name]
    if fact.sources[0]["provider"] != chart.provider.key or not found:
        return
    body = _next(found[0], chart)
    del body["clinicalStatus"]
    body["verificationStatus"] = PROBLEM_CERTAINTY["entered-in-error"]
    _put(chart, body)
    fact.status, fact.sources = "entered-in-error", []
    case.trap("entered_in_error", provider=chart.provider.key, resource=name, code=fact.key)


def deleted(case: Case, chart: Chart) -> None:
    """A medicine that the practice removes outright."""
    for course in case.life.courses:
        mine = [s for s in course.fact.sources if s["provider"] == chart.provider.key]
        if mine:
            name = str(mine[0]["resource"])
            chart.later.append({"request": {"method": "DELETE", "url": name}})
            course.fact.unsaid(chart.provider.key, name)
            case.trap("deleted_at_source", provider=chart.provider.key, resource=name)
            return


def corrected_result(case: Case, chart: Chart) -> None:
    """A result that was preliminary, and whose final value is another."""
    found = [r for r in chart.find("Observation") if "interpretation" in r]
    if not found:
        return
    first = found[-1]
    first["status"] = "preliminary"
    value = first["valueQuantity"]["value"]
    body = _next(first, chart) | {"status": "final"}
    final = round(value * 1.1 + 1, 1)
    measure = MEASURES[first["identifier"][0]["value"].rpartition("-")[2]]
    body |= {"valueQuantity": measure.quantity(final), "interpretation": measure.flag(final)}
    _put(chart, body)
    name = f"Observation/{first['id']}"
    case.trap("corrected_result", provider=chart.provider.key, resource=name, first=value, final=final)


def number_known(case: Case, chart: Chart, kind: str, noise: str, links: list[tuple[str, ...]]) -> None:
    """The right NHS number arrives: a record joins its person, or leaves someone else's."""
    body = _next(chart.resources[0], chart)
    own = body["identifier"][-1]
    body["identifier"] = [*identifiers(case.person.nhs, chart.provider.habits, []), own]
    _put(chart, body)
    links.append((case.person.pid, chart.provider.key, chart.patient_id, case.person.nhs, noise))
    if kind == "nhs_traced":
        case.trap(kind, provider=chart.provider.key, patient=chart.patient_id)


def replaced(chart: Chart, by: Chart) -> None:
    """A double is closed in favour of the record that stays."""
    body = _next(chart.resources[0], chart) | {"active": False}
    body["link"] = [{"other": {"reference": f"Patient/{by.patient_id}"}, "type": "replaced-by"}]
    _put(chart, body)


def _next(resource: Json, chart: Chart) -> Json:
    meta = {**resource.get("meta", {}), "versionId": "2", "lastUpdated": _WHEN}
    body = {**resource, "meta": meta}
    if "subject" in body:
        body["subject"] = _subject(chart)
    return body


def _subject(chart: Chart) -> Json:
    return {"reference": f"Patient/{chart.patient_id}"}


def _put(chart: Chart, resource: Json) -> None:
    url = f"{resource['resourceType']}/{resource['id']}"
    chart.later.append({"resource": resource, "request": {"method": "PUT", "url": url}})


TIMESTAMP = stamp(DAY_TWO, 240)
