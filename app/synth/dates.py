"""The region's calendar. Its clock stands still, so that the same seed writes the same bytes for ever."""

from datetime import date, timedelta
from functools import lru_cache

from app.synth.chance import Random

AS_OF = date(2026, 11, 1)
DAY_TWO = date(2026, 11, 2)


@lru_cache(maxsize=40_000)
def zone(day: date) -> str:
    """The offset of London on this day: +01:00 from the last Sunday of March until that of October."""
    starts, ends = _last_sunday(day.year, 3), _last_sunday(day.year, 10)
    return "+01:00" if starts <= day < ends else "+00:00"


def stamp(day: date, minute: int) -> str:
    """A moment of a day, London time, with its offset; `minute` counts from midnight."""
    return f"{day.isoformat()}T{minute // 60:02d}:{minute % 60:02d}:00{zone(day)}"


def surgery_minute(rng: Random) -> int:
    """Some minute between eight and six."""
    return 480 + int(rng.random() * 600)


def day_between(rng: Random, first: date, last: date) -> date:
    """A day from `first` to `last`, both included; `first` when they are the wrong way round."""
    span = (last - first).days
    return first if span <= 0 else first + timedelta(days=int(rng.random() * (span + 1)))


def age(born: date, on: date = AS_OF) -> int:
    """Whole years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)
