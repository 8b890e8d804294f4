"""The average of home blood pressures by NICE NG136, Hypertension in adults, recommendation 1.2.7.

Two readings a minute or more apart, twice a day, for at least four days, ideally seven; those of the first day are left
out and all others averaged. Means are exact fractions: thresholds compare these, and a shown number is cut, never
rounded up across one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Generic, TypeVar

from fhir.dates import LONDON
from fhir.equivalents import test_key
from fhir.home import BLOOD_PRESSURE
from fhir.line import Line
from fhir.measured import ABOUT, HOME, is_at_home
from fhir.readings import unit_as_compared
from fhir.record import PatientRecord

RULE = "NICE NG136 1.2.7"
RULE_VERSION = "1"
LEAST_DAYS, LEAST_READINGS, LONGEST = 4, 12, timedelta(days=14)
"""Twelve: fewer give an unsure mean (European Society of Hypertension, home monitoring practice guideline)."""
STAGE_1, STAGE_2 = (135, 85), (150, 95)
"""Home averages in mmHg at which hypertension is stage 1 and stage 2 (NG136, diagnosing hypertension)."""
SETTLED = frozenset({"final", "amended", "corrected"})
_KEYS = {":".join(test_key(code)) for code in BLOOD_PRESSURE}


@dataclass(frozen=True)
class Reading:
    """One blood pressure in mmHg, and when it was taken (aware)."""

    when: datetime
    systolic: Decimal
    diastolic: Decimal

    @property
    def day(self) -> date:
        """London's date."""
        return self.when.astimezone(LONDON).date()

    @property
    def session(self) -> tuple[date, str]:
        """The day and half of the day that it belongs to."""
        return self.day, "morning" if self.when.astimezone(LONDON).hour < 12 else "evening"


@dataclass(frozen=True)
class Told(Reading):
    """One that a line of a record tells."""

    line: Line


Read = TypeVar("Read", bound=Reading)


@dataclass(frozen=True)
class Average(Generic[Read]):
    """The mean of a run of readings. `systolic` and `diastolic` are None where every reading is of the first day."""

    systolic: Fraction | None
    diastolic: Fraction | None
    used: tuple[Read, ...]
    left_out: tuple[Read, ...]
    days: int
    caveats: tuple[str, ...]

    @property
    def is_adequate(self) -> bool:
        """Whether the rule's least number of days is met: with fewer it must not be used for a diagnosis."""
        return self.days >= LEAST_DAYS

    @property
    def range(self) -> str:
        """Where the exact means lie among the rule's thresholds; empty where there is no mean."""
        if self.systolic is None or self.diastolic is None:
            return ""
        for name, (upper, lower) in (("stage 2", STAGE_2), ("stage 1", STAGE_1)):
            if self.systolic >= upper or self.diastolic >= lower:
                return f"at or above {upper}/{lower} ({name} range)"
        return f"below {STAGE_1[0]}/{STAGE_1[1]}"


def readings_in(record: PatientRecord, *, at_home: bool, timed: bool = True) -> tuple[Told, ...]:
    """The blood pressures of a record, oldest first: taken at home, or elsewhere.

    Only those with a time can be averaged. `timed=False` takes those of a day as well, as at its beginning.
    """
    lines = (line for line in record.section("results").lines if is_at_home(line.lead.group) == at_home)
    found = (reading for line in lines if (reading := reading_of(line, timed=timed)))
    return tuple(sorted(found, key=lambda one: one.when))


def reading_of(line: Line, *, timed: bool = True) -> Told | None:
    """The blood pressure that a line tells; None for any other line, and where its sources or its words leave doubt."""
    lead = line.lead
    if not is_blood_pressure(line) or lead.status not in SETTLED or lead.when is None:
        return None
    if not lead.when.is_moment and (timed or len(lead.when.text) < len("YYYY-MM-DD")):
        return None
    if any(one.kind in ("value", "when") for one in line.differences):
        return None
    said: Mapping[str, str] = lead.fields
    upper, slash, lower = said.get("value", "").partition("/")
    if not slash or unit_as_compared(said.get("unit", "")) != "mmHg":
        return None
    try:
        return Told(lead.when.start, Decimal(upper), Decimal(lower), line)
    except InvalidOperation:
        return None


def is_blood_pressure(line: Line) -> bool:
    """Whether a line is one of the person's blood pressures, at home or elsewhere."""
    return not _KEYS.isdisjoint(line.lead.group.replace(ABOUT + HOME, "").split("\n"))


def average(readings: Iterable[Read], *, irregular_pulse: bool = False) -> Average[Read] | None:
    """The average of the latest run of these readings; None where there are none.

    A run has no two days of readings more than two days apart, and is at most fourteen days long.
    """
    run = latest_run(readings)
    if not run:
        return None
    first = run[0].day
    used = tuple(one for one in run if one.day != first)
    days = len({one.day for one in run})
    return Average(
        systolic=_mean(one.systolic for one in used),
        diastolic=_mean(one.diastolic for one in used),
        used=used,
        left_out=tuple(one for one in run if one.day == first),
        days=days,
        caveats=tuple(_caveats(used, days, irregular_pulse)),
    )


def latest_run(readings: Iterable[Read]) -> tuple[Read, ...]:
    """The readings of the latest run, oldest first."""
    ordered = sorted(readings, key=lambda one: one.when)
    if not ordered:
        return ()
    days = sorted({one.day for one in ordered}, reverse=True)
    kept = {days[0]}
    for later, earlier in pairwise(days):
        if later - earlier > timedelta(days=2) or days[0] - earlier >= LONGEST:
            break
        kept.add(earlier)
    return tuple(one for one in ordered if one.day in kept)


def _mean(values: Iterable[Decimal]) -> Fraction | None:
    exact = [Fraction(value) for value in values]
    return sum(exact, Fraction()) / len(exact) if exact else None


def _caveats(used: Sequence[Reading], days: int, irregular_pulse: bool) -> Iterable[str]:
    if days < LEAST_DAYS:
        yield f"not enough days for a diagnosis average: {days} of at least {LEAST_DAYS}"
    if not used:
        return
    if len(used) < LEAST_READINGS:
        yield f"fewer than {LEAST_READINGS} readings after the first day"
    sessions: dict[tuple[date, str], list[Reading]] = {}
    for one in used:
        sessions.setdefault(one.session, []).append(one)
    if single := sum(1 for own in sessions.values() if len(own) == 1):
        yield f"{_times(single)} with one reading instead of two"
    close = sum(1 for own in sessions.values() for a, b in pairwise(own) if b.when - a.when < timedelta(minutes=1))
    if close:
        yield f"{_times(close)} with readings less than a minute apart"
    for half in ("morning", "evening"):
        if missing := len({one.day for one in used} - {day for day, own in sessions if own == half}):
            yield f"{missing} {'day' if missing == 1 else 'days'} without a reading in the {half}"
    if irregular_pulse:
        yield "atrial fibrillation is recorded: automatic devices are unreliable with an irregular pulse (NG136 1.1.2)"


def _times(number: int) -> str:
    return "1 time" if number == 1 else f"{number} times"


def shown(mean: Fraction) -> str:
    """A mean in mmHg: whole, or cut after one decimal, so that 134.96 is never shown as 135."""
    tenths = mean.numerator * 10 // mean.denominator
    whole, tenth = divmod(tenths, 10)
    return str(whole) if tenth == 0 and mean.denominator == 1 else f"{whole}.{tenth}"
