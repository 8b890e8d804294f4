"""Dates and times as patients read them: `6 August 2018, 2:30pm` (NHS service manual, content style guide)."""

from datetime import date, datetime

from app.clock import LONDON
from fhir.dates import FhirDate

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(value: date) -> str:
    """`6 August 2018`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def time_of(value: datetime) -> str:
    """`2:30pm`, `2pm`, `midday` or `midnight`, in London."""
    local = value.astimezone(LONDON)
    if local.minute == 0 and local.hour % 12 == 0:
        return "midday" if local.hour else "midnight"
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{half(value)}"


def half(value: datetime) -> str:
    """`am` or `pm`, in London."""
    return "am" if value.astimezone(LONDON).hour < 12 else "pm"


def moment(value: datetime) -> str:
    """`6 August 2018, 2:30pm`, in London."""
    return f"{day(value.astimezone(LONDON).date())}, {time_of(value)}"


def typed(value: datetime) -> str:
    """As a date and time field of a form holds it, in London: `2018-08-06T14:30`."""
    return value.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")


def said(value: FhirDate) -> str:
    """As exact as its source was: `2018`, `August 2018`, `6 August 2018`. The time of day is left out."""
    year, *rest = value.day.split("-")
    if not rest:
        return year
    month = f"{MONTHS[int(rest[0]) - 1]} {year}"
    return f"{int(rest[1])} {month}" if len(rest) > 1 else month
