"""Links follow what sources say, whenever they say it."""

import pytest

from app import db
from app.identity.store import MOST_ALIKE, component
from tests.feeding import ASHA, BEN, COUNCIL, GP, TRUST, Json, Sender, bundle, condition, deletion, nhs, patient


def test_two_sources_that_agree_on_number_and_birth_are_one_person(sender: Sender) -> None:
    sender.send(GP, patient("1"))
    sender.send(TRUST, patient("77", name=[{"family": "Shah"}]))
    assert sender.person_of(GP, "1") == sender.person_of(TRUST, "77") is not None


def test_a_number_traced_later_joins_the_record(sender: Sender) -> None:
    sender.send(GP, patient("1"))
    elsewhere = {"address": [], "name": [{"family": "Patel"}]}
    sender.send(COUNCIL, patient("5", "", **elsewhere))
    assert sender.person_of(COUNCIL, "5") != sender.person_of(GP, "1")
    sender.send(COUNCIL, patient("5", ASHA, **elsewhere))
    assert sender.person_of(COUNCIL, "5") == sender.person_of(GP, "1")
    assert sender.count("links", "until IS NOT NULL") == 1


def test_a_record_that_carried_another_persons_number_leaves_when_it_is_corrected(sender: Sender) -> None:
    sender.send(GP, patient("1", ASHA))
    sender.send(TRUST, patient("9", ASHA))
    sender.send(TRUST, patient("9", BEN, birthDate="1955-01-01", name=[{"family": "Cole", "given": ["Ben"]}]))
    assert sender.person_of(TRUST, "9") != sender.person_of(GP, "1")


def test_somebody_with_an_old_number_of_another_person_is_linked_by_their_current_one(sender: Sender) -> None:
    sender.send(TRUST, patient("ben", BEN), patient("asha", ASHA))
    numbers = [nhs(BEN, use="old"), nhs(ASHA, use="official")]
    sender.send(GP, patient("1", identifier=numbers, name=[{"family": "Cole", "given": ["Mia"]}]))
    assert sender.person_of(GP, "1") == sender.person_of(TRUST, "asha") != sender.person_of(TRUST, "ben")


def test_somebody_whose_number_ends_leaves_who_else_bears_it(sender: Sender) -> None:
    other = {"name": [{"family": "Cole", "given": ["Mia"]}]}
    sender.send(GP, patient("1", ASHA))
    sender.send(TRUST, patient("9", ASHA, **other))
    assert sender.person_of(TRUST, "9") == sender.person_of(GP, "1")
    sender.send(TRUST, patient("9", identifier=[nhs(ASHA, use="old")], **other))
    assert sender.person_of(TRUST, "9") != sender.person_of(GP, "1")


def test_one_with_two_current_numbers_is_listed_until_their_source_mends_it(sender: Sender) -> None:
    sender.send(GP, patient("1", identifier=[nhs(BEN), nhs(ASHA)]))
    assert sender.count("reviews", "until IS NULL AND source_patient_id = other_id") == 1
    sender.send(GP, patient("1", ASHA))
    assert sender.count("reviews", "until IS NULL") == 0


def test_the_person_stays_the_same_when_one_of_three_leaves(sender: Sender) -> None:
    sender.send(GP, patient("1"))
    sender.send(TRUST, patient("2"))
    sender.send(COUNCIL, patient("3"))
    before = sender.person_of(GP, "1")
    sender.send(TRUST, patient("2", BEN))
    assert sender.person_of(GP, "1") == sender.person_of(COUNCIL, "3") == before != sender.person_of(TRUST, "2")


def test_a_local_merge_is_followed_and_taken_back(sender: Sender) -> None:
    sender.send(TRUST, patient("1"), patient("2", "", birthDate="1980-02-02"))
    link = [{"type": "replaced-by", "other": {"reference": "Patient/1"}}]
    sender.send(TRUST, patient("2", "", birthDate="1980-02-02", active=False, link=link))
    assert sender.person_of(TRUST, "2") == sender.person_of(TRUST, "1")
    sender.send(TRUST, patient("2", "", birthDate="1980-02-02"))
    assert sender.person_of(TRUST, "2") != sender.person_of(TRUST, "1")


def test_lines_wait_for_their_patient_and_join_when_the_patient_comes(sender: Sender) -> None:
    assert sender.send(GP, condition("c1", of="1"))["waiting"] == 1
    assert sender.person_of(GP, "1") is None
    assert sender.send(GP, patient("1"))["waiting"] == 0
    assert sender.person_of(GP, "1") is not None


