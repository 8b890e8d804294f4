"""What raises an alert about a look, and what does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.governance.misuse import Known, Look, encounter, families_of, found, home_of, named, once
from tests.feeding import ASHA, GP, TRUST, nhs, patient

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
NIGHT, SUNDAY = NOON.replace(hour=23), NOON + timedelta(days=4)


def look(name: str = "Dr Grace Hall", org: str = GP, at: datetime = NOON, told: str = "") -> Look:
    return Look(7, at, b"g" * 16, name, org, UUID(int=1), frozenset({told} - {""}))


def person(family: str = "Patel", given: str = "Asha", **more: Any) -> Any:
    told = {"name": [{"family": family, "given": [given]}]} | more
    return named([patient("1", **told)])


def test_an_ordinary_look_raises_nothing() -> None:
    assert found(look(), Known(person())) == []


@pytest.mark.parametrize(
    ("staff", "family", "same"),
    [
        ("Dr Grace Hall", "HALL", True),
        ("Grace Mary Hall-Jones", "Jones", True),
        ("Grace Hall-Jones", "Hall Jones", True),
        ("Sister Łucja Łuć", "Luc", True),
        ("Dr Grace Hall", "Grace", False),
        ("Dr Grace Hall", "Hallworth", False),
        ("Dr Unknown", "Unknown", False),
        ("Hall", "Hall", False),
    ],
)
def test_a_family_name_in_common(staff: str, family: str, same: bool) -> None:
    assert ("same-surname" in found(look(staff), Known(person(family)))) is same


def test_a_name_alone_is_no_family_name_and_titles_are_none() -> None:
    assert families_of("Prof. Anne van der Berg") == {"van", "der", "berg", "vanderberg"}
    assert families_of("Madonna") == set()


def test_oneself_is_found_by_number_or_by_name_and_birth_and_is_not_called_a_relative() -> None:
    by_number = named([{"identifier": [nhs(ASHA)]}])
    by_name = named([{"name": [{"family": "patel", "given": ["ASHA"]}], "birthDate": "1960-05-01"}])
    another = named([{"name": [{"family": "Patel", "given": ["Asha"]}], "birthDate": "1961-05-01"}])
    for own in (by_number, by_name):
        assert found(look("Asha Patel"), Known(person(), looker=own)) == ["own-record"]
    assert found(look("Asha Patel"), Known(person(), looker=another)) == ["same-surname"]


def test_the_same_home_however_it_is_written() -> None:
    own = named([{"address": [{"line": ["1, MILL LANE"], "postalCode": "tb12ab"}]}])
    next_door = named([{"address": [{"line": ["2 Mill Lane"], "postalCode": "TB1 2AB"}]}])
    assert found(look(), Known(person(), looker=own)) == ["same-address"]
    assert found(look(), Known(person(), looker=next_door)) == []
    assert home_of({"line": ["No fixed abode"], "postalCode": "ZZ99 3VZ"}) == home_of({"postalCode": "TB1 2AB"}) == ""


def test_a_colleague() -> None:
    colleague = Known(person(), colleagues=[named([patient("9")])])
    assert found(look(), colleague) == ["colleague"]
    assert found(replace(look(), in_care=True), colleague) == [], "a patient of the hospital where they work"
    assert (
        found(look(), Known(person(), colleagues=[named([patient("9", "9990000026", birthDate="1970-01-01")])])) == []
    )


@pytest.mark.parametrize("told", ["seal broken", "vip", "staff"])
def test_what_the_policy_marked_is_an_alert(told: str) -> None:
    assert found(look(told=told), Known(person())) == [told.replace(" ", "-")]


@pytest.mark.parametrize(
    ("org", "starts", "ends", "raised"),
    [
        (TRUST, "2026-11-01", "2026-11-02", ["reason-given"]),
        (TRUST, "2026-08-25", "2026-08-26", ["reason-given"]),
        (TRUST, "2026-01-01", None, ["reason-given"]),
        (TRUST, "2027-01-10", None, ["reason-given"]),
        (TRUST, "2026-01-01", "2026-01-09", ["reason-given", "no-encounter"]),
        (GP, "2026-11-01", None, ["reason-given", "no-encounter"]),
    ],
)
def test_a_reason_without_an_encounter_near(org: str, starts: str, ends: str | None, raised: list[str]) -> None:
    met = encounter(org, {"period": {"start": starts} | ({"end": ends} if ends else {})})
    assert met
    given = look(org=TRUST, told="reason given")
    assert found(given, Known(person(), encounters=[met])) == raised
    assert found(look(org=TRUST), Known(person(), encounters=[met])) == []


def test_more_people_in_a_day_than_is_usual() -> None:
    usual = [12, 14, 9, 30, 11]
    assert found(look(), Known(person(), people_by_day=usual, today=36)) == []
    assert found(look(), Known(person(), people_by_day=usual, today=37)) == ["volume"]
    assert found(look(), Known(person(), people_by_day=[40] * 20, today=100)) == []
    assert found(look(), Known(person(), people_by_day=usual[:4], today=60)) == []
    assert found(look(), Known(person(), people_by_day=(), today=61)) == ["volume"]


@pytest.mark.parametrize("at", [NIGHT, SUNDAY, NOON.replace(hour=6)])
def test_out_of_hours_for_somebody_who_seldom_looks_then(at: datetime) -> None:
    by_day, nights = [NOON - timedelta(days=7 * n) for n in range(25)], [NIGHT - timedelta(days=n) for n in range(5)]
    assert found(look(at=at), Known(person(), before=by_day)) == ["out-of-hours"]
    assert found(look(at=at), Known(person(), before=by_day + nights)) == []
    assert found(look(at=at), Known(person(), before=by_day[:19])) == [], "nobody knows yet what is usual"
    assert found(look(), Known(person(), before=by_day)) == []


def test_one_alert_for_a_person_a_day_and_a_member_of_staff() -> None:
    same, later = look(), look(at=NOON + timedelta(days=1))
    assert once("vip", same) == once("vip", look("Somebody")) != once("vip", later)
    assert str(UUID(int=1)) not in once("volume", same)
