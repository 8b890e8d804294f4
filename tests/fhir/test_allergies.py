"""Allergies: one line per substance, the safer reading first, and no absence that hides a presence."""

import pytest

from fhir.absence import SectionState
from fhir.line import Difference
from fhir.record import combine
from tests.build import COMMUNITY, GP, HOSPITAL, SNOMED, allergy, concept, status

NONE = concept("No known allergies", (SNOMED, "716186003"))
NO_DRUG_ALLERGY = concept("No known drug allergies", (SNOMED, "409137002"))


def lines(*said):
    return combine(said).section("allergies").lines


@pytest.mark.parametrize(
    "words", ["Aspirin", "ASPIRIN", "Allergy to aspirin", "aspirin allergy", "Allergic to aspirin"]
)
def test_a_substance_in_other_words_is_the_same_allergy(words):
    coded = allergy(HOSPITAL, concept("", (SNOMED, "293586001", "Allergy to aspirin")))
    assert len(lines(allergy(GP, concept(words)), coded)) == 1


def test_the_finding_and_its_substance_are_the_same_allergy():
    finding = concept("", (SNOMED, "91936005", "Allergy to penicillin"))
    substance = concept("", (SNOMED, "373270004", "Substance with penicillin structure"))
    assert len(lines(allergy(GP, finding), allergy(HOSPITAL, substance))) == 1


def test_another_substance_is_another_line():
    assert len(lines(allergy(GP, concept("Latex")), allergy(HOSPITAL, concept("Nuts")))) == 2


def test_everything_that_was_said_of_a_reaction_is_kept():
    reaction = {
        "manifestation": [concept("Rash"), concept("Wheeze")],
        "severity": "severe",
        "description": "After one tablet",
        "exposureRoute": concept("Oral"),
        "onset": "2020-01-02",
    }
    (line,) = lines(
        allergy(
            GP,
            concept("Penicillin"),
            reaction=[reaction, {"manifestation": [concept("Nausea")]}],
            criticality="high",
            type="allergy",
            category=["medication"],
            onsetString="as a child",
            recordedDate="2021-03-04",
            recorder={"display": "Dr Jones"},
            note=[{"text": "Mother's account"}],
        )
    )
    assert line.lead.fields == {
        "criticality": "high",
        "verification": "confirmed",
        "severity": "severe",
        "reaction": "Rash + Wheeze, Nausea",
        "reaction description": "After one tablet",
        "reaction onset": "2020-01-02",
        "exposure route": "Oral",
        "type": "allergy",
        "category": "medication",
        "onset": "as a child",
        "recorded": "2021-03-04",
        "recorder": "Dr Jones",
        "note": "Mother's account",
    }


def test_an_allergy_named_only_by_the_substance_of_its_reaction_is_shown():
    (line,) = lines(allergy(GP, {}, reaction=[{"substance": concept("Latex")}]))
    assert line.lead.text == "Latex"


def test_a_confirmed_low_allergy_leads_a_refuted_high_one():
    refuted = allergy(HOSPITAL, concept("Latex"), criticality="high", verificationStatus=status("refuted"))
    (line,) = lines(refuted, allergy(GP, concept("Latex"), criticality="low"))
    assert line.lead.source == GP


def test_an_ended_allergy_stays_with_its_end():
    end = {
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AllergyIntoleranceEnd",
        "extension": [
            {"url": "endDate", "valueDateTime": "2024-05-06"},
            {"url": "reasonEnded", "valueString": "Tested"},
        ],
    }
    (line,) = lines(allergy(GP, concept("Latex"), extension=[end]))
    assert line.lead.past
    assert line.lead.fields["ended"] == "2024-05-06 Tested"


def test_no_known_drug_allergies_is_not_contradicted_by_a_food_allergy():
    nuts = allergy(HOSPITAL, concept("Nuts"), category=["food"])
    assert [line.contradicted for line in lines(allergy(GP, NO_DRUG_ALLERGY), nuts)] == [False, False]


def test_no_known_drug_allergies_is_contradicted_by_an_allergy_of_unknown_kind():
    assert [line.contradicted for line in lines(allergy(GP, NO_DRUG_ALLERGY), allergy(HOSPITAL, concept("X")))] == [
        False,
        True,
    ]


def test_a_refuted_allergy_does_not_contradict_none_known():
    refuted = allergy(HOSPITAL, concept("Latex"), verificationStatus=status("refuted"))
    assert not any(line.contradicted for line in lines(allergy(GP, NONE), refuted))


def test_statements_of_none_by_two_sources_are_one_line_and_never_join_an_allergy():
    found = lines(allergy(GP, NONE), allergy(COMMUNITY, concept("No known allergies")), allergy(HOSPITAL, concept("X")))
    assert [(line.lead.absent, line.sources) for line in found] == [(False, (HOSPITAL,)), (True, (GP, COMMUNITY))]


