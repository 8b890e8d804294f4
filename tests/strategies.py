"""Hypothesis strategies: statements as sources might send them, right and wrong, about few things so that they meet."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from fhir.record import SECTIONS
from fhir.statement import Statement
from tests.build import DMD, ICD10, LOINC, SNOMED, say

SOURCES = ("J81001", "RBD", "RDY", "patient")
TYPES = sorted({type_ for module in SECTIONS for type_ in module.TYPES})

_WORDS = st.sampled_from(["Asthma", "asthma ", "Penicillin", "Allergy to penicillin", "Metformin", "Pulse", ""])
_CODES = st.sampled_from(
    [
        (SNOMED, "195967001"),
        (ICD10, "J45.9"),
        (ICD10, "J459"),
        (SNOMED, "91936005"),
        (SNOMED, "716186003"),
        (DMD, "109081006"),
        (LOINC, "8867-4"),
        (SNOMED, "364075005"),
        (LOINC, "85354-9"),
        ("https://example.nhs.uk/local", "SERUM"),
    ]
)
_DATES = st.sampled_from(
    ["2026", "2026-03", "2026-03-05", "2026-03-05T08:00:00Z", "2026-03-05T08:00:00+00:00", "2010-01-01"]
)
_NUMBERS = st.sampled_from([0, 1, 72, Decimal("5.1"), Decimal("5.10"), Decimal("1E+3")])
_TEXTS = st.builds(lambda words: {"text": words}, _WORDS)
_STATUS = st.sampled_from(
    ["active", "resolved", "stopped", "completed", "final", "amended", "cancelled", "not-done", "entered-in-error"]
)


def _concepts() -> st.SearchStrategy[dict[str, Any]]:
    coding = st.builds(lambda pair, words: {"system": pair[0], "code": pair[1], "display": words}, _CODES, _WORDS)
    return st.fixed_dictionaries({}, optional={"text": _WORDS, "coding": st.lists(coding, max_size=2)})


def _quantities() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"value": _NUMBERS}, optional={"unit": st.sampled_from(["mg", "/min"]), "comparator": st.just("<")}
    )


def _statuses() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda code: {"coding": [{"code": code}]}, st.sampled_from(["active", "resolved", "refuted", "confirmed"])
    )


def _periods() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={"start": _DATES, "end": _DATES})


_IDENTIFIERS = st.lists(
    st.fixed_dictionaries({"system": st.just("https://example.nhs.uk/id"), "value": st.sampled_from(["A", "B"])}),
    max_size=2,
)
_ELEMENTS: dict[str, st.SearchStrategy[Any]] = {
    "status": _STATUS,
    "identifier": _IDENTIFIERS,
    **dict.fromkeys(("code", "medicationCodeableConcept", "vaccineCode", "type", "scope"), _concepts()),
    "valueCodeableConcept": _concepts(),
    "category": st.lists(_concepts() | st.just({"coding": [{"code": "social-history"}]}), max_size=2),
    **dict.fromkeys(("clinicalStatus", "verificationStatus"), _statuses()),
    **dict.fromkeys(
        ("effectiveDateTime", "onsetDateTime", "recordedDate", "authoredOn", "date", "occurrenceDateTime",
         "performedDateTime", "abatementDateTime", "birthDate"),
        _DATES,
    ),
    **dict.fromkeys(("period", "effectivePeriod"), _periods()),
    **dict.fromkeys(("valueQuantity", "doseQuantity"), _quantities()),
    "component": st.lists(
        st.fixed_dictionaries({"code": _concepts()}, optional={"valueQuantity": _quantities()}), max_size=2
    ),
    **dict.fromkeys(("dosage", "dosageInstruction"), st.lists(_TEXTS, max_size=2)),
    "criticality": st.sampled_from(["high", "low"]),
    **dict.fromkeys(("title", "description"), st.sampled_from(["Care and support plan", "ReSPECT form", "Plan"])),
    "name": st.lists(st.builds(lambda words: {"family": words, "given": ["Ann"]}, _WORDS), max_size=2),
    "note": st.lists(_TEXTS, max_size=1),
}  # fmt: skip

_LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.decimals(allow_nan=False, allow_infinity=False)
_TELLING = st.sampled_from(["entered-in-error", "2026-03-05", "716186003", "http://snomed.info/sct"])
_NAMES = st.sampled_from(
    ["coding", "code", "text", "system", "value", "display", "start", "reference", "extension", "url"]
)
JSON = st.recursive(
    _LEAVES | st.text(max_size=5) | _TELLING,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)
"""Any JSON value, often with the names that FHIR uses."""


_OTHERS = [
    "active",
    "activity",
    "address",
    "bodySite",
    "communication",
    "condition",
    "contact",
    "contained",
    "content",
    "deceasedBoolean",
    "dispenseRequest",
    "entry",
    "extension",
    "interpretation",
    "item",
    "medicationReference",
    "meta",
    "participant",
    "prediction",
    "provision",
    "reaction",
    "referenceRange",
    "relationship",
    "telecom",
    "text",
]


def _resource(type_: str, elements: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": type_, **elements}


def regular() -> st.SearchStrategy[dict[str, Any]]:
    """A resource of any type that has a section, with elements of the shapes that the standard wants."""
    kinds = st.sampled_from(TYPES) | st.sampled_from(
        ["Observation", "Condition", "AllergyIntolerance", "MedicationRequest"]
    )
    return st.builds(_resource, kinds, st.fixed_dictionaries({}, optional=_ELEMENTS))


def irregular() -> st.SearchStrategy[dict[str, Any]]:
    """A resource of any type whose elements hold any JSON at all."""
    names = st.sampled_from([*_ELEMENTS, *_OTHERS])
    return st.builds(_resource, st.sampled_from(TYPES), st.dictionaries(names, JSON, max_size=8))


def meeting() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Resources of one type about one thing, so that they are one line or differ."""
    kinds = st.sampled_from(["Condition", "AllergyIntolerance", "MedicationRequest", "Observation", "Flag", "Patient"])
    one_code = {"code": {"text": "Asthma"}, "medicationCodeableConcept": {"text": "Metformin"}}
    return kinds.flatmap(lambda kind: st.lists(regular().map(lambda body: {**body, **one_code, "resourceType": kind})))


def statements() -> st.SearchStrategy[list[Statement]]:
    """The current statements about one person, from few sources; every resource has an id of its own."""
    unknown = st.just({"resourceType": "Claim"})
    bodies = st.lists(regular() | irregular() | unknown, max_size=8) | meeting().map(lambda found: found[:8])
    return bodies.flatmap(
        lambda found: st.lists(st.sampled_from(SOURCES), min_size=len(found), max_size=len(found)).map(
            lambda sources: [
                say(source, {**b, "id": f"r{n}"}) for n, (source, b) in enumerate(zip(sources, found, strict=True))
            ]
        )
    )
