"""What a person is compared by, read from what sources really send."""

import pytest

from app.identity.matching import FAMILY_BIRTH, alias, letters, marks, person
from tests.feeding import ASHA, BEN, Json, nhs, patient


def number_of(*identifiers: Json) -> str | None:
    """The number by which somebody with these identifiers is linked."""
    number = person(patient("1", identifier=list(identifiers))).number
    return number and number.value


@pytest.mark.parametrize("over", [{"use": "old"}, {"period": {"end": "2020-01-01"}}])
def test_somebody_is_known_by_their_current_number_not_by_one_that_is_over(over: Json) -> None:
    assert number_of(nhs(BEN, **over), nhs(ASHA, use="official")) == ASHA
    assert number_of(nhs(BEN, **over)) is None


def test_two_current_numbers_are_none_to_link_by_but_the_same_twice_is_one() -> None:
    assert number_of(nhs(BEN), nhs(ASHA)) is None
    assert number_of(nhs(ASHA), nhs("999 000 0018", use="official")) == ASHA


@pytest.mark.parametrize(
    ("status", "links"),
    [("01", True), ("02", True), ("03", True), ("04", False), ("05", False), ("07", False),
     ("number-present-but-not-traced", True), ("trace-needs-to-be-resolved", False)],
)  # fmt: skip
@pytest.mark.parametrize("url", ["Extension-UKCore-NHSNumberVerificationStatus", "NHSNumberVerificationStatus-1"])
def test_a_number_that_its_source_doubts_does_not_link(status: str, links: bool, url: str) -> None:
    said = {"url": f"https://fhir.hl7.org.uk/{url}", "valueCodeableConcept": {"coding": [{"code": status}]}}
    assert (number_of(nhs(ASHA, extension=[said])) == ASHA) == links


@pytest.mark.parametrize(
    "system",
    ["http://fhir.nhs.net/Id/nhs-number", "https://fhir.nhs.uk/id/nhs-number/", "urn:oid:2.16.840.1.113883.2.1.4.1"],
)
def test_a_number_is_the_same_in_older_spellings_of_its_system_and_with_spaces(system: str) -> None:
    assert number_of(nhs("999 000 0018", system=system)) == ASHA
    assert alias(system, "999 000 0018") == alias("https://fhir.nhs.uk/Id/nhs-number", ASHA)


def test_a_number_after_many_other_identifiers_still_names_its_bearer() -> None:
    many = [{"system": "http://trust.example", "value": str(n)} for n in range(20)]
    assert (
        alias("https://fhir.nhs.uk/Id/nhs-number", ASHA) in person(patient("1", identifier=[*many, nhs(ASHA)])).aliases
    )


def test_letters_ignore_case_accents_and_signs() -> None:
    assert letters("O’Brien-Müller") == letters("OBRIEN MULLER") == "obrienmuller"


def test_letters_without_a_plain_part_are_as_systems_without_them_write_them() -> None:
    assert letters("ŁUKASIEWICZ Øster Đặng Æthelstan") == letters("Lukasiewicz Oster Dang Aethelstan")


def test_names_written_with_vowel_signs_differ_where_their_vowels_do() -> None:
    assert letters("राम") != letters("रमा")
    assert letters("ராமா") != letters("ரம")
    assert letters("Ångström Ζωή") == letters("ANGSTROM ΖΩΗ")


def test_a_double_name_is_the_same_with_a_hyphen_or_a_space() -> None:
    assert letters("Smith-Jones") == letters("Smith Jones") == letters("SMITH–JONES")


def test_somebody_with_a_family_name_only_is_found_by_it_and_never_joined_by_it() -> None:
    kinds = [kind for kind, _ in marks(person(patient("1", number="", name=[{"family": "Suharti"}])))]
    assert kinds == [FAMILY_BIRTH]
