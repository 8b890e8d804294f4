"""Contacts in the order in which a reader needs them: who is in hospital now, then what took place."""

from tests.build import GP, HOSPITAL, concept, say
from tests.pages import page_of, section_of


def stay(status, start):
    body = {
        "resourceType": "Encounter",
        "status": status,
        "class": {"code": "IMP"},
        "type": [concept(f"{status} stay")],
    }
    return say(HOSPITAL, {**body, "period": {"start": start}})


def appointment(status, start):
    body = {"resourceType": "Appointment", "status": status, "description": f"{status} appointment", "start": start}
    return say(GP, body)


def test_a_current_stay_stands_first_and_what_did_not_take_place_last():
    page = page_of(
        [
            stay("in-progress", "2025-06-01T10:00:00Z"),
            stay("finished", "2026-11-01T10:00:00Z"),
            appointment("booked", "2026-11-20T10:00:00Z"),
            appointment("cancelled", "2026-12-20T10:00:00Z"),
            appointment("proposed", "2026-12-24T10:00:00Z"),
        ]
    )
    coming, been = section_of(page, "encounters").blocks
    assert [line.parts[0] for line in coming.lines] == ["proposed appointment"]
    assert [line.parts[0] for line in been.lines] == [
        "in-progress stay", "finished stay", "cancelled appointment", "booked appointment",
    ]  # fmt: skip
