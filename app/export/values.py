"""What a value in an export may be: closed sets, units with their precision, months. All else stays here. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from fhir.dates import FhirDate
from fhir.elements import child, words

AGE_BANDS = (*(f"{low}-{low + 9}" for low in range(0, 90, 10)), "90+")
SEXES = ("female", "male", "other", "unknown")
ETHNIC_GROUPS = ("White", "Mixed", "Asian", "Black", "Other")
ETHNIC_HALVES = ("White", "Other than White")
DECILES = tuple(map(str, range(1, 11)))
QUINTILES = ("1-2", "3-4", "5-6", "7-8", "9-10")
PROBLEM_STATUSES = ("active", "recurrence", "relapse", "inactive", "remission", "resolved")
MEDICINE_STATUSES = (
    "active", "on-hold", "cancelled", "completed", "stopped", "draft", "intended", "not-taken", "preparation",
    "in-progress", "declined", "not-done", "unknown",
)  # fmt: skip
MEDICINE_KINDS = {
    "MedicationRequest": "prescribed", "MedicationStatement": "taken", "MedicationDispense": "dispensed",
    "MedicationAdministration": "given",
}  # fmt: skip
SETTINGS = ("home", "clinic")
OLDEST = 90
"""Years: everyone from that age is told together."""

_ETHNIC = {
    **dict.fromkeys("ABC", "White"), **dict.fromkeys("DEFG", "Mixed"), **dict.fromkeys("HJKL", "Asian"),
    **dict.fromkeys("MNP", "Black"), **dict.fromkeys("RS", "Other"),
}  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """A UCUM unit that may leave: to how many decimals, and between which values, numbers in it are kept."""

    ucum: str
    decimals: int
    least: int
    most: int


FIGURES = 3
"""The most that is told of a number, whatever its unit: a longer one is as good as a name."""
SCORE = "{score}"
_UNITS = (
    Unit("mm[Hg]", 0, 20, 350), Unit("/min", 0, 0, 350), Unit("kg", 0, 0, 400), Unit("cm", 0, 20, 260),
    Unit("kg/m2", 0, 5, 100), Unit("mmol/L", 1, 0, 100), Unit("mmol/mol", 0, 10, 250), Unit("umol/L", 0, 0, 3000),
    Unit("mL/min/{1.73_m2}", 0, 0, 200), Unit("g/L", 0, 0, 400), Unit("10*9/L", 0, 0, 1000), Unit("mg/L", 0, 0, 700),
    Unit("U/L", 0, 0, 10000), Unit("m[IU]/L", 1, 0, 200), Unit("nmol/L", 0, 0, 1000), Unit("Cel", 1, 25, 45),
    Unit("%", 0, 0, 100), Unit("L/min", 0, 0, 1000), Unit(SCORE, 0, 0, 100),
)  # fmt: skip
UNITS = {unit.ucum: unit for unit in _UNITS}
_SPELLINGS = {
    "mmHg": "mm[Hg]", "beats/min": "/min", "{beats}/min": "/min", "beats per minute": "/min", "breaths/min": "/min",
    "bpm": "/min", "degrees C": "Cel", "°C": "Cel", "kg/m²": "kg/m2", "mL/min/1.73m2": "mL/min/{1.73_m2}",
    "mL/min/1.73m*2": "mL/min/{1.73_m2}", "mU/L": "m[IU]/L", "µmol/L": "umol/L", "[score]": SCORE,
}  # fmt: skip


def age_on(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_band(born: date | None, day: date) -> str | None:
    """The ten years in which the age lies that somebody reaches in the year of a day; everyone from 90 together.

    Were it the age on that day, two releases between which the band changes would tell when somebody was born.
    """
    if born is None or born > day:
        return None
    return AGE_BANDS[min((day.year - born.year) // 10, len(AGE_BANDS) - 1)]


def ethnic_group(code: str) -> str | None:
    """One of five groups for a code of the NHS data dictionary; None for one that is not stated, or is none."""
    return _ETHNIC.get(code)


def one_of(value: str, known: Iterable[str]) -> str | None:
    """The value, where it is one of these."""
    return value if value in known else None


def month(when: FhirDate | None, *, births: Iterable[str], until: date) -> str | None:
    """`2026-03`. None for a year alone, and one out of range: later, or so long ago that it tells an age above 90.

    None as well for the month of birth, which would tell when somebody was born, and for the two around it, as newborns
    are seen again soon. `births`: each date of birth that is told, to the day, the month or the year.
    """
    if when is None or len(when.day) < 7:
        return None
    year, number = int(when.day[:4]), int(when.day[5:7])
    if not (until.year - OLDEST, until.month) <= (year, number) <= (until.year, until.month):
        return None
    if any(_is_near(12 * year + number, born) for born in births):
        return None
    return f"{year:04}-{number:02}"


def _is_near(months: int, born: str) -> bool:
    """Whether a month (counted from the year 0) is one in which somebody may have been born, or beside it."""
    first, last = (born[5:7] or low for low in ("1", "12"))
    return 12 * int(born[:4]) + int(first) - 1 <= months <= 12 * int(born[:4]) + int(last) + 1


def full_date(text: str) -> date | None:
    """A whole date, as of birth; None for anything less."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def measured(quantity: Any) -> tuple[float, str] | str:
    """A number in its unit, at the precision of that unit and in three figures; else why it does not leave."""
    if child(quantity, "value") is None:
        return "no number"
    if "comparator" in quantity:
        return "not an exact number"
    return number_in(words(quantity["value"]), words(quantity.get("code")) or words(quantity.get("unit")), quantity)


def number_in(text: str, unit: str, quantity: Any = None) -> tuple[float, str] | str:
    """The same of a number and its unit in words."""
    found = UNITS.get(unit) or UNITS.get(_SPELLINGS.get(unit, "")) or _by_words(quantity)
    if found is None:
        return "a unit that is not listed"
    try:
        number = Decimal(text)
    except InvalidOperation:
        return "no number"
    if not number.is_finite() or not found.least <= number <= found.most:
        return "a number out of range"
    last = max(-found.decimals, number.adjusted() + 1 - FIGURES)
    return float(number.quantize(Decimal(1).scaleb(last), ROUND_HALF_EVEN)), found.ucum


def _by_words(quantity: Any) -> Unit | None:
    said = words(child(quantity, "unit"))
    return UNITS.get(said) or UNITS.get(_SPELLINGS.get(said, ""))
