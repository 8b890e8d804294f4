"""No grant, no data: what a look at a record shows, and what is written down of it before."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import audit, clock, db, statements
from app.access.grants import Grant, grant
from app.access.permissions import Permission
from app.access.users import User
from app.errors import BadUsage, NotAllowed, NotFound
from app.tables import audit_events
from fhir.absence import SectionState
from fhir.record import PatientRecord, combine
from tests.audited import as_owner
from tests.feeding import COUNCIL, GP, TRUST, URGENT, Json, Sender, clinician, condition, patient, register

VIEW = Permission.VIEW_RECORD
DISSENT: Json = {
    "resourceType": "Consent",
    "id": "no",
    "status": "active",
    "scope": {"coding": [{"code": "patient-privacy"}]},
    "category": [{"text": "Dissent"}],
    "patient": {"reference": "Patient/1"},
    "provision": {"type": "deny"},
}


def ask(sender: Sender, user: User, person: UUID | None, **more: object) -> Grant:
    assert person is not None
    return grant(sender.engine, user, VIEW, person, **more)  # type: ignore[arg-type]


def record(sender: Sender, granted: Grant) -> PatientRecord:
    return combine(statements.of_patient(sender.engine, granted), granted.sources)


def problems(found: PatientRecord) -> list[str]:
    return sorted(line.lead.text for line in found.section("problems").lines)


def last_event(sender: Sender) -> Json:
    with db.read(sender.engine) as connection:
        query = select(audit_events).order_by(audit_events.c.seq.desc()).limit(1)
        return dict(connection.execute(query).mappings().one())


@pytest.fixture
def both(sender: Sender) -> UUID:
    """A person whom a practice and a trust know."""
    sender.send(GP, patient("1"), condition("c1", of="1", words="Asthma"))
    sender.send(TRUST, patient("7"), condition("c2", of="7", words="Gout"))
    person = sender.person_of(GP, "1")
    assert person
    return person


def test_a_look_is_written_down_with_every_item_before_it_is_shown(sender: Sender, both: UUID) -> None:
    granted = ask(sender, clinician(GP), both)
    event = last_event(sender)
    shown = {s.id for s in statements.of_patient(sender.engine, granted)}
    assert (event["seq"], event["outcome"], event["patient_id"]) == (granted.seq, "allowed", both)
    assert set(audit.unpack(event["items"])) == shown
    assert len(shown) == 4


def test_a_refused_look_is_written_down_too(sender: Sender, both: UUID) -> None:
    with pytest.raises(NotAllowed) as refused:
        ask(sender, clinician(COUNCIL), both)
    assert refused.value.ask_reason
    event = last_event(sender)
    assert (event["outcome"], event["items"]) == ("refused", None)


def test_a_reason_opens_it(sender: Sender, both: UUID) -> None:
    assert problems(record(sender, ask(sender, clinician(COUNCIL), both, reason=URGENT))) == ["Asthma", "Gout"]


def test_an_unknown_person_is_like_one_without_a_relationship(sender: Sender, both: UUID) -> None:
    with pytest.raises(NotAllowed) as unknown:
        ask(sender, clinician(GP), uuid4())
    with pytest.raises(NotAllowed) as unrelated:
        ask(sender, clinician(COUNCIL), both)
    assert (str(unknown.value), unknown.value.ask_reason) == (str(unrelated.value), unrelated.value.ask_reason)
    with pytest.raises(NotFound):
        ask(sender, clinician(GP), uuid4(), reason=URGENT)


def test_a_dissent_hides_the_practice_from_the_hospital_with_a_notice_and_not_from_itself(
    sender: Sender, both: UUID
) -> None:
    sender.send(GP, DISSENT)
    elsewhere = record(sender, ask(sender, clinician(TRUST), both, reason=URGENT))
    assert problems(elsewhere) == ["Gout"]
    assert elsewhere.section("problems").states[GP] == SectionState.WITHHELD
    assert elsewhere.section("allergies").state == SectionState.WITHHELD
    assert problems(record(sender, ask(sender, clinician(GP), both))) == ["Asthma", "Gout"]


def test_a_restricted_person_shows_no_address_phone_practice_or_place(sender: Sender) -> None:
    told = {
        "meta": {"security": [{"code": "R"}]},
        "telecom": [{"system": "phone", "value": "01632 960001"}],
        "generalPractitioner": [{"display": "Canary Surgery"}],
        "managingOrganization": {"display": "Canary Surgery"},
    }
    seen = {
        "resourceType": "Encounter", "id": "e1", "status": "finished", "subject": {"reference": "Patient/1"},
        "serviceProvider": {"display": "Canary Hospital"}, "location": [{"location": {"display": "Canary Ward"}}],
        "participant": [{"individual": {"display": "Dr Canary"}}],
    }  # fmt: skip
    sender.send(GP, patient("1", **told), seen, condition("c1", of="1", recorder={"display": "Dr Canary"}))
    granted = ask(sender, clinician(GP), sender.person_of(GP, "1"))
    everything = repr([s.resource for s in statements.of_patient(sender.engine, granted)]) + repr(granted.sources)
    assert granted.restricted
    assert "Asthma" in everything
    for secret in ("Canary", "01632 960001", "Mill Lane", "TB1 2AB", GP):
        assert secret not in everything


def test_a_feed_not_registered_for_direct_care_is_not_shown(sender: Sender, both: UUID) -> None:
    register(sender.engine, TRUST, purpose="planning")
    assert problems(record(sender, ask(sender, clinician(GP), both))) == ["Asthma"]


def test_a_category_taken_off_a_feed_is_no_longer_shown(sender: Sender, both: UUID) -> None:
    register(sender.engine, TRUST, categories="demographics allergies")
    found = record(sender, ask(sender, clinician(GP), both))
    assert problems(found) == ["Asthma"]
    assert found.section("problems").states[TRUST] == SectionState.NOT_CONNECTED


def test_a_late_feed_is_unavailable_and_not_merely_empty(sender: Sender, both: UUID) -> None:
    with clock.stopped_at(datetime(2099, 1, 1, tzinfo=UTC)):
        found = record(sender, ask(sender, clinician(GP), both))
    assert found.section("allergies").state == SectionState.UNAVAILABLE


def test_a_time_before_anything_was_held_is_said_so(sender: Sender, both: UUID) -> None:
    with pytest.raises(BadUsage, match="Nothing was held"):
        ask(sender, clinician(GP), both, as_at=datetime(2001, 1, 1, tzinfo=UTC))


def test_c52_nothing_is_shown_where_the_look_cannot_be_written_down(sender: Sender, both: UUID) -> None:
    with sender.engine.begin() as connection:
        as_owner(connection)
        connection.execute(audit.audit_head.delete())
    with pytest.raises(Exception, match="No row"):
        ask(sender, clinician(GP), both)
