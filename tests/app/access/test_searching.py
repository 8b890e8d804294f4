"""A search finds nobody by what the searcher may not see, and every one whom it names can find that out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from app import audit, clock, db, statements
from app.access.grants import grant
from app.access.permissions import Permission
from app.access.users import User
from app.errors import NotAllowed, NotFound
from app.viewer import search, words
from app.viewer.alerts import alerts
from app.viewer.banner import banner
from app.viewer.look import look
from app.viewer.search import Query, Results
from fhir.record import combine
from tests.feeding import (
    ASHA,
    BEN,
    COUNCIL,
    GP,
    TRUST,
    URGENT,
    Json,
    Sender,
    bundle,
    clinician,
    condition,
    deletion,
    patient,
    register,
)

RESTRICTED: Json = {"meta": {"security": [{"code": "R"}]}}
NAMED = {"family": "Patel", "birth": "1960-05-01", "given": "Asha"}
HOME, ELSEWHERE = "TB1 2AB", "TB9 9ZZ"
OTHER_NUMBER = "9990000034"


def find(sender: Sender, user: User, **asked: str) -> Results:
    return search.find(sender.engine, user, Query(**asked))


def names(results: Results) -> list[str]:
    return [one.nhs_number for one in results.found]


def rows_about(sender: Sender, person: UUID | None) -> Sequence[Json]:
    assert person
    with db.read(sender.engine) as connection:
        return [dict(row) for row in connection.execute(audit.about(person)).mappings()]


def refusal(of: str) -> Json:
    return {
        "resourceType": "Consent", "id": "no", "status": "active", "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "Dissent"}], "patient": {"reference": f"Patient/{of}"}, "provision": {"type": "deny"},
    }  # fmt: skip


def test_a_person_whose_details_their_source_deleted_is_still_found_while_anything_is_held(sender: Sender) -> None:
    sender.send(GP, patient("1"), condition("c1", of="1"))
    sender.send(GP, bundle(deletion("Patient/1")))
    [found] = find(sender, clinician(), nhs_number=ASHA).found
    assert (found.name, found.nhs_number, found.sources) == (words.DETAILS_WITHDRAWN, "", (GP,))
    assert search.look(sender.engine, clinician(), found.patient_id) == found
    allowed = grant(sender.engine, clinician(), Permission.VIEW_RECORD, found.patient_id, reason=URGENT)
    record = combine(statements.of_patient(sender.engine, allowed), allowed.sources)
    assert [line.lead.text for line in record.section("problems").lines] == ["Asthma"]
    seen = look(found.patient_id, clock.now(), allowed.sources)
    assert banner(record, seen, alerts(record, seen)).name == words.DETAILS_WITHDRAWN
    sender.send(TRUST, patient("9"))
    assert names(find(sender, clinician(), nhs_number=ASHA)) == [ASHA]


@pytest.mark.parametrize("asked", ["", HOME, ELSEWHERE])
def test_a_postcode_neither_finds_nor_rules_out_a_restricted_person(sender: Sender, asked: str) -> None:
    sender.send(GP, patient("1", **RESTRICTED))
    without = find(sender, clinician(), **NAMED)
    assert names(without) == [ASHA]
    assert find(sender, clinician(), **NAMED, postcode=asked) == without
    assert names(find(sender, clinician(), nhs_number=ASHA)) == [ASHA]
    assert not find(sender, clinician(), family="Patel", birth="1961-01-01", given="Asha", postcode=asked).found


def test_a_postcode_still_tells_apart_those_who_are_not_restricted(sender: Sender) -> None:
    away = {"address": [{"postalCode": ELSEWHERE}]}
    sender.send(GP, patient("1"), patient("2", BEN, **away), patient("3", OTHER_NUMBER, **away, **RESTRICTED))
    assert sorted(names(find(sender, clinician(), **NAMED, postcode=HOME))) == sorted([ASHA, OTHER_NUMBER])
    assert sorted(names(find(sender, clinician(), **NAMED, postcode="TB5 5AA"))) == [OTHER_NUMBER]


def test_whom_only_a_refusing_source_knows_is_not_there_for_others(sender: Sender) -> None:
    sender.send(GP, patient("1"))
    sender.send(GP, refusal("1"))
    for asked in ({"nhs_number": ASHA}, NAMED, {**NAMED, "postcode": HOME}, {**NAMED, "given": ""}):
        assert find(sender, clinician(TRUST), **asked) == find(sender, clinician(TRUST), nhs_number=BEN)
        assert names(find(sender, clinician(GP), **asked)) == [ASHA]
    person = sender.person_of(GP, "1")
    assert person
    with pytest.raises(NotFound):
        search.look(sender.engine, clinician(TRUST), person)


def test_what_only_a_refusing_source_says_finds_nobody_elsewhere(sender: Sender) -> None:
    married = {"name": [{"family": "Shah", "given": ["Asha"]}]}
    sender.send(GP, patient("1", **married))
    sender.send(TRUST, patient("7", address=[{"postalCode": ELSEWHERE}]))
    sender.send(GP, refusal("1"))
    assert sender.person_of(GP, "1") == sender.person_of(TRUST, "7")
    assert names(find(sender, clinician(TRUST), **NAMED)) == [ASHA]
    shah = {**NAMED, "family": "Shah"}
    assert not find(sender, clinician(TRUST), **shah).found
    assert not find(sender, clinician(TRUST), **NAMED, postcode=HOME).found
    assert names(find(sender, clinician(GP), **shah)) == [ASHA]


def test_too_many_are_counted_without_those_who_may_not_be_seen(sender: Sender) -> None:
    same = [patient(str(n), "", address=[{"postalCode": f"TB{n} 1AA"}]) for n in range(1, 22)]
    sender.send(GP, *same)
    sender.send(GP, *({**refusal(str(n)), "id": f"no{n}"} for n in range(1, 22)))
    assert find(sender, clinician(TRUST), **NAMED) == Results(())
    assert find(sender, clinician(GP), **NAMED).too_many


@pytest.mark.parametrize("change", [{"purpose": "planning"}, {"categories": "problems"}])
def test_a_feed_that_may_not_show_who_people_are_finds_nobody(sender: Sender, change: dict[str, str]) -> None:
    sender.send(GP, patient("1"))
    register(sender.engine, GP, **change)
    assert find(sender, clinician(), nhs_number=ASHA) == Results(())


def test_a_search_and_a_confirmation_are_found_by_whoever_asks_who_looked_at_a_person(sender: Sender) -> None:
    sender.send(GP, patient("1"), patient("2", BEN))
    sender.send(TRUST, patient("7"))
    asha, ben = sender.person_of(GP, "1"), sender.person_of(GP, "2")
    assert asha
    found = find(sender, clinician(COUNCIL), nhs_number=ASHA)
    search.look(sender.engine, clinician(COUNCIL), asha)
    assert [one.patient_id for one in found.found] == [asha]
    rows = rows_about(sender, asha)
    assert [row["outcome"] for row in rows] == ["allowed", "allowed"]
    assert [len(audit.unpack(row["items"])) for row in rows] == [2, 2]
    assert rows_about(sender, ben) == []
    assert audit.verify(sender.engine)[1] is None


def test_one_search_that_names_two_people_is_found_by_both(sender: Sender) -> None:
    sender.send(GP, patient("1"), patient("2", BEN), patient("3", OTHER_NUMBER, birthDate="1971-01-01"))
    find(sender, clinician(), **NAMED)
    one, two, three = (rows_about(sender, sender.person_of(GP, n)) for n in "123")
    assert [row["seq"] for row in one] == [row["seq"] for row in two]
    assert (len(one), len(three)) == (1, 0)


def test_a_confirmation_that_shows_nothing_is_written_down_under_the_person_asked_for(sender: Sender) -> None:
    sender.send(GP, patient("1"))
    sender.send(GP, refusal("1"))
    person = sender.person_of(GP, "1")
    assert person
    with pytest.raises(NotFound):
        search.look(sender.engine, clinician(TRUST), person)
    (row,) = rows_about(sender, person)
    assert (row["items"], row["patient_id"]) == (None, person)


def test_somebody_who_may_not_search_names_nobody(sender: Sender) -> None:
    sender.send(GP, patient("1"))
    with pytest.raises(NotAllowed):
        find(sender, User("https://id.example", "x", "X", ""), nhs_number=ASHA)
    assert rows_about(sender, sender.person_of(GP, "1")) == []


def wrongly_linked(sender: Sender) -> tuple[UUID, UUID, datetime]:
    """Ben's hospital details once stood under Asha, and no longer do: (Asha, Ben, when they did)."""
    sender.send(GP, patient("1"), condition("c1", of="1"))
    sender.send(TRUST, patient("7"), condition("c7", of="7", words="Gout"))
    asha = sender.person_of(GP, "1")
    then = clock.now()
    sender.send(TRUST, patient("7", BEN, name=[{"family": "Okafor", "given": ["Ben"]}], birthDate="1955-02-02"))
    ben = sender.person_of(TRUST, "7")
    assert asha and ben and asha != ben
    return asha, ben, then


def test_a_look_at_the_past_through_a_link_since_taken_back_is_found_by_the_one_whom_it_showed(sender: Sender) -> None:
    asha, ben, then = wrongly_linked(sender)
    grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, asha, as_at=then)
    assert [row["patient_id"] for row in rows_about(sender, ben)] == [asha]
    assert len(rows_about(sender, asha)) == 1
    grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, asha)
    assert len(rows_about(sender, ben)) == 1, "what shows nothing of Ben is not about Ben"


def test_a_look_made_before_a_wrong_link_was_taken_back_is_found_afterwards(sender: Sender) -> None:
    sender.send(GP, patient("1"))
    sender.send(TRUST, patient("7"), condition("c7", of="7", words="Gout"))
    asha = sender.person_of(GP, "1")
    assert asha
    grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, asha)
    find(sender, clinician(GP), nhs_number=ASHA)
    sender.send(TRUST, patient("7", BEN, name=[{"family": "Okafor", "given": ["Ben"]}], birthDate="1955-02-02"))
    ben = sender.person_of(TRUST, "7")
    assert ben != asha
    assert [row["kind"] for row in rows_about(sender, ben)] == ["view-record", "search-patients"]
    assert len(rows_about(sender, asha)) == 2
