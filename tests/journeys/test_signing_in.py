"""The whole site as it runs: who comes in, where they arrive, and what stays shut."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.access.gate import OPEN, SIGNED, mark_of
from app.migrate import migrate
from tests.signing_in import Browser, demo_provider, doors, settings_for


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with demo_provider() as running:
        yield running


@pytest.fixture
def app(database_url: str, keys_dir: Path, issuer: str) -> Iterator[Flask]:
    made = create_app(replace(settings_for(doors(issuer)), database_url=database_url, keys_dir=keys_dir))
    made.extensions["patient_sign_in"] = lambda user, claims: None  # this site holds nobody to be led to
    migrate(made.extensions["engine"])
    yield made
    made.extensions["engine"].dispose()


def test_a_visitor_reads_what_this_is_and_finds_the_way_in(app) -> None:
    visitor = Browser(app)
    page = visitor.site.get("/").text
    assert "One shared care record" in page and 'href="/login"' in page
    assert visitor.site.get("/login").text.count('name="provider"') == 2


def test_a_gp_comes_in_works_and_goes_out(app) -> None:
    grace = Browser(app)
    assert grace.site.get("/patients").headers["Location"] == "/login"
    assert grace.sign_in("gp").headers["Location"] == "/patients"
    page = grace.site.get("/patients")
    assert page.status_code == 200
    assert "Dr Grace Hall · General practitioner · Elm Surgery" in page.text
    leaving = grace.sign_out()
    assert grace.elsewhere.get(leaving.headers["Location"], allow_redirects=False).status_code == 302
    assert grace.site.get("/patients").headers["Location"] == "/login"


@pytest.mark.parametrize(
    ("username", "door"),
    [("patient", "patient"), ("patient2", "patient"), ("planner", "staff"), ("quality", "staff"), ("privacy", "staff")],
)
def test_nobody_but_clinicians_opens_the_patients_pages(app, username, door) -> None:
    someone = Browser(app)
    someone.sign_in(username, door)
    assert someone.site.get("/").status_code in {200, 303}  # here, or off to their own page
    assert someone.site.get("/patients").status_code == 403
    assert someone.site.get("/patients/00000000-0000-4000-8000-000000000000").status_code == 403


def test_every_address_of_the_site_is_shut_to_visitors_unless_it_says_otherwise(app) -> None:
    ids = {"patient_id": "00000000-0000-4000-8000-000000000000", "name": "staff", "filename": "app.css", "number": 1}
    ids |= dict.fromkeys(("project_id", "release_id", "cohort_id", "item_id", "order_id"), ids["patient_id"])
    shut = 0
    for rule in app.url_map.iter_rules():
        if mark_of(app, rule.endpoint) in {OPEN, SIGNED}:
            continue
        address = app.url_map.bind("").build(rule.endpoint, {a: ids.get(a, "x") for a in rule.arguments})
        for method in sorted(rule.methods - {"OPTIONS"}):
            answer = Browser(app).site.open(address, method=method)
            assert (answer.status_code, answer.headers.get("Location")) == (303, "/login"), (method, address)
            shut += 1
    assert shut
    opened = {rule.rule for rule in app.url_map.iter_rules() if mark_of(app, rule.endpoint) == OPEN}
    public = {"/data-uses", "/data-uses.csv", "/data-uses.json", "/how-we-use-your-data", "/your-choices"}
    signing_in = {"/", "/login", "/login/again", "/logout", "/auth/<name>/callback", "/auth/keys"}
    signed = [rule.rule for rule in app.url_map.iter_rules() if mark_of(app, rule.endpoint) == SIGNED]
    assert signed == ["/auth/<name>/logout"]
    assert opened == public | signing_in | {"/healthz", "/.well-known/security.txt", "/static/<path:filename>"}


def test_people_who_sign_in_at_once_each_see_their_own_name(app) -> None:
    names = {"gp": "Dr Grace Hall", "hospital": "Dr Omar Shah", "social": "Joan Price", "quality": "Quentin Moss"}
    browsers = {username: Browser(app) for username in names}
    started = {username: browser.start() for username, browser in browsers.items()}
    for username, browser in reversed(browsers.items()):
        browser.back(browser.at_provider(started[username], username))
    for username, browser in browsers.items():
        page = browser.site.get("/no-such-page").text
        assert [name for name in names.values() if name in page] == [names[username]]
