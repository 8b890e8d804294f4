"""What a status says, however it is written: nothing withdrawn, refuted or resolved is shown as if it stood."""

from typing import Any

import pytest

from fhir.record import PatientRecord, combine
from fhir.whereabouts import protected
from tests.build import GP, HOSPITAL, allergy, concept, order, problem, result, say, status

HL7 = "http://terminology.hl7.org/CodeSystem/"
PENICILLIN = concept("Penicillin")


def beside_a_local_code(code: str, system: str = "") -> dict[str, Any]:
    return concept("", ("http://local.example", "X1"), (system, code))


def withdrawn(record: PatientRecord) -> list[str]:
    assert not any(section.lines for section in record.sections)
    return [aside.reason for aside in record.withdrawn]


@pytest.mark.parametrize(
    "wrong",
    [
        beside_a_local_code("entered-in-error", f"{HL7}condition-ver-status"),
        beside_a_local_code("entered-in-error", "http://hl7.org/fhir/condition-ver-status"),
        beside_a_local_code("entered-in-error"),
        [{}, status("entered-in-error")],
        status("Entered-In-Error"),
        concept("entered-in-error"),
        concept("Entered in error."),
        concept("", ("http://local.example", "X1", "Entered in error")),
        "entered-in-error",
        concept("Confirmed", ("http://local.example", "confirmed"), (f"{HL7}condition-ver-status", "entered-in-error")),
    ],
)
def test_a_diagnosis_of_hiv_entered_in_error_is_withdrawn_however_that_is_written(wrong):
    assert withdrawn(combine([problem(GP, concept("HIV"), verificationStatus=wrong)])) == ["entered in error"]


@pytest.mark.parametrize(
    "statement",
    [
        say(GP, {"resourceType": "Goal", "lifecycleStatus": "entered-in-error", "description": concept("Walk")}),
        result(GP, concept("Pulse"), status="Entered-In-Error"),
        order(GP, concept("Warfarin"), status="entered in error"),
        say(GP, {"resourceType": "DocumentReference", "status": "current", "docStatus": "Entered_In_Error"}),
        problem(GP, concept("HIV"), clinicalStatus=concept("Entered in error")),
    ],
)
def test_whatever_is_entered_in_error_is_withdrawn(statement):
    assert withdrawn(combine([statement])) == ["entered in error"]


def test_the_coding_that_fhir_requires_is_believed_before_any_other():
    said = concept("Refuted", ("http://local.example", "refuted"), (f"{HL7}condition-ver-status", "confirmed"))
    (line,) = combine([problem(GP, concept("HIV"), verificationStatus=said)]).section("problems").lines
    assert line.lead.fields["verification"] == "confirmed"


def test_a_refuted_penicillin_allergy_is_over_though_a_local_code_comes_first():
    refuted = beside_a_local_code("refuted", f"{HL7}allergyintolerance-verification")
    over = allergy(GP, PENICILLIN, verificationStatus=refuted)
    (line,) = combine([over]).section("allergies").lines
    assert line.lead.past
    (line,) = combine([over, allergy(HOSPITAL, PENICILLIN)]).section("allergies").lines
    assert [d.kind for d in line.differences] == ["verification"]


@pytest.mark.parametrize("resolved", [beside_a_local_code("resolved"), concept("Resolved"), status("RESOLVED")])
def test_a_resolved_allergy_or_problem_is_over_however_that_is_written(resolved):
    record = combine(
        [allergy(GP, PENICILLIN, clinicalStatus=resolved), problem(GP, PENICILLIN, clinicalStatus=resolved)]
    )
    for section in ("allergies", "problems"):
        (line,) = record.section(section).lines
        assert (line.lead.status, line.lead.past) == ("resolved", True)


def test_a_medicine_that_is_stopped_in_capitals_is_stopped():
    (line,) = combine([order(GP, concept("Warfarin"), status="STOPPED")]).section("medications").lines
    assert (line.lead.status, line.lead.past) == ("stopped", True)


def test_an_allergy_that_is_high_in_capitals_still_leads():
    low, high = (allergy(GP, PENICILLIN, criticality=said) for said in ("low", "HIGH"))
    (line,) = combine([low, high]).section("allergies").lines
    assert line.lead.fields["criticality"] == "HIGH"


def test_a_status_that_fhir_does_not_know_stays_as_it_was_sent():
    local = concept("Probably settled", ("http://local.example", "X1"))
    (line,) = combine([problem(GP, concept("Gout"), clinicalStatus=local)]).section("problems").lines
    assert (line.lead.status, line.lead.past) == ("X1", False)


def test_what_is_refuted_in_words_stays_refuted_for_a_person_who_hides():
    said = protected(allergy(GP, PENICILLIN, verificationStatus=concept("Refuted")), GP)
    (line,) = combine([said]).section("allergies").lines
    assert line.lead.past
