"""Two sign-ins that claim one NHS number: both are held until the privacy officer decides, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import pytest

from app import audit
from app.access import sessions
from app.access.claims import Refused
from app.access.grants import grant
from app.access.permissions import Permission
from app.access.users import PatientUser, Planner, PrivacyOfficer
from app.accounts import held
from app.errors import NotAllowed, NotFound
from app.identity.accounts import patient_of, proof_of
from app.portal.joining import HELD, RULED_OUT, welcome
from app.statements import of_patient
from fhir.home import PATIENT
from tests import audited
from tests.browsing import claims, person, staff
from tests.feeding import ASHA, GP, TRUST, Sender, patient

OFFICER = PrivacyOfficer("https://id.example", "privacy", "Priya Nair", "")
FIRST, SECOND, THIRD = person("asha"), person("somebody-else"), person("a-third")


@pytest.fixture
def asha(sender: Sender) -> UUID:
    """One record, to which the first account is linked."""
    sender.send(GP, patient("1"))
    sender.send(TRUST, patient("7"))
    return welcome(sender.engine, FIRST, claims())


def refused(sender: Sender, user: PatientUser) -> str:
    with pytest.raises(Refused) as refusal:
        welcome(sender.engine, user, claims())
    return refusal.value.words


def may_open(sender: Sender, user: PatientUser, record: UUID) -> bool:
    with suppress(NotAllowed):
        return bool(grant(sender.engine, user, Permission.VIEW_OWN_RECORD, record))
    return False


def decide(sender: Sender, decision: str) -> None:
    [pair] = [one for one in held.queue(sender.engine, OFFICER) if not one.decision]
    held.decide(sender.engine, OFFICER, pair, decision)


def test_when_a_second_account_comes_both_are_held(sender: Sender, asha: UUID) -> None:
    """C24."""
    assert may_open(sender, FIRST, asha)
    assert refused(sender, SECOND) == HELD
    assert refused(sender, FIRST) == HELD
    assert refused(sender, SECOND) == HELD
    assert not may_open(sender, FIRST, asha) and not may_open(sender, SECOND, asha)
    assert patient_of(sender.engine, SECOND) is None


def test_whoever_is_signed_in_with_the_first_is_signed_out(sender: Sender, asha: UUID) -> None:
    cookies = []
    for user in (FIRST, THIRD):
        who, pending = sessions.SignIn(user, "patient", ""), sessions.begin(sender.engine)
        hour = sessions.PENDING_LASTS
        cookies.append(sessions.sign_in(sender.engine, who, instead_of=sessions.hash_of(pending), lasts=hour))
    refused(sender, SECOND)
    assert sessions.load(sender.engine, cookies[0]) is None
    assert sessions.ended_why(sender.engine, cookies[0]) == "held"
    assert sessions.load(sender.engine, cookies[1])


def test_the_officer_sees_the_pair_once_and_what_is_needed_to_ask(sender: Sender, asha: UUID) -> None:
    for _ in range(3):
        refused(sender, SECOND)
    [pair] = held.queue(sender.engine, OFFICER)
    assert (pair.nhs_number, pair.patient_id, pair.decision) == (ASHA, asha, "")
    assert (pair.first, pair.second) == (FIRST.account, SECOND.account)
    assert pair.first_since and pair.first_since <= pair.claimed_at
    assert held.one(sender.engine, OFFICER, pair.number) == pair


def test_everybody_who_looks_at_the_list_of_looks_sees_that_it_was_tried(sender: Sender, asha: UUID) -> None:
    refused(sender, SECOND)
    event = audited.events(sender.engine, "account")[-1]
    assert (event["outcome"], event["patient_id"], event["actor"]["sub"]) == ("held", asha, SECOND.subject)
    decide(sender, "first")
    event = audited.events(sender.engine, "account-decision")[-1]
    assert (event["outcome"], event["patient_id"], event["actor"]["name"]) == ("first", asha, "Priya Nair")
    assert ASHA not in str(audited.events(sender.engine))
    assert audit.verify(sender.engine)[1] is None


def test_the_number_lies_sealed_until_it_is_decided_and_is_then_gone(sender: Sender, asha: UUID) -> None:
    refused(sender, SECOND)
    for is_decided in (False, True):
        with sender.engine.connect() as connection:
            words, by = connection.exec_driver_sql("SELECT words, decided_by FROM held_accounts").one()
        assert bool(words) is not is_decided and ASHA.encode() not in bytes(words)
        assert bool(by) is is_decided and b"Priya" not in bytes(by or b"")
        if not is_decided:
            decide(sender, "first")
    assert held.queue(sender.engine, OFFICER)[0].nhs_number == ""


# ---------------------------------------------------------------- what is decided
def test_where_only_the_first_is_theirs_it_opens_the_record_and_the_second_never_does(sender, asha) -> None:
    refused(sender, SECOND)
    decide(sender, "first")
    assert may_open(sender, FIRST, asha)
    assert welcome(sender.engine, FIRST, claims()) == asha
    for _ in range(2):
        assert refused(sender, SECOND) == RULED_OUT
    assert may_open(sender, FIRST, asha), "the second cannot have it held again"
    assert len(held.queue(sender.engine, OFFICER)) == 1


def test_where_only_the_second_is_theirs_what_the_first_said_leaves_the_record(sender, asha) -> None:
    refused(sender, SECOND)
    decide(sender, "second")
    assert refused(sender, FIRST) == RULED_OUT
    assert welcome(sender.engine, SECOND, claims()) == asha
    assert may_open(sender, SECOND, asha) and not may_open(sender, FIRST, asha)
    assert patient_of(sender.engine, FIRST) != asha
    allowed = grant(sender.engine, SECOND, Permission.VIEW_OWN_RECORD, asha)
    own = [one for one in of_patient(sender.engine, allowed) if one.source == PATIENT]
    assert [one.resource["id"] for one in own if one.resource] == [SECOND.account]


def test_a_ruled_out_account_does_not_come_back_when_a_feed_comes(sender, asha) -> None:
    refused(sender, SECOND)
    decide(sender, "second")
    welcome(sender.engine, SECOND, claims())
    sender.send(GP, patient("1", gender="female"))
    sender.send(TRUST, patient("8"))
    assert patient_of(sender.engine, FIRST) != asha
    assert patient_of(sender.engine, SECOND) == asha


def test_where_both_are_theirs_both_open_the_record(sender, asha) -> None:
    refused(sender, SECOND)
    decide(sender, "both")
    for user in (FIRST, SECOND, FIRST):
        assert welcome(sender.engine, user, claims()) == asha
        assert may_open(sender, user, asha)


def test_where_neither_is_theirs_neither_opens_the_record_and_the_person_can_come_with_a_third(sender, asha) -> None:
    refused(sender, SECOND)
    decide(sender, "neither")
    assert refused(sender, FIRST) == refused(sender, SECOND) == RULED_OUT
    assert not may_open(sender, FIRST, asha)
    assert welcome(sender.engine, THIRD, claims()) == asha


def test_a_third_account_is_a_second_question_about_the_first(sender, asha) -> None:
    assert refused(sender, SECOND) == refused(sender, THIRD) == HELD
    first, second = held.queue(sender.engine, OFFICER)
    held.decide(sender.engine, OFFICER, first, "first")
    assert refused(sender, FIRST) == HELD and not may_open(sender, FIRST, asha)
    held.decide(sender.engine, OFFICER, second, "first")
    assert may_open(sender, FIRST, asha)
    assert refused(sender, THIRD) == RULED_OUT


def test_a_pair_is_decided_once(sender, asha) -> None:
    refused(sender, SECOND)
    [pair] = held.queue(sender.engine, OFFICER)
    held.decide(sender.engine, OFFICER, pair, "first")
    held.decide(sender.engine, OFFICER, pair, "second")
    [decided] = held.queue(sender.engine, OFFICER)
    assert (decided.decision, decided.decided_by) == ("first", "Priya Nair")
    assert decided.decided_at
    held.decide(sender.engine, OFFICER, decided, "neither")
    assert len(audited.events(sender.engine, "account-decision")) == 2, "the one that came too late is written down too"
    assert may_open(sender, FIRST, asha)


def test_two_who_come_at_once_make_one_pair(sender, asha) -> None:
    def come(_: int) -> str:
        return refused(sender, SECOND)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(come, range(4))) == {HELD}
    proof = proof_of(claims())
    assert proof
    held.hold(sender.engine, SECOND, FIRST.account, proof, asha)  # by one who was on the way in when the pair was made
    held.hold(sender.engine, FIRST, SECOND.account, proof, asha)
    assert len(held.queue(sender.engine, OFFICER)) == 1


@pytest.mark.parametrize("other", [FIRST, staff(), Planner("https://id.example", "p", "Petra Lane", "")])
def test_nobody_but_the_officer_sees_or_decides(sender, asha, other) -> None:
    refused(sender, SECOND)
    [pair] = held.queue(sender.engine, OFFICER)
    with pytest.raises(NotAllowed):
        held.queue(sender.engine, other)
    with pytest.raises(NotAllowed):
        held.decide(sender.engine, other, pair, "second")
    with pytest.raises(NotFound):
        held.one(sender.engine, OFFICER, pair.number + 1000)
