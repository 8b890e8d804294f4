"""What a person is not shown of their own record, and what they are: in doubt it is kept back."""

import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.home import BLOOD_PRESSURE
from fhir.release import Kept, kept_from_patient, kept_on_arrival
from fhir.release_words import GROUPS, may_speak, why
from tests.build import LOINC, SNOMED, concept

Json = dict[str, Any]
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def problem(text: str = "Asthma", **more: Any) -> Json:
    return {"resourceType": "Condition", "code": concept(text), **more}


def flag(text: str, **more: Any) -> Json:
    return {"resourceType": "Flag", "status": "active", "code": concept(text), **more}


def result(**more: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": concept("Potassium"), **more}


def labelled(*codes: str) -> Json:
    return {"meta": {"security": [{"system": ACT, "code": code} for code in codes]}}


def why_kept(resource: Json) -> str:
    """The reason; on arrival it must be the same."""
    reason = kept_from_patient(resource)
    assert kept_on_arrival(resource, orjson.dumps(resource)) == reason
    return reason


@pytest.mark.parametrize("resource", [
    problem(), problem("Type 2 diabetes", note=[{"text": "Doing well. Review in six months."}]), result(),
    flag("Hoist in use"), flag("At risk of falls"), flag("Reasonable adjustment: large print"),
    {"resourceType": "AllergyIntolerance", "code": concept("Penicillin")},
    {"resourceType": "MedicationRequest", "medicationCodeableConcept": concept("Amlodipine 5mg tablets")},
    {"resourceType": "RiskAssessment", "status": "final", "prediction": [{"outcome": concept("Heart attack")}]},
    {"resourceType": "Encounter", "status": "finished", "reasonCode": [concept("Annual review")]},
])  # fmt: skip
def test_a_person_sees_their_own_conditions_results_medicines_and_needs(resource: Json) -> None:
    assert why_kept(resource) == ""


@pytest.mark.parametrize(("label", "reason"), [
    ("NOPAT", "serious harm"), ("SDV", "abuse"), ("TBOO", "not yet released"), ("V", "not yet released"),
    ("a-label-nobody-knows", "not yet released"), ("", "not yet released"),
])  # fmt: skip
def test_what_a_label_keeps_from_the_patient_is_kept_whatever_it_is(label: str, reason: str) -> None:
    for resource in (problem(), result(), {"resourceType": "Encounter", "status": "finished"}):
        assert why_kept(resource | labelled("R", label)) == reason
        assert why_kept({"resourceType": "CarePlan", "contained": [resource | labelled(label)]}) == reason


def test_a_label_of_one_element_keeps_the_whole() -> None:
    extension = {"url": "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label",
                 "valueCoding": {"system": ACT, "code": "NOPAT"}}  # fmt: skip
    assert why_kept(problem(note=[{"text": "A note", "extension": [extension]}])) == "serious harm"


def test_the_ordinary_level_of_a_feed_and_labels_of_ones_own_matters_keep_nothing() -> None:
    for code in ("N", "R", "HIV", "PSY", "SUD"):
        assert why_kept(problem() | labelled(code)) == ""


def test_secret_whereabouts_are_no_secret_from_the_person() -> None:
    contact = [{"name": {"text": "Ann"}, "relationship": [concept("Mother")]}]
    own = {"resourceType": "Patient", "name": [{"family": "Patel"}], "contact": contact}
    assert why_kept(own | labelled("V")) == ""
    assert why_kept(own | labelled("R")) == ""
    assert why_kept(own | labelled("NOPAT")) == "serious harm"


@pytest.mark.parametrize(("words", "reason"), [
    ("Safeguarding adult concern", "safeguarding"), ("Child protection plan: neglect", "safeguarding"),
    ("Family known to children's social care", "safeguarding"), ("Looked-after child", "safeguarding"),
    ("Discussed at MARAC", "safeguarding"), ("Victim of sexual abuse", "abuse"), ("Domestic violence", "abuse"),
    ("Domestic abuse", "abuse"), ("ELDER ABUSE", "abuse"), ("Emotional and physical abuse of child", "abuse"),
    ("History of abuse", "abuse"), ("Alcohol and domestic abuse", "abuse"), ("Domestic and alcohol abuse", "abuse"),
    ("Alcohol abuse; was abused as a boy", "abuse"),
    ("Violent behaviour", "staff risk"), ("Risk to staff", "staff risk"), ("Risk: do not visit alone", "staff risk"),
    ("Suicide risk assessment", "serious harm"), ("Risk of serious harm", "serious harm"),
    ("Do not tell: not to be disclosed to patient", "serious harm"), ("Patient unaware of diagnosis", "serious harm"),
    ("Third party information", "third party"), ("Information from third-party", "third party"),
    ("FH: Ischaemic heart disease", "third party"), ("Wife says that he drinks", "third party"),
    ("Reported by his mother", "third party"), ("Boyfriend says he drinks", "third party"),
    ("Son reports falls", "third party"), ("Strangled by ex-partner", "third party"),
    ("Stepfather hit him", "third party"),
    ("? DV", "abuse"), ("Referred to IDVA", "abuse"), ("Non-fatal strangulation", "abuse"),
    ("? NAI", "safeguarding"), ("CSE concerns", "safeguarding"), ("MASH referral made", "safeguarding"),
    ("Sec 47 enquiry", "safeguarding"), ("LAC review", "safeguarding"), ("CP conference", "safeguarding"),
    ("Child at risk", "safeguarding"), ("Vulnerable adult", "safeguarding"), ("Strategy meeting", "safeguarding"),
    ("Interim care order", "safeguarding"), ("Female circumcision", "safeguarding"),
    ("Patient must not see this", "serious harm"), ("Hide from patient", "serious harm"),
    ("Not to be released online", "serious harm"), ("Does not know the diagnosis", "serious harm"),
    ("DSH", "serious harm"), ("Plans to kill himself", "serious harm"), ("Wants to die", "serious harm"),
    ("Risk to children", "staff risk"), ("Carries a knife", "staff risk"), ("2 person visits", "staff risk"),
    ("Threatened reception", "staff risk"), ("Special allocation scheme", "staff risk"),
])  # fmt: skip
def test_words_are_found_wherever_they_stand(words: str, reason: str) -> None:
    coded = {"coding": [{"system": SNOMED, "code": "1", "display": words}]}
    for resource in (
        problem(words), flag(words), problem(code=coded), problem(category=[coded]), problem(note=[{"text": words}]),
        result(valueString=words), result(component=[{"code": concept(words)}]),
        {"resourceType": "DocumentReference", "status": "current", "description": words},
        {"resourceType": "CarePlan", "title": words, "text": {"div": f"<div><p>{words}</p></div>"}},
        {"resourceType": "Encounter", "contained": [problem(words)]},
    ):  # fmt: skip
        assert why_kept(resource) == reason


@pytest.mark.parametrize("words", [
    "Alcohol abuse", "Drug abuse", "Substance abuse", "Nondependent cannabis abuse", "Alcohol and drug abuse",
    "Abuse of laxatives", "Abuse of non-dependence-producing substances", "Psychoactive substance abuse (disorder)",
    "Aggressive B-cell lymphoma", "Threatened miscarriage", "Dogmatil", "Allergy to rapeseed",
    "Therapeutic exercise", "Dr Jane Foster", "No cause for concern", "Lac to left hand", "CP at rest", "CIN 2",
    "MASH with cirrhosis", "S47", "Sample obtained from patient", "Fracture not seen", "Hit by car", "Advised to rest",
    "Sarcoidosis", "Person says well", "Skill mix", "Ingrowing nail", "Palliative care", "Immediate care needed",
])  # fmt: skip
def test_a_persons_own_drinking_and_words_that_only_look_alike_are_shown(words: str) -> None:
    assert why_kept(problem(words)) == ""


def test_what_warns_those_who_visit_is_kept_on_flags_only() -> None:
    assert why_kept(flag("Dog at the property")) == "staff risk"
    assert why_kept(flag("Aggressive")) == "staff risk"
    assert why_kept(problem("Aggressive lymphoma")) == ""


def test_what_is_about_or_said_by_another_person_is_theirs() -> None:
    assert why_kept({"resourceType": "RelatedPerson", "name": [{"text": "Ann"}]}) == "third party"
    assert why_kept({"resourceType": "FamilyMemberHistory", "status": "completed"}) == "third party"
    assert why_kept(problem(asserter={"reference": "RelatedPerson/1"})) == "third party"
    assert why_kept(problem(asserter={"display": "Mother"})) == "third party"
    assert why_kept(result(focus=[{"reference": "Patient/2"}])) == "third party"
    assert why_kept(problem(note=[{"authorString": "Neighbour", "text": "Heard shouting"}])) == "third party"
    told = {"resourceType": "Communication", "status": "completed", "sender": {"reference": "Practitioner/1"}}
    assert why_kept(told) == "third party"
    assert why_kept(told | {"recipient": [{"reference": "Patient/1"}]}) == ""


@pytest.mark.parametrize("kind", ["Observation", "DiagnosticReport"])
def test_a_result_is_shown_once_its_source_has_released_it(kind: str) -> None:
    for status in ("final", "amended", "corrected"):
        assert why_kept({"resourceType": kind, "status": status, "code": concept("Biopsy")}) == ""
    for status in ("registered", "partial", "preliminary", "unknown", "cancelled", "", None, ["final"], {"x": 1}):
        assert why_kept({"resourceType": kind, "status": status, "code": concept("Biopsy")}) == "not yet released"


def test_a_letter_is_shown_once_it_is_final() -> None:
    letter = {"resourceType": "DocumentReference", "status": "current", "description": "Clinic letter"}
    assert why_kept(letter) == why_kept(letter | {"docStatus": "final"}) == why_kept(letter | {"docStatus": "amended"})
    assert why_kept(letter) == ""
    assert why_kept(letter | {"docStatus": "preliminary"}) == "not yet released"
    assert why_kept(letter | {"status": "superseded"}) == "not yet released"
    assert why_kept({"resourceType": "Composition", "status": "preliminary", "title": "X"}) == "not yet released"
    assert why_kept({"resourceType": "ImagingStudy", "status": "registered"}) == "not yet released"


def test_a_letter_says_itself_how_secret_it_is() -> None:
    letter = {"resourceType": "DocumentReference", "status": "current", "description": "Clinic letter"}
    for code, reason in (("N", ""), ("R", ""), ("V", "not yet released"), ("NOPAT", "serious harm")):
        assert why_kept(letter | {"securityLabel": [{"coding": [{"system": ACT, "code": code}]}]}) == reason
    assert why_kept({"resourceType": "Composition", "status": "final", "confidentiality": "V"}) == "not yet released"


def test_a_bare_code_without_words_may_mean_anything() -> None:
    bare = {"coding": [{"system": SNOMED, "code": "1"}]}
    assert why_kept(problem(code=bare)) == why_kept(flag("", code=bare)) == "not yet released"
    assert why_kept(result(code={"coding": [{"system": LOINC, "code": BLOOD_PRESSURE[0].code}]})) == ""


def test_words_behind_escapes_are_found_on_arrival() -> None:
    for body in (
        b'{"resourceType":"Condition","code":{"text":"\\u0053afeguarding"}}',
        b'{"resourceType":"Condition","code":{"text":"third\\nparty"}}',
        b'{"resourceType":"Condition","code":{"text":"\\\\neglect"}}',
        '{"resourceType":"Condition","code":{"text":"third\N{NO-BREAK SPACE}party"}}'.encode(),
    ):
        resource = orjson.loads(body)
        assert kept_from_patient(resource)
        assert kept_on_arrival(resource, body) == kept_from_patient(resource)


_WORDS = [
    "Safeguarding", "child", "protection", "abuse", "domestic", "alcohol", "third", "party", "self", "harm", "violent",
    "mother", "says", "of", "and", "-", "risk", "to", "staff", "suicide", "asthma", "\n", "\u00a0", "é", '"', "\\",
]  # fmt: skip
_TEXT = st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join)
_LEAF = st.one_of(_TEXT, st.integers(0, 9), st.booleans(), st.none())
_TREE = st.recursive(
    _LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "note", "display", "author", "meta", "security", "code", "contained"]), inner
        )
    ),
    max_leaves=12,
)
_RESOURCE = st.fixed_dictionaries(
    {"resourceType": st.sampled_from(["Condition", "Encounter", "Flag", "CarePlan", "Patient", "Observation"])},
    optional={"code": _TREE, "note": _TREE, "meta": _TREE, "status": _LEAF, "contained": _TREE, "asserter": _TREE},
)


