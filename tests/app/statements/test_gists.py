"""A page that is read from what was read before is the page that its sources' bytes give."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app import clock, db, statements
from app.access.grants import grant
from app.access.permissions import Permission
from app.statements.erasing import entry, erase_entry
from app.statements.gists import MANY
from app.tables import gists
from fhir.record import PatientRecord, combine
from fhir.statement import Statement
from tests.feeding import GP, TRUST, Json, Sender, clinician, deletion, patient

ORG: Json = {"resourceType": "Organization", "id": "o1", "name": "Elm Surgery"}
READINGS = MANY + 10


def pulse(number: int, value: int = 72, **changes: object) -> Json:
    return {
        "resourceType": "Observation",
        "id": f"p{number}",
        "status": "final",
        "code": {"text": "Pulse"},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": f"2026-03-05T08:{number % 60:02}:{number // 60:02}Z",
        "valueQuantity": {"value": value, "unit": "/min"},
        "performer": [{"reference": "Organization/o1"}],
    } | changes


def look(sender: Sender, person: UUID, **more: object) -> list[Statement]:
    """What a clinician's look reads; what waits until they have their page is done."""
    allowed = grant(sender.engine, clinician(), Permission.VIEW_RECORD, person, **more)  # type: ignore[arg-type]
    waiting: list[Callable[[], None]] = []
    found = statements.of_patient(sender.engine, allowed, waiting.append)
    for work in waiting:
        work()
    return found


def values(found: list[Statement]) -> list[str]:
    return sorted(line.lead.fields["value"] for line in results(found))


def results(found: list[Statement]) -> tuple[object, ...]:
    record: PatientRecord = combine(found)
    return record.section("results").lines


def closed(found: list[Statement]) -> int:
    return sum(one.gist is not None for one in found)


@pytest.fixture
def person(sender: Sender) -> UUID:
    """Somebody with many readings, at whom somebody has looked."""
    sender.send(GP, ORG, patient("1"), *(pulse(n) for n in range(READINGS)))
    found = sender.person_of(GP, "1")
    assert found
    assert closed(look(sender, found)) == 0
    return found


def test_the_second_look_opens_nothing_that_was_read_before(sender: Sender, person: UUID) -> None:
    second = look(sender, person)
    assert closed(second) == READINGS
    assert len(second) == READINGS + 1


def test_a_closed_statement_is_opened_when_somebody_asks_for_it(sender: Sender, person: UUID) -> None:
    for one in look(sender, person):
        if one.gist:
            assert (one.resource or {})["id"] == one.local_id
            assert one.context["Organization/o1"]["name"] == "Elm Surgery"


def test_a_corrected_reading_is_shown_as_corrected(sender: Sender, person: UUID) -> None:
    sender.send(GP, pulse(3, value=99, status="corrected"))
    assert values(look(sender, person)).count("99") == 1
    assert len(results(look(sender, person))) == READINGS


def test_a_deleted_reading_is_gone(sender: Sender, person: UUID) -> None:
    sender.send(GP, {"resourceType": "Bundle", "type": "transaction", "entry": [deletion("Observation/p3")]})
    assert len(results(look(sender, person))) == READINGS - 1


def test_a_surgery_that_is_renamed_is_shown_under_its_new_name(sender: Sender, person: UUID) -> None:
    sender.send(GP, ORG | {"name": "Oak Surgery"})
    found = look(sender, person)
    assert closed(found) == 0
    assert {line.lead.fields["performer"] for line in results(found)} == {"Oak Surgery"}
    assert closed(look(sender, person)) == READINGS


def test_a_name_that_comes_late_is_shown(sender: Sender) -> None:
    sender.send(GP, patient("1"), *(pulse(n) for n in range(READINGS)))
    person = sender.person_of(GP, "1")
    assert person
    look(sender, person)
    sender.send(GP, ORG)
    assert {line.lead.fields["performer"] for line in results(look(sender, person))} == {"Elm Surgery"}


def test_what_other_rules_read_is_read_again(sender: Sender, person: UUID) -> None:
    with db.write(sender.engine) as connection:
        connection.execute(update(gists).values(rules=b"other rules here"))
    assert closed(look(sender, person)) == 0
    assert closed(look(sender, person)) == READINGS


def test_a_gist_that_was_damaged_or_moved_is_not_used(sender: Sender, person: UUID) -> None:
    with db.write(sender.engine) as connection:
        connection.execute(update(gists).values(sealed=b"x" * 80))
    assert closed(look(sender, person)) == 0


def test_new_data_keys_drop_what_the_old_ones_sealed(sender: Sender, person: UUID) -> None:
    statements.renew(sender.engine)
    assert sender.count("gists") == 0
    assert closed(look(sender, person)) == 0
    assert closed(look(sender, person)) == READINGS


def test_an_earlier_moment_is_read_from_the_bytes(sender: Sender, person: UUID) -> None:
    assert closed(look(sender, person, as_at=clock.now() + timedelta(seconds=1))) == 0


def test_a_restricted_persons_words_are_never_taken_from_a_gist(sender: Sender, person: UUID) -> None:
    label = {"security": [{"code": "R", "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}]}
    sender.send(GP, patient("1", meta=label))
    assert closed(look(sender, person)) == 0


def test_what_a_source_withholds_stays_out_though_a_gist_holds_it(sender: Sender, person: UUID) -> None:
    sender.send(
        TRUST, patient("7"), *(pulse(n, subject={"reference": "Patient/7"}, performer=[]) for n in range(READINGS))
    )
    look(sender, person)
    assert closed(look(sender, person)) == 2 * READINGS
    refusal = {
        "resourceType": "Consent",
        "id": "no",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "Dissent"}],
        "patient": {"reference": "Patient/7"},
        "provision": {"type": "deny"},
    }
    sender.send(TRUST, refusal)
    assert {one.source for one in look(sender, person)} == {GP}


def test_few_statements_are_worth_no_gist(sender: Sender) -> None:
    sender.send(GP, ORG, patient("1"), *(pulse(n) for n in range(5)))
    person = sender.person_of(GP, "1")
    assert person
    look(sender, person)
    assert sender.count("gists") == 0


def test_what_was_erased_by_order_is_in_no_gist(sender: Sender, person: UUID) -> None:
    gone = next(one for one in look(sender, person) if one.local_id == "p3")
    with db.write(sender.engine) as connection:
        subjects = [row.subject for row in connection.execute(select(gists.c.subject))]
        erased = entry(connection, subjects, gone.id)
        assert erased
        erase_entry(connection, erased, "erased by order")
    assert sender.count("gists") == 0
    again = look(sender, person)
    assert closed(again) == 0
    assert len(results(again)) == READINGS - 1
    assert closed(look(sender, person)) == READINGS - 1
