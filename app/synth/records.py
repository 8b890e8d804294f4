"""All providers' records of one person: who wrote, what they wrote, and what they send on the second day."""

from dataclasses import dataclass, replace
from datetime import date

from app.synth import cast, changes, community, general_practice, hospital, people, social_care, traps
from app.synth.case import Case
from app.synth.chance import dice
from app.synth.chart import Chart, Ids
from app.synth.demographics import patient, slips
from app.synth.life import live
from app.synth.person import Person, pid
from app.synth.plan import Plan, make
from app.synth.providers import PRACTICES, Provider

Links = list[tuple[str, ...]]


@dataclass(frozen=True)
class Wanted:
    """What region is being written."""

    seed: int
    people: int
    thin: bool = False
    sizes: tuple[int, ...] = ()

    @property
    def with_cast(self) -> bool:
        """The named people open a region, unless it is written for a benchmark."""
        return not self.thin and not self.sizes


def write_person(wanted: Wanted, index: int, ids: Ids) -> tuple[Case, Links]:
    """Everything about the person at this place, and how day 2 changes whose record is whose."""
    rng = dice(wanted.seed, "person", index)
    target = wanted.sizes[index] if index < len(wanted.sizes) else 0
    someone = _sized(people.person(wanted.seed, index, wanted.with_cast), target)
    story = cast.CAST[index].story if wanted.with_cast and index < len(cast.CAST) else None
    plan = make(rng, someone, story, wanted.thin, target)
    case = Case(rng, someone, plan, live(rng, someone, plan))
    for provider in plan.providers:
        _record(case, provider, ids, story is not None)
    _doubles(wanted, case, ids)
    if target and (practice := case.chart("gp")):
        general_practice.fill(case, practice, target - sum(len(chart.resources) for chart in case.charts))
    _facts_about(wanted, case)
    links: Links = []
    _second_day(case, links)
    return case, links


def _sized(person: Person, target: int) -> Person:
    """Someone whose record is to have a given size is an ordinary adult."""
    if not target:
        return person
    return replace(person, born=date(1961, 4, 9), died=None, registered=True, restricted=False, dissent=False)


def _record(case: Case, provider: Provider, ids: Ids, careful: bool) -> None:
    chart = _open(case, provider, ids, careful)
    kind = provider.kind
    if kind == "gp":
        general_practice.write(case, chart)
        if not case.plan.thin:
            social_care.practice_warnings(case, chart)
            traps.lay(case, chart)
    elif kind == "acute":
        first = case.chart("acute") is chart
        hospital.write(case if first else _plain(case), chart, case.chart("gp"))
    elif kind == "community":
        community.write(case, chart)
    elif kind == "mental":
        community.mental(case, chart)
    elif kind == "social":
        social_care.adults(case, chart)
    else:
        social_care.children(case, chart)


def _plain(case: Case) -> Case:
    """The same person at a second hospital, which agrees with everyone."""
    return replace(case, plan=replace(case.plan, difficulties=frozenset()))


def _open(case: Case, provider: Provider, ids: Ids, careful: bool, extra: tuple[str, ...] = ()) -> Chart:
    """Register the person at this desk."""
    person = case.person
    chart = Chart(provider, ids, case.rng, person.restricted)
    chart.noise = [*slips(case.rng, person, provider, careful), *extra]
    if careful:
        chart.noise += cast.SLIPS.get((person.index, provider.key), [])
    chart.add_patient(patient(case.rng, person, provider, chart.patient_id, chart.noise))
    supplied = chart.resources[0]["identifier"][0]
    chart.nhs_supplied = supplied["value"].replace(" ", "") if supplied["use"] == "official" else ""
    case.charts.append(chart)
    for name in ("nhs_missing", "nhs_bad_check_digit"):
        if name in chart.noise:
            case.trap(name, provider=provider.key, patient=chart.patient_id)
    return chart


