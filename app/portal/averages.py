"""The average of a person's own blood pressures in their words: the rule is that of `app.readings`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from app import plain_dates
from app.clock import LONDON
from app.portal.readings import Reading
from app.readings import blood_pressure
from app.readings.blood_pressure import LEAST_DAYS, Average, shown
from app.readings.chart import Mark, chart

FIRST_DAY = "The first day does not count. Your average starts with your readings of a second day."


@dataclass(frozen=True, slots=True)
class AverageWords:
    """`said` is the average ("137 over 84"), empty while there is none; `about` says of what, and what is missing."""

    said: str
    about: tuple[str, ...]


def average_words(readings: Sequence[Reading]) -> AverageWords | None:
    """The average of the readings that count; None without any."""
    found = blood_pressure.average(pressures(readings))
    if found is None:
        return None
    if found.systolic is None or found.diastolic is None:
        return AverageWords("", (FIRST_DAY,))
    return AverageWords(f"{shown(found.systolic)} over {shown(found.diastolic)}", tuple(_about(found)))


def _about(found: Average[blood_pressure.Reading]) -> list[str]:
    first, last = plain_dates.day(found.used[0].day), plain_dates.day(found.used[-1].day)
    many = len(found.used)
    said = [f"This is the average of {many} reading{'' if many == 1 else 's'}, {first} to {last}."]
    said.append(f"Readings from the first day ({plain_dates.day(found.left_out[0].day)}) are left out.")
    if not found.is_adequate:
        said.append(f"You have readings on {found.days} days.")
        said.append(f"Your care team needs at least {LEAST_DAYS} days, and ideally 7, to use an average.")
    return said


def pressures(readings: Sequence[Reading]) -> list[blood_pressure.Reading]:
    """The readings that count, as the rule takes them."""
    return [
        blood_pressure.Reading(told.taken, Decimal(told.systolic), Decimal(told.diastolic))
        for told in (one.now.measured for one in readings if not one.is_removed)
    ]


def picture(readings: Sequence[Reading]) -> Markup:
    """The picture of the readings that count."""
    drawn = sorted(pressures(readings), key=lambda one: one.when)
    days = [plain_dates.day(one.when.astimezone(LONDON).date()) for one in drawn]
    return chart((Mark(o.when, o.systolic, o.diastolic) for o in drawn), span=(days[0], days[-1]) if days else ("", ""))
