"""Procedures and devices: what was done, and what a person carries."""

from fhir.line import Difference
from fhir.record import combine
from tests.build import GP, HOSPITAL, SNOMED, concept, say

HIP = concept("Hip replacement", (SNOMED, "52734007"))


def done(source, when="2024-05-06", **more):
    body = {"status": "completed", "code": HIP, "performedDateTime": when, **more}
    return say(source, {"resourceType": "Procedure", **body})


def lines(*said):
    return combine(said).section("procedures").lines


def test_the_same_procedure_on_the_same_day_is_one_and_on_another_day_another():
    assert len(lines(done(GP), done(HOSPITAL, "2024-05-06T09:00:00+01:00"))) == 1
    assert len(lines(done(GP), done(HOSPITAL, "2020-05-06"))) == 2


def test_a_year_and_a_day_within_it_are_not_joined():
    assert len(lines(done(GP, "2024"), done(HOSPITAL))) == 2


def test_one_that_was_not_done_stays_apart():
    assert len(lines(done(GP), done(HOSPITAL, status="not-done"))) == 2


def test_left_and_right_on_one_day_differ():
    (line,) = lines(done(GP, bodySite=[concept("Left hip")]), done(HOSPITAL, bodySite=[concept("Right hip")]))
    assert [found.kind for found in line.differences] == ["body site"]


def test_left_and_right_differ_though_one_source_sent_its_own_twice():
    right, left = {"bodySite": [concept("Right hip")]}, {"bodySite": [concept("Left hip")]}
    (line,) = lines(done(GP, **right), done(GP, **right), done(HOSPITAL, **left))
    assert len(line.items) == 3
    assert line.differences == (Difference("body site", (("Left hip", (HOSPITAL,)), ("Right hip", (GP,)))),)


def test_right_and_left_of_one_source_are_two_beside_what_another_tells():
    right, left = {"bodySite": [concept("Right hip")]}, {"bodySite": [concept("Left hip")]}
    assert len(lines(done(GP, **right), done(GP, **left), done(HOSPITAL, **left))) == 3


def test_a_pacemaker_known_to_two_sources_by_its_serial_number_is_one():
    body = {"resourceType": "Device", "status": "active", "type": concept("Pacemaker"), "serialNumber": "S1"}
    assert len(lines(say(GP, body), say(HOSPITAL, body))) == 1
    assert len(lines(say(GP, body), say(HOSPITAL, {**body, "serialNumber": "S2"}))) == 2


def test_use_of_a_device_is_named_by_the_device_that_it_refers_to():
    use = {"resourceType": "DeviceUseStatement", "status": "active", "device": {"reference": "#d"}}
    device = {"resourceType": "Device", "id": "d", "type": concept("Hearing aid")}
    assert lines(say(GP, {**use, "contained": [device]}))[0].lead.text == "Hearing aid"


def test_glasses_are_written_out_lens_by_lens():
    lens = {"eye": "right", "sphere": -2, "axis": 90}
    body = {"resourceType": "VisionPrescription", "status": "active", "lensSpecification": [lens]}
    assert lines(say(GP, body))[0].lead.fields["lenses"] == "eye right sphere -2 axis 90"
