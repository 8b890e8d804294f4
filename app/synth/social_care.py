"""What the council's adult and children's teams write: support, warnings at the door, and who cares for whom."""

from datetime import timedelta

from app.synth.case import Case
from app.synth.chance import Random, dice
from app.synth.chart import Chart
from app.synth.dates import AS_OF, day_between
from app.synth.places import phone
from app.synth.shapes import care_plan, care_team, episode, flag, related_person

_SUPPORT = (
    "Home care, two visits a day", "Home care, four visits a day, two carers",
    "Direct payment for a personal assistant", "Day centre twice a week", "Residential care",
    "Equipment and adaptations after assessment",
)  # fmt: skip
_WARNINGS = ("Key safe at the front door", "Hoist in use", "Dog at the property", "Hard of hearing: knock loudly")


def adults(case: Case, chart: Chart) -> None:
    """Adult social care's record of one person."""
    rng, life = case.rng, case.life
    since = day_between(rng, max(life.first, life.last - timedelta(days=1200)), life.last)
    chart.add("CarePlan", care_plan("Care and support plan", rng.choice(_SUPPORT), since, until=case.person.died))
    chart.add(
        "CareTeam",
        care_team("Adult social care team", "Allocated social worker", chart.clinician, phone(rng)),
    )
    chart.add("Flag", flag(rng.choice(_WARNINGS), since))
    relative(case, chart)
    if rng.random() < 0.25 or case.plan.has("safeguarding_adult"):
        chart.add("Flag", flag("Safeguarding adult concern: possible financial abuse", since))
    if case.plan.frail:
        chart.add("Flag", flag("Lasting power of attorney for health and welfare is registered", since))


def children(case: Case, chart: Chart) -> None:
    """Children's social care: a plan, a worker, and for some a child protection flag."""
    rng, born = case.rng, case.person.born
    since = day_between(rng, max(born, AS_OF - timedelta(days=700)), AS_OF - timedelta(days=10))
    chart.add("EpisodeOfCare", episode("Children's social care", since, chart.provider), "patient")
    chart.add("CareTeam", care_team("Family support team", "Social worker", chart.clinician, phone(rng)))
    if case.plan.has("child_safeguarding") or rng.random() < 0.4:
        chart.add("Flag", flag("Child protection plan: neglect", since))
        case.trap("child_safeguarding", provider=chart.provider.key, resource=chart.last_name)
        chart.add(
            "CarePlan", care_plan("Child protection plan", "Core group every four weeks. School informed.", since)
        )
    else:
        chart.add("Flag", flag("Family known to children's social care", since))
        chart.add("CarePlan", care_plan("Child in need plan", "Family support worker weekly.", since))
    relative(case, chart, "Mother")


def relative(case: Case, chart: Chart, relationship: str = "") -> None:
    """The person to ring: someone of the household, or a friend."""
    rng = case.rng
    home = case.person.household
    name = home[0][1] if home else _friend(rng)
    words = relationship or (rng.choice(("Next of kin", "Spouse or partner", "Unpaid carer")) if home else "Friend")
    number = phone(dice("telephone", name))  # whoever asks, a person gives the same number
    chart.add("RelatedPerson", related_person(name, words, number), "patient")


def practice_warnings(case: Case, chart: Chart) -> None:
    """What a practice flags about anyone: needs in communication, adjustments, falls, next of kin."""
    rng, life = case.rng, case.life
    since = day_between(rng, max(life.first, life.last - timedelta(days=1100)), life.last)
    other_language = case.person.origin not in ("british", "irish") and rng.random() < 0.12
    if other_language or case.plan.has("interpreter"):
        chart.add("Flag", flag("Communication: interpreter needed", since))
    if rng.random() < 0.06 or case.plan.frail:
        chart.add("Flag", flag("Reasonable adjustment: longer appointments, large print", since))
    if case.plan.frail:
        chart.add("Flag", flag("At risk of falls", since))
        chart.add("CarePlan", care_plan("Advance care plan", "Prefers to be cared for at home.", since, "734163000"))
    if case.plan.has("resuscitation_conflict"):
        chart.add("Flag", flag("For attempted cardiopulmonary resuscitation", since - timedelta(days=800)))
        case.trap("resuscitation_conflict", provider=chart.provider.key, resource=chart.last_name)
    if rng.random() < 0.5 or case.plan.frail:
        relative(case, chart)


def _friend(rng: Random) -> str:
    return rng.choice(("Pat Whitlow", "Terry Amos", "Lesley Dunne", "Gwen Farrant"))
