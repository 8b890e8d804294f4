"""The average of home blood pressures, as NICE NG136 1.2.7 says it, against a slow second way of working it out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.readings.blood_pressure import Reading, average, latest_run, readings_in, shown
from fhir import home
from fhir.record import combine
from fhir.statement import Statement
from tests.build import blood_pressure, problem, say

MONDAY = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


def reading(days: int, hours: float = 0, minutes: float = 0, upper: int = 137, lower: int = 84) -> Statement:
    taken = MONDAY + timedelta(days=days, hours=hours, minutes=minutes)
    head = home.observation_head(f"{days}-{hours}-{minutes}", patient="p", taken=taken, recorded=taken)
    return say(home.PATIENT, home.blood_pressure(head, systolic=upper, diastolic=lower))


def of(statements: Iterable[Statement]) -> tuple[Reading, ...]:
    return readings_in(combine(statements), at_home=True)


def week(days: int = 7, **values: int) -> list[Statement]:
    """Two readings a minute apart, morning and evening."""
    return [reading(d, h, m, **values) for d in range(days) for h in (0, 12) for m in (0, 1)]


def test_of_28_readings_in_seven_days_24_are_averaged_and_4_left_out() -> None:
    found = average(of(week()))
    assert found is not None
    assert (len(found.used), len(found.left_out), found.days) == (24, 4, 7)
    assert (found.systolic, found.diastolic) == (137, 84)
    assert (found.is_adequate, found.caveats) == (True, ())
    assert found.range == "at or above 135/85 (stage 1 range)"


def test_three_days_are_averaged_but_said_not_to_be_enough() -> None:
    found = average(of(week(3)))
    assert found is not None
    assert not found.is_adequate
    assert found.caveats[0] == "not enough days for a diagnosis average: 3 of at least 4"
    assert found.systolic == 137


def test_one_day_has_no_average() -> None:
    found = average(of(week(1)))
    assert found is not None
    assert (found.systolic, found.range, found.days) == (None, "", 1)


def test_the_day_is_londons() -> None:
    """Half past midnight in London is the evening before in UTC, in summer."""
    summer = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    head = home.observation_head("s", patient="p", taken=summer, recorded=summer)
    [found] = of([say(home.PATIENT, home.blood_pressure(head, systolic=120, diastolic=70))])
    assert found.day.isoformat() == "2026-07-02"


def test_a_mean_is_never_shown_across_a_threshold_that_it_does_not_reach() -> None:
    assert [shown(Fraction(n, d)) for n, d in ((137, 1), (269, 2), (13496, 100), (404, 3), (13501, 100))] == [
        "137", "134.5", "134.9", "134.6", "135.0",
    ]  # fmt: skip
    almost = [*week(6, upper=135, lower=80), reading(6, 0, 0, upper=134, lower=80)]
    found = average(of(almost))
    assert found is not None
    assert found.systolic is not None
    assert found.systolic < 135
    assert shown(found.systolic) == "134.9"
    assert found.range == "below 135/85"


def test_what_weakens_an_average_is_said() -> None:
    told = [*week(4), reading(4, 0, 0), reading(4, 12, 0), reading(4, 12, 0.5), reading(5, 0, 0), reading(5, 0, 1)]
    found = average(of(told), irregular_pulse=True)
    assert found is not None
    assert found.caveats == (
        "1 time with one reading instead of two",
        "1 time with readings less than a minute apart",
        "1 day without a reading in the evening",
        "atrial fibrillation is recorded: automatic devices are unreliable with an irregular pulse (NG136 1.1.2)",
    )


def test_a_clinic_reading_is_never_averaged_with_home_ones() -> None:
    said = [*week(), blood_pressure("J81001", 190, 110, "2026-03-05T09:00:00Z")]
    found = average(of(said))
    assert found is not None
    assert found.systolic == 137
    [clinic] = readings_in(combine(said), at_home=False)
    assert (clinic.systolic, clinic.diastolic) == (190, 110)


def test_what_was_taken_back_or_is_not_settled_does_not_count() -> None:
    head = home.observation_head("x", patient="p", taken=MONDAY, recorded=MONDAY, status="entered-in-error")
    wrong = say(home.PATIENT, home.blood_pressure(head, systolic=280, diastolic=80))
    assert average(of([wrong])) is None
    assert of([problem("J81001", {"text": "Hypertension"})]) == ()


def test_an_older_run_is_not_mixed_with_the_latest() -> None:
    assert {one.day for one in latest_run(of([reading(0), reading(3), reading(5), reading(6)]))} == {
        (MONDAY + timedelta(days=d)).date() for d in (3, 5, 6)
    }
    assert len({one.day for one in latest_run(of([reading(d) for d in range(30)]))}) == 14


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 23), st.integers(60, 220), st.integers(40, 58))))
def test_every_reading_of_the_run_is_used_or_left_out_and_the_mean_is_exact(
    told: list[tuple[int, int, int, int]],
) -> None:
    statements = [
        reading(day, hour, n / 100, upper=upper, lower=lower) for n, (day, hour, upper, lower) in enumerate(told)
    ]
    readings = of(statements)
    found = average(readings)
    if found is None:
        assert not told
        return
    days = sorted({one.day for one in readings})
    first = last = days.pop()
    while days and (first - days[-1]).days <= 2 and (last - days[-1]).days < 14:
        first = days.pop()
    slow = [one.systolic for one in readings if one.day > first]
    assert sorted(one.systolic for one in found.used) == sorted(slow)
    assert found.systolic == (Fraction(sum(slow, Decimal())) / len(slow) if slow else None)
    assert len(found.left_out) == sum(1 for one in readings if one.day == first)


@pytest.mark.parametrize("value", [134, 135, 149, 150])
def test_thresholds_are_inclusive(value: int) -> None:
    found = average(of(week(upper=value, lower=80)))
    assert found is not None
    assert ("stage 2" in found.range, "stage 1" in found.range) == (value >= 150, 135 <= value < 150)
