"""What in a look at a record may be misuse: rules from values to yes or no. None of them accuses; a person decides.

The first two are break-glass: whoever looked without caring for the person gave a reason, and whoever opened what is
sealed. The others are what tools of hospitals elsewhere watch for. A rule that needs what is not there (a list of
staff, some weeks of looks) raises nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from app.clock import LONDON
from app.identity.dummies import is_dummy_postcode
from app.identity.matching import Person, letters, person, postcode
from fhir.dates import fhir_date
from fhir.elements import child, listed, path, words

REASON = "reason given"
NEAR = timedelta(days=90)
"""How far from a look an encounter with the looker's organisation may lie."""
DAY_STARTS, DAY_ENDS = 7, 20
USUAL_DAYS, LEAST_LOOKS, LEAST_DAYS = timedelta(days=28), 20, 5
SELDOM = 0.05
"""The share of somebody's looks out of hours below which one more is unusual for them."""
MANY_A_DAY, MANY_FOR_NEW, MANY_TIMES = 30, 60, 3


@dataclass(frozen=True)
class Look:
    """One member of staff looked at one person. `told` is what the policy said that the officer is to see of it;
    `in_care` that the person was a patient or client of the looker's organisation then, not only on its list.
    """

    seq: int
    at: datetime
    actor_key: bytes
    name: str
    org: str
    patient_id: Any
    told: frozenset[str] = frozenset()
    in_care: bool = False

    @property
    def with_reason(self) -> bool:
        """Whether it was a reason given that opened the record, and no care."""
        return REASON in self.told


@dataclass(frozen=True)
class Named:
    """Who somebody is, as far as two can be told to be one, of one family or of one home."""

    who: Person = field(repr=False)
    homes: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def families(self) -> set[str]:
        """Family names in letters, without those that stand for none."""
        return {one.family for one in self.who.names if one.known}

    def is_one_with(self, other: "Named") -> bool:
        """Whether both have an NHS number, or a name and date of birth, in common."""
        if self.who.numbers & other.who.numbers:
            return True
        born = self.who.birth and self.who.birth == other.who.birth
        return bool(born) and bool(_called(self) & _called(other))


def _called(one: Named) -> set[tuple[str, str]]:
    return {(name.family, name.first) for name in one.who.names if name.known and name.first}


@dataclass(frozen=True)
class Known:
    """What is known beside a look: whom it showed, the looker and their colleagues, encounters, and what is usual.

    `encounters`: (organisation, first moment, last moment or None) of the person. `before`: the moments of the looker's
    looks in the weeks before, `people_by_day` how many different people they looked at on each day of these, `today`
    how many on this.
    """

    shown: Named
    looker: Named | None = None
    colleagues: Collection[Named] = ()
    encounters: Collection[tuple[str, datetime, datetime | None]] = ()
    before: Collection[datetime] = ()
    people_by_day: Collection[int] = ()
    today: int = 1


def named(resources: Iterable[Mapping[str, Any]]) -> Named:
    """Somebody as several Patient resources tell of them."""
    told = list(resources)
    people = [person(one) for one in told]
    who = Person(
        numbers=frozenset().union(*(one.numbers for one in people)),
        birth=next((one.birth for one in people if one.birth), ""),
        names=frozenset().union(*(one.names for one in people)),
    )
    homes = {home for one in told for address in listed(one.get("address")) if (home := home_of(address))}
    return Named(who, frozenset(homes))


def home_of(address: Any) -> str:
    """One home as one text: its postcode, and the first line in letters and digits; empty where either is missing."""
    place = postcode(words(child(address, "postalCode")))
    line = "".join(c for c in words(next(iter(listed(child(address, "line"))), "")).casefold() if c.isalnum())
    return f"{place}|{line}" if place and line and not is_dummy_postcode(place) else ""


