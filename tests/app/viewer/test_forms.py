"""What people type to find a patient: however it is written, read once, or answered with words beside the field."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadUsage
from app.viewer.forms import INVALID_BIRTH, INVALID_NUMBER, NO_FAMILY, read_date, read_moment, read_search

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["9434765919", "943 476 5919", "943-476-5919", " 943\u00a0476\u00a05919\n", "943\u2011476\u20115919",
              "NHS 943 476 5919", "NHS No: 943-476-5919", "NHS No. 943 476 5919", "nhs number 9434765919",
              "NHS:9434765919"]
)  # fmt: skip
def test_a_pasted_nhs_number_is_understood(typed):
    asked, errors = read_search({"nhs_number": typed, "by": "number"}, TODAY)
    assert (asked.nhs_number, errors) == ("9434765919", {})


@pytest.mark.parametrize("typed", ["9434765918", "943476591", "smith", "NHS", "٩٤٣٤٧٦٥٩١٩"])
def test_a_wrong_nhs_number_is_said_to_be_wrong(typed):
    assert read_search({"nhs_number": typed, "by": "number"}, TODAY)[1] == {"nhs_number": INVALID_NUMBER}


@pytest.mark.parametrize(
    "typed", ["27 3 1948", "27/03/1948", "27-Mar-1948", "27 march 1948", "27.3.1948", "1948-03-27", "27031948"]
)
def test_a_date_of_birth_is_understood_however_it_is_written(typed):
    assert read_date(typed) == date(1948, 3, 27)


@pytest.mark.parametrize("typed", ["31 2 1948", "3/1948", "yesterday", "27 3 48", ""])
def test_what_is_no_date_is_not_guessed(typed):
    assert read_date(typed) is None


@given(st.text(max_size=40))
def test_no_words_break_the_search(typed):
    read_search({"family": typed, "birth": typed, "nhs_number": typed}, TODAY)


def test_a_name_needs_a_date_of_birth_that_has_been():
    _, errors = read_search({"family": "", "birth": "1 1 2027", "by": "name"}, TODAY)
    assert errors == {"family": NO_FAMILY, "birth": INVALID_BIRTH}


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        (None, None),
        ("", None),
        ("2026-11-23", None),
        ("2026-03-05", datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)),
        ("2026-07-05", datetime(2026, 7, 5, 22, 59, 59, tzinfo=UTC)),
        ("2026-03-05T14:02", datetime(2026, 3, 5, 14, 2, tzinfo=UTC)),
        ("2026-03-05T14:02:00Z", datetime(2026, 3, 5, 14, 2, tzinfo=UTC)),
        ("2026-03-05T14:02:00 01:00", datetime(2026, 3, 5, 13, 2, tzinfo=UTC)),
    ],
)
def test_the_moment_asked_for_is_londons_unless_it_says_otherwise(typed, moment):
    assert read_moment(typed, NOW) == moment


@pytest.mark.parametrize(
    "typed", ["yesterday", "2026-13-01", "2027-01-01", "0001-01-01T00:00:00+14:00", "2026-03-05T25:00"]
)
def test_a_moment_that_cannot_be_is_refused_with_words(typed):
    with pytest.raises(BadUsage, match="asAt must be"):
        read_moment(typed, NOW)
