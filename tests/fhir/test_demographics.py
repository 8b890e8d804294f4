"""Patient details: one line with every source's details, and each disagreement with who says what."""

from fhir.line import Difference
from fhir.record import combine
from tests.build import GP, HOSPITAL, concept, say

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"


def person(source, **more):
    return say(source, {"resourceType": "Patient", "active": True, **more})


def line(*said):
    (found,) = combine(said).section("demographics").lines
    return found


def named(family, *given):
    return [{"use": "official", "family": family, "given": list(given)}]


def test_a_name_in_capitals_is_the_same_name_and_another_birth_date_is_a_difference():
    found = line(
        person(GP, name=named("Newman", "Charlene"), birthDate="2003-03-08"),
        person(HOSPITAL, name=named("NEWMAN", "CHARLENE"), birthDate="2003-08-03"),
    )
    assert [(d.kind, d.values) for d in found.differences] == [
        ("date of birth", (("2003-03-08", (GP,)), ("2003-08-03", (HOSPITAL,))))
    ]


def test_the_source_that_names_the_practice_leads():
    practice = person(GP, name=named("Smith"), generalPractitioner=[{"display": "Royal Manor"}])
    found = line(person(HOSPITAL, name=named("Smyth")), practice)
    assert found.lead.text == "SMITH"
    assert found.lead.fields["GP practice"] == "Royal Manor"


def test_details_that_a_source_has_closed_do_not_lead():
    assert line(person(GP, name=named("Old"), active=False), person(HOSPITAL, name=named("New"))).lead.text == "NEW"


def test_an_nhs_number_under_an_older_name_of_its_system_is_shown_as_one():
    older = person(GP, identifier=[{"system": "http://fhir.nhs.net/Id/nhs-number", "value": "943 476 5919"}])
    assert line(older).lead.fields["NHS number"] == "9434765919"


def test_nothing_that_a_source_knows_of_a_person_is_lost():
    number = {
        "system": NHS_NUMBER,
        "value": "943 476 5919",
        "extension": [{"url": STATUS, "valueCodeableConcept": concept("Number present and verified")}],
    }
    fields = line(
        person(
            GP,
            identifier=[number, {"system": "https://example.nhs.uk/id", "value": "H1"}],
            name=[{"use": "old", "family": "Jones"}, {"family": "Smith", "given": ["John", "Paul"], "prefix": ["Mr."]}],
            gender="male",
            birthDate="1945-07-14",
            deceasedDateTime="2026-02-03",
            address=[
                {"use": "temp", "text": "Ward 3"},
                {"line": ["1 Mill Lane"], "city": "Ely", "postalCode": "CB7 4DL"},
            ],
            telecom=[
                {"system": "phone", "value": "01353 000000", "use": "home"},
                {"system": "email", "value": "j@example.org"},
            ],
            contact=[
                {
                    "relationship": [concept("Next of kin")],
                    "name": {"family": "Smith", "given": ["Ann"]},
                    "telecom": [{"value": "07700 900000"}],
                }
            ],
            communication=[{"language": concept("Polish")}],
            maritalStatus=concept("Married"),
            multipleBirthInteger=2,
        )
    ).lead.fields
    assert fields == {
        "name": "SMITH, John Paul (Mr)",
        "other names": "JONES",
        "date of birth": "1945-07-14",
        "gender": "male",
        "NHS number": "9434765919",
        "NHS number status": "Number present and verified",
        "other identifiers": "https://example.nhs.uk/id: H1",
        "died": "2026-02-03",
        "address": "1 Mill Lane, Ely, CB7 4DL",
        "postcode": "CB7 4DL",
        "other addresses": "Ward 3",
        "phone": "01353 000000 (home)",
        "email": "j@example.org",
        "contact people": "SMITH, Ann (Next of kin), 07700 900000",
        "language": "Polish",
        "marital status": "Married",
        "multiple birth": "2",
    }


def test_dead_at_one_source_and_alive_at_another_is_a_difference():
    found = line(person(GP, deceasedBoolean=False), person(HOSPITAL, deceasedBoolean=True))
    assert found.differences[0].values == (("false", (GP,)), ("true", (HOSPITAL,)))


def test_dead_with_a_date_at_one_and_alive_at_the_other_is_a_difference():
    dead = say(GP, {"resourceType": "Patient", "deceasedDateTime": "2026-01-01"})
    alive = say(HOSPITAL, {"resourceType": "Patient", "deceasedBoolean": False})
    (line,) = combine([dead, alive]).section("demographics").lines
    assert line.differences == (Difference("deceased", (("false", (HOSPITAL,)), ("true", (GP,)))),)


def test_a_postcode_without_its_space_is_no_other_address():
    def at(source, postcode, road="1 Mill Lane"):
        return person(source, address=[{"line": [road], "postalCode": postcode}])

    assert line(at(GP, "TB1 1AB"), at(HOSPITAL, "tb11ab")).differences == ()
    (found,) = line(at(GP, "TB1 1AB"), at(HOSPITAL, "TB11AB", "2 Mill Lane")).differences
    assert found.kind == "address"
