"""What a patient types about a blood pressure becomes values, or the words beside each field that cannot be used.

Nothing is rounded, corrected or cut. What is unlikely is asked about once, and then kept as typed.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

from app import plain_dates
from app.clock import LONDON
from app.portal.ranges import AHEAD, CLOSE, LONGEST_NOTE, OLD, RANGES, SESSION, WIDE, Range

Form = Mapping[str, str]
Errors = dict[str, str]
FIRST, SECOND = "", "2"
FIELDS = (*(f"{name}{which}" for which in (FIRST, SECOND) for name in (*RANGES, "taken_at")), "note")
APART = timedelta(minutes=1)
"""A second reading without a time was taken about this much after the first (NICE NG136 1.2.7: at least a minute)."""

EARLIEST = 1900
NOT_REAL = "The date and time must be real ones, like 2026-08-06 14:30"
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::00(?:\.0+)?)?", re.ASCII)
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Measured:
    """One reading: mmHg, beats per minute, when (UTC) and the person's own words."""

    systolic: int
    diastolic: int
    pulse: int | None
    taken: datetime
    note: str = ""

    @property
    def said(self) -> str:
        """`137/84`."""
        return f"{self.systolic}/{self.diastolic}"


def typed(form: Form) -> dict[str, str]:
    """The fields as typed, without the spaces around them."""
    return {name: form.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}


def is_timed(form: Form) -> bool:
    """Whether a time was typed, and not left to be now."""
    return bool(form.get("taken_at", "").strip())


def read(form: Form, now: datetime, held: datetime | None = None) -> tuple[tuple[Measured, ...], Errors]:
    """One or two readings, or the words beside each field. `held`: the moment that is being changed."""
    told = typed(form)
    first, errors = _numbers(told, FIRST)
    start, errors["taken_at"] = read_moment(told["taken_at"], now, held)
    note, errors["note"] = read_note(told["note"])
    readings = [Measured(*first, start, note)]
    if any(told[name + SECOND] for name in (*RANGES, "taken_at")):
        second, wrong = _numbers(told, SECOND)
        then, wrong["taken_at"] = (
            read_moment(told["taken_at2"], now, None) if told["taken_at2"] else (start + APART, "")
        )
        errors |= {name + SECOND: f"Second reading: {_lower(words)}" for name, words in wrong.items() if words}
        readings.append(Measured(*second, then))
    found = {name: errors[name] for name in FIELDS if errors.get(name)}
    return (() if found else tuple(readings)), found


def read_one(form: Form, now: datetime, held: datetime) -> tuple[tuple[Measured, ...], Errors]:
    """The same of one reading that is being changed: without a time it keeps the one it has."""
    told = {name: form.get(name, "") for name in (*RANGES, "taken_at", "note")}
    return read(told | {"taken_at": told["taken_at"].strip() or plain_dates.typed(held)}, now, held)


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _numbers(told: Form, which: str) -> tuple[tuple[int, int, int | None], Errors]:
    """The three numbers of one reading, and the words for each that cannot be used."""
    read_ones = {name: _number(told[name + which], known, needed=name != "pulse") for name, known in RANGES.items()}
    errors = {name: words for name, (_, words) in read_ones.items()}
    upper, lower, pulse = (number for number, _ in read_ones.values())
    if upper is not None and lower is not None and upper <= lower:
        errors["systolic"] = "The top number must be higher than the bottom number. Check which is which"
    return (upper or 0, lower or 0, pulse), errors


def _number(text: str, known: Range, *, needed: bool) -> tuple[int | None, str]:
    """A whole number that can be; or why not."""
    if not text:
        return None, f"Enter the {known.name}, like {known.example}" if needed else ""
    if not _DIGITS.fullmatch(text):
        return None, f"The {known.name} must be a whole number, like {known.example}"
    if len(text) > 9 or not known.lowest <= int(text) <= known.highest:
        return None, f"The {known.name} must be between {known.lowest} and {known.highest}. Check your monitor"
    return int(text), ""


def read_moment(text: str, now: datetime, held: datetime | None) -> tuple[datetime, str]:
    """When, in UTC, and the words why it cannot be. Nothing typed means now.

    A time that comes twice when the clocks go back is the earlier; the moment held, typed again, stays what it was.
    """
    if not text:
        return now.replace(second=0, microsecond=0), ""
    if held is not None and text == plain_dates.typed(held):
        return held, ""
    if (found := _MOMENT.fullmatch(text)) is None:
        return now, "Enter the date and time, like 2026-08-06 14:30"
    try:
        local = datetime(*map(int, found.groups()), tzinfo=LONDON)  # type: ignore[misc,arg-type]
        moment = local.astimezone(UTC)
        there = moment.astimezone(LONDON).replace(tzinfo=None) == local.replace(tzinfo=None)
    except (ValueError, OverflowError):
        return now, NOT_REAL
    if local.year < EARLIEST:
        return now, NOT_REAL
    if not there:
        return now, "There was no such time: the clocks went forward. Enter the time after the change"
    if moment > now + AHEAD:
        return now, "The date and time must not be in the future"
    return moment, ""


def read_note(text: str) -> tuple[str, str]:
    """A note, and the words why it cannot be kept."""
    if len(text) > LONGEST_NOTE:
        return "", f"The note must be {LONGEST_NOTE} characters or fewer"
    if any(sign in _OVERRIDES or (unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t") for sign in text):
        return "", "The note has signs that cannot be shown. Type it again without them"
    return text, ""


def unlikely(readings: Sequence[Measured], now: datetime) -> tuple[str, ...]:
    """What we ask about before we keep it, in words."""
    names = ("First", "Second") if len(readings) > 1 else ("",)
    each = (
        f"{name} reading: {words}" if name else words[0].upper() + words[1:]
        for name, one in zip(names, readings, strict=True)
        for words in _odd(one, now)
    )
    return (*each, *(words for first, second in pairwise(readings) if (words := _apart(second.taken - first.taken))))


def _apart(time: timedelta) -> str:
    if time < timedelta():
        return "The second reading was taken before the first"
    return "The second reading was taken more than an hour after the first" if time > SESSION else ""


def _odd(one: Measured, now: datetime) -> Iterator[str]:
    for name, known in RANGES.items():
        number: int | None = getattr(one, name)
        if number is not None and number > known.usual_to:
            yield f"a {known.name} of {number} is higher than most people’s"
        if number is not None and number < known.usual_from:
            yield f"a {known.name} of {number} is lower than most people’s"
    between = one.systolic - one.diastolic
    if between < CLOSE:
        yield f"{one.systolic} and {one.diastolic} are closer together than usual"
    if between > WIDE:
        yield f"{one.systolic} and {one.diastolic} are further apart than usual"
    if now - one.taken > OLD:
        yield f"it was taken more than 7 days ago, on {plain_dates.moment(one.taken)}"


def bound(form: Form, asked: Sequence[str]) -> str:
    """A word that stands for exactly these typed values and what was asked about them."""
    return sha256(json.dumps([typed(form), *asked], sort_keys=True).encode()).hexdigest()[:32]


def key_of(form: Form) -> UUID | None:
    """The key that the form was shown with; None where there is none."""
    try:
        return UUID(form.get("key", ""))
    except ValueError:
        return None


def key_from(account: str, readings: Sequence[Measured]) -> UUID:
    """A key for a form that brought none: the same for the same values of the same account."""
    told = [account, *([one.said, one.pulse, one.taken.isoformat(), one.note] for one in readings)]
    return UUID(bytes=sha256(json.dumps(told).encode()).digest()[:16])
