"""The picture of blood pressures holds every reading, and nothing that was not read."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.readings.chart import HIGH, WIDE, Limit, Mark, chart

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def marks(*pairs: tuple[int, int], at_home: bool = True) -> list[Mark]:
    return [Mark(NOON + timedelta(days=n), Decimal(a), Decimal(b), at_home) for n, (a, b) in enumerate(pairs)]


def test_each_reading_is_a_bar_with_its_two_ends() -> None:
    drawn = chart([*marks((137, 84), (150, 90)), *marks((160, 95), at_home=False)], span=("a", "b"))
    assert (drawn.count('<path class="pressures-bar"'), drawn.count("<circle"), drawn.count("<rect")) == (3, 4, 2)
    assert "3 blood pressure readings" in drawn


def test_no_bar_hides_the_end_of_another() -> None:
    drawn = chart(marks(*[(137, 84)] * 300), span=("a", "b"))
    assert drawn.rindex("pressures-bar") < drawn.index("<circle")


def test_nothing_is_drawn_of_nothing() -> None:
    assert chart([], span=("", "")) == ""


def test_words_from_outside_are_words() -> None:
    assert "<b>" not in chart(marks((120, 80)), span=("<b>", "</svg>"), limits=[Limit(135, "<b>")])


@given(st.lists(st.tuples(st.integers(50, 300), st.integers(20, 49)), min_size=1, max_size=30))
def test_every_end_lies_in_the_picture_in_the_order_of_its_value(pairs: list[tuple[int, int]]) -> None:
    drawn = chart(marks(*pairs), span=("a", "b"), limits=[Limit(135, "135")])
    ends = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    assert all(0 < x < WIDE and 0 < y < HIGH for x, y in ends)
    values = [value for pair in pairs for value in pair]
    by_value = sorted(zip(values, ends, strict=True), key=lambda one: -one[0])
    heights = [y for _, (_, y) in by_value]
    assert heights == sorted(heights)
    assert not re.search(r"style=|<script|nan", drawn)