def _doubles(wanted: Wanted, case: Case, ids: Ids) -> None:
    """A former practice's record, a second record in one hospital, and another person's number on a record."""
    plan, acute = case.plan, case.chart("acute")
    if plan.has("moved_practice"):
        here = case.plan.providers[0]
        former = next(practice for practice in reversed(PRACTICES) if practice is not here)
        general_practice.leave_behind(case, _open(case, former, ids, careful=True))
    if acute and plan.has("duplicate_within_provider"):
        lost: tuple[str, ...] = ("nhs_missing", "old_address") if case.rng.random() < 0.5 else ("typo",)
        double = _open(case, acute.provider, ids, careful=True, extra=(*lost, "duplicate_within_provider"))
        hospital.write(Case(case.rng, case.person, _brief(plan), case.life), double, None)
        case.trap(
            "duplicate_within_provider", provider=acute.provider.key, patients=[acute.patient_id, double.patient_id]
        )
    if acute and (plan.has("overlay") or plan.has("overlay_on_samuel")):
        _overlay(wanted, case, acute)


def _brief(plan: Plan) -> Plan:
    """A second record of someone is a short one, and adds no disagreement of its own."""
    return replace(plan, thin=True, difficulties=frozenset())


def _overlay(wanted: Wanted, case: Case, chart: Chart) -> None:
    named = case.plan.has("overlay_on_samuel")
    index = case.person.index
    other = cast.CAST[cast.SAMUEL].person if named else people.stranger(wanted.seed, case.rng, index, wanted.with_cast)
    official = chart.resources[0]["identifier"][0]
    if other is None or official["use"] != "official" or other.restricted:
        return
    official["value"] = chart.nhs_supplied = other.nhs
    chart.noise.append(f"nhs_of_another_person:{other.pid}")
    case.trap("overlay", other.index, provider=chart.provider.key, patient=chart.patient_id)


def _facts_about(wanted: Wanted, case: Case) -> None:
    """The traps that come from who the person is."""
    person = case.person
    for kind, other in (("twins", person.twin), ("father_son", person.father), ("same_name_same_dob", person.namesake)):
        if other is not None and other < wanted.people:
            case.trap(kind, other)
    for kind, so in (
        ("unregistered", not person.registered),
        ("restricted", person.restricted),
        ("deceased", person.died is not None),
    ):
        if so:
            case.trap(kind)


def _second_day(case: Case, links: Links) -> None:
    practice, acute, plan = case.chart("gp"), case.chart("acute"), case.plan
    if practice and plan.has("day2_new_bp") and not case.person.died and case.person.years >= 5:
        changes.new_reading(case, practice)
    if practice and plan.has("entered_in_error"):
        changes.entered_in_error(case, practice)
    if practice and plan.has("deleted_at_source"):
        changes.deleted(case, practice)
    if acute and plan.has("corrected_result"):
        changes.corrected_result(case, acute)
    for chart in case.charts:
        _identity(case, chart, links)


def _identity(case: Case, chart: Chart, links: Links) -> None:
    """Numbers traced, wrong numbers put right, doubles joined."""
    noise = chart.noise
    other = next((name for name in noise if name.startswith("nhs_of_another_person")), "")
    first = next(c for c in case.charts if c.provider is chart.provider)
    if "duplicate_within_provider" in noise:
        changes.replaced(chart, first)
    elif other and (case.plan.has("overlay_on_samuel") or case.rng.random() < 0.6):
        changes.number_known(case, chart, "overlay", "overlay corrected on day 2", links)
        victim = int(other.rpartition("P")[2]) - 1
        case.trap("overlay_corrected", victim, provider=chart.provider.key, patient=chart.patient_id)
    elif "nhs_missing" in noise and (case.person.index == cast.EDITH or case.rng.random() < 0.4):
        changes.number_known(case, chart, "nhs_traced", "nhs number traced on day 2", links)


def link_row(case: Case, chart: Chart) -> tuple[str, ...]:
    """Which person a provider's patient is."""
    return (pid(case.person.index), chart.provider.key, chart.patient_id, chart.nhs_supplied, ";".join(chart.noise))
