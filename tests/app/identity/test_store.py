"""Links follow what sources say, whenever they say it."""

import pytest

from tests.feeding import ASHA, BEN, COUNCIL, GP, TRUST, Sender, condition, patient


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
