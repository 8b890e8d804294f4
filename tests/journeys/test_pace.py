"""Nobody empties a service with one sign-in: what one person does in ten minutes is counted over all workers."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import audit, clock, create_app
from app.access import sessions
from app.access.pace import WINDOW
from app.access.permissions import Permission
from app.access.sessions import SignIn
from app.access.users import User
from tests.browsing import staff
from tests.feeding import Sender
from tests.installation import demo_settings

GRACE, OMAR = staff(), staff(name="Dr Omar Reid")
ACTS, TRIES = 20, 5


@pytest.fixture
def workers(sender: Sender, database_url: str, tmp_path: Path) -> list[Flask]:
    """The same site twice, as two workers serve it."""
    told = replace(demo_settings(database_url, tmp_path), most_acts=ACTS, most_tries=TRIES)
    return [create_app(told), create_app(told)]


def browser(app: Flask, user: User) -> FlaskClient:
    engine = app.extensions["engine"]
    before = sessions.hash_of(sessions.begin(engine))
    client = app.test_client()
    client.set_cookie("sid", sessions.sign_in(engine, SignIn(user, "staff", ""), instead_of=before, lasts=WINDOW * 9))
    return client


def did(app: Flask, user: User, many: int, *, outcome: str = "allowed", kind: str = Permission.VIEW_RECORD) -> None:
    """What they did lately, whichever worker served them."""
    for _ in range(many):
        own = {"iss": user.issuer, "sub": user.subject}
        audit.append(app.extensions["engine"], audit.Event(kind, outcome, own, uuid4()))


def opened(client: FlaskClient) -> int:
    return client.get(f"/patients/{uuid4()}").status_code


def test_c31_whoever_walks_through_numbers_is_stopped_on_every_worker(workers: list[Flask]) -> None:
    clients = [browser(app, GRACE) for app in workers]
    answers = [opened(clients[n % 2]) for n in range(TRIES + 3)]
    assert answers[0] == 403
    assert answers[TRIES:] == [429] * 3
    assert opened(browser(workers[0], OMAR)) == 403


def test_so_is_whoever_opens_more_than_anyone_reads(workers: list[Flask]) -> None:
    did(workers[0], GRACE, ACTS - 1)
    assert opened(browser(workers[1], GRACE)) == 403
    page = browser(workers[1], GRACE).get(f"/patients/{uuid4()}")
    assert page.status_code == 429
    assert "Wait ten minutes" in page.text


def test_c44_searches_count_as_tries(workers: list[Flask]) -> None:
    did(workers[0], GRACE, TRIES, kind=Permission.SEARCH_PATIENTS)
    assert opened(browser(workers[0], GRACE)) == 429


def test_after_ten_minutes_they_go_on(workers: list[Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    did(workers[0], GRACE, TRIES, outcome="refused")
    client = browser(workers[0], GRACE)
    assert opened(client) == 429
    later = clock.now() + WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert opened(client) == 403


def test_pages_that_are_about_nobody_stay_open(workers: list[Flask]) -> None:
    did(workers[0], GRACE, TRIES, outcome="refused")
    assert browser(workers[0], GRACE).get("/patients").status_code == 200


def test_whom_to_tell_of_a_weakness_is_told_where_it_is_known(
    sender: Sender, database_url: str, tmp_path: Path
) -> None:
    told = demo_settings(database_url, tmp_path)
    path = "/.well-known/security.txt"
    assert create_app(told).test_client().get(path).status_code == 404
    answer = create_app(replace(told, security_contact="mailto:us@care.example")).test_client().get(path)
    contact, expires, _ = answer.text.splitlines()
    assert contact == "Contact: mailto:us@care.example"
    assert clock.now() < datetime.fromisoformat(expires.removeprefix("Expires: ")) < clock.now() + timedelta(days=366)
