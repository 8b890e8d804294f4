"""An NHS number is right or is none, and never shows itself by accident."""

import nhs_number as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.nhs_number import NHSNumber, parse


@pytest.mark.parametrize("written", ["9434765919", "943 476 5919", "943-476-5919", " 943 476 5919 "])
def test_a_number_is_read_however_it_is_grouped(written):
    assert parse(written) == NHSNumber("9434765919")


FULL_WIDTH = "9434765919".translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
NOT_A_NUMBER = ["9434765918", "943476591", "94347659190", "0000000000", "1111111111", "943.476.5919", "943476591X"]


@pytest.mark.parametrize(
    "written", [*NOT_A_NUMBER, "", "+943476591", FULL_WIDTH, "943\u00a0476\u00a05919", "943476591\t9", "9434765919\n"]
)
def test_what_is_not_exactly_a_number_is_none(written):
    assert parse(written) is None


def test_a_wrong_number_cannot_be_made_and_the_error_does_not_tell_it():
    with pytest.raises(ValueError, match=r"^not an NHS number$"):
        NHSNumber("9434765918")


def test_it_hides_itself_unless_asked_by_name():
    number = NHSNumber("9434765919")
    assert (str(number), repr(number), f"{number}") == ("NHS number ***",) * 3
    assert number.value == "9434765919"
    assert number.display == "943\u00a0476\u00a05919"


@given(st.integers(min_value=0, max_value=10**10 - 1))
def test_the_check_digit_agrees_with_the_public_library(number):
    digits = f"{number:010d}"
    right = library.calculate_checksum(digits[:9]) == int(digits[9])
    assert (parse(digits) is not None) == (right and len(set(digits)) > 1)


@given(st.integers(min_value=0, max_value=10**9 - 1))
def test_at_most_one_check_digit_is_right(stem):
    assert sum(parse(f"{stem:09d}{digit}") is not None for digit in range(10)) <= 1


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    found = parse(text)
    assert found is None or found.value.isascii()
