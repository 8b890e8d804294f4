"""An invented month of looks, most of them ordinary, some of them misuse of a known kind.

Family names are as common as in England: the commonest is under one in a hundred people, and two people taken at random
share theirs about once in 600 (a name's share falls with its rank; the names themselves are made of syllables).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from random import Random
from typing import Any

from app.access.users import Clinician
from app.synth.nhs_numbers import nhs_number
from tests.feeding import COUNCIL, GP, TRUST, Json, nhs

PEOPLE, STAFF, DAYS, EACH = 900, 60, 35, 12
FIRST = datetime(2026, 10, 5, tzinfo=UTC)
"""A Monday."""
GIVEN = (
    "Ana",
    "Ben",
    "Cara",
    "Dan",
    "Ema",
    "Finn",
    "Gita",
    "Hal",
    "Ida",
    "Jon",
    "Kit",
    "Lea",
    "Mo",
    "Nell",
    "Oz",
    "Pia",
)
CARE = {GP: "registered with your practice", TRUST: "in the care of your organisation now"}
CARE[COUNCIL] = "on the caseload of your team"


@dataclass(frozen=True)
class Person:
    """One inhabitant: `home` is their household's number, `number` their place."""

    number: int
    family: str
    given: str
    born: date
    home: int
    vip: bool = False


@dataclass
class Worker:
    """A member of staff, who is one of the inhabitants, of one family name at work and at home, or of another."""

    user: Clinician
    person: Person
    nights: bool
    caseload: list[Person] = field(default_factory=list)


@dataclass(frozen=True, order=True)
class Act:
    """A look: of which rule it is a planted case ("" where it is none), and the reason given, if any."""

    at: datetime
    worker: int
    whom: int
    planted: str = ""
    reason: bool = False


@dataclass(frozen=True)
class Month:
    """Everybody, who works, what they did, in order, and who was a patient of the trust on which days."""

    people: list[Person]
    workers: list[Worker]
    acts: list[Act]
    stays: dict[int, date]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_PARTS = _words("Bar Col Den Far Gar Hart Kel Lam Mor Nor Pen Rad Sel Tor Wen")
MIDDLE_PARTS = ("", *_words("a e i o ing er el en is and om ar il os un ad im ol et"))
LAST_PARTS = _words("bury by den field ford ham ley low man more row sey ton well wick worth")


@cache
def _families() -> tuple[list[str], list[float]]:
    names = ["".join(parts) for parts in product(FIRST_PARTS, MIDDLE_PARTS, LAST_PARTS)]
    Random(1).shuffle(names)
    return names, [1 / (rank + 20) for rank in range(len(names))]


