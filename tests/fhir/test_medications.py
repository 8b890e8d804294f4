"""Medicines: one line per medicine, current before past, every dose as sent."""

import pytest

from fhir.line import Difference
from fhir.record import combine
from tests.build import DMD, GP, HOSPITAL, SNOMED, amount, concept, order, say, taking

RAMIPRIL = concept("Ramipril 5mg capsules", (DMD, "318902004"))
NONE = concept("No known medications", (SNOMED, "787481004"))


def lines(*said):
    return combine(said).section("medications").lines


def test_repeated_orders_of_one_source_are_one_line_led_by_the_newest_current_one():
    (line,) = lines(
        order(GP, RAMIPRIL, "one daily", authoredOn="2024-01-01", status="completed"),
        order(GP, RAMIPRIL, "two daily", authoredOn="2026-01-01"),
    )
    assert line.lead.fields["dosage"] == "two daily"
    assert len(line.items) == 2
    assert line.differences == ()


def test_past_medicines_follow_current_ones():
    stopped = order(GP, concept("Naproxen"), status="stopped", authoredOn="2026-05-05")
    found = lines(stopped, order(GP, RAMIPRIL, authoredOn="2020-01-01"))
    assert [(line.lead.text, line.lead.past) for line in found] == [
        ("Ramipril 5mg capsules", False),
        ("Naproxen", True),
    ]


def test_a_course_completed_before_the_others_began_is_not_a_disagreement():
    earlier = order(GP, RAMIPRIL, "one daily", authoredOn="2019-01-01", status="completed")
    (line,) = lines(earlier, taking(HOSPITAL, RAMIPRIL, "two daily", effectiveDateTime="2026-01-01"))
    assert line.differences == ()


def test_a_medicine_stopped_earlier_at_one_source_and_active_at_another_is_a_disagreement():
    stopped = order(GP, RAMIPRIL, authoredOn="2019-01-01", status="stopped")
    (line,) = lines(stopped, taking(HOSPITAL, RAMIPRIL, effectiveDateTime="2026-01-01"))
    assert [found.kind for found in line.differences] == ["status"]


def test_two_current_doses_of_one_source_are_a_difference_too():
    (line,) = lines(order(GP, RAMIPRIL, "one daily"), order(GP, RAMIPRIL, "two daily"))
    assert line.differences[0].values == (("one daily", (GP,)), ("two daily", (GP,)))


def test_structured_doses_that_differ_under_the_same_words_are_a_difference():
    def dose(value):
        return [{"text": "As directed", "doseAndRate": [{"doseQuantity": amount(value, "mg")}]}]

    (line,) = lines(
        order(GP, RAMIPRIL, dosageInstruction=dose(5)), order(HOSPITAL, RAMIPRIL, dosageInstruction=dose(10))
    )
    assert line.differences[0].kind == "dose"
    assert line.differences[0].values == (("10 mg", (HOSPITAL,)), ("5 mg", (GP,)))


def test_words_at_one_source_and_an_amount_at_the_other_are_both_shown():
    structured = [{"doseAndRate": [{"doseQuantity": amount(5, "mg")}]}]
    (line,) = lines(order(GP, RAMIPRIL, "one daily"), order(HOSPITAL, RAMIPRIL, dosageInstruction=structured))
    assert line.differences[0].values == (("5 mg", (HOSPITAL,)), ("one daily", (GP,)))


def test_dispensing_and_giving_do_not_contradict_an_order():
    given = say(
        HOSPITAL,
        {"resourceType": "MedicationAdministration", "status": "completed", "medicationCodeableConcept": RAMIPRIL},
    )
    dispensed = say(
        "FA123", {"resourceType": "MedicationDispense", "status": "completed", "medicationCodeableConcept": RAMIPRIL}
    )
    (line,) = lines(order(GP, RAMIPRIL), given, dispensed)
    assert len(line.items) == 3
    assert line.differences == ()
    assert line.lead.status == "active"


def test_an_order_not_to_give_is_another_line():
    found = lines(order(GP, RAMIPRIL), order(HOSPITAL, RAMIPRIL, doNotPerform=True))
    assert len(found) == 2
    assert "do not give" in {name for line in found for name in line.lead.fields}


def test_the_parts_that_the_display_needs_stand_apart():
    medicine = {
        "resourceType": "Medication",
        "code": RAMIPRIL,
        "form": concept("Capsule"),
        "ingredient": [
            {
                "itemCodeableConcept": concept("Ramipril"),
                "strength": {"numerator": amount("5.0", "mg"), "denominator": amount(1, "capsule")},
            }
        ],
    }
    dosage = {
        "text": "one capsule twice a day",
        "doseAndRate": [{"doseQuantity": amount(1, "capsule")}],
        "route": concept("Oral"),
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "asNeededBoolean": False,
    }
    body = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-01-02",
        "medicationReference": {"reference": "Medication/7"},
        "dosageInstruction": [dosage],
        "courseOfTherapyType": concept("Repeat"),
        "requester": {"display": "Dr Jones"},
        "dispenseRequest": {"quantity": amount(56, "capsule"), "validityPeriod": {"end": "2026-07-01"}},
    }
    (line,) = lines(say(GP, body, context={"Medication/7": medicine}))
    assert line.lead.text == "Ramipril 5mg capsules"
    assert line.lead.fields == {
        "strength": "Ramipril 5.0 mg / 1 capsule",
        "form": "Capsule",
        "dosage": "one capsule twice a day",
        "dose": "1 capsule",
        "route": "Oral",
        "frequency": "2 times every 1 day",
        "as needed": "no",
        "course end": "2026-07-01",
        "authored": "2026-01-02",
        "quantity": "56 capsule",
        "kind": "Repeat",
        "intent": "order",
        "prescriber": "Dr Jones",
    }


