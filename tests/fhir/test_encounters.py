"""Encounters and appointments: what happened and what is booked, each event once."""

from fhir.record import combine
from tests.build import GP, HOSPITAL, concept, say

NINE, TEN = "2026-03-05T09:00:00Z", "2026-03-05T10:00:00Z"


def visit(source, start=NINE, **more):
    body = {"status": "finished", "type": [concept("Emergency visit")], "period": {"start": start}, **more}
    return say(source, {"resourceType": "Encounter", **body})


def lines(*said):
    return combine(said).section("encounters").lines


def test_one_visit_told_by_two_sources_is_one_line():
    (line,) = lines(visit(GP), visit(HOSPITAL, **{"class": {"code": "EMER"}}))
    assert line.sources == (GP, HOSPITAL)


def test_visits_at_two_times_or_twice_at_one_source_are_two():
    assert len(lines(visit(GP), visit(HOSPITAL, TEN))) == 2
    assert len(lines(visit(GP), visit(GP))) == 2


def test_visits_of_one_day_without_a_time_are_not_joined():
    assert len(lines(visit(GP, "2026-03-05"), visit(HOSPITAL, "2026-03-05"))) == 2


def test_the_same_identifier_is_the_same_visit_whatever_its_words():
    number = [{"system": "https://example.nhs.uk/visit", "value": "V1"}]
    assert len(lines(visit(GP, identifier=number), visit(HOSPITAL, TEN, identifier=number, type=[concept("A&E")]))) == 1


def test_details_of_a_stay_are_kept():
    stay = visit(
        HOSPITAL,
        **{"class": {"code": "IMP", "display": "inpatient"}},
        serviceProvider={"display": "Dorset County Hospital"},
        participant=[{"type": [concept("consultant")], "individual": {"display": "Dr Jones"}}],
        reasonCode=[concept("Stroke")],
        hospitalization={"dischargeDisposition": concept("Home")},
    )
    assert lines(stay)[0].lead.fields == {
        "kind": "Encounter",
        "class": "inpatient",
        "type": "Emergency visit",
        "start": NINE,
        "service provider": "Dorset County Hospital",
        "participant": "Dr Jones (consultant)",
        "reason": "Stroke",
        "discharge": "Home",
    }


def test_what_is_booked_stands_above_what_has_been():
    booked = say(
        HOSPITAL,
        {
            "resourceType": "Appointment",
            "status": "booked",
            "serviceType": [concept("Cardiology")],
            "start": "2026-12-01T09:00:00Z",
            "participant": [{"actor": {"display": "Clinic 4"}, "status": "accepted"}],
        },
    )
    found = lines(visit(GP), booked)
    assert [line.lead.text for line in found] == ["Cardiology", "Emergency visit"]
    assert (found[0].lead.past, found[1].lead.past) == (False, True)
    assert found[0].lead.fields["participant"] == "Clinic 4 (accepted)"


def test_a_waiting_list_entry_message_and_task_are_shown_in_their_own_words():
    waiting = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "category": [{"text": "Elective waiting list"}],
        "code": {"text": "Inguinal hernia repair"},
        "authoredOn": "2026-01-16",
    }
    message = {"resourceType": "Communication", "status": "completed", "payload": [{"contentString": "Call back"}]}
    task = {"resourceType": "Task", "status": "requested", "description": "Recheck potassium"}
    shown = {line.lead.text for line in lines(say(HOSPITAL, waiting), say(GP, message), say(GP, task))}
    assert shown == {"Inguinal hernia repair", "Call back", "Recheck potassium"}


def test_a_request_not_to_do_something_says_so():
    body = {"resourceType": "ServiceRequest", "status": "active", "code": {"text": "Blood from left arm"}}
    assert lines(say(GP, {**body, "doNotPerform": True}))[0].lead.fields["do not perform"] == "yes"