def month(seed: int) -> Month:
    """The same seed gives the same month."""
    chance = Random(seed)
    people = list(_people(chance))
    workers = [_worker(chance, n, people) for n in range(STAFF)]
    _registered_elsewhere(chance, workers)
    stays = {
        one.number: (FIRST + timedelta(days=chance.randrange(DAYS))).date()
        for one in chance.sample(people, len(people) // 5)
    }
    acts = [act for n in range(STAFF) for act in _ordinary(chance, n, workers[n], people, stays)]
    for rule, plant in PLANTS.items():
        acts += [act for n in range(EACH) for act in plant(chance, rule, people, workers, acts)]
    return Month(people, workers, sorted(acts), stays)


def _people(chance: Random) -> Iterator[Person]:
    names, weights = _families()
    home = 0
    while home < PEOPLE // 2:
        family = chance.choices(names, weights)[0]
        for n in range(chance.choice((1, 2, 2, 3))):
            own = chance.choices(names, weights)[0] if n == 1 and chance.random() < 0.3 else family
            born = date(1940, 1, 1) + timedelta(days=chance.randrange(70 * 365))
            number = home * 4 + n
            yield Person(number, own, chance.choice(GIVEN), born, home, vip=chance.random() < 0.004)
        home += 1


def _worker(chance: Random, n: int, people: list[Person]) -> Worker:
    org = (GP, TRUST, COUNCIL)[n % 3]
    own = chance.choice(people)
    name = f"Dr {own.given} {own.family}"
    user = Clinician("https://id.example", f"staff-{n}", name, f"{n:064x}", org, f"Org {org}", "Clinician")
    made = Worker(user, own, nights=org == TRUST and n % 2 == 0)
    made.caseload = [one for one in chance.sample(people, len(people) * 2 // 7) if one.home != own.home]
    return made


def _registered_elsewhere(chance: Random, workers: list[Worker]) -> None:
    """Nobody treats their own family; and of ten who work for a practice nine are registered with another."""
    practice = {w.person.number for w in workers if w.user.org == GP}
    for worker in workers:
        if worker.user.org == GP:
            own = [one for one in worker.caseload if one.number not in practice or chance.random() < 0.1]
            worker.caseload = own


def _ordinary(chance: Random, n: int, worker: Worker, people: list[Person], stays: dict[int, date]) -> Iterator[Act]:
    """Each working day some of their own people. In a hospital one time in fifty, elsewhere one in two hundred, it is
    somebody else, for a reason that was good: of the hospital's half with a visit there near, half without."""
    for day in range(DAYS):
        date_of = FIRST + timedelta(days=day)
        if date_of.weekday() >= 5 and not worker.nights:
            continue
        for _ in range(chance.randrange(4, 18)):
            hour = chance.choice((1, 3, 22, 23, 9, 15)) if worker.nights else chance.randrange(8, 18)
            if not worker.nights and chance.random() < 0.002:
                hour = 21
            at = date_of + timedelta(hours=hour, seconds=chance.randrange(3600))
            if chance.random() < (0.02 if worker.user.org == TRUST else 0.005):
                visitors = worker.user.org == TRUST and chance.random() < 0.5
                known = [
                    one for one in people if (one.number in stays or not visitors) and one.home != worker.person.home
                ]
                yield Act(at, n, chance.choice(known).number, reason=True)
            else:
                yield Act(at, n, chance.choice(worker.caseload).number)
    if n % 20 == 0:  # a day of vaccinations
        start = FIRST + timedelta(days=22, hours=9)
        yield from (
            Act(start + timedelta(minutes=5 * m), n, one.number)
            for m, one in enumerate(chance.sample(people, min(75, len(people))))
        )


Plant = Callable[[Random, str, list[Person], list[Worker], list[Act]], Iterator[Act]]


def _noon(chance: Random) -> datetime:
    week = chance.randrange(3, 5) * 7 + chance.randrange(5)
    return FIRST + timedelta(days=week, hours=chance.randrange(9, 16), seconds=chance.randrange(3600))


def _at_whom(is_it: Callable[[Worker, Person, list[Worker]], bool]) -> Plant:
    """A look by somebody at one of those who stand so to them, at an ordinary hour: for a reason given where they do
    not care for them."""

    def plant(chance: Random, rule: str, people: list[Person], workers: list[Worker], acts: list[Act]) -> Iterator[Act]:
        pairs = [
            (n, one) for n, w in enumerate(workers) for one in people if one != w.person and is_it(w, one, workers)
        ]
        if pairs:
            n, whom = chance.choice(pairs)
            yield Act(_noon(chance), n, whom.number, rule, reason=whom not in workers[n].caseload)

    return plant


def _own(chance: Random, rule: str, people: list[Person], workers: list[Worker], acts: list[Act]) -> Iterator[Act]:
    n = chance.randrange(STAFF)
    yield Act(_noon(chance), n, workers[n].person.number, rule, reason=True)


def _volume(chance: Random, rule: str, people: list[Person], workers: list[Worker], acts: list[Act]) -> Iterator[Act]:
    """Somebody reads through the list of a street: fifty to ninety people within a day."""
    n, start = chance.randrange(STAFF), _noon(chance).replace(hour=9, minute=0)
    for m, whom in enumerate(chance.sample(people, min(len(people), chance.randrange(50, 90)))):
        yield Act(start + timedelta(minutes=4 * m), n, whom.number, rule)


def _night(chance: Random, rule: str, people: list[Person], workers: list[Worker], acts: list[Act]) -> Iterator[Act]:
    n = chance.choice([n for n, w in enumerate(workers) if not w.nights])
    yield Act(_noon(chance).replace(hour=23), n, chance.choice(workers[n].caseload).number, rule)


PLANTS: dict[str, Plant] = {
    "own-record": _own,
    "same-surname": _at_whom(lambda w, one, _: one.family == w.person.family and one.home != w.person.home),
    "same-address": _at_whom(lambda w, one, _: one.home == w.person.home and one.family != w.person.family),
    "colleague": _at_whom(lambda w, one, all_: any(o.person == one and o.user.org == w.user.org for o in all_)),
    "vip": _at_whom(lambda w, one, _: one.vip and one not in w.caseload),
    "no-encounter": _at_whom(lambda w, one, _: w.user.org != TRUST and one not in w.caseload and not one.vip),
    "volume": _volume,
    "out-of-hours": _night,
}


def resource(one: Person) -> Json:
    """As their practice tells of them."""
    told: dict[str, Any] = {
        "resourceType": "Patient",
        "id": str(one.number),
        "identifier": [nhs(nhs_number(one.number))],
        "name": [{"family": one.family, "given": [one.given]}],
        "birthDate": one.born.isoformat(),
        "address": [
            {"line": [f"{one.home % 97 + 1} Mill Lane"], "postalCode": f"TB{one.home % 9 + 1} {one.home % 7}AB"}
        ],
    }
    return told | ({"meta": {"security": [{"code": "VIP"}]}} if one.vip else {})


def staff_list(made: Month) -> str:
    """The list of staff, as their organisations give it: of nine in ten, and without NHS numbers."""
    lines = ["issuer,subject,org,family,given,birth_date,nhs_number,address,postcode"]
    for n, one in enumerate(made.workers):
        if n % 10:
            told = resource(one.person)
            home, own = told["address"][0], one.person
            lines.append(
                f"{one.user.issuer},{one.user.subject},{one.user.org},{own.family},{own.given},{own.born},,"
                f"{home['line'][0]},{home['postalCode']}"
            )
    return "\n".join(lines)
