"""What a person is not shown is left out before anything is read, and clinicians see it: on both databases."""

from uuid import UUID

import pytest
from sqlalchemy import delete, select

from app import audit, db, statements
from app.access.facts import Kind, not_for_patient
from app.access.grants import grant
from app.access.permissions import Permission
from app.tables import audit_events, facts
from fhir.home import PATIENT
from tests.accounts import account_of
from tests.feeding import GP, Sender, clinician, condition, deletion, patient

CONCERN = "Safeguarding concern"


@pytest.fixture
def asha(sender: Sender) -> UUID:
    sender.send(GP, patient("1"), condition("c1", of="1", words="Asthma"), condition("c2", of="1", words=CONCERN))
    found = sender.person_of(GP, "1")
    assert found
    return found


def seen_by_patient(sender: Sender, person: UUID) -> list[str]:
    own = grant(sender.engine, account_of(sender), Permission.VIEW_OWN_RECORD, person)
    return sorted(s.local_id for s in statements.of_patient(sender.engine, own) if s.source != PATIENT)


def kept(sender: Sender) -> int:
    return sender.count("facts", f"kind = '{Kind.NOT_FOR_PATIENT}'")


def test_a_person_is_not_shown_a_concern_about_them_and_their_practice_is(sender: Sender, asha: UUID) -> None:
    assert seen_by_patient(sender, asha) == ["1", "c1"]
    theirs = grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, asha)
    assert {"1", "c1", "c2"} <= {s.local_id for s in statements.of_patient(sender.engine, theirs)}


def test_the_audit_names_what_they_were_shown_and_nothing_that_was_kept(sender: Sender, asha: UUID) -> None:
    own = grant(sender.engine, account_of(sender), Permission.VIEW_OWN_RECORD, asha)
    with db.read(sender.engine) as connection:
        items = connection.scalar(select(audit_events.c["items"]).where(audit_events.c.seq == own.seq))
    assert set(audit.unpack(items)) == {s.id for s in statements.of_patient(sender.engine, own)}


def test_a_concern_that_is_taken_back_or_corrected_keeps_nothing(sender: Sender, asha: UUID) -> None:
    assert kept(sender) == 1
    sender.send(GP, condition("c2", of="1", words="Eczema"))
    assert (kept(sender), seen_by_patient(sender, asha)) == (0, ["1", "c1", "c2"])
    sender.send(GP, condition("c2", of="1", words=CONCERN))
    assert (kept(sender), seen_by_patient(sender, asha)) == (1, ["1", "c1"])
    sender.send(GP, {"resourceType": "Bundle", "type": "transaction", "entry": [deletion("Condition/c2")]})
    assert kept(sender) == 0


def test_what_came_before_a_rule_of_today_is_judged_by_it_too(sender: Sender, asha: UUID) -> None:
    with db.write(sender.engine) as connection:
        connection.execute(delete(facts).where(facts.c.kind == Kind.NOT_FOR_PATIENT))
    assert seen_by_patient(sender, asha) == ["1", "c1"]


def test_what_a_person_said_themselves_is_theirs(sender: Sender) -> None:
    note = {"resourceType": "Observation", "status": "final", "note": [{"text": "My mother says I look pale"}]}
    assert not_for_patient(PATIENT, note, str(note).encode()) == []
    assert not_for_patient(GP, note, str(note).encode())
