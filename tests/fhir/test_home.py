"""What a person measures at home is a valid UK Core vital sign, and is known again as such."""

from datetime import UTC, datetime

import orjson

from fhir import gate, home, models
from fhir.entries import Raw
from fhir.record import combine
from tests.build import blood_pressure, say

TAKEN = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
RECORDED = datetime(2026, 7, 1, 7, 31, 5, 120_000, tzinfo=UTC)


def reading(**more: object) -> dict[str, object]:
    head = home.observation_head("r1", patient="p1", taken=TAKEN, recorded=RECORDED, **more)  # type: ignore[arg-type]
    return home.blood_pressure(head, systolic=128, diastolic=79)


def test_it_is_valid_by_the_schema_and_by_the_library() -> None:
    head = home.observation_head("r2", patient="p1", taken=TAKEN, recorded=RECORDED, note="After lunch")
    for made in (reading(), home.pulse(head, beats=66)):
        assert models.problems(made) is None
        body = orjson.dumps(made)
        checked = gate.check(Raw("portal", "PUT", "Observation", "r1", b"", body, {}))
        assert isinstance(checked, gate.Entry)
        assert checked.irregular == ()
        assert checked.subject == gate.Subject("local", "p1")


def test_its_time_is_londons_and_exact() -> None:
    assert reading()["effectiveDateTime"] == "2026-07-01T08:30:00+01:00"


def test_it_says_that_it_was_taken_at_home() -> None:
    assert home.taken_at_home(reading())
    assert not home.taken_at_home(blood_pressure("J81001", 120, 80).resource or {})


def test_it_is_read_as_a_blood_pressure() -> None:
    [line] = combine([say(home.PATIENT, reading())]).section("results").lines
    assert (line.lead.fields["value"], line.lead.fields["unit"]) == ("128/79", "mmHg")
