"""What makes one statement sealed, locked or sensitive: its labels, and the codes and words of loaded lists."""

import json
from typing import Any

import pytest

from app.access.facts import Kind
from app.access.labels import OF_LABEL, SensitiveCodes, labels_of
from app.access.sensitive import codes_of
from fhir.codes import Code, System

HIV = Code(System.SNOMED, "86406008", "Human immunodeficiency virus infection")
ICD10 = Code(System.ICD10, "B24", "Unspecified HIV disease")
LISTED = codes_of([(Kind.HIV, HIV), (Kind.HIV, ICD10), (Kind.SEXUAL, HIV)])
NONE = SensitiveCodes()
PROBLEM: dict[str, Any] = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}}


def labels(resource: dict[str, Any], kind: str = "gp", codes: SensitiveCodes = NONE, body: str = "") -> set[Kind]:
    return set(labels_of(kind, resource, (body or json.dumps(resource)).encode(), codes))


def labelled(*codes: str) -> dict[str, Any]:
    return PROBLEM | {"meta": {"security": [{"code": code} for code in codes]}}


def coded(*codings: dict[str, Any], text: str = "") -> dict[str, Any]:
    return PROBLEM | {"code": {"coding": list(codings), **({"text": text} if text else {})}}


@pytest.mark.parametrize("code", sorted(OF_LABEL))
def test_a_label_counts_in_any_case_wherever_it_stands(code: str) -> None:
    inside = {"contained": [labelled(code)]}
    inline = {"extension": [{"url": "http://hl7.org/x/inline-sec-label", "valueCoding": {"code": code}}]}
    document = {"resourceType": "DocumentReference", "securityLabel": [{"coding": [{"code": code.lower()}]}]}
    letter = {"resourceType": "Composition", "confidentiality": code}
    for resource in (labelled("N", f" {code.lower()}"), PROBLEM | inside, PROBLEM | inline, document, letter):
        assert labels(resource) == {OF_LABEL[code]}, resource


def test_a_label_that_is_spelled_out_counts() -> None:
    hidden = json.dumps(PROBLEM | {"contained": [labelled("V")]}).replace("security", "\\u0073ecurity")
    assert labels(json.loads(hidden), body=hidden) == {Kind.VERY_CONFIDENTIAL}


@pytest.mark.parametrize("kind", ["mental", "social", "children"])
def test_the_ordinary_level_of_a_feed_is_no_reason_by_itself(kind: str) -> None:
    assert labels(labelled("R"), kind) == set()
    assert labels(labelled("R"), "acute") == {Kind.CONFIDENTIAL}
    assert labels(labelled("V"), kind) == {Kind.VERY_CONFIDENTIAL}
    assert labels(labelled("R", "HIV"), kind) == {Kind.HIV}


def test_what_is_no_label_is_none_though_it_has_the_code_of_one() -> None:
    other = {"extension": [{"url": "http://hl7.org/x/other", "valueCoding": {"code": "V"}}]}
    own = {"code": {"coding": [{"code": "V"}]}, "contained": [labelled("N")]}
    assert labels(PROBLEM | other | {"contained": [labelled("N")]}) == set()
    assert labels(PROBLEM | own) == set()


def test_other_labels_and_the_persons_own_are_no_labels_of_a_statement() -> None:
    assert labels(labelled("N", "U", "TREAT", "NOPAT")) == set()
    assert labels(labelled("V", "SEALED") | {"resourceType": "Patient"}) == set()


def test_a_code_of_a_loaded_list_counts_wherever_it_stands() -> None:
    one = {"system": System.SNOMED, "code": HIV.code}
    assert labels(coded(one)) == set()
    assert labels(coded(one), codes=LISTED) == {Kind.HIV, Kind.SEXUAL}
    medicine = {"resourceType": "MedicationRequest", "reasonCode": [{"coding": [one]}]}
    assert labels(medicine, codes=LISTED) == {Kind.HIV, Kind.SEXUAL}
    assert labels(PROBLEM | {"contained": [coded(one)]}, codes=LISTED) == {Kind.HIV, Kind.SEXUAL}


def test_a_code_of_another_system_is_another_code_and_without_one_it_counts() -> None:
    assert labels(coded({"system": "urn:x", "code": HIV.code}), codes=LISTED) == set()
    assert labels(coded({"code": HIV.code}), codes=LISTED) == {Kind.HIV, Kind.SEXUAL}


@pytest.mark.parametrize("written", ["B24", "B24X", "B24.X", "b24"])
def test_icd10_counts_however_it_is_written(written: str) -> None:
    assert labels(coded({"system": System.ICD10, "code": written}), codes=LISTED) == {Kind.HIV}


@pytest.mark.parametrize("place", ["text", "display"])
def test_words_that_are_a_listed_term_count_and_others_do_not(place: str) -> None:
    for words, found in ((HIV.display.upper(), {Kind.HIV, Kind.SEXUAL}), ("HIV test negative", set())):
        resource = coded(text=words) if place == "text" else coded({"system": "urn:local", "code": "7", place: words})
        assert labels(resource, codes=LISTED) == found


def test_a_code_that_is_spelled_out_counts() -> None:
    body = json.dumps(coded({"system": System.SNOMED, "code": HIV.code})).replace(HIV.code, f"\\u0038{HIV.code[1:]}")
    assert labels(json.loads(body), codes=LISTED, body=body) == {Kind.HIV, Kind.SEXUAL}


@pytest.mark.parametrize("odd", [None, 7, "x", [], [7], {}, [[{"code": None}]], {"coding": 7, "code": 7, "text": 7}])
def test_what_is_of_no_right_form_has_no_label(odd: Any) -> None:
    for resource in (PROBLEM | {"meta": {"security": odd}}, PROBLEM | {"code": odd}, PROBLEM | {"meta": odd}):
        assert labels(resource, codes=LISTED, body='"security" "confidentiality" "86406008" \\u') == set()