def encounter(org: str, resource: Mapping[str, Any]) -> tuple[str, datetime, datetime | None] | None:
    """When somebody was with an organisation, as an Encounter of it tells; None where it has no time."""
    starts, ends = (fhir_date(words(path(resource, "period", part))) for part in ("start", "end"))
    return (org, starts.start, ends.start if ends else None) if starts else None


def families_of(name: str) -> set[str]:
    """What a family name in a member of staff's name may be: all words but titles and the first, singly and joined."""
    own = [word for part in name.replace("-", " ").split() if (word := letters(part)) and word not in _TITLES]
    return {*own[1:], "".join(own[1:])} - {""}


_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame", "sister", "nurse"})


def _told(what: str) -> "Rule":
    """What the policy itself marked."""
    return lambda look, known: what in look.told


def _no_encounter(look: Look, known: Known) -> bool:
    return look.with_reason and not any(
        org == look.org and starts - NEAR <= look.at and (ends is None or look.at <= ends + NEAR)
        for org, starts, ends in known.encounters
    )


def _own_record(look: Look, known: Known) -> bool:
    return known.looker is not None and known.looker.is_one_with(known.shown)


def _same_surname(look: Look, known: Known) -> bool:
    theirs = families_of(look.name) | (known.looker.families if known.looker else set())
    return bool(theirs & known.shown.families) and not _own_record(look, known)


def _same_address(look: Look, known: Known) -> bool:
    return known.looker is not None and bool(known.looker.homes & known.shown.homes) and not _own_record(look, known)


def _colleague(look: Look, known: Known) -> bool:
    """Hospitals treat their own staff: whoever is a patient there is looked at in the course of care."""
    if look.in_care:
        return False
    return not _own_record(look, known) and any(one.is_one_with(known.shown) for one in known.colleagues)


def _volume(look: Look, known: Known) -> bool:
    if len(known.people_by_day) < LEAST_DAYS:
        return known.today > MANY_FOR_NEW
    return known.today > max(MANY_A_DAY, MANY_TIMES * median(known.people_by_day))


def _out_of_hours(look: Look, known: Known) -> bool:
    if not out_of_hours(look.at) or len(known.before) < LEAST_LOOKS:
        return False
    return sum(map(out_of_hours, known.before)) < SELDOM * len(known.before)


def out_of_hours(at: datetime) -> bool:
    """At night or at a weekend, in London."""
    local = at.astimezone(LONDON)
    return local.weekday() >= 5 or not DAY_STARTS <= local.hour < DAY_ENDS


Rule = Callable[[Look, Known], bool]
RULES: Mapping[str, Rule] = {
    "reason-given": _told(REASON),
    "seal-broken": _told("seal broken"),
    "no-encounter": _no_encounter,
    "own-record": _own_record,
    "same-surname": _same_surname,
    "same-address": _same_address,
    "colleague": _colleague,
    "vip": _told("vip"),
    "staff": _told("staff"),
    "volume": _volume,
    "out-of-hours": _out_of_hours,
}
OF_A_DAY = frozenset({"volume", "out-of-hours"})
"""Rules of which one alert a day and member of staff is enough, whoever was looked at."""


def found(look: Look, known: Known) -> list[str]:
    """The rules that a look breaks."""
    return [name for name, rule in RULES.items() if rule(look, known)]


def once(rule: str, look: Look) -> str:
    """What may raise only one alert: a member of staff, a day, and (of most rules) the person looked at."""
    day = look.at.astimezone(LONDON).date()
    whom = "" if rule in OF_A_DAY else str(look.patient_id)
    return f"{rule}|{look.actor_key.hex()}|{whom}|{day}"


def days(moments: Iterable[tuple[datetime, Any]]) -> dict[Any, set[Any]]:
    """The different people of each day in London, by day."""
    by_day: dict[Any, set[Any]] = {}
    for at, whom in moments:
        by_day.setdefault(at.astimezone(LONDON).date(), set()).add(whom)
    return by_day
