"""Problems: one line per problem, with its episodes; disagreement shown, history not taken for disagreement."""

import pytest

from fhir.line import Difference
from fhir.record import combine
from tests.build import GP, HOSPITAL, ICD10, SNOMED, concept, problem, say, status

ASTHMA = concept("Asthma", (SNOMED, "195967001"))
SINUSITIS = concept("Sinusitis", (SNOMED, "36971009"))


def lines(*said):
    return combine(said).section("problems").lines


def over(source, code, began, ended):
    return problem(source, code, clinicalStatus=status("resolved"), onsetDateTime=began, abatementDateTime=ended)


def test_a_problem_in_snomed_and_in_icd_10_with_the_same_words_is_one():
    assert len(lines(problem(GP, ASTHMA), problem(HOSPITAL, concept("Asthma", (ICD10, "J45.9"))))) == 1


def test_icd_10_with_and_without_its_dot_is_one_code():
    dotted, plain = concept("Asthma", (ICD10, "J45.9")), concept("Asthma, unspecified", (ICD10, "J459"))
    assert len(lines(problem(GP, dotted), problem(HOSPITAL, plain))) == 1


def test_a_code_without_a_system_names_nothing():
    assert len(lines(problem(GP, {"coding": [{"code": "1"}]}), problem(HOSPITAL, {"coding": [{"code": "1"}]}))) == 2


def test_two_episodes_of_one_source_are_one_line_without_a_difference():
    (line,) = lines(over(GP, SINUSITIS, "2015-01-01", "2015-02-01"), problem(GP, SINUSITIS, onsetDateTime="2020-01-01"))
    assert [item.fields["onset"] for item in line.items] == ["2020-01-01", "2015-01-01"]
    assert line.differences == ()
    assert line.lead.status == "active"


def test_two_current_episodes_of_one_source_do_not_differ_in_onset():
    (line,) = lines(problem(GP, SINUSITIS, onsetDateTime="2015"), problem(GP, SINUSITIS, onsetDateTime="2020"))
    assert line.differences == ()


def test_an_episode_that_was_over_before_is_not_a_disagreement():
    (line,) = lines(over(HOSPITAL, SINUSITIS, "2015-01-01", "2015-02-01"), problem(GP, SINUSITIS, onsetDateTime="2020"))
    assert line.differences == ()
    (line,) = lines(over(HOSPITAL, SINUSITIS, "2015", "2015-02-01"), over(GP, SINUSITIS, "2018", "2018-02-01"))
    assert line.differences == ()


def test_resolved_after_the_others_episode_began_is_a_disagreement():
    (line,) = lines(over(HOSPITAL, ASTHMA, "2015-01-01", "2021-02-01"), problem(GP, ASTHMA, onsetDateTime="2015-01-01"))
    assert [found.kind for found in line.differences] == ["status"]


def test_left_and_right_are_shown_as_a_difference():
    knee = concept("Osteoarthritis of knee", (SNOMED, "239873007"))
    left = problem(GP, knee, bodySite=[concept("Left knee")])
    right = problem(HOSPITAL, knee, bodySite=[concept("Right knee")])
    (line,) = lines(left, right)
    assert [found.kind for found in line.differences] == ["body site"]


def test_active_problems_come_first_and_the_newest_of_them_first():
    found = lines(
        over(GP, concept("Sprain"), "2025-01-01", "2025-02-01"),
        problem(GP, concept("Gout"), onsetDateTime="2001"),
        problem(GP, concept("Anaemia"), onsetDateTime="2024"),
    )
    assert [line.lead.text for line in found] == ["Anaemia", "Gout", "Sprain"]


def test_details_are_kept_as_sent():
    (line,) = lines(
        problem(
            GP,
            ASTHMA,
            onsetAge={"value": 7, "unit": "years"},
            severity=concept("Severe"),
            category=[concept("Problem list item")],
            recordedDate="2020-02-03",
            recorder={"display": "Dr Jones"},
            note=[{"text": "Worse in winter"}, {"text": "Uses spacer"}],
        )
    )
    assert line.lead.fields == {
        "verification": "confirmed",
        "onset": "7 years",
        "severity": "Severe",
        "category": "Problem list item",
        "recorded": "2020-02-03",
        "recorder": "Dr Jones",
        "note": "Worse in winter\nUses spacer",
    }


def test_no_current_problems_is_a_statement_of_none():
    (line,) = lines(problem(GP, concept("No current problems", (SNOMED, "160245001"))))
    assert line.lead.absent


def test_family_history_is_never_the_persons_own_problem():
    family = say(
        GP,
        {
            "resourceType": "FamilyMemberHistory",
            "status": "completed",
            "relationship": concept("Father"),
            "condition": [{"code": ASTHMA, "onsetString": "as a child"}],
        },
    )
    found = lines(problem(GP, ASTHMA), family)
    assert [line.lead.text for line in found] == ["Asthma", "Father: Asthma"]
    assert found[1].lead.fields["onset"] == "as a child"


def test_a_clinical_impression_has_its_own_line():
    body = {
        "resourceType": "ClinicalImpression",
        "status": "completed",
        "summary": "Likely viral",
        "date": "2026-01-02",
    }
    assert lines(say(GP, body))[0].lead.text == "Likely viral"


