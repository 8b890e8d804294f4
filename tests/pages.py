"""The record page of a person of whom a practice and a hospital say only what a test is about."""

from datetime import UTC, datetime
from uuid import UUID

from app.viewer.look import look
from app.viewer.page import record_page
from fhir.absence import Source
from fhir.record import SECTIONS, combine
from tests.build import GP, HOSPITAL, amount, concept, say

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
PATIENT = UUID("6f1d6d6e-0000-4000-8000-000000000001")
EVERYTHING = frozenset(module.CODE for module in SECTIONS)
ON_TIME = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
ELM = Source(GP, "Elm Surgery", "gp", EVERYTHING, ON_TIME)
OAK = Source(HOSPITAL, "Oak Hospital", "acute", EVERYTHING, ON_TIME)


def person(source=GP, **more):
    body = {
        "resourceType": "Patient",
        "name": [{"use": "official", "family": "Smith", "given": ["John"], "prefix": ["Mr."]}],
        "birthDate": "1945-07-14",
        "gender": "male",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}],
        "address": [{"line": ["1 High Street"], "city": "Leeds", "postalCode": "LS1 4AP"}],
        "telecom": [{"system": "phone", "value": "+44 113 496 0999", "use": "home"}],
    }
    return say(source, {**body, **more})


def result(value, when, source=GP, **more):
    code = concept("Potassium", ("http://loinc.org", "2823-3"))
    return say(source, {"resourceType": "Observation", "status": "final", "code": code,
                        "valueQuantity": amount(value, "mmol/L"), "effectiveDateTime": when, **more})  # fmt: skip


def page_of(statements, sources=(ELM, OAK), **more):
    restricted = more.pop("restricted", False)
    record = combine(statements, sources)
    seen = look(PATIENT, NOW, sources, restricted=restricted)
    return record_page(record, seen, **more)


def section_of(page, code):
    return next(section for column in page.columns for section in column if section.code == code)


def all_lines(section):
    found = [line for block in section.blocks for line in block.lines]
    return found + [test.latest for block in section.blocks for test in block.tests]


def flag(text):
    return say(GP, {"resourceType": "Flag", "status": "active", "code": {"text": text}, "subject": {}})