@given(_RESOURCE)
def test_the_quick_look_on_arrival_misses_nothing_that_reading_in_full_finds(resource: Json) -> None:
    assert kept_on_arrival(resource, orjson.dumps(resource)) == kept_from_patient(resource)


@given(_RESOURCE, st.sampled_from(["NOPAT", "SDV", "nopat", "ZZZ"]))
def test_nothing_labelled_is_ever_shown(resource: Json, label: str) -> None:
    assert kept_from_patient(resource | labelled("N", label))


@given(_TEXT)
def test_nothing_of_these_words_is_shown_but_abuse_of_substances(text: str) -> None:
    if "safeguarding" in text.casefold() or "suicide" in text or "violent" in text:
        assert why(text)
        assert may_speak(text.replace("\\", "").replace('"', "").encode())


@pytest.mark.parametrize(("reason", "pattern"), GROUPS)
@given(data=st.data())
def test_the_pieces_that_are_searched_for_first_are_in_all_of_the_words(reason: Kept, pattern: str, data: Any) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    assert may_speak(orjson.dumps({"text": text}))


def test_signs_that_are_escaped_on_the_way_do_not_part_words_that_belong_together() -> None:
    text = 'munchausen000000000""proxy'
    assert why(text) is Kept.SAFEGUARDING
    assert may_speak(orjson.dumps({"text": text}))
    assert may_speak(b'{"text":"munchausen (by\\/of) proxy"}')


def test_every_group_has_a_reason_of_its_own() -> None:
    assert {reason for reason, _ in GROUPS} | {Kept.NOT_RELEASED} == set(Kept)
