"""What leaves of a date is a month, and none that tells when somebody was born; of a number three figures."""

from datetime import date
from decimal import Decimal

import pytest

from app.export.values import measured, month
from fhir.dates import fhir_date

TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("born", "near", "far"),
    [
        ("1975-06-30", ("1975-05", "1975-06-01", "1975-07-31"), ("1975-04", "1975-08")),
        ("1975-01", ("1974-12", "1975-01", "1975-02"), ("1974-11", "1975-03")),
        ("1975", ("1974-12", "1975-08", "1976-01"), ("1974-11", "1976-02")),
    ],
)
def test_the_months_about_a_birth_do_not_leave_however_far_it_is_known(
    born: str, near: tuple[str, ...], far: tuple[str, ...]
) -> None:
    assert [month(fhir_date(one), births=["1960-01-01", born], until=TODAY) for one in near] == [None] * 3
    assert [month(fhir_date(one), births=["1960-01-01", born], until=TODAY) for one in far] == list(far)


@pytest.mark.parametrize(
    ("said", "told"),
    [("2026-11-30", "2026-11"), ("2026-12-01", None), ("1936-11-01", "1936-11"), ("1936-10-31", None), ("2020", None)],
)
def test_nothing_later_than_today_nor_over_ninety_years_old_leaves(said: str, told: str | None) -> None:
    assert month(fhir_date(said), births=[], until=TODAY) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        ("8543", "U/L", 8540),
        ("9996", "U/L", 10000),
        ("123.4", "m[IU]/L", 123),
        ("36.64", "Cel", 36.6),
        ("71.5", "kg", 72),
    ],
)
def test_of_a_number_three_figures_leave_at_most(value: str, unit: str, told: float) -> None:
    assert measured({"value": Decimal(value), "unit": unit}) == (told, unit)
