"""Nobody stands in a group smaller than agreed, whoever they are."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.export.ladder import NOTHING, STEPS, Group, climb, group_of
from app.export.people import DEPRIVATION, PRACTICE
from app.export.rows import PersonRow
from app.export.values import AGE_BANDS, DECILES, ETHNIC_GROUPS, QUINTILES, SEXES

PEOPLE = st.lists(
    st.builds(
        PersonRow,
        st.just("a" * 28),
        st.sampled_from([None, *AGE_BANDS[:4]]),
        st.sampled_from(SEXES[:2]),
        st.sampled_from([None, *DECILES]),
        st.sampled_from([None, *ETHNIC_GROUPS]),
    ),
    max_size=120,
)


def left(people: list[PersonRow], least: int, area: str = DEPRIVATION) -> Counter[Group]:
    found = climb(Counter(group_of(one) for one in people), least, area)
    return Counter(found.of(one) for one in people)


@given(PEOPLE, st.integers(min_value=1, max_value=30), st.sampled_from([DEPRIVATION, PRACTICE]))
def test_every_group_is_large_enough_and_nobody_is_lost(people: list[PersonRow], least: int, area: str) -> None:
    groups = left(people, least, area)
    assert groups.total() == len(people)
    assert len(people) < least or min(groups.values(), default=least) >= least


@given(PEOPLE, st.integers(min_value=1, max_value=30))
def test_columns_only_become_coarser_or_empty(people: list[PersonRow], least: int) -> None:
    found = climb(Counter(group_of(one) for one in people), least, DEPRIVATION)
    for one in people:
        band, sex, area, ethnic = found.of(one)
        assert band in (None, one.age_band)
        assert sex in (None, one.sex)
        assert area is None or area == one.area or one.area in area.split("-")
        assert (
            ethnic is None
            or ethnic == one.ethnic_group
            or (ethnic == "Other than White") == (one.ethnic_group != "White")
        )


def person(area: str = "3", ethnic: str = "White") -> PersonRow:
    return PersonRow("a" * 28, "40-49", "female", area, ethnic)


def test_large_groups_leave_as_they_are() -> None:
    found = climb(Counter({group_of(person()): 12}), 10, DEPRIVATION)
    assert (found.said, found.of(person())) == (STEPS[0], group_of(person()))


def test_ethnic_groups_are_joined_before_areas() -> None:
    counts = Counter({group_of(person(ethnic=one)): 6 for one in ("Asian", "Black", "Mixed", "Other")})
    found = climb(counts, 10, DEPRIVATION)
    assert (found.said, found.of(person(ethnic="Asian"))) == (STEPS[1], ("40-49", "female", "3", "Other than White"))


def test_then_deciles_become_fifths_and_practices_go() -> None:
    counts = Counter({group_of(person(area=one)): 6 for one in ("3", "4")})
    assert climb(counts, 10, DEPRIVATION).of(person(area="4"))[2] == QUINTILES[1]
    counts = Counter({group_of(person(area=one)): 6 for one in ("Y90001", "Y90002")})
    assert climb(counts, 10, PRACTICE).of(person(area="Y90001"))[2] is None


def test_someone_who_stands_apart_still_takes_enough_others_along() -> None:
    alone = PersonRow("b" * 28, "90+", "male", "1", "Black")
    people = [person()] * 30 + [person(area="9")] * 12 + [alone]
    groups = left(people, 10)
    assert groups[NOTHING] >= 10
    assert min(groups.values()) >= 10
