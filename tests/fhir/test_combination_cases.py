"""Seventeen conflicts between two providers: each in both orders of arrival, each as a clinician needs to see it."""

from collections.abc import Sequence

import pytest

from fhir.line import Difference, Line
from fhir.record import PatientRecord, combine, digest
from fhir.statement import Statement
from tests.build import (
    DMD,
    GP,
    HOSPITAL,
    SNOMED,
    allergy,
    amount,
    blood_pressure,
    concept,
    order,
    problem,
    result,
    status,
    taking,
)

PENICILLIN = concept("Penicillin", (SNOMED, "91936005"))
DIABETES = concept("Type 2 diabetes", (SNOMED, "44054006"))
INFARCTION = concept("Myocardial infarction", (SNOMED, "22298006"))
METFORMIN = concept("Metformin", (DMD, "109081006"))
PULSE = concept("Pulse", (SNOMED, "78564009"))


@pytest.fixture(params=["as sent", "the other way round"])
def both_ways(request: pytest.FixtureRequest) -> type[list[Statement]]:
    """A list that keeps or turns round the order of arrival."""
    turned = request.param != "as sent"

    class Arrived(list[Statement]):
        def __init__(self, *statements: Statement) -> None:
            super().__init__(reversed(statements) if turned else statements)

    return Arrived


def record_of(arrived: Sequence[Statement]) -> PatientRecord:
    """The record, after a check that the other order makes the same one."""
    record = combine(arrived)
    assert digest(record) == digest(combine(arrived[::-1]))
    return record


def lines(arrived: Sequence[Statement], section: str) -> tuple[Line, ...]:
    return record_of(arrived).section(section).lines


def only(arrived: Sequence[Statement], section: str) -> Line:
    (line,) = lines(arrived, section)
    return line


def kinds(line: Line) -> list[str]:
    return [difference.kind for difference in line.differences]


def said(line: Line, kind: str) -> dict[str, tuple[str, ...]]:
    return dict(next(d for d in line.differences if d.kind == kind).values)


def test_1_an_allergy_in_code_without_reaction_substance_is_one_line_with_both(both_ways):
    line = only(both_ways(allergy(GP, PENICILLIN), allergy(HOSPITAL, PENICILLIN)), "allergies")
    assert line.sources == (GP, HOSPITAL)
    assert len(line.items) == 2
    assert line.differences == ()


def test_2_disagreement_on_penicillin_is_shown_with_the_safer_reading_first(both_ways):
    hospital = allergy(HOSPITAL, PENICILLIN, criticality="high")
    practice = allergy(
        GP,
        PENICILLIN,
        clinicalStatus=status("inactive"),
        verificationStatus=status("refuted"),
        criticality="low",
    )
    line = only(both_ways(hospital, practice), "allergies")
    assert line.lead.statement is hospital
    assert kinds(line) == ["status", "verification", "criticality"]
    assert said(line, "criticality") == {"high": (HOSPITAL,), "low": (GP,)}
    assert said(line, "status") == {"active": (HOSPITAL,), "inactive": (GP,)}
    assert said(line, "verification") == {"confirmed": (HOSPITAL,), "refuted": (GP,)}


def test_3_the_same_code_with_other_words_is_one_line_and_both_texts_are_kept(both_ways):
    other = concept("Penicillin V rash as child", (SNOMED, "91936005"))
    line = only(both_ways(allergy(GP, PENICILLIN), allergy(HOSPITAL, other)), "allergies")
    assert {item.text for item in line.items} == {"Penicillin", "Penicillin V rash as child"}


def test_4_no_known_allergies_stands_beside_the_allergy_as_contradicted(both_ways):
    none = allergy(GP, concept("No known allergies", (SNOMED, "716186003")))
    found = lines(both_ways(none, allergy(HOSPITAL, PENICILLIN)), "allergies")
    assert [(line.lead.text, line.contradicted) for line in found] == [
        ("Penicillin", False),
        ("No known allergies", True),
    ]


def test_5_two_dates_of_onset_are_one_line_with_the_earliest_first(both_ways):
    later = problem(GP, DIABETES, onsetDateTime="2012")
    earlier = problem(HOSPITAL, DIABETES, onsetDateTime="2010")
    line = only(both_ways(later, earlier), "problems")
    assert line.differences == (Difference("onset", (("2010", (HOSPITAL,)), ("2012", (GP,)))),)


