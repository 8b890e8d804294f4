"""Who is counted by a measure: each prescription, reading and score once, in its time, of the practice of now."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from app.export.measures import MEASURES, Case
from app.export.people import about
from app.export.terminology import CodeList, Listed
from app.synth import code_lists
from fhir.codes import Code, System
from fhir.elements import plain
from fhir.home import PATIENT
from fhir.record import combine
from fhir.statement import Statement
from tests.build import GP, HOSPITAL, SNOMED, blood_pressure, concept, order, problem, result, say

AS_OF = date(2026, 10, 31)
ASTHMA = concept("Asthma", (SNOMED, "195967001"))
HYPERTENSION = concept("Essential hypertension", (SNOMED, "59621000"))
SABA = concept("Salbutamol 100micrograms/dose inhaler CFC free", (SNOMED, "320139002"))
ICS = concept("Beclometasone 100micrograms/dose inhaler CFC free", (SNOMED, "35908111000001105"))


def loaded() -> dict[str, CodeList]:
    found = {}
    for name, rows in code_lists.lists().items():
        system = code_lists.SYSTEMS.get(name, System.SNOMED)
        entries = [Listed(system, code, term, kind) for code, term, kind in rows]
        codes = {Code(one.system, one.code).key: one for one in entries}
        found[name] = CodeList(name, "", "", codes, {}, {plain(one.term): one for one in entries})
    return found


def asked(name: str, statements: Iterable[Statement], **patient: Any) -> bool | None:
    """The answer of a measure about somebody born in 1960 and registered with a practice."""
    own = say(GP, {"resourceType": "Patient", "birthDate": "1960-05-01", **patient})
    record = combine([own, *statements])
    return MEASURES[name].judge(Case(record, about(record, frozenset({GP}), "practice", lambda _: 3), loaded(), AS_OF))


def reliever(source: str, day: str, **more: Any) -> Statement:
    return order(source, SABA, authoredOn=day, **more)


THREE = ("2025-11-01", "2026-03-04", "2026-10-31")


def test_three_relievers_in_the_year_and_no_preventer_are_counted() -> None:
    relievers = [reliever(GP, day) for day in THREE]
    assert asked("asthma_saba3_no_ics", [problem(GP, ASTHMA), *relievers]) is True
    assert asked("asthma_saba3_no_ics", [problem(GP, ASTHMA), *relievers[:2]]) is False
    assert asked("asthma_saba1_no_ics", [problem(GP, ASTHMA), *relievers[:1]]) is True
    assert asked("asthma_saba3_no_ics", relievers) is None


@pytest.mark.parametrize("day", ["2025-10-31", "2026-11-01", "2026"])
def test_a_prescription_out_of_the_year_or_without_a_day_does_not_count(day: str) -> None:
    told = [problem(GP, ASTHMA), *(reliever(GP, one) for one in THREE[:2]), reliever(GP, day)]
    assert asked("asthma_saba3_no_ics", told) is False


def test_what_two_systems_know_of_one_prescription_counts_once_and_two_of_one_day_twice() -> None:
    twice = [reliever(source, day) for source in (GP, HOSPITAL) for day in THREE[:2]]
    assert asked("asthma_saba3_no_ics", [problem(GP, ASTHMA), *twice]) is False
    again = [*(reliever(GP, THREE[0]) for _ in range(2)), reliever(GP, THREE[1])]
    assert asked("asthma_saba3_no_ics", [problem(GP, ASTHMA), *again]) is True


def test_any_preventer_in_the_year_ends_the_concern_whoever_prescribed_it() -> None:
    told = [problem(GP, ASTHMA), *(reliever(GP, day) for day in THREE)]
    assert asked("asthma_saba3_no_ics", [*told, order(HOSPITAL, ICS, authoredOn="2026-01-02")]) is False
    assert asked("asthma_saba3_no_ics", [*told, order(HOSPITAL, ICS, authoredOn="2025-01-02")]) is True


@pytest.mark.parametrize(
    "never", [{"doNotPerform": True}, {"status": "cancelled"}, {"status": "draft"}, {"intent": "plan"}]
)
def test_what_was_planned_withdrawn_or_forbidden_is_no_prescription(never: dict[str, Any]) -> None:
    told = [problem(GP, ASTHMA), *(reliever(GP, day) for day in THREE)]
    assert asked("asthma_saba3_no_ics", [*told, order(HOSPITAL, ICS, authoredOn="2026-01-02", **never)]) is True
    assert asked("asthma_saba1_no_ics", [told[0], reliever(GP, THREE[0], **never)]) is False
    twice = [*(reliever(GP, THREE[0], **never) for _ in range(3)), reliever(HOSPITAL, THREE[0])]
    assert asked("asthma_saba1_no_ics", [told[0], *twice]) is True


def test_asthma_that_is_over_refuted_or_a_parents_is_none() -> None:
    over = problem(GP, ASTHMA, clinicalStatus={"coding": [{"code": "resolved"}]})
    refuted = problem(GP, ASTHMA, verificationStatus={"coding": [{"code": "refuted"}]})
    parents = say(GP, {"resourceType": "FamilyMemberHistory", "status": "completed", "condition": [{"code": ASTHMA}]})
    for one in (over, refuted, parents):
        assert asked("asthma_saba1_no_ics", [one, reliever(GP, THREE[0])]) is None


def test_asthma_in_the_words_of_the_list_alone_counts() -> None:
    assert asked("asthma_saba1_no_ics", [problem(HOSPITAL, concept("asthma")), reliever(GP, THREE[0])]) is True


def test_the_latest_reading_in_clinic_decides_and_none_in_the_year_is_not_controlled() -> None:
    told = [problem(GP, HYPERTENSION), blood_pressure(GP, 150, 80, "2026-03-01T10:00:00Z")]
    assert asked("hypertension_bp_controlled", told) is False
    assert (
        asked("hypertension_bp_controlled", [*told, blood_pressure(HOSPITAL, 139, 89, "2026-11-01T09:00:00Z")]) is True
    )
    assert (
        asked("hypertension_bp_controlled", [*told, blood_pressure(HOSPITAL, 120, 90, "2026-05-01T09:00:00Z")]) is False
    )
    assert asked("hypertension_bp_controlled", told[:1]) is False
    assert asked("hypertension_bp_controlled", told, birthDate="1946-10-31") is None
    assert asked("hypertension_bp_controlled", told, birthDate="1946-11-01") is False


def test_a_reading_in_clinic_needs_a_day_and_no_time() -> None:
    told = [problem(GP, HYPERTENSION), blood_pressure(GP, 150, 80, "2026-03-01T10:00:00Z")]
    assert asked("hypertension_bp_controlled", [*told, blood_pressure(GP, 120, 70, "2026-05-01")]) is True
    assert asked("hypertension_bp_controlled", [*told, blood_pressure(GP, 120, 70, "2026-05")]) is False
    assert asked("hypertension_bp_controlled", [*told, blood_pressure(GP, 120, 70, "2026-03-01")]) is False


def home(upper: int, lower: int, days: int, last: date = AS_OF) -> list[Statement]:
    """Two readings, morning and evening, on each of so many days up to the last."""
    setting = {
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-RecordingSetting",
        "valueCodeableConcept": {"coding": [{"code": "residential"}]},
    }
    moments = [(last - timedelta(days=n), hour) for n in range(days) for hour in ("07:00", "07:02", "19:00", "19:02")]
    return [blood_pressure(PATIENT, upper, lower, f"{day}T{hour}:00Z", extension=[setting]) for day, hour in moments]


def test_an_adequate_home_average_decides_where_it_is_no_older_than_the_clinic() -> None:
    told = [problem(GP, HYPERTENSION), blood_pressure(GP, 150, 95, "2026-03-01T10:00:00Z")]
    name = "hypertension_bp_controlled_home"
    assert asked(name, [*told, *home(134, 84, 5)]) is True
    assert asked(name, [*told, *home(135, 84, 5)]) is False
    assert asked(name, [*told, *home(120, 70, 3)]) is False
    assert asked(name, [*told, *home(120, 70, 5, date(2026, 2, 1))]) is False
    assert asked("hypertension_bp_controlled", [*told, *home(120, 70, 5)]) is False


def test_the_latest_frailty_score_decides_and_who_was_never_scored_is_not_asked_about() -> None:
    score = concept("Rockwood Clinical Frailty Scale score")
    first, second = (result(GP, score, day, valueInteger=n) for day, n in (("2025-01-02", 7), ("2026-01-02", 5)))
    assert asked("frailty_cfs6", [first]) is True
    assert asked("frailty_cfs6", [second, first]) is False
    assert asked("frailty_cfs6", [first, result(GP, score, "2026-12-01", valueInteger=3)]) is True
    assert asked("frailty_cfs6", [problem(GP, ASTHMA)]) is None
    assert asked("frailty_cfs6", [second, result(GP, score, "2026-02-02", valueInteger=60)]) is False


def test_who_is_dead_or_registered_nowhere_is_not_counted() -> None:
    def counted(*statements: Statement) -> bool:
        return about(combine(statements), frozenset({GP}), "practice", lambda _: None).is_counted

    def known(source: str, **more: Any) -> Statement:
        return say(source, {"resourceType": "Patient", "birthDate": "1960-05-01", **more})

    assert counted(known(GP), known(HOSPITAL))
    assert not counted(known(HOSPITAL))
    assert not counted(known(GP, active=False))
    assert not counted(known(GP), known(HOSPITAL, deceasedDateTime="2026-01-02"))
    assert not counted(known(GP, extension=[notice("2", "Formal")]))
    assert counted(known(GP, extension=[notice("U", "Removed")])) and counted(known(GP, extension=[notice("U")]))


def notice(code: str, words: str = "") -> dict[str, Any]:
    """UK Core, Extension-UKCore-DeathNotificationStatus."""
    said = concept("", ("https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus", code, words))
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus"
    return {"url": url, "extension": [{"url": "deathNotificationStatus", "valueCodeableConcept": said}]}


def test_a_measure_names_the_lists_that_it_lacks() -> None:
    lacking = MEASURES["asthma_saba3_no_ics"].missing({"asthma": loaded()["asthma"]})
    assert lacking == ("inhalers",)
