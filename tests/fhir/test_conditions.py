"""Problems: one line per problem, with its episodes; disagreement shown, history not taken for disagreement."""

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