FAMILY = [
    problem(GP, ASTHMA, category=[concept("", ("c", "family-history"))]),
    problem(GP, ASTHMA, category=[concept("Family history")]),
    problem(GP, concept("Family history of asthma", (SNOMED, "195967001", "Asthma"))),
    problem(GP, concept("Asthma", (SNOMED, "160377001", "Family history: Asthma (situation)"))),
    problem(GP, concept("FH: Asthma")),
    problem(GP, concept("No family history of asthma")),
]


@pytest.mark.parametrize("said", FAMILY)
def test_family_history_sent_as_a_condition_is_never_the_persons_own_problem(said):
    found = lines(said, problem(HOSPITAL, ASTHMA))
    assert [line.lead.source for line in found] == [HOSPITAL, GP]
    assert "family history" in found[1].lead.text.casefold() or found[1].lead.text.startswith("FH:")
    assert found[1].lead.fields["kind"] == "Family history"
    assert not found[0].differences


def test_a_familial_disease_is_the_persons_own():
    (line,) = lines(problem(GP, concept("FH - Familial hypercholesterolaemia")))
    assert "kind" not in line.lead.fields


def test_a_relative_who_is_not_named_does_not_make_it_the_persons_own():
    body = {"resourceType": "FamilyMemberHistory", "status": "completed", "condition": [{"code": ASTHMA}]}
    assert lines(say(GP, body))[0].lead.text == "Family history: Asthma"


def test_a_problem_at_one_and_a_diagnosis_of_one_visit_at_the_other_is_a_difference():
    def of_kind(source, *codes):
        return problem(source, ASTHMA, category=[{"coding": [{"code": code}]} for code in codes])

    listed, visit = of_kind(GP, "problem-list-item"), of_kind(HOSPITAL, "encounter-diagnosis")
    (line,) = lines(listed, visit)
    said = (("Encounter diagnosis", (HOSPITAL,)), ("Problem list item", (GP,)))
    assert line.differences == (Difference("category", said),)
    assert not lines(listed, visit, of_kind(HOSPITAL, "problem-list-item"))[0].differences
    assert not lines(listed, of_kind(HOSPITAL, "encounter-diagnosis", "problem-list-item"))[0].differences


def test_no_current_problems_beside_a_problem_is_contradicted():
    none = problem(GP, concept("No current problems", (SNOMED, "160245001")))
    assert [line.contradicted for line in lines(none, problem(HOSPITAL, ASTHMA))] == [False, True]
    assert [line.contradicted for line in lines(none, FAMILY[0])] == [False, False]


def test_one_number_for_all_diagnoses_of_a_visit_does_not_make_them_one():
    visit = [{"system": "https://example.nhs.uk/visit", "value": "V1"}]
    fracture = concept("Fracture of wrist")
    found = lines(problem(HOSPITAL, ASTHMA, identifier=visit), problem(HOSPITAL, fracture, identifier=visit))
    assert {line.lead.text for line in found} == {"Asthma", "Fracture of wrist"}


def test_one_number_at_two_sources_is_one_problem_whose_names_differ():
    number = [{"system": "https://example.nhs.uk/problem", "value": "P1"}]
    (line,) = lines(problem(GP, ASTHMA, identifier=number), problem(HOSPITAL, concept("COPD"), identifier=number))
    assert line.differences == (Difference("code", (("Asthma", (GP,)), ("COPD", (HOSPITAL,)))),)


def test_two_entries_whose_codes_were_lost_on_the_way_are_two():
    lost = (SNOMED, "196411000000103", "Transfer-degraded record entry")
    assert len(lines(problem(GP, concept("Asthma", lost)), problem(HOSPITAL, concept("Gout", lost)))) == 2
    assert len(lines(problem(GP, concept("Gout", lost)), problem(HOSPITAL, concept("gout", lost)))) == 1
    assert len(lines(problem(GP, concept("", lost)), problem(HOSPITAL, concept("", lost)))) == 2


@pytest.mark.parametrize("words", ["?Asthma", "No asthma", "Asthma excluded", "History of asthma", "Suspected asthma"])
def test_words_that_turn_the_meaning_of_a_code_are_shown_beside_the_others(words):
    turned = problem(HOSPITAL, concept(words, (SNOMED, "195967001")))
    (line,) = lines(problem(GP, ASTHMA), turned)
    assert line.differences == (Difference("code", tuple(sorted(((words, (HOSPITAL,)), ("Asthma", (GP,)))))),)
    (same,) = lines(problem(GP, concept("Mild asthma", (SNOMED, "195967001"))), problem(HOSPITAL, ASTHMA))
    assert same.differences == ()


def test_what_a_source_refuted_since_is_shown_though_it_left_the_older_statement_standing():
    older = problem(GP, ASTHMA, recordedDate="2015-01-01")
    refuted = problem(GP, ASTHMA, recordedDate="2020-01-01", verificationStatus=status("refuted"))
    (line,) = lines(older, refuted)
    assert line.differences == (Difference("verification", (("confirmed", (GP,)), ("refuted", (GP,)))),)
    before = problem(GP, ASTHMA, recordedDate="2010-01-01", verificationStatus=status("refuted"))
    assert lines(older, before)[0].differences == ()
