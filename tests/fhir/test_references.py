"""A reference is of a form that FHIR has, and whom a resource is about is one person or nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.compartment import COMPARTMENT
from fhir.entries import Subject
from fhir.errors import Reason, RefusalError
from fhir.references import Form, parse, resolve
from fhir.resource_types import RESOURCE_TYPES
from fhir.subject import subject_of

UUID = "urn:uuid:9c40ba3f-fa4e-4eb9-05be-065652a91847"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


@pytest.mark.parametrize(
    ("text", "form", "key"),
    [
        ("Patient/1001", Form.RELATIVE, "Patient/1001"),
        ("Patient/1001/_history/2", Form.RELATIVE, "Patient/1001"),
        ("https://gp.example.nhs.uk/fhir/Patient/1001", Form.ABSOLUTE, "Patient/1001"),
        ("https://gp.example.nhs.uk:8443/fhir/Patient/1001/_history/2", Form.ABSOLUTE, "Patient/1001"),
        ("https://example.org/anything", Form.ABSOLUTE, ""),
        (UUID, Form.URN, ""),
        ("urn:oid:1.2.826.0.1", Form.URN, ""),
        ("#p1", Form.CONTAINED, ""),
        ("Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9434765919", Form.SEARCH, ""),
        ("Patient?name=Smith", Form.SEARCH, ""),
    ],
)
def test_every_form_of_fhir_is_known(text, form, key):
    found = parse(text)
    assert found is not None
    assert (found.form, found.key) == (form, key)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Patient", "Patient/", "/Patient/1", "Patient/..", "Patient/../admin", "Patient/1/..", "Patient/1\n"),
        *("Patient/1/_history/..", "Patient/1 2", "Patient/a%2fb", "Patient/" + "a" * 65, "Nobody/1", "patient/1"),
        *("javascript:alert(1)", "file:///etc/passwd", "data:x", "ftp://x/Patient/1", "//evil/Patient/1"),
        *("https://x/../Patient/1", "https://x/Patient/1#<script>", "http://x y/Patient/1", "https://u:s@x/Patient/1"),
        *("#a b", "urn:uuid:..", "urn:uuid:a b", "Patient?", "Patient?a=<b>", "Nobody?a=b", "Patient/1?x=<script>"),
    ],
)
def test_anything_else_is_no_reference(text):
    assert parse(text) is None


@given(st.text())
def test_no_text_at_all_makes_it_fail(text):
    found = parse(text)
    assert found is None or found.type in {"", *RESOURCE_TYPES}


def test_a_conditional_reference_names_its_identifier_and_only_an_exact_one():
    assert parse(f"Patient?identifier={NHS}|9434765919").identifier == (NHS, "9434765919")
    assert parse("Patient?identifier=https%3A%2F%2Fx%7C7").identifier == ("https://x", "7")
    for vague in ("Patient?identifier=9434765919", "Patient?identifier=a|1&name=b", "Patient?name=b"):
        assert parse(vague).identifier is None


def test_the_national_demographics_service_names_people_by_nhs_number():
    found = parse("https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/9434765919")
    assert (found.key, found.identifier) == ("", (NHS, "9434765919"))


def test_the_bundle_says_first_where_a_reference_leads():
    urns = {UUID: "Patient/7", "https://x/Patient/1": "Patient/8"}
    assert resolve(UUID, urns) == "Patient/7"
    assert resolve("https://x/Patient/1", urns) == "Patient/8"
    assert resolve("https://x/Patient/2", urns) == "Patient/2"
    assert resolve(UUID, {}) == ""


def about(kind="Condition", urns=None, **elements):
    return subject_of({"resourceType": kind, **elements}, "own", urns or {})


def reason_of(kind="Condition", urns=None, **elements):
    with pytest.raises(RefusalError) as caught:
        about(kind, urns, **elements)
    return caught.value.reason


def test_a_patient_is_about_itself():
    assert about("Patient") == Subject("local", local_id="own")


@pytest.mark.parametrize("reference", ["Patient/7", "https://x/fhir/Patient/7/_history/3", UUID])
def test_a_condition_is_about_its_subject(reference):
    assert about(subject={"reference": reference}, urns={UUID: "Patient/7"}) == Subject("local", local_id="7")


def test_a_urn_from_an_earlier_bundle_names_the_id_it_then_was_given():
    assert about(subject={"reference": UUID}) == Subject("local", local_id=UUID[9:])
    assert about("Provenance", target=[{"reference": UUID}]) is None


@pytest.mark.parametrize(
    "pointer",
    [
        {"identifier": {"system": NHS, "value": "1"}},
        {"reference": f"Patient?identifier={NHS}|1"},
        {"reference": UUID, "identifier": {"system": NHS, "value": "1"}},
        {"type": "http://hl7.org/fhir/StructureDefinition/Patient", "identifier": {"system": NHS, "value": "1"}},
    ],
)
def test_a_person_may_be_named_by_identifier(pointer):
    assert about(subject=pointer) == Subject("identifier", identifier=(NHS, "1"))


def test_a_contained_patient_is_handed_on():
    inside = {"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"}
    found = about("Immunization", patient={"reference": "#p"}, contained=[inside])
    assert found == Subject("contained", contained=inside)
    assert reason_of("Immunization", patient={"reference": "#q"}, contained=[inside]) is Reason.BAD_REFERENCE


@pytest.mark.parametrize("pointer", [None, {}, {"display": "Jane"}, {"reference": "Patient?name=x"}, "Patient/1", []])
def test_a_condition_of_nobody_is_refused(pointer):
    assert reason_of(subject=pointer) is Reason.NO_PATIENT


def test_an_identifier_without_a_system_could_be_anybodys():
    assert reason_of(subject={"identifier": {"value": "1"}}) is Reason.NO_PATIENT


@pytest.mark.parametrize("kind", ["Group", "Location", "Device", "Practitioner"])
def test_an_observation_of_something_else_is_context(kind):
    assert about("Observation", subject={"reference": f"{kind}/1"}) is None
    assert reason_of("AllergyIntolerance", patient={"reference": f"{kind}/1"}) is Reason.NO_PATIENT


@pytest.mark.parametrize("kind", ["Task", "List", "Communication", "Device", "QuestionnaireResponse", "Media"])
def test_what_need_not_name_a_patient_is_context_without_one(kind):
    assert about(kind) is None


def test_two_different_patients_are_refused_and_the_same_one_twice_is_not():
    one, other = {"reference": "Patient/1"}, {"reference": "Patient/2"}
    assert reason_of(subject=one, patient=other) is Reason.TWO_PATIENTS
    assert reason_of("Appointment", participant=[{"actor": one}, {"actor": other}]) is Reason.TWO_PATIENTS
    assert about(subject=one, patient=one) == Subject("local", local_id="1")
    assert about("Appointment", participant=[{"actor": one}, {"actor": {"reference": "Practitioner/2"}}]) is not None


def test_two_numbers_of_two_patients_are_refused_beside_a_third_way_of_naming():
    one, other = ({"type": "Patient", "identifier": {"system": "s", "value": value}} for value in "12")
    actors = [{"actor": {"reference": "Patient/1"}}, {"actor": one}, {"actor": other}]
    assert reason_of("Appointment", participant=actors) is Reason.TWO_PATIENTS
    assert about("Appointment", participant=actors[:2]) == Subject("local", local_id="1")


def test_a_report_of_one_patient_with_a_result_of_another_inside_is_refused():
    def report(of):
        return {"subject": {"reference": "Patient/1"}, "contained": [result | {"subject": {"reference": of}}]}

    result = {"resourceType": "Observation", "id": "o", "code": {"text": "Potassium"}}
    assert reason_of("DiagnosticReport", **report("Patient/2")) is Reason.TWO_PATIENTS
    for harmless in ("Patient/1", "#", "#gone"):
        assert about("DiagnosticReport", **report(harmless)) == Subject("local", local_id="1")


def test_who_asserts_or_performs_is_not_whom_it_is_about():
    mother = {"reference": "Patient/2"}
    assert about(subject={"reference": "Patient/1"}, asserter=mother) == Subject("local", local_id="1")


def test_a_fullurl_that_two_resources_claim_leads_to_nobody():
    assert reason_of(subject={"reference": UUID}, urns={UUID: ""}) is Reason.BAD_REFERENCE


def test_every_type_in_the_table_exists():
    assert set(COMPARTMENT) <= RESOURCE_TYPES
