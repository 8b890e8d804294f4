"""Documents: listed with what is known of them; the file itself is never shown in the list."""

from fhir.record import combine
from tests.build import GP, HOSPITAL, concept, say


def lines(*said):
    return combine(said).section("documents").lines


def letter(source, **more):
    content = [{"attachment": {"contentType": "text/plain", "title": "Letter", "size": 42, "data": "U0VDUkVU"}}]
    body = {
        "status": "current",
        "type": concept("Discharge summary"),
        "date": "2026-01-02T10:00:00Z",
        "content": content,
    }
    return say(source, {"resourceType": "DocumentReference", **body, **more})


def test_what_is_known_of_a_file_is_shown_and_its_content_is_not():
    (line,) = lines(letter(HOSPITAL, author=[{"display": "Dr Jones"}], custodian={"identifier": {"value": "RBD"}}))
    assert line.lead.fields == {
        "kind": "Discharge summary",
        "date": "2026-01-02T10:00:00Z",
        "author": "Dr Jones",
        "custodian": "RBD",
        "attachment": "Letter",
        "content type": "text/plain",
        "size": "42",
    }


def test_one_document_held_by_two_sources_under_one_identifier_is_one_line():
    same = {"masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}}
    assert len(lines(letter(GP, **same), letter(HOSPITAL, **same))) == 1
    assert len(lines(letter(GP), letter(HOSPITAL))) == 2


def test_a_superseded_document_is_past():
    assert lines(letter(GP, status="superseded"))[0].lead.past


def test_every_answer_of_a_questionnaire_is_kept_nought_and_no_too():
    items = [
        {
            "text": "Falls",
            "item": [
                {"text": "How many?", "answer": [{"valueInteger": 0}]},
                {"text": "Injured?", "answer": [{"valueBoolean": False}]},
            ],
        }
    ]
    body = {"resourceType": "QuestionnaireResponse", "status": "completed", "authored": "2026-01-01", "item": items}
    assert lines(say(GP, body))[0].lead.fields["answers"] == "Falls\nHow many?: 0\nInjured?: false"


def test_an_empty_list_says_why_it_is_empty():
    body = {
        "resourceType": "List",
        "status": "current",
        "title": "Allergies and adverse reactions",
        "emptyReason": concept("No content recorded"),
        "note": [{"text": "Information not available."}],
    }
    fields = lines(say(GP, body))[0].lead.fields
    assert (fields["empty reason"], fields["note"]) == ("No content recorded", "Information not available.")


def test_a_composition_and_a_consent_to_treatment_are_documents():
    letter_ = {
        "resourceType": "Composition",
        "status": "final",
        "title": "Clinic letter",
        "section": [{"title": "Plan"}],
    }
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "treatment"}]},
        "category": [concept("Consent to operation")],
    }
    assert {line.lead.text for line in lines(say(GP, letter_), say(GP, consent))} == {
        "Clinic letter",
        "Consent to operation",
    }
