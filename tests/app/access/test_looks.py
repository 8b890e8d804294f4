"""Who looked: whose doing each row is, and the words for it."""

from uuid import UUID

import pytest

from app import audit, clock, db
from app.access.grants import actor, grant
from app.access.look_words import NOT_SHOWN, reason, what
from app.access.looks import look, looks, looks_grant
from app.access.permissions import Permission
from app.access.users import Planner, PrivacyOfficer
from app.errors import NotAllowed, NotFound
from app.tables import links
from fhir.record import SECTIONS
from tests.accounts import account_of
from tests.feeding import BEN, GP, TRUST, Sender, clinician, condition, patient

OFFICER = PrivacyOfficer("https://id.example", "priya", "Priya Nair", "")
REVIEW = Permission.REVIEW_ACCESS


@pytest.fixture
def asha(sender: Sender) -> UUID:
    sender.send(GP, patient("1"), condition("c1", of="1"))
    found = sender.person_of(GP, "1")
    assert found
    return found


def test_the_persons_own_looks_and_those_of_machines_stand_apart(sender: Sender, asha: UUID) -> None:
    me = account_of(sender)
    grant(sender.engine, me, Permission.VIEW_OWN_RECORD, asha, route="record")
    grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, asha, route="record")
    audit.append(sender.engine, audit.Event("sent-on", "done", {"name": "nightly job"}, asha))
    found = looks(sender.engine, looks_grant(sender.engine, OFFICER, REVIEW, asha))
    assert [one.name for one in found.people] == ["Priya Nair", "Dr Grace Hall"]
    assert [(one.name, one.what) for one in found.systems] == [("nightly job", "Sent on")]
    assert [one.what for one in found.own] == ["Opened the record", "Linked their sign-in to the record"]


def test_what_was_seen_through_a_wrong_link_is_found_by_the_one_whom_it_showed(sender: Sender, asha: UUID) -> None:
    sender.send(TRUST, patient("7"))
    assert sender.person_of(TRUST, "7") == asha
    grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, asha, route="record")
    sender.send(TRUST, patient("7", BEN, name=[{"family": "Reed", "given": ["Tom"]}], birthDate="1950-02-03"))
    tom = sender.person_of(TRUST, "7")
    assert tom and tom != asha
    found = looks(sender.engine, looks_grant(sender.engine, OFFICER, REVIEW, tom))
    assert [one.name for one in found.people] == ["Priya Nair", "Dr Grace Hall"]


def test_an_account_that_is_linked_no_more_was_somebody_else(sender: Sender, asha: UUID) -> None:
    me = account_of(sender)
    grant(sender.engine, me, Permission.VIEW_OWN_RECORD, asha, route="record")
    with db.write(sender.engine) as connection:
        connection.execute(links.update().where(links.c.patient_id == asha).values(until=clock.now()))
    found = looks(sender.engine, looks_grant(sender.engine, OFFICER, REVIEW, asha))
    assert [one.name for one in found.own] == []
    assert me.name in [one.name for one in found.people]


def test_nobody_else_reads_it_and_trying_is_written_down(sender: Sender, asha: UUID) -> None:
    account_of(sender)
    sender.send(GP, patient("2", BEN, name=[{"family": "Reed", "given": ["Tom"]}], birthDate="1950-02-03"))
    tom = account_of(sender, "tom", nhs_number=BEN, birthdate="1950-02-03", family_name="Reed")
    for user in (clinician(GP), Planner("i", "p", "Petra Lane", ""), tom):
        with pytest.raises(NotAllowed):
            looks_grant(sender.engine, user, Permission.VIEW_OWN_ACCESS_LOG, asha)
    found = looks(sender.engine, looks_grant(sender.engine, OFFICER, REVIEW, asha))
    assert sum(one.refused for one in found.people) == 3


def test_a_row_about_somebody_else_is_not_there(sender: Sender, asha: UUID) -> None:
    other = audit.append(sender.engine, audit.Event("sign-in", "done", actor(OFFICER)))
    with pytest.raises(NotFound):
        look(sender.engine, looks_grant(sender.engine, OFFICER, REVIEW, asha), other)


def test_every_section_is_named_as_the_page_names_it() -> None:
    for module in SECTIONS:
        said = what("view-record", "allowed", {"route": f"section {module.CODE}"})
        assert said == f"Opened part of the record: {module.TITLE.lower()}"


def test_a_list_of_a_planners_is_named_with_the_reason_and_an_earlier_state_with_its_day() -> None:
    detail = {"route": "worklist", "worklist": "Asthma without inhaler", "reason": "Medicines review"}
    assert what("view-record", "allowed", detail) == "Opened the record from a worklist: Asthma without inhaler"
    assert reason("view-record", "allowed", detail) == "Reason given: Medicines review"
    past = {"route": "record", "as_at": "2026-03-05T08:00:00+00:00"}
    assert what("view-record", "allowed", past) == "Opened the record, as it was on 05-Mar-2026"


def test_words_of_staff_are_shown_unless_they_speak_of_what_is_withheld() -> None:
    assert reason("reason", "given", {"reason": "urgent", "words": ""}) == "Reason given: Direct care – urgent"
    assert reason("reason", "given", {"reason": "other", "words": "Home visit"}) == "Reason given: Home visit"
    for said in ("Child protection enquiry", "Wife says he is violent", "Suicide risk"):
        assert reason("reason", "given", {"reason": "other", "words": said}) == f"Reason given: {NOT_SHOWN}"
        assert reason("view-record", "allowed", {"basis": f"reason given: {said}"}) == f"Reason given: {NOT_SHOWN}"
