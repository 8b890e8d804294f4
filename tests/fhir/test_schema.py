"""The schema finds what is not valid R4, says where in plain words, and never shows a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir import models
from fhir.definitions import schema
from fhir.resource_types import ONLY_STU3, RESOURCE_TYPES, WITH_MODEL
from fhir.schema import irregularities, is_valid
from fhir.value_sets import REQUIRED_CODES, REQUIRED_CODINGS

MMHG = {"value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}


def observation(**elements):
    made = {"resourceType": "Observation", "status": "final", "code": {"text": "Pulse"}} | elements
    return {name: value for name, value in made.items() if value is not ...}


def patient(**elements):
    return {"resourceType": "Patient"} | elements


SOUND = [
    observation(valueQuantity=MMHG),
    observation(status=..., _status={"extension": [{"url": "http://x/absent", "valueCode": "unknown"}]}),
    observation(effectiveDateTime="2024"),
    observation(effectiveDateTime="2024-02-29T23:59:60.5+14:00"),
    observation(meta={"lastUpdated": "2024-02-29T10:00:00.123Z"}),
    observation(extension=[{"url": "http://x", "valueMeta": {"versionId": "1"}}]),  # in R4, not in R4B
    observation(extension=[{"url": "http://x", "valueTiming": {"code": {"text": "twice a day"}}}]),  # valid, and rare
    patient(birthDate="2000-02-29"),
    patient(birthDate="1900-12"),
    patient(name=[{"given": ["Ann", None], "_given": [None, {"id": "absent"}]}]),
    patient(contained=[{"resourceType": "Organization", "id": "o", "name": "Practice"}]),
    {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]},
]


@pytest.mark.parametrize("resource", SOUND)
def test_what_is_valid_passes(resource):
    assert is_valid(resource)


FAULTS = [
    (observation(status=...), "status: missing"),
    (observation(code=...), "code: missing"),
    (observation(status="finished"), "status: not one of the codes required here"),
    (patient(gender="M"), "gender: not one of the codes required here"),
    (patient(identifier=[{"use": "x"}]), "identifier.use: not one of the codes required here"),
    (observation(valueQuantity={"value": "120"}), "valueQuantity.value: of the wrong JSON type"),
    (patient(active="true"), "active: of the wrong JSON type"),
    (patient(active=None), "active: of the wrong JSON type"),
    (patient(name=[]), "name: empty"),
    (patient(name=[{}]), "name: empty"),
    (patient(name=[{"family": ""}]), "name.family: empty"),
    (patient(surname="Canary"), "resource: unknown element"),
    (observation(valueString="a", valueInteger=1), "more than one of a choice"),
    (patient(birthDate="1980-02-30"), "birthDate: not a date"),
    (patient(birthDate="1900-02-29"), "birthDate: not a date"),
    (patient(birthDate="2021-06-31"), "birthDate: not a date"),
    (patient(birthDate="30/01/2020"), "birthDate: not a date"),
    (observation(effectiveDateTime="2020-01-01T10:00:00"), "effectiveDateTime: not a dateTime"),
    (observation(effectiveDateTime="2020-01-01T24:00:00Z"), "effectiveDateTime: not a dateTime"),
    (observation(effectiveDateTime=7), "effectiveDateTime: of the wrong JSON type"),
    (observation(meta={"lastUpdated": "2020-01-01T10:00:00"}), "meta.lastUpdated: not an instant"),
    (observation(status="final ", code={"text": "x"}), "status: not one of the codes required here"),
    (patient(telecom=[{"rank": 0}]), "telecom.rank: out of range"),
    (patient(extension=[{"url": "u", "valueString": "x", "extension": [{"url": "v", "valueCode": "y"}]}]), "choice"),
    (patient(contained=7), "contained: of the wrong JSON type"),
    (patient(contained=[{"resourceType": "Spaceship"}]), "contained: not a resource of a known type"),
    (patient(contained=[{"resourceType": "Organization", "active": "no"}]), "contained.active: of the wrong JSON type"),
    ({"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"id": "x"}}, "missing"),
    ({"resourceType": "MedicationRequest", "status": "active", "intent": "ordered"}, "intent: not one of the codes"),
]


@pytest.mark.parametrize(("resource", "said"), FAULTS)
def test_what_is_not_valid_is_told_by_its_place(resource, said):
    assert not is_valid(resource)
    told = irregularities(resource)
    assert any(said in each for each in told), told


@pytest.mark.parametrize(("kind", "element"), sorted(REQUIRED_CODINGS))
def test_a_status_of_the_fixed_system_must_be_one_of_its_codes(kind, element):
    system, codes = REQUIRED_CODINGS[kind, element]
    base = {"resourceType": kind, "patient" if kind == "AllergyIntolerance" else "subject": {"reference": "Patient/1"}}
    for code in codes:
        assert is_valid(base | {element: {"coding": [{"system": system, "code": code}]}})
    assert is_valid(base | {element: {"coding": [{"system": "http://local", "code": "banana"}]}})
    wrong = irregularities(base | {element: {"coding": [{"system": system, "code": "banana"}]}})
    assert wrong == (f"{element}.coding.code: not one of the codes required here",)


def test_the_hand_written_codes_belong_to_elements_that_exist():
    known = {}
    for kind in {kind for kind, _ in [*REQUIRED_CODES, *REQUIRED_CODINGS]} & WITH_MODEL | {"Provenance"}:
        made = schema(kind)
        known[kind] = made["properties"]
        known |= {name: each["properties"] for name, each in made["definitions"].items()}
    for kind, element in [*REQUIRED_CODES, *REQUIRED_CODINGS]:
        assert element in known[kind], (kind, element)


def test_the_librarys_own_short_lists_are_within_the_hand_written_ones():
    """Its lists are cut short with '+', so they are no list to check by; but what they have must be in ours."""
    for (kind, element), codes in REQUIRED_CODES.items():
        if kind in WITH_MODEL:
            extra = models.model_of(kind).model_fields[element].json_schema_extra or {}
            assert {code for code in extra.get("enum_values", []) if code != "+"} <= set(codes), (kind, element)


RICH = [
    observation(
        id="1",
        meta={"lastUpdated": "2024-01-01T00:00:00Z", "profile": ["http://x/p"], "security": [{"code": "R"}]},
        subject={"reference": "Patient/1", "identifier": {"system": "http://x", "value": "1"}},
        effectivePeriod={"start": "2024-01-01", "end": "2024-01-02T10:00:00+01:00"},
        component=[{"code": {"coding": [{"code": "1", "userSelected": True}]}, "valueQuantity": MMHG}],
        referenceRange=[{"low": {"value": 1.5}, "text": "x"}],
    ),
    patient(
        deceasedBoolean=False,
        multipleBirthInteger=2,
        name=[{"family": "A", "given": ["B"], "period": {"start": "1980"}}],
        photo=[{"contentType": "image/png", "data": "aGVsbG8h", "url": "http://x", "size": 6}],
        communication=[{"language": {"text": "Welsh"}, "preferred": True}],
        extension=[{"url": "http://x", "valueCode": "y"}, {"url": "http://x", "valueInstant": "2024-01-01T00:00:00Z"}],
    ),
]
ODD = [None, "", " ", 7, -1, 1.5, True, "x", "12", "true", [], {}, [{}], [None], "2020-02-30", " a", {"x": 1}, ...]


def spots(value):
    """Every place in a resource: what holds it, and its name or number there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, held in list(inside):
        yield value, name
        yield from spots(held)


