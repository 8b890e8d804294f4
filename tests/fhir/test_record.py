"""What holds for every record, whatever sources send: nothing is lost, and the order of arrival does not matter."""

import random
from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from itertools import combinations
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir import allergies, conditions, contacts, flags, medications
from fhir.absence import SectionState, Source
from fhir.exact import encode
from fhir.record import SECTIONS, PatientRecord, combine, digest
from fhir.resource_types import RESOURCE_TYPES
from fhir.same import by_keys
from fhir.statement import Statement
from tests.build import GP, HOSPITAL, SNOMED, allergy, concept, problem, say, status
from tests.strategies import regular, statements

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def places(record: PatientRecord) -> Counter[tuple[str, str, str]]:
    """How many places of the record each statement stands in."""
    found = Counter(item.statement.key for s in record.sections for line in s.lines for item in line.items)
    found.update(aside.statement.key for aside in (*record.withdrawn, *record.not_interpretable))
    return found


@settings(max_examples=150, deadline=None)
@given(statements())
def test_every_statement_stands_in_exactly_one_place(said: list[Statement]):
    assert places(combine(said)) == Counter(statement.key for statement in said)


@settings(max_examples=150, deadline=None)
@given(statements(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(said: list[Statement], chance: random.Random):
    shuffled = chance.sample(said, len(said))
    assert combine(said).sections == combine(shuffled).sections
    assert digest(combine(said)) == digest(combine(shuffled))


@settings(max_examples=100, deadline=None)
@given(statements())
def test_our_own_numbers_and_times_do_not_count(said: list[Statement]):
    later = [
        Statement(n + 900, s.source, s.type, s.local_id, s.body, datetime(2027, 1, 1, tzinfo=UTC))
        for n, s in enumerate(said)
    ]
    assert digest(combine(said)) == digest(combine(later))


@settings(max_examples=100, deadline=None)
@given(statements())
def test_reading_and_showing_never_fail_and_say_only_words(said: list[Statement]):
    for section in combine(said).sections:
        for line in section.lines:
            for item in line.items:
                assert all(isinstance(value, str) and value for value in item.fields.values())
                assert all(isinstance(word, str) for word in (item.text, item.status, item.group))


@settings(max_examples=100, deadline=None)
@given(statements())
def test_every_value_of_a_difference_is_said_by_a_statement_of_the_line(said: list[Statement]):
    for section in combine(said).sections:
        for line in section.lines:
            for difference in line.differences:
                assert len(difference.values) >= 2
                assert {who for _, sources in difference.values for who in sources} <= set(line.sources)


def slowly_together(keys: Sequence[set[Hashable]]) -> set[frozenset[int]]:
    """Groups by comparing every pair again and again: join two groups while any two of theirs share a key."""
    groups = [{n} for n in range(len(keys))]
    joined = True
    while joined:
        joined = False
        for one, other in combinations(groups, 2):
            if any(keys[x] & keys[y] for x in one for y in other):
                one |= other
                groups.remove(other)
                joined = True
                break
    return {frozenset(group) for group in groups}


@settings(max_examples=500, deadline=None)
@given(st.lists(st.frozensets(st.integers(0, 12), max_size=3), max_size=12))
def test_a_slow_obvious_grouping_agrees_on_any_keys(keys: list[frozenset[int]]):
    quickly = by_keys(range(len(keys)), lambda n: keys[n])
    assert {frozenset(group) for group in quickly} == slowly_together([set(found) for found in keys])


KEYED: list[ModuleType] = [allergies, conditions, medications, flags, contacts]


@pytest.mark.parametrize("module", KEYED, ids=lambda module: module.CODE)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_slow_obvious_grouping_agrees(module: ModuleType, data: st.DataObject):
    kinds = st.sampled_from(sorted(module.TYPES))
    bodies = data.draw(st.lists(st.tuples(kinds, regular()), max_size=7))
    items = [
        module.read(say(GP, {**body, "resourceType": kind, "id": str(n)})) for n, (kind, body) in enumerate(bodies)
    ]
    numbers = {id(item): n for n, item in enumerate(items)}
    quickly = {frozenset(numbers[id(item)] for item in group) for group in by_keys(items, module.keys)}
    assert quickly == slowly_together([set(module.keys(item)) for item in items])


def test_every_resource_type_has_one_section_or_several_that_agree_whose_it_is():
    owners = Counter(type_ for module in SECTIONS for type_ in module.TYPES)
    assert owners.keys() <= set(RESOURCE_TYPES)
    for module in SECTIONS:
        shared = [type_ for type_ in module.TYPES if owners[type_] > 1]
        assert not shared or hasattr(module, "claims"), module.CODE


@settings(max_examples=100, deadline=None)
@given(statements())
def test_exactly_one_section_claims_a_statement_of_a_shared_type(said: list[Statement]):
    for statement in said:
        homes = [module for module in SECTIONS if statement.type in module.TYPES]
        assert len(homes) < 2 or sum(module.claims(statement) for module in homes) == 1


def test_a_type_without_a_section_is_listed_as_not_interpretable():
    record = combine([say(GP, {"resourceType": "Claim"})])
    assert [aside.reason for aside in record.not_interpretable] == ["no section for this kind of resource"]


@pytest.mark.parametrize(
    "body",
    [
        {"modifierExtension": [{"url": "https://example.nhs.uk/negated", "valueBoolean": True}]},
        {"stage": [{"modifierExtension": [{"url": "https://example.nhs.uk/negated"}]}]},
        {"activity": [{"detail": {"modifierExtension": [{"url": "https://example.nhs.uk/negated"}]}}]},
        {"provision": {"provision": [{"actor": [{"modifierExtension": [{"url": "https://x.nhs.uk/y"}]}]}]}},
        {"contained": [{"resourceType": "Medication", "modifierExtension": [{"url": "https://x.nhs.uk/y"}]}]},
        {"dosage": [{"timing": {"modifierExtension": [{"url": "https://example.nhs.uk/negated"}]}}]},
        {"implicitRules": "https://example.nhs.uk/rules"},
    ],
)
def test_an_unknown_modifier_is_never_read_past(body: dict[str, object]):
    record = combine([problem(GP, concept("Asthma"), **body)])
    assert record.section("problems").lines == ()
    assert len(record.not_interpretable) == 1


def test_what_a_source_deleted_is_listed_as_withdrawn():
    gone = Statement(1, GP, "Condition", "7", None, DAY)
    assert [aside.reason for aside in combine([gone]).withdrawn] == ["deleted by its source"]


def states(said: list[Statement], *sources: Source, section: str = "allergies") -> tuple[str, dict[str, str]]:
    found = combine(said, sources).section(section)
    return found.state, dict(found.states)


def feed(ods: str, *categories: str, late: bool = False, withheld: frozenset[str] = frozenset()) -> Source:
    return Source(ods, ods, "gp", frozenset(categories), DAY, DAY if late else None, withheld)


NONE_KNOWN = concept("No known allergies", (SNOMED, "716186003"))


def test_silence_of_a_source_that_was_reached_is_nothing_recorded_and_not_none():
    assert states([], feed(GP, "allergies")) == ("nothing-recorded", {GP: "nothing-recorded"})


def test_none_known_needs_someone_who_says_so():
    assert states([allergy(GP, NONE_KNOWN)], feed(GP, "allergies")) == ("none-known", {GP: "none-known"})


def test_a_late_source_is_unavailable_and_one_without_the_category_not_connected():
    assert states([], feed(GP, "allergies", late=True), feed(HOSPITAL)) == (
        "unavailable",
        {GP: "unavailable", HOSPITAL: "not-connected"},
    )


def test_no_information_available_is_neither_none_nor_an_item():
    unknown = allergy(GP, concept("No information available", (SNOMED, "1287211007")))
    assert states([unknown]) == ("empty-with-reason", {GP: "empty-with-reason"})


def test_a_statement_of_none_that_is_itself_over_says_nothing():
    over = allergy(GP, NONE_KNOWN, clinicalStatus=status("inactive"))
    assert states([over]) == ("nothing-recorded", {GP: "nothing-recorded"})


def test_what_a_source_withholds_is_withheld_even_where_another_tells():
    told = states([allergy(HOSPITAL, concept("Nuts"))], feed(GP, "allergies", withheld=frozenset({"allergies"})))
    assert told == (SectionState.HAS_ITEMS, {GP: "withheld", HOSPITAL: "has-items"})


def test_no_known_allergies_is_not_the_headline_where_another_source_is_withheld() -> None:
    none = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]},
    }
    stated = Statement(1, "RZ001", "AllergyIntolerance", "a", encode(none), datetime(2026, 1, 1, tzinfo=UTC))
    everything = frozenset({"allergies"})
    hidden = Source("Y90001", "A practice", "gp", everything, datetime(2026, 1, 1, tzinfo=UTC), None, everything)
    assert combine([stated], [hidden]).section("allergies").state == SectionState.WITHHELD
