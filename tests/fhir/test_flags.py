"""Alerts: none is lost, moved or quietly ended."""

from fhir.record import combine
from tests.build import GP, HOSPITAL, concept, say


def lines(*said):
    return combine(said).section("flags").lines


def flag(source, words, **more):
    return say(source, {"resourceType": "Flag", "status": "active", "code": concept(words), **more})


def test_a_flag_about_social_care_stays_under_alerts():
    assert [line.lead.text for line in lines(flag("809", "Social care: key safe in use"))] == [
        "Social care: key safe in use"
    ]


def test_one_flag_of_two_sources_is_one_line_and_an_ended_one_differs():
    words = "Risk: do not visit alone"
    assert len(lines(flag(GP, words), flag(HOSPITAL, words))) == 1
    (line,) = lines(flag(GP, words), flag(HOSPITAL, words, status="inactive"))
    assert [found.kind for found in line.differences] == ["status"]
    assert line.lead.status == "active"


def test_what_is_over_stands_last():
    found = lines(flag(GP, "Old", status="inactive", period={"start": "2026-01-01"}), flag(GP, "Now"))
    assert [line.lead.text for line in found] == ["Now", "Old"]


def test_a_refusal_to_share_is_a_sharing_decision():
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "Dissent from sharing this GP record"}],
        "dateTime": "2024-10-03",
        "provision": {"type": "deny"},
    }
    (line,) = lines(say(GP, consent))
    assert line.lead.text == "Sharing decision: Dissent from sharing this GP record"
    assert line.lead.fields["decision"] == "deny"


def test_a_risk_with_its_probability_and_an_issue_with_its_detail():
    risk = {
        "resourceType": "RiskAssessment",
        "status": "final",
        "prediction": [{"outcome": concept("Fall"), "probabilityDecimal": 0, "qualitativeRisk": concept("low")}],
    }
    issue = {"resourceType": "DetectedIssue", "status": "final", "severity": "high", "detail": "Warfarin with aspirin"}
    shown = {line.lead.text: line.lead.fields for line in lines(say(GP, risk), say(GP, issue))}
    assert shown["Fall"]["risk"] == "Fall 0 low"
    assert shown["Warfarin with aspirin"]["severity"] == "high"
