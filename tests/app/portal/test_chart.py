"""The picture of a person's blood pressures says what the table says."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.portal.chart import HIGH, LEFT, RIGHT, TOP, WIDE, chart, drawn
from app.portal.forms import Measured

START = datetime(2026, 7, 1, 7, 0, tzinfo=UTC)


def reading(upper: int, lower: int, hours: float) -> Measured:
    return Measured(upper, lower, None, START + timedelta(hours=hours))


def test_time_runs_evenly_and_only_the_latest_is_larger() -> None:
    found = chart([reading(137, 84, 0), reading(133, 82, 24), reading(130, 80, 96)])
    assert found
    first, second, last = (bar.x for bar in found.bars)
    assert round((second - first) / (last - first), 2) == 0.25
    assert [bar.is_latest for bar in found.bars] == [False, False, True]
    assert found.span == ("1 July 2026", "5 July 2026")


def test_it_says_in_words_what_it_shows() -> None:
    found = chart([reading(137, 84, 0), reading(133, 82, 24)])
    assert found
    svg = drawn(found)
    assert "<title" in svg and "2 blood pressure readings" in svg and "mmHg" in svg
    assert "Top numbers from 133 to 137, bottom numbers from 82 to 84. The latest is 133/82." in svg
    assert "style" not in svg and "script" not in svg


def test_without_a_reading_there_is_no_picture_and_with_one_it_stands_in_the_middle() -> None:
    assert chart([]) is None
    found = chart([reading(120, 80, 0)])
    assert found
    assert "1 blood pressure reading<" in drawn(found)
    assert LEFT < found.bars[0].x < WIDE - RIGHT


PAIRS = st.tuples(st.integers(50, 300), st.integers(20, 200)).filter(lambda pair: pair[0] > pair[1])


@given(st.lists(st.tuples(PAIRS, st.integers(0, 10_000)), min_size=1, max_size=30))
def test_everything_is_inside_the_picture_and_higher_is_higher(told: list[tuple[tuple[int, int], int]]) -> None:
    readings = [reading(*pair, hours) for pair, hours in told]
    found = chart(readings)
    assert found
    assert len(found.bars) == len(readings) == len(re.findall("chart-pair", drawn(found)))
    for bar in found.bars:
        assert LEFT <= bar.x <= WIDE - RIGHT
        assert TOP <= bar.upper < bar.lower <= HIGH