def test_6_active_at_one_and_resolved_at_the_other_is_a_difference_of_status(both_ways):
    resolved = problem(HOSPITAL, DIABETES, clinicalStatus=status("resolved"))
    line = only(both_ways(problem(GP, DIABETES), resolved), "problems")
    assert kinds(line) == ["status"]
    assert said(line, "status") == {"active": (GP,), "resolved": (HOSPITAL,)}
    assert line.lead.source == GP


def test_6b_confirmed_at_one_and_refuted_at_the_other_is_disputed(both_ways):
    refuted = problem(HOSPITAL, INFARCTION, verificationStatus=status("refuted"))
    line = only(both_ways(problem(GP, INFARCTION), refuted), "problems")
    assert said(line, "verification") == {"confirmed": (GP,), "refuted": (HOSPITAL,)}


def test_7_a_problem_in_words_only_is_shown_as_sent(both_ways):
    line = only(both_ways(problem(GP, concept("Recurrent falls"))), "problems")
    assert line.lead.text == "Recurrent falls"


def test_8_the_same_dmd_code_written_in_two_ways_is_one_medicine(both_ways):
    as_snomed = concept("Metformin", (SNOMED, "109081006"))
    line = only(both_ways(taking(GP, METFORMIN), taking(HOSPITAL, as_snomed)), "medications")
    assert line.sources == (GP, HOSPITAL)


def test_9_a_medicine_stated_as_a_concept_is_a_line(both_ways):
    assert only(both_ways(taking(GP, METFORMIN)), "medications").lead.text == "Metformin"


def test_10_active_and_stopped_on_one_date_is_a_difference_with_source_and_date(both_ways):
    active = taking(GP, METFORMIN, effectiveDateTime="2026-02-01")
    stopped = taking(HOSPITAL, METFORMIN, status="stopped", effectiveDateTime="2026-02-01")
    line = only(both_ways(active, stopped), "medications")
    assert said(line, "status") == {"active": (GP,), "stopped": (HOSPITAL,)}
    assert {(item.source, item.when.text) for item in line.items} == {(GP, "2026-02-01"), (HOSPITAL, "2026-02-01")}


def test_10b_what_was_entered_in_error_is_listed_as_withdrawn_and_the_other_stands(both_ways):
    error = taking(HOSPITAL, METFORMIN, status="entered-in-error")
    record = record_of(both_ways(taking(GP, METFORMIN), error))
    (line,) = record.section("medications").lines
    assert line.sources == (GP,)
    assert line.lead.status == "active"
    assert [(gone.statement.source, gone.reason) for gone in record.withdrawn] == [(HOSPITAL, "entered in error")]


def test_11_a_home_blood_pressure_of_components_only_is_one_reading(both_ways):
    line = only(both_ways(blood_pressure("patient", 134, 82)), "results")
    assert (line.lead.fields["value"], line.lead.fields["unit"]) == ("134/82", "mmHg")
    assert line.lead.fields["components"] == "Systolic 134 mmHg; Diastolic 82 mmHg"


def test_12_the_same_pulse_at_eight_and_at_twenty_hours_is_two_readings(both_ways):
    morning = result(GP, PULSE, "2026-03-05T08:00:00Z", valueQuantity=amount(72, "/min"))
    evening = result(GP, PULSE, "2026-03-05T20:00:00Z", valueQuantity=amount(72, "/min"))
    found = lines(both_ways(morning, evening), "results")
    assert [line.lead.when.text for line in found] == ["2026-03-05T20:00:00Z", "2026-03-05T08:00:00Z"]
    assert [line.lead.fields["value"] for line in found] == ["72", "72"]


def test_13_a_value_of_nought_is_shown_with_its_unit(both_ways):
    measured = result(GP, concept("Pack years"), valueQuantity=amount(0, "pack years"))
    counted = result(GP, concept("Falls in 12 months"), valueInteger=0)
    denied = result(GP, concept("Smoker"), valueBoolean=False)
    shown = {line.lead.text: line.lead.fields for line in lines(both_ways(measured, counted, denied), "results")}
    assert shown["Pack years"] == {"value": "0", "unit": "pack years"}
    assert shown["Falls in 12 months"] == {"value": "0"}
    assert shown["Smoker"] == {"value": "false"}


def test_14_two_doses_of_metformin_are_one_medicine_with_both_doses(both_ways):
    twice = order(GP, METFORMIN, "500 mg twice a day")
    more = order(HOSPITAL, METFORMIN, "1 g twice a day")
    line = only(both_ways(twice, more), "medications")
    assert line.differences == (Difference("dose", (("1 g twice a day", (HOSPITAL,)), ("500 mg twice a day", (GP,)))),)
