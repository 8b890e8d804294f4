"""How much is written about a person, by whom, and which real-life difficulties their records hold."""

from dataclasses import dataclass

from app.synth.chance import Random, dice
from app.synth.conditions import CONDITIONS, Condition, choose
from app.synth.person import Person
from app.synth.providers import ACUTE, ADULT_CARE, CHILDREN, COMMUNITY, MENTAL, PRACTICES, Provider


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that is decided before anything is written."""

    providers: tuple[Provider, ...]
    conditions: tuple[Condition, ...]
    difficulties: frozenset[str]
    reviews: int
    panels: int
    contacts: int
    issues: int
    vaccines: int
    frail: bool = False
    thin: bool = False
    target: int = 0

    def has(self, difficulty: str) -> bool:
        """Whether this difficulty is in the person's records."""
        return difficulty in self.difficulties


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is fixed about a named character: overrides what chance would have decided."""

    conditions: tuple[str, ...]
    providers: tuple[Provider, ...]
    difficulties: tuple[str, ...] = ()
    frail: bool = False


# Each difficulty with how often it is met, and what must be known for it to be possible.
_DIFFICULTIES: dict[str, tuple[float, tuple[str, ...]]] = {
    "dose_conflict": (0.12, ("gp", "acute")),
    "medicine_status_conflict": (0.06, ("gp", "acute")),
    "onset_conflict": (0.1, ("gp", "acute")),
    "status_conflict": (0.06, ("gp", "acute")),
    "verification_conflict": (0.03, ("gp", "acute")),
    "same_code_other_words": (0.5, ("gp", "acute")),
    "delabelled_allergy": (0.3, ("gp", "acute")),
    "nkda_conflict": (0.4, ("gp", "acute")),
    "allergy_medicine_conflict": (0.2, ("gp", "acute")),
    "allergy_not_shared": (0.1, ("gp", "acute")),
    "echoed_immunisation": (0.2, ("gp", "acute")),
    "irregular_time": (0.06, ("gp",)),
    "two_readings_one_day": (0.06, ("gp",)),
    "zero_value": (0.1, ("acute",)),
    "current_admission": (0.025, ("acute",)),
    "withdrawn_from_the_start": (0.03, ("gp",)),
    "moved_practice": (0.05, ("gp",)),
    "duplicate_within_provider": (0.02, ("acute",)),
    "overlay": (0.01, ("acute",)),
    "resuscitation_conflict": (0.05, ("gp", "community", "social")),
    "day2_new_bp": (0.07, ("gp",)),
    "entered_in_error": (0.02, ("gp",)),
    "deleted_at_source": (0.02, ("gp",)),
    "corrected_result": (0.03, ("acute",)),
}


def make(rng: Random, person: Person, story: Story | None, thin: bool, target: int) -> Plan:
    """Decide for one person."""
    if story:
        return _told(story, person)
    conditions = tuple(choose(rng, 55 if target else person.years, person.sex))
    frail = person.years >= 80 and len(conditions) >= 4 and rng.random() < 0.75
    providers = _providers(rng, person, conditions, frail, bool(target))
    if thin:
        return _thin(rng, person, conditions, providers)
    return _volume(rng, person, conditions, providers, frail, target)


def _told(story: Story, person: Person) -> Plan:
    chosen = tuple(CONDITIONS[name] for name in story.conditions)
    child = person.years < 18
    return Plan(
        providers=story.providers, conditions=chosen, difficulties=frozenset(story.difficulties),
        reviews=16 if story.frail else 2 if child else 8, panels=14 if story.frail else 0 if child else 5,
        contacts=40 if story.frail else 10 if child else 18, issues=4, vaccines=20, frail=story.frail,
    )  # fmt: skip


def _thin(rng: Random, person: Person, conditions: tuple[Condition, ...], providers: tuple[Provider, ...]) -> Plan:
    return Plan(
        providers=providers[:2], conditions=conditions[:2], difficulties=_difficulties(rng, providers[:2]),
        reviews=1, panels=1, contacts=3, issues=0, vaccines=2, thin=True,
    )  # fmt: skip


def _volume(
    rng: Random,
    person: Person,
    conditions: tuple[Condition, ...],
    providers: tuple[Provider, ...],
    frail: bool,
    target: int,
) -> Plan:
    busy = len(conditions)
    child = person.years < 18
    reviews = min(person.years, 2) if child else 3 + min(busy, 7)
    return Plan(
        providers=providers, conditions=conditions, difficulties=_difficulties(rng, providers),
        reviews=reviews + (4 if frail else 0), panels=0 if child else 1 + min(busy, 7) + (3 if frail else 0),
        contacts=4 + min(person.years // 3, 8) + min(busy, 8) * 2 + (14 if frail else 0), issues=3 if frail else 2,
        vaccines=30, frail=frail, target=target,
    )  # fmt: skip


def _difficulties(rng: Random, providers: tuple[Provider, ...]) -> frozenset[str]:
    kinds = {provider.kind for provider in providers}
    return frozenset(
        name for name, (often, needs) in _DIFFICULTIES.items() if rng.random() < often and kinds.issuperset(needs)
    )


def _providers(
    rng: Random, person: Person, conditions: tuple[Condition, ...], frail: bool, everyone: bool
) -> tuple[Provider, ...]:
    """The practice first, then whoever else knows this person."""
    throw = rng.random
    known = [PRACTICES[person.practice]] if person.registered else []
    trust = ACUTE[0 if person.practice < 4 else 1]
    if everyone or not person.registered or throw() < 0.25 + 0.07 * len(conditions) + person.years / 250:
        known.append(trust)
    if throw() < (0.2 if frail else 0.05):
        known.append(ACUTE[1] if trust is ACUTE[0] else ACUTE[0])
    if frail or throw() < (0.06 + 0.03 * len(conditions) if person.years >= 18 else 0.1):
        known.append(COMMUNITY)
    if throw() < 0.45 * sum(condition.mental for condition in conditions):
        known.append(MENTAL)
    if person.years >= 18 and throw() < (0.6 if frail else 0.015):
        known.append(ADULT_CARE)
    family = dice("known family", person.home.line, person.home.postcode)
    if person.years < 18 and family.random() < 0.05:  # brothers and sisters together
        known.append(CHILDREN)
    return tuple(known)
