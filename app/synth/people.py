"""Who lives in the region: households of six places at a time, each the same whatever the size of the region."""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from app.synth import cast
from app.synth.chance import Random, dice
from app.synth.dates import AS_OF, age, day_between
from app.synth.names import BRITISH, ethnic_category, family_name, given_names, origin
from app.synth.nhs_numbers import nhs_number
from app.synth.person import Person
from app.synth.places import home, phone

BLOCK = 6
_SPLITS = ((1, 1, 4), (2, 4), (1, 2, 3), (2, 2, 2), (1, 5), (1, 1, 2, 2), (2, 1, 3), (1, 1, 1, 3), (4, 2))


def person(seed: int, index: int, with_cast: bool) -> Person:
    """The person at this place in the region."""
    if with_cast and index < len(cast.CAST):
        return cast.CAST[index].person
    someone = _block(seed, index // BLOCK)[index % BLOCK]
    rng = dice(seed, "namesake", index)
    if index > 40 and rng.random() < 0.006:
        return _namesake(someone, _elsewhere(seed, rng, index))
    return someone


def stranger(seed: int, rng: Random, index: int, with_cast: bool) -> Person | None:
    """Somebody earlier in the region, of another household; none for the very first."""
    first = len(cast.CAST) if with_cast else 0
    last = index - BLOCK
    return person(seed, first + int(rng.random() * (last - first)), with_cast) if last > first else None


def _elsewhere(seed: int, rng: Random, index: int) -> Person:
    other = 20 + int(rng.random() * (index // BLOCK * BLOCK - 20))
    return _block(seed, other // BLOCK)[other % BLOCK]


def _namesake(someone: Person, other: Person) -> Person:
    """Two people of one name, sex and birth date, who never met."""
    return replace(
        someone, family=other.family, given=other.given, sex=other.sex, born=other.born, died=None, namesake=other.index
    )


@lru_cache(maxsize=256)
def _block(seed: int, block: int) -> tuple[Person, ...]:
    rng = dice(seed, "households", block)
    people: list[Person] = []
    for size in rng.choice(_SPLITS):
        people += _household(rng, block * BLOCK + len(people), size)
    return tuple(people)


def _household(rng: Random, first: int, size: int) -> list[Person]:
    """One to five people at one address, with the family's name and practice."""
    of = origin(rng)
    base = Person(
        index=first, nhs="", family=family_name(rng, of), given=(), sex="female", born=AS_OF, died=None,
        home=home(rng), former_home=home(rng), ethnic="A", practice=rng.choices(range(6), (30, 22, 18, 12, 10, 8))[0],
        phone=phone(rng), origin=of,
    )  # fmt: skip
    oldest = _oldest_born(rng, size)
    members = [_member(rng, base, place, _born(rng, oldest, size, place)) for place in range(size)]
    if size >= 4:
        members = _twins_or_namesakes(rng, members)
    names = tuple((m.index, m.full_name) for m in members if age(m.born) >= 18)
    return [replace(m, household=tuple(n for n in names if n[0] != m.index)) for m in members]


def _oldest_born(rng: Random, size: int) -> date:
    if size >= 3:
        years = 24 + rng.random() * 28
    elif rng.random() < 0.45:
        years = 64 + rng.random() * 33
    else:
        years = 19 + rng.random() * 45
    return AS_OF - timedelta(days=int(years * 365.25))


def _born(rng: Random, oldest: date, size: int, place: int) -> date:
    """The first is the eldest; a partner is close in age; in a household of three or more the rest are children."""
    if place == 0:
        return oldest
    if place == 1 and (size == 2 or rng.random() < 0.85):
        return day_between(rng, oldest - timedelta(days=500), oldest + timedelta(days=1800))
    eldest_child = oldest + timedelta(days=int(19 * 365.25))
    return day_between(rng, max(eldest_child, AS_OF - timedelta(days=19 * 365)), AS_OF - timedelta(days=20))


def _member(rng: Random, base: Person, place: int, born: date) -> Person:
    sex = ("female", "male")[(place + (rng.random() < 0.12)) % 2] if place < 2 else rng.choice(("female", "male"))
    index = base.index + place
    years = age(born)
    family = base.family
    if place == 1 and rng.random() < 0.15:
        family = family_name(rng, base.origin)
    died = day_between(rng, date(2025, 6, 1), date(2026, 10, 10)) if rng.random() < max(0, years - 70) * 0.004 else None
    return replace(
        base, index=index, nhs=nhs_number(index), family=family, given=given_names(rng, base.origin, sex, born),
        sex=sex, born=born, died=died, ethnic=ethnic_category(rng, base.origin), registered=rng.random() > 0.015,
        restricted=rng.random() < 0.008, dissent=rng.random() < 0.012, optout=rng.random() < 0.05, phone=phone(rng),
    )  # fmt: skip


def _twins_or_namesakes(rng: Random, members: list[Person]) -> list[Person]:
    """Now and then the last two children are twins, or a son carries his father's name."""
    throw = rng.random()
    last, before = members[-1], members[-2]
    if throw < 0.06:
        given = last.given if last.given[0] != before.given[0] else ("Robin" if last.origin == BRITISH else "Noor",)
        members[-1] = replace(last, born=before.born, given=given, family=before.family, twin=before.index)
    elif throw < 0.12:
        father = next((m for m in members[:2] if m.sex == "male" and age(m.born) > 18), None)
        if father and age(last.born) < 18:
            members[-1] = replace(last, sex="male", given=father.given, family=father.family, father=father.index)
    return members
