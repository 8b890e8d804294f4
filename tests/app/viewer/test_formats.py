"""How values are written for clinicians: every vector of the display rules."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import doses
from app.viewer import formats
from fhir.dates import fhir_date

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-03-05", "05-Mar-2026"),
        ("2026-03", "Mar-2026"),
        ("2026", "2026"),
        (date(2026, 3, 5), "05-Mar-2026"),
        (None, "Not recorded"),
        ("", "Not recorded"),
        ("2026-07-31T23:30:00Z", "01-Aug-2026"),
        ("last spring", "last spring"),
    ],
)
def test_a_date_is_never_more_exact_than_it_was_said(sent, shown):
    assert formats.day(sent) == shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-03-29T00:59:00Z", "29-Mar-2026 00:59"),
        ("2026-03-29T01:00:00Z", "29-Mar-2026 02:00"),
        ("2026-10-25T00:59:00Z", "25-Oct-2026 01:59"),
        ("2026-10-25T01:00:00Z", "25-Oct-2026 01:00"),
        ("2026-03-05T00:00:00+00:00", "05-Mar-2026 00:00"),
        ("2026-03-05", "05-Mar-2026"),
    ],
)
def test_a_time_is_londons_on_the_nights_the_clock_changes(sent, shown):
    assert formats.moment(sent) == shown


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        ((NOW - timedelta(minutes=90)).isoformat(), "90min"),
        ((NOW - timedelta(hours=26)).isoformat(), "26hrs"),
        ("2026-11-20", "3d"),
        ("2026-10-27", "27d"),
        ("2026-10-25", "4w 1d"),
        ("2025-10-15", "13m 8d"),
        ("2022-10-23", "4y 1m"),
        ("2008-12-23", "17y 11m"),
        ("2008-11-23", "18y"),
        ("1945-07-14", "81y"),
        ("2024-11-23", "2y"),
        ("2025-11-24", "52w"),
        ("2025-11-23", "12m"),
        ("1945", "about 81y"),
    ],
)
def test_an_age_is_finer_the_younger_the_person(born, shown):
    assert formats.age(fhir_date(born), NOW) == shown


def test_an_unknown_birth_has_no_age():
    assert formats.age(None, NOW) == ""


@given(st.dates(date(1910, 1, 1), date(2026, 11, 23)))
def test_every_birthday_has_an_age(born):
    assert formats.age(fhir_date(born.isoformat()), NOW)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-11-23", "today"),
        ("2026-11-22", "1 day ago"),
        ("2026-11-11", "12 days ago"),
        ("2026-06-01", "5 months ago"),
        ("2023-11-01", "3 years ago"),
        ("2026-12-02", "in 9 days"),
        ("2026", "this year"),
    ],
)
def test_the_age_of_a_statement_is_in_words(sent, shown):
    assert formats.ago(fhir_date(sent), NOW) == shown


def test_an_nhs_number_is_grouped_and_never_breaks():
    assert formats.nhs_number("9434765919") == "943\N{NO-BREAK SPACE}476\N{NO-BREAK SPACE}5919"
    assert "not a valid NHS number" in formats.nhs_number("9434765918")
    assert formats.nhs_number("") == "Not recorded"


@pytest.mark.parametrize(
    ("code", "word"),
    [("male", "Male"), ("female", "Female"), ("other", "Other Specific"), ("unknown", "Not Known"),
     ("", "Not Specified"), ("1", "Male"), ("2", "Female"), ("9", "Not Specified")],
)  # fmt: skip
def test_gender_is_a_word(code, word):
    assert formats.gender(code) == word


def test_an_address_is_one_line_with_its_postcode_in_capitals():
    shown = formats.address("1 High Street\nLeeds , ls1 4ap")
    assert shown == "1 High Street, Leeds, LS1\N{NO-BREAK SPACE}4AP"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("+44 (0)113 496 0999", "0113 496 0999"),
        ("+447700900123", "07700900123"),
        ("(0113) 496 0999", "0113 496 0999"),
        ("0044 113 4960999", "0113 4960999"),
        ("07700 900123", "07700 900123"),
    ],
)
def test_a_phone_number_is_as_dialled_here(sent, shown):
    assert formats.phone(sent) == shown


def test_a_medicine_reads_in_one_order_with_long_dashes():
    shown = doses.medicine("amoxicillin", "Amoxil", "500.0 mg", "capsule", "one capsule", "oral", "three times a day")
    assert shown == "amoxicillin — AMOXIL — 500 mg — capsule — DOSE one capsule — oral — three times a day"


def test_what_a_medicine_does_not_say_is_left_out():
    assert doses.medicine("Metformin 500mg tablets", dosage="1 g") == "Metformin 500mg tablets — DOSE 1 g"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("levothyroxine 25mcg", "levothyroxine 25 micrograms"),
        ("25 µg", "25 micrograms"),
        (".5 mg", "0.5 mg"),
        ("5.0 mg", "5 mg"),
        ("0.50 mg", "0.5 mg"),
        ("5000 units", "5,000 units"),
        ("10 mg & rest", "10 mg and rest"),
        ("if pulse <60", "if pulse less than 60"),
        ("5 mg/kg", "5 mg per kg"),
        ("1/2 tablet", "1/2 tablet"),
        ("2026", "2026"),
    ],
)
def test_a_dose_cannot_be_misread(sent, shown):
    assert doses.dose(sent) == shown


def test_a_duration_has_no_zero_units():
    assert [formats.duration(m) for m in (250, 120, 5)] == ["4hr 10min", "2hr", "5min"]


def test_a_result_without_a_range_says_so():
    assert formats.reference_range("3.5 to 5.3 mmol/L") == "range 3.5 to 5.3 mmol/L"
    assert formats.reference_range("") == "no range given"


def test_the_status_of_an_nhs_number_is_words():
    assert formats.nhs_number_status("01") == "Number present and verified"
    assert formats.nhs_number_status("Verified by hand") == "Verified by hand"
