"""Immunisations: one line for one dose, whoever tells of it."""

from fhir.record import combine
from tests.build import GP, HOSPITAL, SNOMED, concept, say

FLU = concept("Influenza vaccine", (SNOMED, "39114911000001105"))
NONE = concept("No known immunisations", (SNOMED, "787483001"))


def dose(source, when="2025-10-01", vaccine=FLU, **more):
    body = {"status": "completed", "vaccineCode": vaccine, "occurrenceDateTime": when, **more}
    return say(source, {"resourceType": "Immunization", **body})


def lines(*said):
    return combine(said).section("immunisations").lines


def test_the_same_vaccine_on_the_same_day_is_one_dose_for_two_sources():
    assert len(lines(dose(GP), dose(HOSPITAL, "2025-10-01T09:00:00Z"))) == 1


def test_the_same_vaccine_on_another_day_is_another_dose():
    assert [line.lead.when.text for line in lines(dose(GP), dose(GP, "2024-10-01"))] == ["2025-10-01", "2024-10-01"]


def test_two_doses_of_one_source_on_one_day_are_two():
    assert len(lines(dose(GP), dose(GP))) == 2


def test_one_that_was_not_given_is_not_joined_with_one_that_was():
    assert len(lines(dose(GP), dose(HOSPITAL, status="not-done", statusReason=concept("Declined")))) == 2


def test_another_batch_number_is_a_difference():
    (line,) = lines(dose(GP, lotNumber="A1"), dose(HOSPITAL, lotNumber="B2"))
    assert [found.kind for found in line.differences] == ["batch"]


def test_details_are_kept_as_sent():
    protocol = [{"doseNumberPositiveInt": 2, "targetDisease": [concept("Influenza")]}]
    found = dose(GP, lotNumber="A1", protocolApplied=protocol, site=concept("Left arm"), primarySource=False)
    assert lines(found)[0].lead.fields == {
        "given": "2025-10-01",
        "dose number": "2",
        "target disease": "Influenza",
        "batch": "A1",
        "site": "Left arm",
        "primary source": "false",
    }


def test_a_recommendation_follows_what_was_given():
    advice = say(
        GP,
        {
            "resourceType": "ImmunizationRecommendation",
            "date": "2026-01-01",
            "recommendation": [
                {
                    "vaccineCode": [concept("Shingles")],
                    "dateCriterion": [{"code": concept("Due"), "value": "2026-05-01"}],
                }
            ],
        },
    )
    assert [line.lead.text for line in lines(advice, dose(GP))] == ["Influenza vaccine", "Shingles"]
    assert lines(advice)[0].lead.fields["due"] == "Due 2026-05-01"


def test_no_known_immunisations_is_contradicted_by_one():
    assert lines(dose(HOSPITAL, vaccine=NONE), dose(GP))[-1].contradicted