def test_a_line_that_names_its_patient_by_number_joins_the_patient_of_that_number(sender: Sender) -> None:
    named = {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": ASHA}}
    sender.send(TRUST, condition("c1", of="") | {"subject": named})
    sender.send(TRUST, patient("8"))
    sender.send(TRUST, condition("c2", of="") | {"subject": named})
    subjects = sender.count("links", "until IS NULL")
    assert subjects == 2, "the one who waited under the number, and the patient"
    assert sender.count("patients") == 1


NAMED = {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": ASHA}}


def placeholder(sender: Sender) -> int:
    """How many source patients who are known by an identifier only are linked now."""
    linked = "SELECT source_patient_id FROM links WHERE until IS NULL"
    wanting = "SELECT source_patient_id FROM tokens WHERE kind = 'wants'"
    return sender.count("source_patients", f"id IN ({wanting}) AND id IN ({linked})")


def test_a_line_by_number_leaves_the_patient_whose_number_was_wrong_and_waits(sender: Sender) -> None:
    sender.send(TRUST, patient("8"), condition("c1", of="") | {"subject": NAMED})
    assert placeholder(sender) == 1
    assert sender.send(TRUST, patient("8", BEN, birthDate="1980-01-01"))["waiting"] == 1
    assert placeholder(sender) == 0
    wrong = sender.person_of(TRUST, "8")
    sender.send(TRUST, patient("9", ASHA, name=[{"family": "Shah", "given": ["Mia"]}]))
    assert placeholder(sender) == 1
    assert sender.person_of(TRUST, "9") != wrong == sender.person_of(TRUST, "8")


def test_a_line_by_number_waits_while_two_bear_it_and_joins_when_one_is_corrected(sender: Sender) -> None:
    sender.send(TRUST, patient("8"), patient("9", birthDate="1980-01-01"))
    assert sender.send(TRUST, condition("c1", of="") | {"subject": NAMED})["waiting"] == 1
    sender.send(TRUST, patient("9", BEN, birthDate="1980-01-01"))
    assert placeholder(sender) == 1


def test_one_without_a_number_joins_by_name_when_the_second_of_that_name_is_corrected(sender: Sender) -> None:
    sender.send(GP, patient("1", ASHA), patient("2", BEN))
    sender.send(TRUST, patient("3", ""))
    assert sender.person_of(TRUST, "3") not in {sender.person_of(GP, "1"), sender.person_of(GP, "2")}
    sender.send(GP, patient("2", BEN, name=[{"family": "Cole", "given": ["Ben"]}]))
    assert sender.person_of(TRUST, "3") == sender.person_of(GP, "1")


OTHER = {"number": "", "birthDate": "1980-02-02"}


@pytest.mark.parametrize("first", ["survivor", "replaced"])
def test_the_survivor_of_a_local_merge_may_say_so(sender: Sender, first: str) -> None:
    survivor = patient("1", link=[{"type": "replaces", "other": {"reference": "Patient/2"}}])
    for one in (survivor, patient("2", **OTHER)) if first == "survivor" else (patient("2", **OTHER), survivor):
        sender.send(TRUST, one)
    assert sender.person_of(TRUST, "2") == sender.person_of(TRUST, "1")
    sender.send(TRUST, patient("2", **OTHER, gender="male"))
    assert sender.person_of(TRUST, "2") == sender.person_of(TRUST, "1"), "only who said it takes it back"
    sender.send(TRUST, patient("1"))
    assert sender.person_of(TRUST, "2") != sender.person_of(TRUST, "1")


def test_who_was_merged_follows_the_survivor_to_another_person(sender: Sender) -> None:
    sender.send(GP, patient("1", birthDate="1961-05-01", name=[{"family": "Shah"}]))
    link = [{"type": "replaced-by", "other": {"reference": "Patient/1"}}]
    sender.send(TRUST, patient("1"), patient("2", **OTHER, link=link))
    sender.send(GP, patient("1"))
    assert sender.person_of(GP, "1") == sender.person_of(TRUST, "1") == sender.person_of(TRUST, "2")


def test_a_merge_outlives_the_deletion_of_who_said_it(sender: Sender) -> None:
    """Systems delete the replaced record once it is merged; its lines stay with the survivor."""
    link = [{"type": "replaced-by", "other": {"reference": "Patient/1"}}]
    sender.send(TRUST, patient("1"), patient("2", **OTHER, link=link), condition("c", of="2"))
    sender.send(TRUST, bundle(deletion("Patient/2")))
    assert sender.person_of(TRUST, "2") == sender.person_of(TRUST, "1")


def test_a_merge_may_name_the_other_by_the_fullurl_of_its_bundle_or_by_an_identifier(sender: Sender) -> None:
    urn = "urn:uuid:7d9bd8c4-7a5c-4b6b-9f8a-0d7f3c1f9a01"
    post = {"method": "POST", "url": "Patient"}
    by_urn = patient("2", **OTHER, link=[{"type": "replaced-by", "other": {"reference": urn}}])
    sender.send(TRUST, bundle({"fullUrl": urn, "resource": patient("1"), "request": post}, by_urn))
    assert sender.person_of(TRUST, "2") == sender.person_of(TRUST, "1") is not None
    sender.send(TRUST, patient("3", "", birthDate="1933-03-03", link=[{"type": "replaced-by", "other": NAMED}]))
    assert sender.person_of(TRUST, "3") == sender.person_of(TRUST, "1")


def test_what_agrees_only_in_part_is_listed_for_review_until_it_is_settled(sender: Sender) -> None:
    sender.send(GP, patient("1", ASHA, birthDate="1960-05-01"))
    sender.send(TRUST, patient("2", ASHA, birthDate="1960-01-05", name=[{"family": "Patel", "given": ["Ash"]}]))
    assert sender.count("reviews", "until IS NULL") == 1
    sender.send(TRUST, patient("2", ASHA, birthDate="1960-05-01"))
    assert sender.count("reviews", "until IS NULL") == 0
    assert sender.count("reviews") == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_any_order_of_arrival_gives_the_same_people(sender: Sender, order: tuple[int, ...]) -> None:
    arrivals = [(GP, patient("1", ASHA)), (TRUST, patient("2", BEN)), (COUNCIL, patient("3", ""))]
    for n in order:
        sender.send(arrivals[n][0], arrivals[n][1])
    people = {sender.person_of(GP, "1"), sender.person_of(TRUST, "2"), sender.person_of(COUNCIL, "3")}
    assert len(people) == 3


def alike(n: int, **changes: object) -> Json:
    """One of many of the same name and birth date, of whom no number is known."""
    return patient(str(n), "", name=[{"family": "Owusu", "given": ["Ama"]}], **changes)


def test_somebody_who_is_like_too_many_others_is_listed_against_none(sender: Sender) -> None:
    sender.send(GP, *(alike(n, address=[]) for n in range(MOST_ALIKE - 1)))
    assert sender.count("reviews", "until IS NULL") == (MOST_ALIKE - 1) * (MOST_ALIKE - 2) / 2
    sender.send(GP, alike(MOST_ALIKE, address=[]))
    assert sender.count("reviews", "until IS NULL") == MOST_ALIKE * (MOST_ALIKE - 1) / 2
    sender.send(GP, *(alike(n, address=[]) for n in range(1000, 1300)))
    assert sender.count("reviews", "until IS NULL") == 0
    assert sender.count("reviews") == MOST_ALIKE * (MOST_ALIKE - 1) / 2


def test_where_too_many_share_name_birth_and_postcode_nobody_is_joined_and_no_arrival_reads_them_all(
    sender: Sender,
) -> None:
    sender.send(GP, *(alike(n) for n in range(MOST_ALIKE)))
    assert len({sender.person_of(GP, str(n)) for n in range(MOST_ALIKE)}) == 1
    sender.send(TRUST, alike(1))
    assert len({sender.person_of(GP, str(n)) for n in range(MOST_ALIKE)}) == MOST_ALIKE
    with db.read(sender.engine) as connection:
        assert component(connection, [1]).keys() == {1}
    sender.send(TRUST, patient("1", BEN, birthDate="1980-01-01"))
    assert len({sender.person_of(GP, str(n)) for n in range(MOST_ALIKE)}) == 1


def test_a_number_that_many_records_of_one_person_carry_still_links(sender: Sender) -> None:
    sender.send(GP, *(patient(str(n)) for n in range(MOST_ALIKE + 2)))
    sender.send(TRUST, patient("1", name=[{"family": "Cole", "given": ["Mia"]}]))
    assert sender.person_of(TRUST, "1") == sender.person_of(GP, "0")
