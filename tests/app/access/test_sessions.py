"""A session lasts as long as it should, is nobody else's, and ends at once when it is ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from app import clock, db
from app.access import sessions
from app.access.sessions import SignIn, hash_of
from app.access.users import Clinician, PatientUser, Planner, User
from app.tables import sessions as table

GRACE = Clinician("https://id.example", "1", "Dr Grace Hall", "", "B86000", "Elm Surgery", "General practitioner")
CODED = replace(GRACE, role_code="R8000", activities=frozenset({"B1611", "B0360"}))
ASHA = PatientUser("https://id.example", "2", "Asha Patel", "")
LASTS = timedelta(hours=12)


@pytest.fixture(autouse=True)
def at() -> Iterator[None]:
    with clock.stopped_at(clock.now()):
        yield


def signed_in(engine: Engine, user: User = GRACE) -> str:
    pending = sessions.begin(engine)
    who = SignIn(user, "staff", "signed.token.here", level=2)
    return sessions.sign_in(engine, who, instead_of=hash_of(pending), lasts=LASTS)


def load(engine: Engine, cookie: str) -> sessions.Session | None:
    return sessions.load(engine, cookie)


def rows(engine: Engine) -> list[dict]:
    with db.read(engine) as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(table.c.sid_hash)).mappings()]


def later(**time: int):
    return clock.stopped_at(clock.now() + timedelta(**time))


@pytest.mark.parametrize("user", [GRACE, CODED, ASHA, Planner("https://id.example", "3", "Petra Lane", "")])
def test_who_signed_in_is_who_is_there(engine, user) -> None:
    cookie = signed_in(engine, user)
    session = load(engine, cookie)
    assert session and session.user == replace(user, session=hash_of(cookie).hex())
    assert (session.id_token, session.level, session.began_at) == ("signed.token.here", 2, clock.now())


def test_the_database_holds_nothing_that_opens_a_session(engine) -> None:
    cookie = signed_in(engine)
    assert cookie not in repr(rows(engine))
    assert not any(load(engine, row["sid_hash"].hex()) for row in rows(engine))


def test_an_id_is_256_random_bits(engine) -> None:
    cookies = {sessions.begin(engine) for _ in range(20)}
    assert len(cookies) == 20
    assert all(len(cookie) == 43 for cookie in cookies)


@pytest.mark.parametrize("cookie", ["", "x", "é", "\ud800", "a" * 5000, "' OR 1=1 --"])
def test_a_made_up_cookie_is_nobody(engine, cookie) -> None:
    signed_in(engine)
    assert load(engine, cookie) is None


def test_signing_in_changes_the_id_and_ends_what_was_before(engine) -> None:
    pending = sessions.begin(engine, {"return_to": "/patients"})
    cookie = sessions.sign_in(engine, SignIn(GRACE, "staff", ""), instead_of=hash_of(pending), lasts=LASTS)
    assert cookie != pending
    assert load(engine, pending) is None
    assert len({row["csrf"] for row in rows(engine)}) == 2


PETRA = Planner("https://id.example", "3", "Petra Lane", "")


@pytest.mark.parametrize(("user", "minutes"), [(GRACE, 15), (ASHA, 30), (PETRA, 15)])
def test_a_session_ends_when_nothing_is_done_for_as_long_as_its_kind_of_user_may(engine, user, minutes) -> None:
    cookie = signed_in(engine, user)
    with later(minutes=minutes, seconds=-1):
        assert load(engine, cookie)
    with later(minutes=minutes):
        assert load(engine, cookie) is None
    assert load(engine, cookie) is None, "it does not come back when the clock does"
    assert sessions.ended_why(engine, cookie) == "idle"


def test_a_session_ends_after_twelve_hours_however_busy(engine) -> None:
    cookie = signed_in(engine)
    for minute in range(0, 12 * 60, 10):
        with later(minutes=minute):
            sessions.seen(engine, load(engine, cookie))
    with later(hours=12):
        assert load(engine, cookie) is None
    assert sessions.ended_why(engine, cookie) == "too long"


def test_being_there_is_noted_once_a_minute(engine) -> None:
    cookie = signed_in(engine)
    began = load(engine, cookie).last_seen_at
    for seconds, noted in ((59, 0), (60, 60), (100, 60), (120, 120)):
        with later(seconds=seconds):
            sessions.seen(engine, load(engine, cookie))
            assert load(engine, cookie).last_seen_at == began + timedelta(seconds=noted)


def test_a_session_can_be_ended_and_forgets_its_token(engine) -> None:
    cookie = signed_in(engine)
    sessions.end(engine, hash_of(cookie), "signed out")
    assert load(engine, cookie) is None
    assert "signed.token.here" not in repr(rows(engine))


def test_all_sessions_of_one_person_end_and_no_one_elses(engine) -> None:
    grace, again, asha = signed_in(engine), signed_in(engine), signed_in(engine, ASHA)
    assert sessions.end_all(engine, GRACE.issuer, GRACE.subject, "left the organisation") == 2
    assert load(engine, grace) is None and load(engine, again) is None
    assert load(engine, asha)
    assert sessions.ended_why(engine, grace) == "left the organisation"


def test_an_ended_session_cannot_be_signed_in_from_or_changed(engine) -> None:
    cookie = signed_in(engine)
    sessions.end(engine, hash_of(cookie), "signed out")
    assert sessions.change(engine, hash_of(cookie), lambda data: data.update(back=True)) is None
    assert load(engine, cookie) is None


def test_sign_ins_that_nobody_finished_are_cleared_away(engine) -> None:
    abandoned = sessions.begin(engine)
    with later(hours=1, seconds=1):
        assert load(engine, abandoned) is None
        sessions.begin(engine)
        assert len(rows(engine)) == 1


def test_what_is_taken_once_is_not_taken_twice_by_eight_at_a_time(engine) -> None:
    pending = sessions.begin(engine, {"started": {"state": "kept"}})

    def take(_: int):
        return sessions.change(engine, hash_of(pending), lambda data: data["started"].pop("state", None))

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(16)))
    assert sorted(filter(None, taken)) == ["kept"]


def test_a_session_of_a_kind_that_is_no_more_ends_and_does_not_fail(engine) -> None:
    cookie = signed_in(engine)
    with db.write(engine) as connection:
        connection.execute(update(table).values(kind="emperor"))
    assert load(engine, cookie) is None


def test_a_session_whose_user_had_other_parts_ends_and_does_not_fail(engine) -> None:
    cookie = signed_in(engine)
    sessions.change(engine, hash_of(cookie), lambda data: data.update(user={"name": "G", "cohort": 7}))
    assert load(engine, cookie) is None
