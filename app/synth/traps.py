"""Difficulties that are laid into a practice's own record."""

from app.synth import statements as say
from app.synth.case import Case
from app.synth.chart import Chart
from app.synth.dates import day_between, stamp
from app.synth.measurements import MEASURES


def withdrawn(case: Case, chart: Chart) -> None:
    """A problem that arrives already marked as entered in error."""
    onset = day_between(case.rng, case.life.first, case.life.last).isoformat()
    name = say.problem(chart, {"text": "Chronic obstructive pulmonary disease"}, onset, "active", "entered-in-error")
    case.trap("withdrawn_from_the_start", provider=chart.provider.key, resource=name)


def two_readings(case: Case, chart: Chart) -> None:
    """The same pulse in the morning and in the evening."""
    day = day_between(case.rng, case.life.first, case.life.last)
    value = int(case.life.levels["pulse"])
    names = [say.vital_sign(chart, MEASURES["pulse"], value, stamp(day, minute)) for minute in (480, 1200)]
    case.trap("two_readings_one_day", provider=chart.provider.key, resource=names[0], other=names[1])


def irregular_time(case: Case, chart: Chart) -> None:
    """A lastUpdated without its zone: against the letter of FHIR, yet readable."""
    for resource in chart.find("Condition")[:1]:
        resource["meta"] = {**resource["meta"], "lastUpdated": f"{resource['recordedDate']}T09:30:00"}
        case.trap("irregular_time", provider=chart.provider.key, resource=f"Condition/{resource['id']}")


def lay(case: Case, chart: Chart) -> None:
    """All that the plan asks of this practice record."""
    if case.plan.has("two_readings_one_day"):
        two_readings(case, chart)
    if case.plan.has("irregular_time"):
        irregular_time(case, chart)
