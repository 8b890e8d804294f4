"""Whoever looks after the record of looks signed in a moment ago, or strongly; nobody else is asked again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app import clock
from app.access import sessions
from app.access.gate import needs
from app.access.permissions import Permission
from app.access.step_up import ASK_MORE, FRESH, is_enough
from tests.signing_in import Browser, doors, settings_for, site

NOW = clock.now()
HALF_AN_HOUR = timedelta(minutes=30)
ALMOST = FRESH - timedelta(seconds=1)


@pytest.fixture
def app(one_engine: Engine, issuer: str) -> Flask:
    """A site with the officer's page."""
    app = site(one_engine, settings_for(doors(issuer)))
    app.add_url_rule(
        "/access-review", "review", needs(Permission.REVIEW_ACCESS)(lambda: "who looked"), methods=["GET", "POST"]
    )
    return app


@pytest.fixture
def officer(browser: Browser) -> Browser:
    assert browser.sign_in("privacy").headers["Location"] == "/access-review"
    return browser


@pytest.fixture
def later(officer: Browser) -> Iterator[Browser]:
    """Half an hour on, and busy all the time."""
    with clock.stopped_at(clock.now() + timedelta(minutes=14)):
        officer.site.get("/access-review")
    with clock.stopped_at(clock.now() + timedelta(minutes=28)):
        officer.site.get("/access-review")
    with clock.stopped_at(clock.now() + HALF_AN_HOUR):
        yield officer


def leave(browser: Browser) -> TestResponse:
    """Press the button of the page that asks."""
    return browser.post("/login/again", csrf=browser.csrf("/login/again"))


@pytest.mark.parametrize(
    ("level", "ago", "enough"),
    [(0, FRESH, False), (2, FRESH, False), (3, FRESH * 20, True), (0, ALMOST, True), (2, timedelta(), True)],
)
def test_a_fresh_sign_in_or_a_strong_one_is_enough(level: int, ago: timedelta, enough: bool) -> None:
    assert is_enough(Permission.REVIEW_ACCESS, level, NOW - ago, NOW) is enough
    assert all(is_enough(other, level, NOW - ago, NOW) for other in set(Permission) - ASK_MORE)


def test_an_officer_who_signed_in_a_moment_ago_is_not_asked_again(officer: Browser) -> None:
    assert officer.site.get("/access-review").text == "who looked"


def test_half_an_hour_later_they_are_asked_and_led_back_to_the_page(later: Browser) -> None:
    asked = later.site.get("/access-review?page=2")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/login/again")
    assert "Sign in again to open this page" in later.site.get("/login/again").text
    before = later.sid
    url = leave(later).headers["Location"]
    assert "prompt=login" in url and "max_age=300" in url
    with clock.stopped_at(clock.now() - HALF_AN_HOUR):  # the provider has the time of day
        back = later.back(later.at_provider(url, "privacy"))
    assert back.headers["Location"] == "/access-review?page=2"
    assert later.sid != before


def test_what_was_posted_too_late_is_said_not_to_be_saved(later: Browser) -> None:
    word = later.csrf("/no-such-page")
    assert later.site.post("/access-review", data={"csrf": word}).headers["Location"] == "/login/again"
    assert "is not saved" in later.site.get("/login/again").text


def test_htmx_leads_the_whole_page_to_sign_in_again(later: Browser) -> None:
    answer = later.site.get("/access-review", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/login/again"


def test_whoever_comes_back_as_somebody_else_stays_who_they_are(officer: Browser) -> None:
    answer = officer.back(officer.at_provider(leave(officer).headers["Location"], "gp"))
    assert answer.status_code == 403 and "as somebody else" in answer.text
    assert "Priya Nair" in officer.site.get("/no-such-page").text
    assert officer.site.get("/patients").status_code == 403


def test_nobody_signs_in_again_who_is_not_signed_in(browser: Browser) -> None:
    assert browser.site.get("/login/again").headers["Location"] == "/login"
    assert browser.post("/login/again").headers["Location"] == "/login"


def test_an_officer_with_a_smartcard_is_never_asked_again(one_engine: Engine, officer: Browser) -> None:
    session = sessions.load(one_engine, officer.sid)
    assert session and session.user and session.level == 0
    who = sessions.SignIn(session.user, "staff", "", level=3)
    strong = sessions.sign_in(one_engine, who, instead_of=session.sid_hash, lasts=timedelta(hours=1))
    officer.site.set_cookie("sid", strong)
    for minutes in (14, 28, 42):
        with clock.stopped_at(clock.now() + timedelta(minutes=minutes)):
            assert officer.site.get("/access-review").text == "who looked"


def test_a_clinician_at_work_is_not_asked_again(browser: Browser) -> None:
    browser.sign_in("gp")
    for minutes in (14, 28, 42):
        with clock.stopped_at(clock.now() + timedelta(minutes=minutes)):
            assert browser.site.get("/patients").status_code == 200
