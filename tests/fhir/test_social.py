"""Social care: what speaks of it by title, category or words; results by their category alone."""

import pytest

from fhir.record import combine
from tests.build import GP, concept, result, say


def sections_with_lines(*said):
    return {section.code for section in combine(said).sections if section.lines}


@pytest.mark.parametrize("title", ["Care and support plan", "Package of care", "Reablement", "Carer's assessment"])
def test_a_plan_that_speaks_of_social_care_stands_here(title):
    assert sections_with_lines(say("809", {"resourceType": "CarePlan", "status": "active", "title": title})) == {
        "social-care"
    }


def test_a_plan_whose_description_speaks_of_home_care_stands_here():
    body = {
        "resourceType": "CarePlan",
        "status": "active",
        "title": "Plan",
        "description": "Home care, two visits a day",
    }
    (line,) = combine([say("809", body)]).section("social-care").lines
    assert line.lead.fields["description"] == "Home care, two visits a day"


def test_a_plan_of_health_care_does_not():
    plan = {"resourceType": "CarePlan", "status": "active", "title": "Asthma plan"}
    assert sections_with_lines(say(GP, plan)) == {"care-plans"}


def test_a_result_of_social_history_stands_here_and_keeps_its_value():
    category = [{"coding": [{"code": "social-history"}]}]
    smoking = result(GP, concept("Smoking status"), category=category, valueCodeableConcept=concept("Never smoked"))
    (line,) = combine([smoking]).section("social-care").lines
    assert line.lead.fields["value"] == "Never smoked"


def test_a_habit_told_of_on_two_days_is_two_lines():
    category = [{"coding": [{"code": "social-history"}]}]
    days = [
        result(GP, concept("Units a week"), day, category=category, valueInteger=n)
        for n, day in enumerate(("2020", "2021"))
    ]
    assert [line.lead.fields["value"] for line in combine(days).section("social-care").lines] == ["1", "0"]


def test_a_request_for_social_care_stands_here():
    body = {"resourceType": "ServiceRequest", "status": "active", "code": concept("Referral to social services")}
    assert sections_with_lines(say(GP, body)) == {"social-care"}