@pytest.mark.parametrize(
    "none",
    [
        concept("No known allergies", ("http://local.example", "nka")),
        concept("", ("http://local.example", "nka", "No Known Allergies")),
        concept("No known allergies."),
        concept("NKDA", (SNOMED, "416098002", "Drug allergy")),
    ],
)
def test_no_known_allergies_without_a_code_that_we_know_is_none_known_and_contradicted_by_penicillin(none):
    alone = combine([allergy(GP, none)]).section("allergies")
    assert alone.state == SectionState.NONE_KNOWN
    found = lines(allergy(GP, none), allergy(HOSPITAL, concept("Penicillin")))
    assert [(line.lead.absent, line.contradicted) for line in found] == [(False, False), (True, True)]


@pytest.mark.parametrize(
    "more",
    [
        concept("No known allergies except penicillin", ("http://local.example", "nka")),
        concept("No known allergies except penicillin", (SNOMED, "716186003")),
        concept("No known allergies", (SNOMED, "91936005")),
    ],
)
def test_words_or_codes_that_say_more_than_none_are_an_allergy(more):
    (line,) = lines(allergy(GP, more))
    assert not line.lead.absent


def test_none_known_is_contradicted_by_what_one_source_still_holds_though_another_resolved_it():
    resolved = allergy(HOSPITAL, concept("Latex"), criticality="high", clinicalStatus=status("resolved"))
    found = lines(allergy(GP, NONE), resolved, allergy(COMMUNITY, concept("Latex"), criticality="low"))
    assert [line.contradicted for line in found] == [False, True]


def test_nameless_allergies_are_kept_apart():
    assert len(lines(allergy(GP, {}), allergy(HOSPITAL, {}))) == 2


def test_two_allergies_whose_codes_were_lost_or_say_nothing_are_two():
    lost = (SNOMED, "196461000000101", "Transfer-degraded drug allergy")
    vague = (SNOMED, "416098002", "Drug allergy")
    for code in (lost, vague):
        said = [allergy(GP, concept("Penicillin", code)), allergy(GP, concept("Trimethoprim", code))]
        assert [line.lead.text for line in lines(*said)] == ["Penicillin", "Trimethoprim"]
        assert len(lines(allergy(GP, concept("Penicillin", code)), allergy(HOSPITAL, concept("penicillin")))) == 1


def test_one_number_for_two_allergies_does_not_make_them_one():
    number = [{"system": "https://example.nhs.uk/episode", "value": "E1"}]
    said = [allergy(HOSPITAL, concept(name), identifier=number) for name in ("Latex", "Penicillin")]
    assert len(lines(*said)) == 2


def test_one_name_with_two_codes_is_a_difference_and_the_finding_with_its_substance_is_none():
    one, other = concept("Penicillin", (SNOMED, "91936005")), concept("Penicillin", (SNOMED, "294505008"))
    (line,) = lines(allergy(GP, one), allergy(HOSPITAL, other))
    assert line.differences == (Difference("code", (("294505008", (HOSPITAL,)), ("91936005", (GP,)))),)
    (line,) = lines(allergy(GP, one), allergy(HOSPITAL, concept("Penicillin", (SNOMED, "764146007"))))
    assert line.differences == ()


def test_an_end_that_only_one_source_gives_is_a_difference_of_status():
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AllergyIntoleranceEnd"
    ended = allergy(HOSPITAL, concept("Latex"), extension=[{"url": url, "valueDateTime": "2020"}])
    (line,) = lines(allergy(GP, concept("Latex")), ended)
    assert line.differences == (Difference("status", (("active", (GP,)), ("active, ended", (HOSPITAL,)))),)


def test_anaphylaxis_told_in_words_only_leads_as_one_told_in_codes_does():
    grave = allergy(HOSPITAL, concept("Nuts"), reaction=[{"description": "Anaphylaxis in 2019"}])
    mild = allergy(GP, concept("Nuts"), reaction=[{"manifestation": [concept("Itching")]}], recordedDate="2026")
    (line,) = lines(grave, mild)
    assert line.lead.source == HOSPITAL
    assert [found.kind for found in line.differences] == ["reaction"]


def test_an_allergy_that_is_active_leads_before_a_graver_statement_that_is_over():
    active = allergy(GP, concept("Penicillin"), criticality="low", recordedDate="2026-02-01")
    over = {"criticality": "high", "recordedDate": "2019-02-01", "clinicalStatus": status("resolved")}
    (line,) = lines(active, allergy(HOSPITAL, concept("Penicillin"), **over))
    assert (line.lead.source, line.lead.past) == (GP, False)
    assert [found.kind for found in line.differences] == ["status", "criticality"]
    *_, none = lines(active, allergy(HOSPITAL, concept("Penicillin"), **over), allergy(HOSPITAL, NONE))
    assert none.contradicted
