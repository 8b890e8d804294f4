"""What people type to find a patient or to give a moment, read once: a value, or the words beside the field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from app.errors import BadUsage
from fhir.dates import LONDON
from fhir.nhs_number import parse

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ]+(\d{1,2}|[a-z]{3,9})[-/. ]+(\d{4})", re.ASCII)
_EIGHT = re.compile(r"(\d{2})(\d{2})(\d{4})", re.ASCII)
_LABEL = re.compile(r"^NHS ?(?:No|Number|Num)?\b ?[.:#]* ?", re.ASCII | re.IGNORECASE)
_SPACES = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")

INVALID_NUMBER = "This is not a valid NHS number. Check it and enter all 10 digits, like 999 000 0018"
NO_NUMBER = "Enter an NHS number"
NO_FAMILY = "Enter a surname"
NO_BIRTH = "Enter a date of birth"
INVALID_BIRTH = "Enter a real date of birth, like 27 3 1948"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: a number, or a surname and a date of birth (`YYYY-MM-DD`) with what else is known."""

    nhs_number: str = ""
    family: str = ""
    birth: str = ""
    given: str = ""
    postcode: str = ""


def read_search(form: Mapping[str, str], today: date) -> tuple[Asked, dict[str, str]]:
    """The search, or the words beside each field that cannot be used."""
    typed = {name: _tidy(form.get(name, "")) for name in ("nhs_number", "family", "birth", "given", "postcode")}
    if form.get("by") == "number" or (typed["nhs_number"] and not typed["family"]):
        number = parse(
            _SPACES.sub("", _LABEL.sub("", typed["nhs_number"])).replace("\u2011", "-").replace("\u2013", "-")
        )
        wrong = {} if number else {"nhs_number": INVALID_NUMBER if typed["nhs_number"] else NO_NUMBER}
        return Asked(nhs_number=number.value if number else ""), wrong
    birth = read_date(typed["birth"])
    wrong = {} if typed["family"] else {"family": NO_FAMILY}
    if birth is None or birth > today:
        wrong["birth"] = INVALID_BIRTH if typed["birth"] else NO_BIRTH
    born = birth.isoformat() if birth else ""
    return Asked(family=typed["family"], birth=born, given=typed["given"], postcode=typed["postcode"]), wrong


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", text).strip()[:200]


def read_date(text: str) -> date | None:
    """A day however it is commonly written: `27 3 1948`, `27-Mar-1948`, `27/03/1948`, `1948-03-27`, `27031948`."""
    text = text.lower().strip()
    if found := _ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text) or _EIGHT.fullmatch(text):
        day, month, year = found.groups()
    else:
        return None
    if month[:3] in _MONTHS:
        month = str(_MONTHS.index(month[:3]) + 1)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_moment(text: str | None, now: datetime) -> datetime | None:
    """The moment of `?asAt=`: a day (its end, in London) or a date and time; None where none was asked for."""
    if not text:
        return None
    try:
        if len(text) == 10:
            moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59), LONDON)
            return None if moment.date() == now.astimezone(LONDON).date() else _past(moment, now)
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in an address arrives as a space
        return _past(moment if moment.tzinfo else moment.replace(tzinfo=LONDON), now)
    except (ValueError, OverflowError):
        raise BadUsage(
            "asAt must be a date or a date and time in the past, like 2026-03-05 or 2026-03-05T14:02"
        ) from None


def _past(moment: datetime, now: datetime) -> datetime:
    if moment > now:
        raise BadUsage("asAt must be in the past: the record cannot be shown as it will be.")
    return moment.astimezone(UTC)
