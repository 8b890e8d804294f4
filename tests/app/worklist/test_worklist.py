"""Who is on a list is known only to those who care for them now; a record is opened for a reason, and written down."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from app import audit, clock, db
from app.access.users import Planner
from app.errors import BadUsage, NotAllowed, NotFound
from app.worklist import store
from app.worklist.items import State
from tests.audited import events
from tests.feeding import BEN, COUNCIL, GP, TRUST, Json, Sender, clinician, condition, patient
from tests.lists import led_back

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
LAST_WEEK = (datetime.now(UTC) - timedelta(days=7)).isoformat()


def admitted(local_id: str, of: str, **period: str) -> Json:
    return {
        "resourceType": "Encounter", "id": local_id, "status": "in-progress", "class": {"code": "IMP"},
        "subject": {"reference": f"Patient/{of}"}, "period": {"start": LAST_WEEK} | period,
    }  # fmt: skip


def refusal(local_id: str, of: str) -> Json:
    return {
        "resourceType": "Consent", "id": local_id, "status": "active", "patient": {"reference": f"Patient/{of}"},
        "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "Sharing"}],
        "policyRule": {"coding": [{"code": "OPTOUT"}]}, "provision": {"type": "deny"},
    }  # fmt: skip


@pytest.fixture
def asha(sender: Sender) -> UUID:
    sender.send(GP, patient("1"), condition("c1", of="1"))
    sender.send(TRUST, patient("7"), condition("c2", of="7"))
    found = sender.person_of(GP, "1")
    assert found
    return found


def seen(engine: Engine, org: str) -> list[UUID]:
    return [item.patient_id for item in store.seen_by(engine, clinician(org))]


def test_only_those_who_care_for_a_person_now_see_the_item(engine: Engine, sender: Sender, asha: UUID) -> None:
    led_back(engine, asha)
    assert (seen(engine, GP), seen(engine, TRUST), seen(engine, COUNCIL)) == ([asha], [], [])
    sender.send(TRUST, admitted("e1", of="7"))
    assert (seen(engine, GP), seen(engine, TRUST), seen(engine, COUNCIL)) == ([asha], [asha], [])


def test_a_stay_that_ended_yesterday_shows_nothing(engine: Engine, sender: Sender, asha: UUID) -> None:
    led_back(engine, asha)
    sender.send(TRUST, admitted("e1", of="7", end=YESTERDAY[:10]))
    assert seen(engine, TRUST) == []


def test_a_link_that_was_taken_back_takes_the_item_with_it(engine: Engine, sender: Sender, asha: UUID) -> None:
    led_back(engine, asha)
    sender.send(TRUST, admitted("e1", of="7"))
    assert seen(engine, TRUST) == [asha]
    sender.send(TRUST, patient("7", number=BEN, name=[{"family": "Okoro", "given": ["Ben"]}], birthDate="1948-02-02"))
    assert sender.person_of(TRUST, "7") != sender.person_of(GP, "1") == asha
    assert seen(engine, TRUST) == []


def test_somebody_who_turns_out_to_be_another_stays_on_the_list(engine: Engine, sender: Sender) -> None:
    sender.send(GP, patient("1"), patient("2", "", name=[{"family": "Pattel", "given": ["Aisha"]}]))
    asha, twice = sender.person_of(GP, "1"), sender.person_of(GP, "2")
    assert asha and twice and asha != twice
    led_back(engine, twice)
    sender.send(GP, patient("2"))
    assert sender.person_of(GP, "2") == asha
    assert (seen(engine, GP), seen(engine, TRUST)) == ([asha], [])
    [item] = store.seen_by(engine, clinician(GP))
    store.take(engine, clinician(GP), item.id, "planned")
    store.close(engine, clinician(GP), item.id, "contacted")
    assert [one.state for one in store.seen_by(engine, clinician(GP))] == [State.CLOSED]


def test_somebody_whose_records_turn_out_to_be_two_peoples_is_on_no_list(engine: Engine, sender: Sender) -> None:
    """Nobody can tell which of the two was meant."""
    third = patient("3", "", name=[{"family": "Pattel", "given": ["Aisha"]}])
    sender.send(
        GP, patient("1"), patient("2", BEN, name=[{"family": "Okoro", "given": ["Ben"]}], birthDate="1948-02-02")
    )
    sender.send(GP, third)
    sender.send(TRUST, third | {"id": "7"})
    both = sender.person_of(GP, "3")
    assert both and sender.person_of(TRUST, "7") == both
    led_back(engine, both)
    assert seen(engine, GP) == [both]
    sender.send(GP, patient("3"))
    sender.send(TRUST, patient("7", BEN, name=[{"family": "Okoro", "given": ["Ben"]}], birthDate="1948-02-02"))
    assert sender.person_of(GP, "3") == sender.person_of(GP, "1")
    assert sender.person_of(TRUST, "7") == sender.person_of(GP, "2")
    assert seen(engine, GP) == []


def test_a_refusal_to_share_hides_no_one_from_their_own_practice(engine: Engine, sender: Sender, asha: UUID) -> None:
    led_back(engine, asha)
    sender.send(GP, refusal("n1", of="1"))
    assert seen(engine, GP) == [asha]


def test_no_reason_in_the_session_opens_the_item_of_somebody_elses_patient(
    engine: Engine, sender: Sender, asha: UUID
) -> None:
    led_back(engine, asha)
    [item] = store.seen_by(engine, clinician(GP))
    for number in (item.id, uuid4()):
        with pytest.raises(NotFound):
            store.one(engine, clinician(COUNCIL), number)
        with pytest.raises(NotFound):
            store.take(engine, clinician(COUNCIL), number, "Direct care – planned")
        with pytest.raises(NotFound):
            store.close(engine, clinician(COUNCIL), number, "contacted")


def test_a_planner_has_no_worklist(engine: Engine, asha: UUID) -> None:
    led_back(engine, asha)
    with pytest.raises(NotAllowed):
        store.seen_by(engine, Planner("https://id.example", "p", "Petra", ""))  # type: ignore[arg-type]


def test_opening_is_written_down_with_the_reason_and_the_list_before_it_is_marked(
    engine: Engine, asha: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    led_back(engine, asha)
    grace = clinician(GP, session="00" * 32)
    [item] = store.seen_by(engine, grace)
    with monkeypatch.context() as broken:
        broken.setattr(audit, "append", _disk_full)
        with pytest.raises(OSError, match="full"):
            store.take(engine, grace, item.id, "Direct care – planned")
    assert store.one(engine, grace, item.id).state == State.NEW
    store.take(engine, grace, item.id, "Direct care – planned")
    opened = store.one(engine, grace, item.id)
    assert (opened.state, opened.opened_by) == (State.OPENED, "Dr Grace Hall")
    [row] = [event for event in events(engine) if event["patient_id"] == asha]
    told = row["detail"]
    assert (row["kind"], row["outcome"], told["route"]) == ("view-record", "allowed", "worklist")
    assert (told["reason"], told["worklist"]) == ("Direct care – planned", "Two blue inhalers and no brown one")
    with db.read(engine) as connection:
        assert [one["seq"] for one in connection.execute(audit.about(asha)).mappings()] == [row["seq"]]


def _disk_full(*_: object) -> int:
    raise OSError("disk full")


def test_only_who_opened_an_item_closes_it_once_with_an_outcome(engine: Engine, asha: UUID) -> None:
    led_back(engine, asha)
    grace = clinician(GP, session="00" * 32)
    [item] = store.seen_by(engine, grace)
    with pytest.raises(BadUsage, match="Open the record"):
        store.close(engine, grace, item.id, "contacted")
    store.take(engine, grace, item.id, "The patient asked")
    with pytest.raises(BadUsage, match="Choose what"):
        store.close(engine, grace, item.id, "nonsense")
    store.close(engine, grace, item.id, "contacted")
    assert store.one(engine, grace, item.id).outcome == "contacted"
    with pytest.raises(BadUsage, match="already"):
        store.close(engine, grace, item.id, "other")
    assert audit.verify(engine)[1] is None


def test_numbers_of_items_say_nothing_of_the_order_of_people(engine: Engine, sender: Sender) -> None:
    sender.send(GP, *(patient(str(n), number="", birthDate=f"19{n}-01-01") for n in range(20, 60)))
    people = [person for n in range(20, 60) if (person := sender.person_of(GP, str(n)))]
    led_back(engine, *people)
    assert len(people) == 40
    shown = seen(engine, GP)
    assert set(shown) == set(people)
    assert shown not in (sorted(people), people)
    assert all(item.since <= clock.now() for item in store.seen_by(engine, clinician(GP)))
