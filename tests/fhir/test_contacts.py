"""People involved: family first, then teams; what sources tell differently is shown."""

from fhir.record import combine
from tests.build import GP, concept, say


def lines(*said):
    return combine(said).section("contacts").lines


def daughter(source, phone, **more):
    body = {
        "resourceType": "RelatedPerson",
        "relationship": [concept("Daughter")],
        "name": [{"family": "Rose", "given": ["Amelia"]}],
        "telecom": [{"system": "phone", "value": phone}],
        **more,
    }
    return say(source, body)


def test_one_daughter_with_two_phone_numbers_is_one_line_that_shows_both():
    (line,) = lines(daughter(GP, "07700 900001"), daughter("809", "07700 900002"))
    assert line.lead.text == "ROSE, Amelia"
    assert line.differences[0].values == (("07700 900001", (GP,)), ("07700 900002", ("809",)))


def test_a_namesake_in_another_relationship_is_another_person():
    assert len(lines(daughter(GP, "1"), daughter(GP, "1", relationship=[concept("Neighbour")]))) == 2


def test_a_team_shows_its_members_and_roles_and_follows_the_family():
    team = {
        "resourceType": "CareTeam",
        "status": "active",
        "name": "Adult social care team",
        "participant": [{"role": [concept("Allocated social worker")], "member": {"display": "Alex Daniels"}}],
        "telecom": [{"system": "phone", "value": "01632 960917"}],
    }
    found = lines(say("809", team), daughter(GP, "07700 900001"))
    assert [line.lead.text for line in found] == ["ROSE, Amelia", "Adult social care team"]
    assert found[1].lead.fields == {
        "kind": "Care team",
        "participants": "Alex Daniels (Allocated social worker)",
        "phone": "01632 960917",
    }


def test_a_contact_that_is_over_stands_last():
    past = daughter(GP, "1", active=False, name=[{"family": "Adams"}])
    assert [line.lead.text for line in lines(past, daughter(GP, "2"))] == ["ROSE, Amelia", "ADAMS"]
