"""Dates and times as patients read them."""

from datetime import UTC, date, datetime

import pytest

from app import plain_dates


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [(13, 30, "2:30pm"), (8, 5, "9:05am"), (13, 0, "2pm"), (11, 0, "midday"), (23, 0, "midnight"), (11, 30, "12:30pm"),
     (23, 1, "12:01am")],
)  # fmt: skip
def test_a_moment_is_in_londons_summer_time(hour: int, minute: int, words: str) -> None:
    assert plain_dates.time_of(datetime(2018, 8, 6, hour, minute, tzinfo=UTC)) == words


def test_a_day_and_a_moment() -> None:
    assert plain_dates.day(date(2018, 8, 6)) == "6 August 2018"
    assert plain_dates.moment(datetime(2018, 8, 6, 13, 30, tzinfo=UTC)) == "6 August 2018, 2:30pm"
    assert plain_dates.typed(datetime(2018, 8, 6, 13, 30, tzinfo=UTC)) == "2018-08-06T14:30"
