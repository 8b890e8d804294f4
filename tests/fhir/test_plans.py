"""Care plans: decisions made in advance are found here first, whatever kind of resource carries them."""

import pytest

from fhir.record import combine
from tests.build import GP, HOSPITAL, concept, say


def lines(*said):
    return combine(said).section("care-plans").lines


def plan(source, title, **more):
    return say(source, {"resourceType": "CarePlan", "status": "active", "intent": "plan", "title": title, **more})


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Consent", "status": "active", "scope": {"coding": [{"code": "adr"}]}},
        {"resourceType": "Consent", "status": "active", "category": [concept("Lasting power of attorney")]},
        {"resourceType": "Consent", "status": "active", "category": [{"coding": [{"code": "dnr"}]}]},
        {"resourceType": "Consent", "status": "active", "category": [concept("Not for CPR")]},
        {"resourceType": "DocumentReference", "status": "current", "type": concept("ReSPECT form")},
        {"resourceType": "DocumentReference", "status": "current", "description": "DNACPR decision"},
        {"resourceType": "CarePlan", "status": "active", "title": "Advance decision to refuse treatment"},
    ],
)
def test_decisions_made_in_advance_come_before_other_plans(body):
    found = lines(plan(GP, "Diabetes plan", period={"start": "2026-05-05"}), say(HOSPITAL, body))
    assert [line.lead.source for line in found] == [HOSPITAL, GP]


def test_to_respect_a_wish_is_not_the_respect_form():
    letter = {"resourceType": "DocumentReference", "status": "current", "description": "Letter with respect to clinic"}
    assert lines(say(GP, letter)) == ()


def test_everything_that_a_plan_says_is_kept():
    activity = {
        "detail": {
            "code": concept("Insulin"),
            "status": "in-progress",
            "description": "as charted",
            "doNotPerform": True,
        }
    }
    (line,) = lines(
        plan(GP, "Sick day rules", description="If vomiting", activity=[activity], period={"start": "2026"})
    )
    assert line.lead.fields == {
        "kind": "Care plan",
        "description": "If vomiting",
        "intent": "plan",
        "start": "2026",
        "activities": "Do not: Insulin (in-progress): as charted",
    }


def test_a_goal_shows_its_target():
    target = [
        {"measure": concept("HbA1c"), "detailQuantity": {"value": 48, "unit": "mmol/mol"}, "dueDate": "2026-06-01"}
    ]
    body = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": concept("Lower HbA1c"),
        "target": target,
    }
    (line,) = lines(say(GP, body))
    assert (line.lead.text, line.lead.status) == ("Lower HbA1c", "active")
    assert line.lead.fields["target"] == "HbA1c 48 mmol/mol 2026-06-01"


def test_one_plan_known_to_two_sources_is_one_line_and_its_status_may_differ():
    begun = {"period": {"start": "2026-01-01"}}
    (line,) = lines(plan(GP, "COPD plan", **begun), plan(HOSPITAL, "COPD plan", status="revoked", **begun))
    assert [found.kind for found in line.differences] == ["status"]


def test_a_diet_is_shown():
    oral = {"type": [concept("Soft diet")], "fluidConsistencyType": [concept("Mildly thick")]}
    (line,) = lines(say(GP, {"resourceType": "NutritionOrder", "status": "active", "oralDiet": oral}))
    assert (line.lead.text, line.lead.fields["fluid"]) == ("Soft diet", "Mildly thick")
