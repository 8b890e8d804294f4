"""Which record a patient's account leads to: proven at sign-in, linked like any other source, on both databases."""

from typing import Any
from uuid import UUID

import pytest

from app import audit
from app.access.claims import Refused
from app.access.grants import grant
from app.access.permissions import Permission
from app.access.users import PatientUser
from app.errors import NotAllowed
from app.identity.accounts import own_patient, patient_of
from app.portal.joining import NO_MATCH, NO_PROOF, welcome
from app.statements import of_patient
from fhir.home import PATIENT
from tests import audited
from tests.browsing import claims, person
from tests.feeding import BEN, GP, TRUST, Sender, patient


@pytest.fixture
def asha(sender: Sender) -> UUID:
    sender.send(GP, patient("1"))
    sender.send(TRUST, patient("7"))
    found = sender.person_of(GP, "1")
    assert found
    return found


def refused(sender: Sender, told: dict[str, Any], user: PatientUser | None = None) -> str:
    with pytest.raises(Refused) as refusal:
        welcome(sender.engine, user or person(), told)
    return refusal.value.words


def events(sender: Sender) -> list[tuple[str, str, Any]]:
    return [(e["outcome"], e["detail"]["why"], e["patient_id"]) for e in audited.events(sender.engine, "account")]


def test_somebody_proven_is_linked_to_the_one_record_and_may_open_it(sender: Sender, asha: UUID) -> None:
    user = person()
    assert patient_of(sender.engine, user) is None
    assert welcome(sender.engine, user, claims()) == asha
    assert own_patient(sender.engine, user) == patient_of(sender.engine, user) == asha
    assert grant(sender.engine, user, Permission.VIEW_OWN_RECORD, asha).basis == "your own record"
    assert events(sender) == [("linked", "proven", asha)]


def test_signing_in_again_changes_nothing(sender: Sender, asha: UUID) -> None:
    for _ in range(3):
        assert welcome(sender.engine, person(), claims()) == asha
    assert sender.count("statements", f"source = '{PATIENT}'") == 1
    assert len(events(sender)) == 1


@pytest.mark.parametrize("family", ["PATEL", "Pátel", " patel "])
def test_a_family_name_is_the_same_however_it_is_written(sender: Sender, asha: UUID, family: str) -> None:
    assert welcome(sender.engine, person(), claims(family_name=family)) == asha


@pytest.mark.parametrize(
    "other", [{"family_name": "Smith"}, {"birthdate": "1960-05-02"}, {"nhs_number": BEN}], ids=lambda o: next(iter(o))
)
def test_one_detail_that_differs_finds_nobody(sender: Sender, asha: UUID, other: dict[str, str]) -> None:
    assert refused(sender, claims(**other)) == NO_MATCH
    assert events(sender) == [("refused", "no one match", None)]
    assert sender.count("source_patients", f"ods = '{PATIENT}'") == 0
    with pytest.raises(NotAllowed):
        own_patient(sender.engine, person())


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity_proofing_level": "P5"},
        {"nhs_number": ""},
        {"nhs_number": "9990000019"},
        {"birthdate": "1960-05"},
        {"birthdate": "1960-13-01"},
        {"family_name": " "},
        {"family_name": 7},
    ],
)
def test_details_that_are_missing_or_not_proven_link_nobody(sender: Sender, asha: UUID, wrong: Any) -> None:
    assert refused(sender, claims() | wrong) == NO_PROOF
    assert events(sender) == [("refused", "no proof", None)]


def test_details_that_only_two_sources_together_tell_are_no_match(sender: Sender) -> None:
    sender.send(GP, patient("1", name=[{"family": "Smith", "given": ["Asha"]}]))
    sender.send(TRUST, patient("7", number=BEN))
    assert refused(sender, claims()) == NO_MATCH


def test_an_account_that_comes_with_another_number_is_refused(sender: Sender, asha: UUID) -> None:
    sender.send(GP, patient("2", number=BEN, birthDate="1971-01-01", name=[{"family": "Reed", "given": ["Ben"]}]))
    welcome(sender.engine, person(), claims())
    told = claims(nhs_number=BEN, birthdate="1971-01-01", family_name="Reed")
    assert refused(sender, told) == NO_MATCH
    assert patient_of(sender.engine, person()) == asha


def test_a_corrected_date_of_birth_is_followed(sender: Sender, asha: UUID) -> None:
    welcome(sender.engine, person(), claims())
    for ods, local in ((GP, "1"), (TRUST, "7")):
        sender.send(ods, patient(local, birthDate="1960-05-11"))
    assert patient_of(sender.engine, person()) != asha, "until it is proven again, it leads to nothing of hers"
    assert refused(sender, claims()) == NO_MATCH
    assert welcome(sender.engine, person(), claims(birthdate="1960-05-11")) == asha
    assert grant(sender.engine, person(), Permission.VIEW_OWN_RECORD, asha)


def test_what_was_proven_is_kept_without_a_name_and_nowhere_else(sender: Sender, asha: UUID) -> None:
    welcome(sender.engine, person(), claims())
    allowed = grant(sender.engine, person(), Permission.VIEW_OWN_RECORD, asha)
    [own] = [one for one in of_patient(sender.engine, allowed) if one.source == PATIENT]
    assert own.resource and set(own.resource) == {"resourceType", "id", "identifier", "birthDate"}
    told = str(audited.events(sender.engine))
    assert claims()["nhs_number"] not in told
    assert claims()["birthdate"] not in told
    assert sender.count("statements", "type = 'Patient'") == 3
    assert audit.verify(sender.engine)[1] is None
