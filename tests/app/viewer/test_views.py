"""A clinician finds a person, opens their record, and reads it: through HTTP, without scripts."""

from collections.abc import Iterator
from html import unescape
from uuid import uuid4

import pytest

from tests.clinic import Clinic, clinic


@pytest.fixture(scope="module")
def surgery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with clinic(tmp_path_factory.mktemp("surgery"), people=20) as made:
        yield made


def test_a_person_is_found_by_name_confirmed_and_opened(surgery):
    client, form = surgery.client(), {"csrf": surgery.csrf}
    found = client.post("/patients", data={**form, "by": "name", "family": "hallworth", "birth": "14 3 1938"})
    assert "HALLWORTH, Edith Mary, born 14-Mar-1938" in found.text
    patient = found.text.split('/confirm"')[0].rsplit("/", 1)[1]
    assert "Is this the right patient?" in client.get(f"/patients/{patient}/confirm").text
    opened = client.post(f"/patients/{patient}/open", data=form)
    assert (opened.status_code, opened.headers["Location"]) == (303, f"/patients/{patient}")
    assert 'data-section="allergies"' in client.get(f"/patients/{patient}").text


def test_not_found_and_not_valid_are_two_different_answers(surgery):
    client, form = surgery.client(), {"csrf": surgery.csrf, "by": "number"}
    wrong = client.post("/patients", data={**form, "nhs_number": "123"})
    assert (wrong.status_code, "not a valid NHS number" in wrong.text) == (422, True)
    unknown = client.post("/patients", data={**form, "nhs_number": "943 476 5919"})
    assert (unknown.status_code, "No patient found" in unknown.text) == (200, True)


def test_every_section_opens_whole_as_a_page_and_as_a_part(surgery):
    client, patient = surgery.client(), surgery.own[0]
    record = client.get(f"/patients/{patient}").text
    for code in {part.split('"')[0] for part in record.split('data-section="')[1:]}:
        page = client.get(f"/patients/{patient}/sections/{code}")
        part = client.get(f"/patients/{patient}/sections/{code}", headers={"HX-Request": "true"})
        assert (page.status_code, part.status_code) == (200, 200)
        assert part.text.strip() in page.text
        assert part.text.lstrip().startswith(f'<section id="{code}"')


def test_the_record_of_the_past_says_that_it_is_not_the_current_one(surgery):
    client, patient = surgery.client(), surgery.own[0]
    before = client.get(f"/patients/{patient}?asAt=2001-01-01")
    assert before.status_code in (200, 400)
    wrong = client.get(f"/patients/{patient}?asAt=yesterday")
    assert (wrong.status_code, "asAt must be" in unescape(wrong.text)) == (400, True)


def test_an_unknown_person_and_an_unknown_section_are_not_found(surgery):
    client = surgery.client()
    assert client.get(f"/patients/{uuid4()}/sections/nothing").status_code == 404
    assert client.get(f"/patients/{surgery.own[0]}/sections/nothing").status_code == 404


def test_a_stranger_needs_a_reason_and_then_the_record_opens(surgery):
    client, patient = surgery.client(), surgery.strangers[0]
    for path in ("", "/sections/results"):
        refused = client.get(f"/patients/{patient}{path}")
        assert (refused.status_code, "Why do you need this record?" in refused.text) == (403, True)
    form = {"csrf": surgery.csrf, "asked": "yes", "reason": "other", "words": ""}
    asked = client.post(f"/patients/{patient}/open", data=form)
    assert (asked.status_code, "Say what your reason is" in asked.text) == (422, True)
    client.post(f"/patients/{patient}/open", data={**form, "words": "Called by the ambulance crew"})
    assert client.get(f"/patients/{patient}").status_code == 200


def test_no_page_prints_a_bare_none(surgery):
    client = surgery.client()
    for patient in surgery.own:
        assert ">None<" not in client.get(f"/patients/{patient}").text.replace(" ", "").replace("\n", "")
