"""A person whose whereabouts nobody is shown: not on any page, not in the data, whatever their sources write."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app import create_app
from fhir.compartment import COMPARTMENT
from fhir.record import SECTIONS
from fhir.resource_types import WITH_MODEL
from tests.browsing import SignIn, csrf, post, staff, words
from tests.canaries import Canaries
from tests.feeding import ASHA, COUNCIL, GP, TRUST, Json, Sender, condition, patient, register
from tests.fhir.test_whereabouts import WORDS_THAT_STAY
from tests.installation import demo_settings

RESTRICTED: Json = {"meta": {"security": [{"code": "R"}]}}
TYPES = sorted({type_ for module in SECTIONS for type_ in module.TYPES} & WITH_MODEL & COMPARTMENT.keys())
LEFT_OUT = "Some details are not shown because this person's whereabouts are restricted"
WHO_AND_WHERE = "Who recorded or gave care, where, and for which organisation is not shown"


def about(kind: str, resource: Json) -> Json:
    """The resource, about the practice's patient."""
    for path in COMPARTMENT[kind].everywhere:
        resource.pop(path[0], None)
    *steps, last = COMPARTMENT[kind].paths[0]
    named: Any = {last: {"reference": "Patient/loc-1"}}
    return {**resource, **({steps[0]: [named]} if steps else named)}


@pytest.fixture
def canaries(sender: Sender) -> Canaries:
    """One of everything, said by a practice of a restricted person, with a canary in every text."""
    made = Canaries()
    person = {**patient("loc-1", **RESTRICTED), "contact": [{"name": {"family": made.canary("Patient.contact")}}],
              "telecom": [{"system": "phone", "value": made.canary("Patient.telecom")}],
              "generalPractitioner": [{"display": made.canary("Patient.generalPractitioner")}],
              "address": [{"text": made.canary("Patient.address"), "postalCode": "TB1 2AB"}],
              "extension": [{"url": made.canary("Patient.extension"), "valueString": made.canary("Patient.extension")}],
              }  # fmt: skip
    everything = [about(kind, made.resource(kind, f"loc-{kind}")) for kind in TYPES]
    taken = sender.send(GP, person, *everything)
    assert (taken["quarantined"], taken["stored"]) == (0, len(TYPES) + 1), sender.quarantined()
    return made


def person_of(sender: Sender) -> UUID:
    person = sender.person_of(GP, "loc-1")
    assert person
    return person


def leaked(canaries: Canaries, text: str) -> set[str]:
    """Where the canaries of a text stood that may not be there, and whatever else names the source."""
    allowed = {f"{kind}.{path}" for kind, paths in WORDS_THAT_STAY.items() for path in paths.split()}
    seen = set(canaries.seen(text)) - allowed
    return seen | {said for said in (GP, "loc-", "TB1", "Mill Lane", f"Org {GP}") if said in text}


def pages(sign_in: SignIn, person: UUID) -> list[TestResponse]:
    """Every page that shows the person, to a stranger who gave a reason."""
    browser = sign_in(staff(COUNCIL, "Joan Price"))
    found = post(browser, "/patients", "/patients", nhs_number=ASHA)
    confirm = browser.get(f"/patients/{person}/confirm")
    post(browser, f"/patients/{person}/confirm", f"/patients/{person}/open", asked="1", reason="urgent")
    record = browser.get(f"/patients/{person}")
    codes = re.findall(r'data-section="([^"]+)"', record.text)
    assert len(codes) == len(SECTIONS)
    within = f"/patients/{person}/search"
    searched = browser.post(within, data={"csrf": csrf(browser.get(within)), "q": "canary"})
    others = [browser.get(f"/patients/{person}/{path}") for path in ("timeline", "sections/withdrawn")]
    sections = [browser.get(f"/patients/{person}/sections/{code}") for code in codes]
    return [found, confirm, record, *sections, *others, searched]


def test_no_page_says_where_they_are_or_who_knows_them(sign_in: SignIn, sender: Sender, canaries: Canaries) -> None:
    for page in pages(sign_in, person_of(sender)):
        assert page.status_code == 200
        assert leaked(canaries, page.text) == set()


def test_each_statement_is_on_the_page_and_says_that_something_is_missing(
    sign_in: SignIn, sender: Sender, canaries: Canaries
) -> None:
    found = pages(sign_in, person_of(sender))
    shown = {number for page in found[2:] for number in re.findall(r'data-statement="(\d+)"', page.text)}
    assert len(shown) == len(TYPES) + 1
    for page in found[3:-3]:
        lines = page.text.count('<li class="line')
        assert words(page).count(LEFT_OUT) >= lines
        assert (lines > 0) == (
            "Who recorded or gave care, where, and for which organisation is not shown" in words(page)
        )


def test_what_is_clinical_is_still_there(sign_in: SignIn, sender: Sender, canaries: Canaries) -> None:
    record = words(pages(sign_in, person_of(sender))[2])
    for path in ("Flag.code.text", "AllergyIntolerance.code.text", "MedicationRequest.medicationCodeableConcept.text",
                 "MedicationRequest.dosageInstruction.text", "Condition.code.text"):  # fmt: skip
        (canary,) = (text for text, where in canaries.put.items() if where == path)
        assert canary in record, path
    assert "05-Apr-2019" in record


def test_the_data_for_other_programs_say_no_more_than_the_page(
    engine: Engine, sender: Sender, canaries: Canaries, database_url: str, tmp_path: Path
) -> None:
    app = create_app(demo_settings(database_url, tmp_path))
    asked = ["record", "--nhs-number", ASHA, "--as", f"gp@{COUNCIL}", "--json"]
    printed = app.test_cli_runner().invoke(args=asked)
    assert printed.exit_code == 0, printed.output
    assert leaked(canaries, printed.output) == set()
    record = json.loads(printed.output)
    lines = [line for section in record["sections"] for line in section["lines"]]
    ids = [statement["id"] for line in lines for statement in line["statements"]]
    assert sorted(set(ids)) == sorted(ids)
    assert all(identifier.isdecimal() for identifier in ids)
    assert sum(line["left_out"] for line in lines) == len(lines)


def test_the_first_page_that_names_them_hides_where_they_are_and_who_holds_a_record(
    sign_in: SignIn, sender: Sender
) -> None:
    register(sender.engine, TRUST, name="Hillview Hospital")
    sender.send(GP, patient("loc-1", **RESTRICTED), condition("c", of="loc-1", words="Anaemia (Hillview Hospital)"))
    sender.send(TRUST, patient("t-9", generalPractitioner=[{"display": "Brookside Surgery"}]))
    sender.send(TRUST, condition("d", of="t-9", words="Gout, told by Brookside Surgery"))
    found, confirm, record, *others = pages(sign_in, person_of(sender))
    for page in (found, confirm):
        assert "PATEL, Asha" in words(page) and "Not shown" in words(page)
    assert "Anaemia ([not shown])" in words(record) and "Gout, told by [not shown]" in words(record)
    for page in (found, confirm, record, *others):
        telling = ("TB1", "Mill Lane", "Brookside", "Hillview", f"Org {GP}", GP, TRUST, "t-9")
        assert not [said for said in telling if said in page.text]