def test_a_contained_medicine_is_read_and_several_dosages_are_all_kept():
    body = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "contained": [{"resourceType": "Medication", "id": "m", "code": RAMIPRIL}],
        "medicationReference": {"reference": "#m"},
        "dosage": [{"text": "one in the morning"}, {"text": "two at night"}],
    }
    (line,) = lines(say(GP, body), order(HOSPITAL, RAMIPRIL, "one in the morning\ntwo at night"))
    assert line.lead.fields["dosage"] == "one in the morning\ntwo at night"
    assert line.differences == ()


def test_no_known_medicines_is_contradicted_by_a_current_one_and_not_by_a_past_one():
    assert lines(taking(GP, NONE), order(HOSPITAL, RAMIPRIL))[-1].contradicted
    assert not lines(taking(GP, NONE), order(HOSPITAL, RAMIPRIL, status="stopped"))[-1].contradicted


def test_drug_treatment_unknown_is_not_a_statement_of_none():
    (line,) = lines(taking(GP, concept("Drug treatment unknown", (SNOMED, "182904002"))))
    assert (line.lead.absent, line.lead.empty) == (False, True)


def test_one_name_with_two_codes_is_a_difference():
    other = concept("Ramipril 5mg capsules", (SNOMED, "386872004"))
    (line,) = lines(order(GP, RAMIPRIL), order(HOSPITAL, other))
    assert line.differences == (Difference("code", (("318902004", (GP,)), ("386872004", (HOSPITAL,)))),)


def test_what_was_not_given_is_never_one_with_what_is_taken():
    given = {
        "resourceType": "MedicationAdministration",
        "status": "not-done",
        "medicationCodeableConcept": RAMIPRIL,
        "effectiveDateTime": "2026-01-05",
    }
    assert len(lines(order(GP, RAMIPRIL), say(HOSPITAL, given))) == 2


def test_a_plan_and_an_order_of_one_source_are_no_difference_with_anothers_order():
    said = [order(GP, RAMIPRIL, intent="plan"), order(GP, RAMIPRIL), order(HOSPITAL, RAMIPRIL)]
    assert lines(*said)[0].differences == ()


def test_two_medicines_whose_codes_were_lost_on_the_way_are_two():
    lost = (SNOMED, "196421000000109", "Transfer-degraded medication entry")
    assert len(lines(order(GP, concept("Warfarin", lost)), order(GP, concept("Digoxin", lost)))) == 2


def test_rates_and_bare_doses_are_read():
    drip = [{"doseAndRate": [{"doseQuantity": amount(1, "L"), "rateQuantity": amount(125, "mL/h")}]}]
    assert lines(order(GP, RAMIPRIL, dosageInstruction=drip))[0].lead.fields["rate"] == "125 mL/h"
    given = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": RAMIPRIL,
        "dosage": {"dose": amount(5, "mg")},
    }
    assert lines(say(GP, given))[0].lead.fields["dose"] == "5 mg"


def test_an_order_stopped_since_is_shown_though_an_older_one_was_left_active():
    left, stopped = order(GP, RAMIPRIL, authoredOn="2024-01-01"), order(GP, RAMIPRIL, status="stopped")
    (line,) = lines(left, stopped)
    assert line.differences == (Difference("status", (("active", (GP,)), ("stopped", (GP,)))),)
    issued = order(GP, RAMIPRIL, status="completed")
    assert lines(left, issued)[0].differences == ()


WARFARIN = concept("Warfarin", (DMD, "48603004"))
BLEEDING = {"status": "stopped", "statusReason": concept("Bleeding")}
ENDED = {"dispenseRequest": {"validityPeriod": {"end": "2026-02-02"}}}


@pytest.mark.parametrize("left", [{}, {"authoredOn": None}, {"status": "completed"}])
@pytest.mark.parametrize("stop", [{"authoredOn": None}, {"authoredOn": "2024-01-01", **ENDED}, {}])
def test_warfarin_stopped_for_bleeding_is_shown_beside_anothers_order_whatever_else_its_source_holds(left, stop):
    held = order(GP, WARFARIN, **{"authoredOn": "2025-01-01", **left})
    stopped = order(GP, WARFARIN, **{**BLEEDING, **stop})
    (line,) = lines(held, stopped, order(HOSPITAL, WARFARIN, authoredOn="2026-03-01"))
    (difference,) = (found for found in line.differences if found.kind == "status")
    assert ("stopped", (GP,)) in difference.values
    assert HOSPITAL in dict(difference.values)["active"]


@pytest.mark.parametrize("halted", ["stopped", "cancelled", "on-hold", "Stopped"])
@pytest.mark.parametrize("when", ["2020-01-01", "2026-09-09", None])
def test_a_medicine_halted_by_one_source_and_active_at_another_differs_whichever_is_newer(halted, when):
    (line,) = lines(order(GP, WARFARIN, status=halted, authoredOn=when), order(HOSPITAL, WARFARIN))
    assert line.differences[0].values == (("active", (HOSPITAL,)), (halted.lower(), (GP,)))


def test_a_medicine_that_its_source_restarted_later_is_no_disagreement():
    stopped, again = order(GP, WARFARIN, **BLEEDING, authoredOn="2024-01-01"), order(GP, WARFARIN)
    (line,) = lines(stopped, again, order(HOSPITAL, WARFARIN))
    assert line.differences == ()