@pytest.mark.parametrize("resource", RICH)
def test_what_the_library_finds_wrong_the_schema_finds_too(resource):
    assert is_valid(resource)
    for holder, name in [spot for spot in spots(resource) if spot[1] != "resourceType"]:
        whole = holder[name]
        for odd in ODD:
            if odd is ...:
                del holder[name]
            else:
                holder[name] = odd
            assert not (is_valid(resource) and models.problems(resource)), (name, odd)
            if odd is ... and isinstance(holder, list):
                holder.insert(name, whole)
            else:
                holder[name] = whole


def test_a_type_that_the_library_lacks_is_kept_and_marked():
    assert irregularities({"resourceType": "SubstanceProtein"}) == ("resourceType: not checked, no model",)


def test_resource_types_do_not_overlap():
    assert not RESOURCE_TYPES & ONLY_STU3
    assert len(RESOURCE_TYPES) == 159


@given(st.sampled_from(sorted(name for name in REQUIRED_CODES if name[0] in WITH_MODEL)), st.text())
def test_no_value_or_name_from_the_data_is_in_the_reasons(place, text):
    kind, element = place
    canary = f"canary{text}"
    told = irregularities({"resourceType": kind, element: canary, canary: [{canary: canary}], "meta": {canary: 1}})
    assert told
    assert "canary" not in repr(told)


def test_a_resource_nested_too_deeply_for_the_library_is_told_so():
    deep = {"url": "http://x", "valueString": "x"}
    for _ in range(500):
        deep = {"url": "http://x", "extension": [deep]}
    assert models.problems(patient(extension=[deep])) == {"resource: cannot be checked"}
