"""Who is the same person: the rules, and that nobody's arrival changes the answer."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.clusters import Doubt, Marks, clusters, doubts
from app.identity.matching import marks, person
from tests.feeding import ASHA, BEN, nhs, patient


def marks_of(*patients: dict[str, object], same: dict[int, int] | None = None) -> dict[int, Marks]:
    """The marks of these Patients, numbered from 1."""
    found = {}
    for n, one in enumerate(patients, start=1):
        sets: dict[str, set[bytes]] = {}
        for kind, text in marks(person(one)):
            sets.setdefault(kind.replace("-", "_"), set()).add(text.encode())
        kinds = {k: frozenset(v) for k, v in sets.items() if k in Marks.__annotations__}
        found[n] = Marks(same=frozenset({same[n]} if same and n in same else ()), **kinds)
    return found


def test_a_number_and_a_birth_date_that_agree_are_one_person() -> None:
    other = patient("2", name=[{"family": "Shah", "given": ["A"]}], address=[])
    assert clusters(marks_of(patient("1"), other)) == [[1, 2]]


def test_a_number_alone_never_links() -> None:
    people = marks_of(patient("1"), patient("2", birthDate="1961-05-01"))
    assert clusters(people) == [[1], [2]]
    assert [(d.one, d.other, d.reason) for d in doubts(people, [[1], [2]])] == [(1, 2, "same-number")]


def test_a_year_of_birth_is_not_a_date_of_birth() -> None:
    assert clusters(marks_of(patient("1", birthDate="1960"), patient("2", birthDate="1960"))) == [[1], [2]]


def test_name_birth_and_postcode_link_where_one_has_no_number() -> None:
    other = patient("2", "", name=[{"family": "PATEL", "given": ["Asha", "Devi"]}], address=[{"postalCode": "tb12ab"}])
    assert clusters(marks_of(patient("1"), other)) == [[1, 2]]


def test_twins_with_the_same_name_and_two_numbers_stay_two() -> None:
    people = marks_of(patient("1", ASHA), patient("2", BEN))
    assert clusters(people) == [[1], [2]]
    assert doubts(people, clusters(people)) == set()


def test_one_without_a_number_joins_neither_of_two_contradicting_numbers() -> None:
    people = marks_of(patient("1", ASHA), patient("2", BEN), patient("3", ""))
    assert clusters(people) == [[1], [2], [3]]
    assert {(d.one, d.other) for d in doubts(people, clusters(people))} == {(1, 3), (2, 3)}


def test_an_invalid_number_is_no_number() -> None:
    assert clusters(marks_of(patient("1", "9990000019"), patient("2", "1111111111"))) == [[1, 2]]


def named(*given: str, number: str = "") -> dict[str, object]:
    return patient("x", number, name=[{"family": "Khan", "given": list(given)}])


@pytest.mark.parametrize(
    ("one", "other"),
    [(["Muhammad", "Ali"], ["Muhammad", "Hassan"]), (["Anna Maria"], ["Anna Louise"]), (["Ali", "Omar"], ["Ali", "H"]),
     (["Anna", "Maria", "Clare"], ["Anna", "Maria", "Joan"])],
)  # fmt: skip
def test_twins_who_share_a_first_name_are_two_and_are_listed(one: list[str], other: list[str]) -> None:
    people = marks_of(named(*one, number=ASHA), named(*other))
    assert clusters(people) == [[1], [2]]
    assert doubts(people, [[1], [2]]) == {Doubt(1, 2, "same-name-and-birth")}


@pytest.mark.parametrize(
    ("one", "other"),
    [(["Muhammad", "Ali"], ["Muhammad"]), (["Anna Maria"], ["Anna", "MARIA"]), (["Ali", "Omar"], ["Ali", "O."]),
     (["Anna", "Maria", "Clare"], ["Anna", "M"]), (["Anna", "Maria", "Clare"], ["Anna", "M", "C"])],
)  # fmt: skip
def test_somebody_whose_further_names_are_left_out_or_shortened_is_one(one: list[str], other: list[str]) -> None:
    assert clusters(marks_of(named(*one, number=ASHA), named(*other))) == [[1, 2]]


def test_one_known_by_a_first_name_only_joins_neither_of_two_twins() -> None:
    people = marks_of(named("Muhammad", "Ali"), named("Muhammad"), named("Muhammad", "Hassan"))
    assert clusters(people) == [[1], [2], [3]]


HOMELESS = [{"postalCode": "ZZ99 3VZ"}]
NOBODY = {"name": [{"family": "Unknown", "given": ["Male"]}], "birthDate": "1900-01-01"}


@pytest.mark.parametrize(
    "details",
    [{"name": [{"family": "Unknown", "given": ["Male"]}]}, {"name": [{"family": "Patel", "given": ["Baby 1"]}]},
     {"name": [{"family": "NOT KNOWN", "given": ["Asha"]}]}, {"name": [{"family": "Test-Patient", "given": ["A"]}]},
     {"birthDate": "1900-01-01"}, {"birthDate": "1800-01-01"}, NOBODY],
)  # fmt: skip
def test_two_of_whom_not_enough_is_known_are_not_one_and_not_listed(details: dict[str, object]) -> None:
    people = marks_of(patient("1", ASHA, **details), patient("2", "", **details))
    assert clusters(people) == [[1], [2]]
    assert doubts(people, [[1], [2]]) == set()


def test_two_of_one_name_without_a_home_are_listed_but_not_one() -> None:
    people = marks_of(patient("1", ASHA, address=HOMELESS), patient("2", "", address=HOMELESS))
    assert clusters(people) == [[1], [2]]
    assert doubts(people, [[1], [2]]) == {Doubt(1, 2, "same-name-and-birth")}


def test_a_number_and_a_date_that_stands_for_none_do_not_link() -> None:
    assert clusters(marks_of(patient("1", birthDate="1900-01-01"), patient("2", birthDate="1900-01-01"))) == [[1], [2]]


def test_one_who_has_several_numbers_is_linked_to_nobody_and_listed_alone() -> None:
    two_numbers = patient("3", identifier=[nhs(BEN), nhs(ASHA)])
    people = marks_of(patient("1", ASHA), patient("2", BEN), two_numbers)
    assert clusters(people) == [[1], [2], [3]]
    assert doubts(people, clusters(people)) == {Doubt(3, 3, "several-numbers")}
    assert clusters(marks_of(patient("1", ""), two_numbers)) == [[1], [2]]


def test_a_source_that_says_one_replaced_the_other_is_believed() -> None:
    people = marks_of(patient("1"), patient("2", "", birthDate="1999-01-01"), same={2: 1})
    assert clusters(people) == [[1, 2]]


names = st.sampled_from(["Patel", "Shah"])
people = st.lists(
    st.builds(
        lambda number, family, birth, code: patient(
            "x", number, name=[{"family": family, "given": ["A"]}], birthDate=birth, address=[{"postalCode": code}]
        ),
        st.sampled_from([ASHA, BEN, ""]),
        names,
        st.sampled_from(["1960-05-01", "1961-05-01", "1960"]),
        st.sampled_from(["TB1 2AB", "TB9 9ZZ"]),
    ),
    max_size=7,
)


@given(people, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(found: list[dict[str, object]], random: object) -> None:
    known = marks_of(*found)
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(clusters({n: known[n] for n in shuffled})) == sorted(clusters(known))


@given(people)
def test_no_two_valid_numbers_are_ever_one_person(found: list[dict[str, object]]) -> None:
    known = marks_of(*found)
    for group in clusters(known):
        assert len({n for one in group for n in known[one].number}) < 2


@given(people)
def test_the_slow_obvious_rule_links_no_pair_less(found: list[dict[str, object]]) -> None:
    """Any two that agree in number and birth are together, whatever else there is."""
    known = marks_of(*found)
    home = {one: n for n, group in enumerate(clusters(known)) for one in group}
    for a, b in permutations(known, 2):
        if known[a].number_birth & known[b].number_birth:
            assert home[a] == home[b]
