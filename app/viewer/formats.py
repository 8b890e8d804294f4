"""How dates, ages, numbers and doses are written for clinicians (NHS Common User Interface; ISB 1500-1508)."""

import re
from datetime import date, datetime, timedelta

from fhir import nhs_number as nhs_numbers
from fhir.dates import LONDON, FhirDate, fhir_date

NOT_RECORDED = "Not recorded"

_GENDERS = {
    "male": "Male",
    "female": "Female",
    "other": "Other Specific",
    "unknown": "Not Known",
    "1": "Male",
    "2": "Female",
    "9": "Not Specified",
    "x": "Not Known",
}
_NO_BREAK = "\N{NO-BREAK SPACE}"
_POSTCODE = re.compile(r"([A-Za-z]{1,2}[0-9][A-Za-z0-9]?) ?([0-9][A-Za-z]{2})")


def day(value: FhirDate | date | str | None) -> str:
    """`05-Mar-2026`, or `Mar-2026` and `2026` where no more is known; words that are no date stay as sent."""
    found = _fhir(value)
    return found.clinical if found else (value if isinstance(value, str) and value else NOT_RECORDED)


def moment(value: FhirDate | datetime | str | None) -> str:
    """`05-Mar-2026 14:02` in London's time; the day alone where no time was given."""
    found = _fhir(value)
    return found.clinical_time if found else (value if isinstance(value, str) and value else NOT_RECORDED)


def _fhir(value: FhirDate | date | str | None) -> FhirDate | None:
    if isinstance(value, date):
        value = value.isoformat()
    return fhir_date(value) if isinstance(value, str) else value


def age(born: FhirDate | None, at: datetime) -> str:
    """`90min`, `26hrs`, `27d`, `4w 1d`, `13m 8d`, `17y 11m`, `18y`: finer the younger, as a dose may depend on it."""
    if born is None or born.start > at:
        return ""
    if len(born.text) < 10:
        return f"about {at.astimezone(LONDON).year - int(born.text[:4])}y"
    if born.is_moment and (early := _first_hours(at - born.start)):
        return early
    first, today = born.start.astimezone(LONDON).date(), at.astimezone(LONDON).date()
    days = (today - first).days
    if days < 28:
        return f"{days}d"
    months, over = _months(first, today)
    if months < 12:
        return _two(days // 7, "w", days % 7, "d")
    if months < 24:
        return _two(months, "m", over, "d")
    return f"{months // 12}y" if months >= 18 * 12 else _two(months // 12, "y", months % 12, "m")


def _first_hours(lived: timedelta) -> str:
    if lived < timedelta(hours=2):
        return f"{lived // timedelta(minutes=1)}min"
    return f"{lived // timedelta(hours=1)}hrs" if lived < timedelta(days=2) else ""


def _months(first: date, today: date) -> tuple[int, int]:
    """Whole months between two days, and the days over."""
    months = (today.year - first.year) * 12 + today.month - first.month
    if today.day >= first.day:
        return months, today.day - first.day
    last_month_end = today.replace(day=1) - timedelta(days=1)
    return months - 1, max(last_month_end.day - first.day, 0) + today.day


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}" + (f" {small}{small_unit}" if small else "")


def ago(when: FhirDate | None, at: datetime) -> str:
    """How old a statement is: `today`, `12 days ago`, `5 months ago`; `in 9 days` for what is planned."""
    if when is None:
        return ""
    days = (at.astimezone(LONDON).date() - when.start.astimezone(LONDON).date()).days
    if len(when.text) == 4:
        days -= 182
    if days == 0 or (len(when.text) < 10 and 0 <= abs(days) < 365 and len(when.text) == 4):
        return "this year" if len(when.text) == 4 else "today"
    words = _span(abs(days))
    return f"{words} ago" if days > 0 else f"in {words}"


def _span(days: int) -> str:
    for unit, length, start in (("year", 365.25, 730), ("month", 30.44, 61), ("day", 1, 0)):
        if days >= start:
            number = int(days / length)
            return f"{number} {unit}" + ("" if number == 1 else "s")
    raise AssertionError("every number of days has words")


def duration(minutes: int) -> str:
    """`4hr 10min`, without a unit that is zero."""
    parts = [f"{minutes // 60}hr" if minutes >= 60 else "", f"{minutes % 60}min" if minutes % 60 else ""]
    return " ".join(part for part in parts if part) or "0min"


def nhs_number(text: str) -> str:
    """`943 476 5919`, held together on one line; a number whose check digit is wrong says so."""
    if not text:
        return NOT_RECORDED
    number = nhs_numbers.parse(text)
    return number.display if number else f"{text} (not a valid NHS number)"


_NUMBER_STATUS = {
    "01": "Number present and verified",
    "02": "Number present but not traced",
    "03": "Trace required",
    "04": "Trace attempted - no match or multiple match found",
    "05": "Trace needs to be resolved",
    "06": "Trace in progress",
    "07": "Number not present and trace not required",
    "08": "Trace postponed (baby under six weeks old)",
}


def nhs_number_status(code: str) -> str:
    """The words of the NHS Data Dictionary for its code; other words as sent."""
    return _NUMBER_STATUS.get(code.strip(), code)


def gender(code: str) -> str:
    """A word, never a code."""
    return _GENDERS.get(code.strip().lower(), code) if code.strip() else "Not Specified"


def address(text: str) -> str:
    """On one line with a comma and a space between its parts; the postcode in capitals with its space."""
    parts = [part.strip() for part in re.split(r"[\n,]", text)]
    joined = ", ".join(part for part in parts if part)
    return _POSTCODE.sub(lambda m: f"{m[1].upper()}{_NO_BREAK}{m[2].upper()}", joined)


def phone(text: str) -> str:
    """As dialled within the country: no +44, no brackets."""
    bare = re.sub(r"^\s*(\+|00)\s*44[\s-]*(\(0\)|0)?[\s-]*", "0", text)
    return " ".join(re.sub(r"[()]", " ", bare).split())


def reference_range(text: str) -> str:
    """The range the source gave beside its result; without one there is no flag, and the page says so."""
    return f"range {text}" if text else "no range given"
