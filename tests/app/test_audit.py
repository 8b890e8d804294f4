"""The record of looks cannot be bent without it showing. C50: see also test_audit_attacks.py."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from app import audit, clock
from app.tables import audit_events
from tests.audited import as_owner

ACTOR = {"iss": "https://id.example", "sub": "c1", "name": "Dr Grace Hall", "role": "General practitioner"}


def look(items: tuple[int, ...] = (1, 2), subjects: tuple[int, ...] = (7, 5)) -> audit.Event:
    return audit.Event("view-record", "allowed", ACTOR, uuid4(), {"route": "/patients"}, items, subjects)


def bend(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        as_owner(connection)
        connection.execute(text(sql))


def test_a_chain_that_nobody_touched_holds(engine: Engine) -> None:
    assert [audit.append(engine, look()) for _ in range(3)] == [1, 2, 3]
    assert audit.verify(engine) == (3, None)


@pytest.mark.parametrize(
    ("sql", "at"),
    [
        ("UPDATE audit_events SET actor = (SELECT actor FROM audit_events WHERE seq = 3) WHERE seq = 2", 2),
        ("UPDATE audit_events SET outcome = 'refused' WHERE seq = 1", 1),
        ("UPDATE audit_events SET items = NULL WHERE seq = 3", 3),
        ("UPDATE audit_events SET patient_id = NULL WHERE seq = 4", 4),
        ("UPDATE audit_events SET actor_key = NULL WHERE seq = 3", 3),
        ("DELETE FROM audit_events WHERE seq = 2", 2),
        ("DELETE FROM audit_events WHERE seq = 4", 4),
        ("DELETE FROM audit_events", 1),
        ("DELETE FROM audit_subjects WHERE seq = 3 AND source_patient_id = 7", 3),
        ("INSERT INTO audit_subjects (seq, source_patient_id) VALUES (2, 99)", 2),
        ("UPDATE audit_subjects SET source_patient_id = 6 WHERE seq = 4 AND source_patient_id = 7", 4),
        ("UPDATE audit_subjects SET seq = 9 WHERE seq = 1", 1),
        ("INSERT INTO audit_subjects (seq, source_patient_id) VALUES (5, 7)", 5),
    ],
)
def test_a_changed_or_missing_row_is_found_where_it_is(engine: Engine, sql: str, at: int) -> None:
    for _ in range(4):
        audit.append(engine, look())
    bend(engine, sql)
    _, broken = audit.verify(engine)
    assert broken is not None
    assert broken.seq == at


def test_a_row_moved_elsewhere_is_found(engine: Engine) -> None:
    for _ in range(3):
        audit.append(engine, look())
    bend(engine, "UPDATE audit_events SET seq = 99 WHERE seq = 2")
    bend(engine, "UPDATE audit_events SET seq = 2 WHERE seq = 3")
    bend(engine, "UPDATE audit_events SET seq = 3 WHERE seq = 99")
    _, broken = audit.verify(engine)
    assert broken is not None
    assert broken.seq == 2


@pytest.mark.parametrize("at_once", [8, 64], ids=["C53-8", "C53-64"])
def test_many_at_once_leave_no_gap_and_no_fork(engine: Engine, at_once: int) -> None:
    """Numbers and times are given under the lock of the head, so that they come in one order."""
    with ThreadPoolExecutor(at_once) as pool:
        numbers = list(pool.map(lambda _: audit.append(engine, look()), range(2 * at_once)))
    assert sorted(numbers) == list(range(1, 2 * at_once + 1))
    with engine.connect() as connection:
        times = connection.scalars(select(audit_events.c.at).order_by(audit_events.c.seq)).all()
    assert times == sorted(times)
    assert audit.verify(engine) == (2 * at_once, None)


def test_c54_a_clock_that_goes_back_does_not_take_the_chain_with_it(engine: Engine) -> None:
    later = datetime(2026, 5, 1, 12, tzinfo=UTC)
    with clock.stopped_at(later):
        audit.append(engine, look())
    with clock.stopped_at(later - timedelta(hours=1)):
        audit.append(engine, look())
    with engine.connect() as connection:
        times = connection.scalars(audit.audit_events.select().with_only_columns(audit.audit_events.c.at)).all()
    assert times == [later, later]
    assert audit.verify(engine) == (2, None)


def test_a_chain_longer_than_one_reading_of_it_holds(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "AT_ONCE", 3)
    for _ in range(7):
        audit.append(engine, look())
    assert audit.verify(engine) == (7, None)
    bend(engine, "DELETE FROM audit_subjects WHERE seq = 6")
    assert audit.verify(engine)[0] == 5


@given(st.lists(st.integers(min_value=0, max_value=2**60), unique=True))
def test_items_come_back_as_they_went(items: list[int]) -> None:
    assert audit.unpack(audit.pack(items)) == sorted(items)


def test_the_people_last_looked_at_are_the_actors_own_each_once(engine: Engine) -> None:
    asha, ben, cara = uuid4(), uuid4(), uuid4()
    other = ACTOR | {"iss": "https://elsewhere.example"}
    for actor, outcome, person in [
        (ACTOR, "allowed", asha), (ACTOR, "allowed", ben), (other, "allowed", cara), (ACTOR, "refused", cara),
        (ACTOR, "allowed", asha),
    ]:  # fmt: skip
        audit.append(engine, audit.Event("view-record", outcome, actor, person))
    assert audit.lately(engine, ACTOR, "view-record", 10) == [asha, ben]
    assert audit.lately(engine, ACTOR, "view-record", 1) == [asha]
    assert audit.lately(engine, other, "view-record", 10) == [cara]
    assert audit.lately(engine, ACTOR, "reason", 10) == []


def test_a_nameless_actor_is_nobody_and_has_looked_at_nobody(engine: Engine) -> None:
    audit.append(engine, audit.Event("view-record", "allowed", {"name": "operator"}, uuid4()))
    assert audit.key_of({"name": "operator"}) is None
    assert audit.lately(engine, {"name": "operator"}, "view-record", 10) == []
