"""A clinician reads home blood pressures beside the clinic's: marked, averaged by a named rule, ready to copy."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.viewer.home import HomeView, home_view, pressures_page
from app.viewer.look import look
from fhir import home
from fhir.absence import Source
from fhir.record import PatientRecord, combine
from fhir.statement import Resource, Statement
from tests.build import blood_pressure, concept, problem, say

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
SOURCES = [Source("J81001", "Elm Surgery", "gp", frozenset({"results"}), NOW, None)]
SEEN = look(uuid4(), NOW, SOURCES)


def reading(taken: datetime, upper: int = 137, lower: int = 84, status: str = "final") -> Statement:
    head = home.observation_head(taken.isoformat(), patient="p", taken=taken, recorded=taken, status=status)
    return say(home.PATIENT, home.blood_pressure(head, systolic=upper, diastolic=lower))


def week() -> list[Statement]:
    return [reading(MONDAY + timedelta(days=d, hours=h, minutes=m)) for d in range(7) for h in (0, 12) for m in (0, 1)]


def seen(record: PatientRecord) -> HomeView:
    found = home_view(record, SEEN)
    assert found is not None
    return found


def test_the_average_is_said_with_its_rule_and_can_be_copied() -> None:
    found = seen(combine([*week(), blood_pressure("J81001", 150, 92, "2026-02-20T09:00:00Z")]))
    assert found.average == "137/84"
    assert found.rule == "NICE NG136 1.2.7, rule version 1"
    assert found.copied == "Home BP average 137/84 (24 readings, 03-Mar-2026 to 08-Mar-2026, day 1 excluded)"
    assert found.said == (
        "Average of 24 readings, 02-Mar-2026 to 08-Mar-2026; first day left out (4 readings)",
        "Exact mean at or above 135/85 (stage 1 range)",
    )
    assert found.clinic == "Latest clinic reading 150/92 mmHg, 20-Feb-2026, Elm Surgery"


def test_too_few_days_are_said_in_what_is_copied_too() -> None:
    found = seen(combine(week()[:8]))
    assert "only 2 days: not enough for a diagnosis average" in found.copied
    assert "Not enough days for a diagnosis average: 2 of at least 4" in found.said


def test_what_the_patient_changed_and_took_back_is_said() -> None:
    changed = reading(MONDAY + timedelta(days=8), status="corrected")
    gone = reading(MONDAY + timedelta(days=9), upper=280, status="entered-in-error")
    found = seen(combine([*week(), changed, gone]))
    assert found.taken_back == "1 corrected and 1 taken back by the patient"
    assert "280" not in str(found)


def test_atrial_fibrillation_is_a_caveat() -> None:
    found = seen(combine([*week(), problem("J81001", concept("Atrial fibrillation"))]))
    assert any(said.startswith("Atrial fibrillation is recorded") for said in found.said)


@pytest.mark.parametrize(
    ("told", "irregular"),
    [
        (concept("AF", ("http://snomed.info/sct", "49436004")), True),
        (concept("Irregular heart", ("http://snomed.info/sct", "282825002")), True),
        (concept("PAF"), True),
        (concept("Atrial flutter"), True),
        (concept("Family history of atrial fibrillation"), False),
        (concept("Fall after"), False),
    ],
)
def test_an_irregular_pulse_is_known_by_code_or_words_and_is_not_a_relatives(told: Resource, irregular: bool) -> None:
    found = seen(combine([*week(), problem("J81001", told)]))
    assert any(said.startswith("Atrial fibrillation") for said in found.said) == irregular


def test_without_home_readings_there_is_no_block() -> None:
    assert home_view(combine([blood_pressure("J81001", 150, 92)]), SEEN) is None


def test_home_and_clinic_stand_in_one_table_each_marked() -> None:
    record = combine([*week(), blood_pressure("J81001", 150, 92, "2026-03-05T09:00:00Z")])
    page = pressures_page(record, SEEN)
    assert len(page.rows) == 29
    assert [row.value for row in page.rows if row.where == "Clinic"] == ["150/92 mmHg"]
    assert [row.counted for row in page.rows].count("In the average") == 24
    assert [row.counted for row in page.rows].count("First day: left out") == 4
    assert page.rows[0].when == "08-Mar-2026 19:31"
    assert page.picture.count("<rect") == 2


def test_a_home_reading_is_never_one_line_with_a_clinic_reading() -> None:
    same = blood_pressure("J81001", 137, 84, MONDAY.isoformat())
    lines = combine([reading(MONDAY), same]).section("results").lines
    assert sorted(line.sources for line in lines) == [("J81001",), ("patient",)]
    assert {line.lead.fields.get("setting", "") for line in lines} == {"", "Taken at home"}


def test_the_patient_is_no_source_that_a_section_could_miss() -> None:
    patient = Source(home.PATIENT, "The patient", home.PATIENT, frozenset({"results"}), NOW, None)
    record = combine(week(), [*SOURCES, patient])
    assert home.PATIENT in record.section("results").states
    assert home.PATIENT not in record.section("problems").states
