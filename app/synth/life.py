"""What is true of one person: illnesses, medicines, allergies, tests. Providers then write it in their own ways."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from app.synth.chance import Random
from app.synth.conditions import PAST, Condition
from app.synth.dates import AS_OF, day_between, surgery_minute
from app.synth.measurements import MEASURES, PANELS, SHIFTS, Measure
from app.synth.medicines import ACUTE, MEDICINES, NOT_FROM_65, PENICILLINS, Medicine
from app.synth.person import Person
from app.synth.plan import Plan
from app.synth.sensitivities import AGENTS, NO_KNOWN, PENICILLIN, Agent
from app.synth.truth_facts import Fact
from app.synth.vaccines import Given, given_to

_TEN_YEARS = timedelta(days=3650)


@dataclass
class Problem:
    """An illness, from when, and until when if it is over."""

    condition: Condition
    onset: date
    end: date | None
    fact: Fact


@dataclass
class Course:
    """A medicine that someone takes, or has taken."""

    medicine: Medicine
    dose: str
    start: date
    stop: date | None
    fact: Fact


@dataclass
class Sensitivity:
    """Something a person reacts to."""

    agent: Agent
    reaction: str
    recorded: date
    fact: Fact


@dataclass(frozen=True)
class Sample:
    """One blood test, taken once, perhaps known to two systems."""

    name: str
    day: date
    minute: int
    values: tuple[tuple[Measure, float], ...]
    accession: str
    at_hospital: bool


@dataclass
class Life:
    """All of it."""

    first: date
    last: date
    problems: list[Problem] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    sensitivities: list[Sensitivity] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    vaccines: list[Given] = field(default_factory=list)
    levels: dict[str, float] = field(default_factory=dict)
    no_known_allergy: Fact | None = None

    @property
    def facts(self) -> list[Fact]:
        """Every fact of the truth files, in their order."""
        lists = (self.problems, self.courses, self.sensitivities)
        found = [item.fact for items in lists for item in items]
        return [*found, self.no_known_allergy] if self.no_known_allergy else found


def live(rng: Random, person: Person, plan: Plan) -> Life:
    """One life, as far as any record would tell it."""
    last = person.died or AS_OF - timedelta(days=1)
    life = Life(first=max(person.born, last - _TEN_YEARS), last=last)
    life.problems = _problems(rng, person, plan, last)
    life.courses = _courses(rng, person, plan, life)
    _allergies(rng, person, plan, life)
    life.levels = _levels(rng, person, plan)
    life.samples = [_sample(rng, life, plan) for _ in range(plan.panels)]
    life.vaccines = given_to(rng, person.born, last, bool(plan.conditions), plan.vaccines)
    return life


def _problems(rng: Random, person: Person, plan: Plan, last: date) -> list[Problem]:
    found = []
    for condition in plan.conditions:
        earliest = max(person.born, last - timedelta(days=8000))
        onset = day_between(rng, earliest, max(earliest, last - timedelta(days=200)))
        found.append(Problem(condition, onset, None, Fact("problem", condition.key, condition.name)))
    past = 1 if plan.thin else min(4, 1 + person.years // 20)
    for name, snomed, icd10 in rng.sample(PAST, past):
        onset = day_between(rng, max(person.born, last - timedelta(days=9000)), last - timedelta(days=30))
        fact = Fact("problem", snomed or name, name, "resolved")
        ended = onset + timedelta(days=7 + int(rng.random() * 20))
        found.append(Problem(Condition(name, snomed, icd10, (0, 0, 0, 0, 0)), onset, min(ended, last), fact))
    return found


def _courses(rng: Random, person: Person, plan: Plan, life: Life) -> list[Course]:
    found: dict[str, Course] = {}
    for problem in life.problems:
        names = problem.condition.medicines
        for name in [n for n in names if person.years < 65 or n not in NOT_FROM_65][:2]:
            medicine = MEDICINES[name]
            start = day_between(rng, max(problem.onset, life.first), life.last)
            found.setdefault(name, _course(rng, medicine, start, None))
    for medicine in rng.sample(ACUTE, 0 if plan.thin else 1 + (rng.random() < 0.5)):
        start = day_between(rng, life.first, life.last)
        found.setdefault(medicine.name, _course(rng, medicine, start, min(start + timedelta(days=7), life.last)))
    return list(found.values())


def _course(rng: Random, medicine: Medicine, start: date, stop: date | None) -> Course:
    dose = medicine.doses[0] if rng.random() < 0.7 else medicine.doses[-1]
    fact = Fact("medication", medicine.name, medicine.name, "completed" if stop else "active")
    return Course(medicine, dose, start, stop, fact)


def _allergies(rng: Random, person: Person, plan: Plan, life: Life) -> None:
    agents = [agent for agent in AGENTS if rng.random() < agent.often]
    if plan.has("penicillin_allergy") and PENICILLIN not in agents:
        agents.insert(0, PENICILLIN)
    for agent in agents:
        recorded = day_between(rng, max(person.born, date(1985, 1, 1)), life.last)
        fact = Fact("allergy", agent.snomed or agent.name, agent.name)
        life.sensitivities.append(Sensitivity(agent, rng.choice(agent.reactions), recorded, fact))
    if PENICILLIN in agents:
        life.courses = [c for c in life.courses if c.medicine.name.split()[0].lower() not in PENICILLINS]
    if not agents and rng.random() < 0.45:
        life.no_known_allergy = Fact("allergy", *NO_KNOWN)


def _levels(rng: Random, person: Person, plan: Plan) -> dict[str, float]:
    levels = {key: measure.level(rng) for key, measure in MEASURES.items()}
    for condition in plan.conditions:
        for key, shift in SHIFTS.get(condition.name, {}).items():
            levels[key] += shift
    levels["height"] += 6 if person.sex == "male" else -7
    if person.years < 18:
        levels["height"] = 55 + person.years * 6.6
        levels["weight"] = 4.5 + person.years * 3.1
    raised = any(condition.name == "Essential hypertension" for condition in plan.conditions)
    levels["systolic"] = rng.gauss(98 + person.years * 0.45, 8) + (12 if raised else 0)
    levels["diastolic"] = rng.gauss(70, 6) + (8 if raised else 0)
    return levels


def _sample(rng: Random, life: Life, plan: Plan) -> Sample:
    names = tuple(PANELS)
    name = names[0] if plan.thin else rng.choice(names)
    return sample(rng, life, name, day_between(rng, life.first, life.last), rng.random() < 0.35)


def sample(rng: Random, life: Life, name: str, day: date, at_hospital: bool) -> Sample:
    """One blood test of this person on this day."""
    values = tuple((measure, measure.draw(rng, life.levels[measure.key])) for measure in PANELS[name])
    accession = f"{day.year % 100:02d}{rng.getrandbits(40):010X}"
    return Sample(name, day, surgery_minute(rng), values, accession, at_hospital)
