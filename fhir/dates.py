"""Dates as FHIR writes them: a year, a month, a day or a moment, never made more exact than they are."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

LONDON = ZoneInfo("Europe/London")
_SHAPE = re.compile(r"^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class FhirDate(Struct, frozen=True, order=True, gc=False):
    """A date or moment: `start` (UTC; a moment without zone is read as London's) for ordering, `text` as sent."""

    start: datetime
    text: str

    @property
    def is_moment(self) -> bool:
        """Whether a time of day was given."""
        return "T" in self.text

    @property
    def day(self) -> str:
        """The London day, month or year, as `YYYY-MM-DD` cut to what was said."""
        return self.start.astimezone(LONDON).date().isoformat() if self.is_moment else self.text

    @property
    def minute(self) -> str:
        """London's day and time as `YYYY-MM-DDTHH:MM` where a time was given; empty otherwise."""
        return f"{self.start.astimezone(LONDON):%Y-%m-%dT%H:%M}" if self.is_moment else ""

    @property
    def clinical(self) -> str:
        """`05-Mar-2026`, `Mar-2026` or `2026` (CUI date display, DD-Mmm-YYYY)."""
        year, *rest = self.day.split("-")
        if not rest:
            return year
        month = _MONTHS[int(rest[0]) - 1]
        return f"{rest[1]}-{month}-{year}" if len(rest) > 1 else f"{month}-{year}"

    @property
    def clinical_time(self) -> str:
        """`05-Mar-2026 14:02` in London's time where a time was given, else the date."""
        if not self.is_moment:
            return self.clinical
        local = self.start.astimezone(LONDON)
        return f"{local.day:02}-{_MONTHS[local.month - 1]}-{local.year:04} {local.hour:02}:{local.minute:02}"


@lru_cache(maxsize=65_536)
def _parse(text: str) -> FhirDate | None:
    if not _SHAPE.match(text):
        return None
    try:
        start = _start(text)
        if not 1 < start.year < 9999:
            start.astimezone(LONDON)  # a moment that has no London time cannot be shown: its text is
    except (ValueError, OverflowError):
        return None
    return FhirDate(start, text)


def _start(text: str) -> datetime:
    if len(text) <= 10:
        year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
        return datetime(year, month, day, tzinfo=LONDON).astimezone(UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(UTC)


def fhir_date(value: Any) -> FhirDate | None:
    """The date, or None where there is none or it is not one (the text is then kept by whoever shows it)."""
    return _parse(value) if isinstance(value, str) else None


def first_date(*values: Any) -> FhirDate | None:
    """The first of these that is a date."""
    return next((found for value in values if (found := fhir_date(value))), None)
