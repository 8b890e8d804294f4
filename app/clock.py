"""What time it is: UTC and aware for events, London's date for people. Tests set it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """This moment, in UTC."""
    return _source()


def today() -> date:
    """The date in London."""
    return now().astimezone(LONDON).date()


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Within it, `now` is this aware moment."""
    global _source
    if moment.tzinfo is None:
        raise ValueError("the moment needs a time zone")
    before, _source = _source, lambda: moment
    try:
        yield
    finally:
        _source = before
