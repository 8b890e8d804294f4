"""Readings are kept once, changed and removed without losing what was there, on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from app.access.grants import Grant, grant
from app.access.permissions import Permission
from app.errors import NotAllowed, NotFound
from app.portal import store
from app.portal.forms import Measured
from app.portal.joining import welcome
from app.portal.readings import CORRECTED, FINAL, REMOVED, Reading
from app.portal.store import Came
from fhir.exact import decode
from fhir.home import PATIENT, taken_at_home
from tests.browsing import claims, person
from tests.feeding import BEN, GP, Sender, patient

Allowed = Callable[..., Grant]
WHEN = datetime(2026, 7, 1, 7, 15, tzinfo=UTC)
ACCOUNT = person().account
FIRST = Measured(137, 84, 71, WHEN, "After a walk")
SECOND = Measured(133, 82, None, WHEN + timedelta(minutes=1))


@pytest.fixture
def keep(sender: Sender, allowed: Allowed) -> Callable[..., store.Outcome]:
    def add(*given: Measured, key: UUID | None = None, timed: bool = True) -> store.Outcome:
        look = allowed(Permission.ADD_OWN_READING)
        return store.add(sender.engine, look, ACCOUNT, key, given, timed=timed)

    return add


Keep = Callable[..., store.Outcome]


def held(sender: Sender, allowed: Allowed) -> list[Reading]:
    return store.history(sender.engine, allowed())


def test_a_session_is_kept_as_observations_of_the_person(sender: Sender, allowed: Allowed, keep: Keep) -> None:
    key = uuid4()
    assert keep(FIRST, SECOND, key=key) == store.Outcome(Came.KEPT, f"{key}-1")
    assert [one.now.measured for one in held(sender, allowed)] == [SECOND, FIRST]
    kept = sorted((local_id, body) for type_, local_id, body in sender.kept() if type_ == "Observation")
    assert [local_id for local_id, _ in kept] == [f"{key}-1", f"{key}-1-pulse", f"{key}-2"]
    resources = [decode(body or b"") for _, body in kept]
    assert all(taken_at_home(one) and one["status"] == "final" for one in resources)
    assert {one["performer"][0]["reference"] for one in resources} == {f"Patient/{ACCOUNT}"}
    assert sender.count("providers", f"ods = '{PATIENT}' AND held = 3") == 1


def test_the_same_form_sent_again_makes_nothing_and_one_with_other_values_changes_nothing(
    sender: Sender, allowed: Allowed, keep: Keep
) -> None:
    key = uuid4()
    keep(FIRST, key=key)
    assert keep(FIRST, key=key).came is Came.AGAIN
    assert keep(SECOND, key=key).came is Came.OTHERWISE
    assert keep(FIRST, SECOND, key=key).came is Came.OTHERWISE
    assert [one.now.measured for one in held(sender, allowed)] == [FIRST]


def test_without_a_typed_time_the_same_form_is_the_same_a_minute_later(
    sender: Sender, allowed: Allowed, keep: Keep
) -> None:
    key, later = uuid4(), Measured(137, 84, 71, WHEN + timedelta(minutes=1), "After a walk")
    keep(FIRST, key=key, timed=False)
    assert keep(later, key=key, timed=False).came is Came.AGAIN
    assert keep(later, key=key, timed=True).came is Came.OTHERWISE


def test_without_a_key_the_same_values_are_one_reading(sender: Sender, allowed: Allowed, keep: Keep) -> None:
    first = keep(FIRST)
    assert keep(FIRST) == store.Outcome(Came.AGAIN, first.reading)
    assert keep(SECOND).came is Came.KEPT
    assert len(held(sender, allowed)) == 2


def test_a_change_keeps_what_was_there(sender: Sender, allowed: Allowed, keep: Keep) -> None:
    reading = keep(FIRST).reading
    new = Measured(127, 84, None, WHEN, "")
    change = allowed(Permission.ADD_OWN_READING)
    assert store.change(sender.engine, change, ACCOUNT, reading, new, seen=1).came is Came.KEPT
    assert store.change(sender.engine, change, ACCOUNT, reading, new, seen=1).came is Came.AGAIN
    [one] = held(sender, allowed)
    assert [(v.number, v.status, v.measured) for v in one.versions] == [(1, FINAL, FIRST), (2, CORRECTED, new)]
    with_pulse = Measured(127, 84, 66, WHEN, "")
    assert store.change(sender.engine, change, ACCOUNT, reading, with_pulse, seen=2).came is Came.KEPT
    [one] = held(sender, allowed)
    assert [v.measured for v in one.versions] == [FIRST, new, with_pulse]


def test_a_change_of_what_was_changed_meanwhile_is_not_made(sender: Sender, allowed: Allowed, keep: Keep) -> None:
    reading = keep(FIRST).reading
    change = allowed(Permission.ADD_OWN_READING)
    store.change(sender.engine, change, ACCOUNT, reading, SECOND, seen=1)
    assert store.change(sender.engine, change, ACCOUNT, reading, FIRST, seen=1).came is Came.OTHERWISE
    assert held(sender, allowed)[0].now.measured == SECOND


def test_what_is_removed_keeps_its_values_and_comes_back_by_no_change(
    sender: Sender, allowed: Allowed, keep: Keep
) -> None:
    reading = keep(FIRST).reading
    change = allowed(Permission.ADD_OWN_READING)
    assert store.remove(sender.engine, change, ACCOUNT, reading).came is Came.KEPT
    assert store.remove(sender.engine, change, ACCOUNT, reading).came is Came.AGAIN
    assert store.change(sender.engine, change, ACCOUNT, reading, SECOND).came is Came.OTHERWISE
    [one] = held(sender, allowed)
    assert one.is_removed
    assert [(v.status, v.measured) for v in one.versions] == [(FINAL, FIRST), (REMOVED, FIRST)]
    assert keep(FIRST, key=UUID(one.session)).came is Came.AGAIN, "the form sent again does not bring it back"


def test_nobody_touches_the_reading_of_another(sender: Sender, allowed: Allowed, keep: Keep) -> None:
    """C67."""
    key = uuid4()
    reading = keep(FIRST, key=key).reading
    sender.send(GP, patient("2", number=BEN, birthDate="1971-01-01"))
    ben = person("ben")
    his = welcome(sender.engine, ben, claims(nhs_number=BEN, birthdate="1971-01-01"))
    look = grant(sender.engine, ben, Permission.ADD_OWN_READING, his)
    for touch in (
        lambda: store.change(sender.engine, look, ben.account, reading, SECOND),
        lambda: store.remove(sender.engine, look, ben.account, reading),
        lambda: store.remove(sender.engine, look, ACCOUNT, reading),
    ):
        with pytest.raises(NotFound):
            touch()
    made = store.add(sender.engine, look, ben.account, key, [SECOND], timed=True)
    assert made.came is Came.KEPT
    assert made.reading != reading
    assert [one.now.measured for one in held(sender, allowed)] == [FIRST]
    with pytest.raises(NotAllowed):
        store.history(sender.engine, look)


def test_hundreds_sent_at_once_many_of_them_twice_are_each_kept_once(
    sender: Sender, allowed: Allowed, keep: Keep
) -> None:
    look = allowed(Permission.ADD_OWN_READING)
    wanted = {uuid4(): Measured(100 + n % 80, 60, 60 + n % 40, WHEN - timedelta(hours=n)) for n in range(120)}
    sent = [*wanted.items(), *list(wanted.items())[:80]]
    Random(1).shuffle(sent)

    def send(one: tuple[UUID, Measured]) -> Came:
        return store.add(sender.engine, look, ACCOUNT, one[0], [one[1]], timed=True).came

    with ThreadPoolExecutor(16) as pool:
        came = Counter(pool.map(send, sent))
    assert came == {Came.KEPT: 120, Came.AGAIN: 80}
    found = {UUID(one.session): one.now.measured for one in held(sender, allowed)}
    assert found == wanted
    assert sender.count("statements", f"source = '{PATIENT}' AND type = 'Observation'") == 240
