"""What leaves of a table tells of no 1 to 7 people, checked against a slow, obvious second way."""

from hypothesis import given
from hypothesis import strategies as st

from app.export.suppress import ALL, Shown, shown, table, too_close

COUNTS = st.integers(min_value=0, max_value=60)
CELLS = st.dictionaries(
    st.sampled_from(["A1", "B2", "C3", "D4", "E5"]),
    st.tuples(COUNTS, COUNTS).map(lambda pair: (min(pair), max(pair))),
    max_size=5,
)


def nearest_five(number: int) -> int | None:
    """The slow way: the one of all multiples of five that lies nearest."""
    return None if number in range(1, 8) else min(range(0, 200, 5), key=lambda five: abs(five - number))


@given(COUNTS)
def test_a_count_is_hidden_from_1_to_7_and_else_the_nearest_five(number: int) -> None:
    assert shown(number) == nearest_five(number)


@given(CELLS)
def test_every_number_is_safe_and_as_near_as_it_may_be(cells: dict[str, tuple[int, int]]) -> None:
    for row in table(cells)[:-1]:
        counted, asked = cells[row.practice]
        assert row.numerator in (None, nearest_five(counted))
        assert row.denominator in (None, nearest_five(asked))
        assert row.numerator is None or counted == 0 or (counted >= 8 and asked - counted >= 8)
        assert row.denominator is None or asked not in range(1, 8)


@given(CELLS)
def test_no_column_hides_exactly_one_number_where_there_is_a_second_to_hide(
    cells: dict[str, tuple[int, int]],
) -> None:
    rows = table(cells)[:-1]
    for name in ("numerator", "denominator"):
        column = [getattr(row, name) for row in rows]
        assert column.count(None) != 1 or not any(column)


@given(CELLS)
def test_the_total_and_the_percentages_are_of_what_is_shown(cells: dict[str, tuple[int, int]]) -> None:
    *rows, total = table(cells)
    assert total.practice == ALL
    told = sum(row.numerator or 0 for row in rows)
    assert total.numerator == (told if told or all(row.numerator is not None for row in rows) else None)
    for row in (*rows, total):
        if row.numerator is not None and row.denominator:
            assert row.percent == round(100 * row.numerator / row.denominator, 1)
        else:
            assert row.percent is None


def test_hidden_numbers_are_printed_as_stars_and_nought_as_nought() -> None:
    rows = table({"A1": (3, 40), "B2": (0, 20), "C3": (11, 50)})
    assert [row.printed for row in rows] == [
        ("A1", "*", "40"), ("B2", "0", "20"), ("C3", "*", "50"), ("all", "*", "110"),
    ]  # fmt: skip


def test_a_group_of_which_all_are_counted_is_hidden() -> None:
    first = table({"A1": (30, 30), "B2": (20, 60), "C3": (22, 60)})[0]
    assert (first.numerator, first.denominator) == (None, 30)


def test_a_table_that_differs_by_a_few_people_is_refused_and_an_equal_or_far_one_is_not() -> None:
    before = {"A1": (12, 40), "B2": (20, 60)}
    assert not too_close(before, before)
    assert too_close({"A1": (13, 40), "B2": (20, 60)}, before)
    assert too_close({"A1": (12, 40), "B2": (20, 67)}, before)
    assert not too_close({"A1": (20, 48), "B2": (20, 60)}, before)
    assert too_close({"A1": (12, 40), "B2": (20, 60), "C3": (0, 5)}, before)


@given(CELLS, CELLS)
def test_closeness_is_the_same_from_both_sides(
    one: dict[str, tuple[int, int]], other: dict[str, tuple[int, int]]
) -> None:
    steps = [abs(one.get(name, (0, 0))[n] - other.get(name, (0, 0))[n]) for name in {*one, *other} for n in (0, 1)]
    slow = any(step in range(1, 8) for step in steps)
    assert too_close(one, other) == too_close(other, one) == slow


def test_a_row_says_whether_anything_of_it_is_hidden() -> None:
    assert Shown("A1", None, 10).suppressed
    assert not Shown("A1", 0, 0).suppressed
