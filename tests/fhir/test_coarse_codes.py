"""A code that is too coarse for two things never hides one of them behind the other."""

import random
from collections.abc import Hashable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir.line import Difference, Line
from fhir.record import combine, digest
from fhir.same import may_be_one, pair_keys
from fhir.statement import Statement
from tests.build import (
    COMMUNITY,
    DMD,
    GP,
    HOSPITAL,
    ICD10,
    LOINC,
    SNOMED,
    allergy,
    amount,
    concept,
    order,
    problem,
    result,
    say,
)

RESPIRATORY = (SNOMED, "50043002")
ASTHMA = concept("Asthma", (SNOMED, "195967001"), RESPIRATORY)
COPD = concept("COPD", (SNOMED, "13645005"), RESPIRATORY)
MORPHINE = (DMD, "73572009")


def lines(section: str, *said: Statement) -> tuple[Line, ...]:
    record = combine(said)
    assert digest(record) == digest(combine(said[::-1]))
    return record.section(section).lines


def texts(section: str, *said: Statement) -> list[str]:
    return sorted(line.lead.text for line in lines(section, *said))


def test_asthma_and_copd_are_two_problems_though_both_are_coded_as_respiratory_too():
    assert texts("problems", problem(GP, ASTHMA), problem(HOSPITAL, COPD)) == ["Asthma", "COPD"]


def test_morphine_tablets_and_morphine_solution_are_two_medicines():
    tablets = concept("Morphine 10mg modified-release tablets", (DMD, "1"), MORPHINE)
    solution = concept("Morphine 10mg/5ml oral solution", (DMD, "2"), MORPHINE)
    assert len(lines("medications", order(GP, tablets, "10 mg"), order(HOSPITAL, solution, "10 mg"))) == 2


def test_an_allergy_to_codeine_and_one_to_morphine_are_two():
    opioid = (SNOMED, "373529000")
    codeine, morphine = concept("Codeine", (SNOMED, "1"), opioid), concept("Morphine", (SNOMED, "2"), opioid)
    assert texts("allergies", allergy(GP, codeine), allergy(HOSPITAL, morphine)) == ["Codeine", "Morphine"]


def test_sodium_and_potassium_of_equal_value_are_two_results():
    said = [
        result(source, concept(text, (LOINC, code), (LOINC, "24326-1")), valueQuantity=amount(5, "mmol/L"))
        for source, text, code in ((GP, "Sodium", "2951-2"), (HOSPITAL, "Potassium", "2823-3"))
    ]
    assert texts("results", *said) == ["Potassium", "Sodium"]
    assert len({line.lead.group for line in lines("results", *said)}) == 2


def test_two_vaccines_of_one_day_are_two_though_both_are_coded_as_a_vaccine_too():
    said = [
        say(source, {
            "resourceType": "Immunization", "status": "completed", "occurrenceDateTime": "2024-10-01",
            "vaccineCode": concept(text, (SNOMED, code), (SNOMED, "787859002")),
        })
        for source, text, code in ((GP, "Influenza", "1"), (HOSPITAL, "Pneumococcal", "2"))
    ]  # fmt: skip
    assert texts("immunisations", *said) == ["Influenza", "Pneumococcal"]


@pytest.mark.parametrize(
    "other",
    [
        concept("Bronchial asthma", (SNOMED, "195967001")),
        concept("Bronchial asthma", (SNOMED, "195967001"), RESPIRATORY, (SNOMED, "1")),
        concept("ASTHMA", (SNOMED, "389145006"), RESPIRATORY),
        concept("Asthma, unspecified", (SNOMED, "195967001"), (ICD10, "J45.9")),
    ],
)
def test_one_problem_is_one_line_where_codes_contain_the_other_or_words_agree(other):
    assert len(lines("problems", problem(GP, ASTHMA), problem(HOSPITAL, other))) == 1


def test_equal_snomed_codes_are_one_problem_and_other_systems_show_what_they_differ_in():
    one, other = (concept(t, (SNOMED, "195967001"), (ICD10, c)) for t, c in (("Asthma", "J45"), ("Wheeze", "R06.2")))
    (line,) = lines("problems", problem(GP, one), problem(HOSPITAL, other))
    assert line.differences == (Difference("code", (("J45", (GP,)), ("R062", (HOSPITAL,)))),)


def test_an_icd_code_alone_does_not_join_what_snomed_keeps_apart():
    one, other = (concept(t, (SNOMED, c), (ICD10, "J98.9")) for t, c in (("Asthma", "195967001"), ("COPD", "13645005")))
    assert len(lines("problems", problem(GP, one), problem(HOSPITAL, other))) == 2


def test_where_a_third_statement_joins_two_things_the_line_names_them():
    third = problem(COMMUNITY, concept("Respiratory disorder", RESPIRATORY))
    (line,) = lines("problems", problem(GP, ASTHMA), problem(HOSPITAL, COPD), third)
    named = (("Asthma", (GP,)), ("COPD", (HOSPITAL,)), ("Respiratory disorder", (COMMUNITY,)))
    assert line.differences == (Difference("code", named),)


def test_a_visit_number_on_two_diagnoses_that_share_a_coarse_code_joins_nothing():
    visit = [{"system": "https://example.nhs.uk/visit", "value": "V1"}]
    both = [problem(HOSPITAL, ASTHMA, identifier=visit), problem(HOSPITAL, COPD, identifier=visit)]
    assert texts("problems", *both) == ["Asthma", "COPD"]


def test_a_code_that_a_thousand_problems_bear_costs_no_comparing():
    compared = []
    kinds = [(n, "coarse") for n in range(1000)]
    pair_keys(kinds, lambda kind: [frozenset[Hashable](kind)], lambda *pair: bool(compared.append(pair)))
    assert compared == []


CODES = st.frozensets(st.sampled_from("abcd"), min_size=1, max_size=3)


@settings(max_examples=200, deadline=None)
@given(st.lists(CODES, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_a_slow_obvious_grouping_agrees_in_any_order(codes: list[frozenset[str]], chance: random.Random):
    said = [problem(GP, concept(f"Problem {n}", *((SNOMED, c) for c in sorted(own)))) for n, own in enumerate(codes)]
    groups = [{n} for n in range(len(codes))]
    for _ in codes:
        for one, other in combinations(range(len(codes)), 2):
            first, second = (next(group for group in groups if n in group) for n in (one, other))
            shared = may_be_one({SNOMED: codes[one]}, {SNOMED: codes[other]}) and codes[one] & codes[other]
            if shared and first is not second:
                first |= second
                groups.remove(second)
    found = combine(chance.sample(said, len(said))).section("problems").lines
    numbers = {statement.key: n for n, statement in enumerate(said)}
    together = {frozenset(numbers[item.statement.key] for item in line.items) for line in found}
    assert together == {frozenset(group) for group in groups}
