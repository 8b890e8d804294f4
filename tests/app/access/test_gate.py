"""Nobody comes to a page that is not theirs, no other site sends forms for them, and the browser keeps nothing."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, db
from app.access import gate, sessions
from app.access.gate import check_endpoints, local_path, mark_of
from app.access.headers import content_policy
from app.access.sessions import SignIn, hash_of
from app.access.users import Clinician, PatientUser
from app.errors import NotReady
from app.settings import IdentityProvider
from app.tables import sessions as table
from tests.signing_in import NO_ONE, Browser, doors, settings_for, site

GRACE = Clinician(NO_ONE, "1", "Dr Grace Hall", "", "B86000", "Elm Surgery", "General practitioner")
ASHA = PatientUser(NO_ONE, "2", "Asha Patel", "")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def app(engine) -> Flask:
    return site(engine, settings_for(doors(NO_ONE)))


@pytest.fixture
def browser(app) -> Browser:
    return Browser(app)


def sign_in(browser: Browser, user) -> Browser:
    """In without a provider: what a provider says is tried elsewhere."""
    engine = browser.app.extensions["engine"]
    pending = sessions.begin(engine)
    who = SignIn(user, "staff", "signed.token")
    cookie = sessions.sign_in(engine, who, instead_of=hash_of(pending), lasts=timedelta(hours=12))
    browser.site.set_cookie("sid", cookie)
    return browser


# ---------------------------------------------------------------- closed by default
def test_an_app_with_an_unmarked_page_does_not_start() -> None:
    app = Flask("app")
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(NotReady, match="forgotten"):
        check_endpoints(app)


def test_every_page_of_the_site_says_who_may_use_it(app) -> None:
    assert {mark_of(app, rule.endpoint) for rule in app.url_map.iter_rules()} >= {gate.OPEN}
    assert None not in {mark_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}


# ---------------------------------------------------------------- not signed in
def test_a_visitor_is_sent_to_sign_in(browser) -> None:
    answer = browser.site.get("/patients")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_a_part_asked_for_by_htmx_sends_the_whole_page_to_sign_in(browser) -> None:
    answer = browser.site.get("/patients", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")
    assert "Location" not in answer.headers


def test_the_page_asked_for_is_kept_here_and_not_in_the_address(browser) -> None:
    answer = browser.site.get("/patients/7?tab=2")
    assert "patients" not in answer.headers["Location"]
    assert kept(browser)["return_to"] == "/patients/7?tab=2"


def test_for_htmx_the_page_it_was_asked_from_is_kept(browser) -> None:
    browser.site.get("/patients", headers=HTMX | {"HX-Current-URL": "http://127.0.0.1:8000/patients/7"})
    assert kept(browser)["return_to"] == "/patients/7"
    browser.site.get("/patients", headers=HTMX | {"HX-Current-URL": "https://evil.example/patients/7"})
    assert kept(browser)["return_to"] == "/"


def kept(browser: Browser) -> dict:
    return sessions.load(browser.app.extensions["engine"], browser.sid).data


@pytest.mark.parametrize("path", ["//evil", "///evil", "/\\evil", "\\evil", "https:evil", "https://evil", "evil"])
@pytest.mark.parametrize("end", ["", "/patients"])
def test_a_way_back_to_another_site_leads_to_the_start(path, end) -> None:
    """C20."""
    assert local_path(path + end) == "/"


@pytest.mark.parametrize("path", ["/a\r\nSet-Cookie: x", "/a\tb", "/\u202e", "/a b", "/" + "a" * 600])
def test_a_way_back_with_odd_signs_leads_to_the_start(path) -> None:
    """C20."""
    assert local_path(path) == "/"


@pytest.mark.parametrize("path", ["/", "/patients", "/patients/1?x=//evil", "/my/readings/new"])
def test_a_way_back_on_the_site_is_kept(path) -> None:
    assert local_path(path) == path


def test_an_unknown_page_is_just_unknown(browser) -> None:
    assert browser.site.get("/nothing-here").status_code == 404


# ---------------------------------------------------------------- the wrong kind of user
def test_a_patient_cannot_open_a_clinicians_page(browser) -> None:
    assert sign_in(browser, GRACE).site.get("/patients").status_code == 200
    assert sign_in(browser, ASHA).site.get("/patients").status_code == 403


def test_known_and_unknown_people_are_refused_alike(browser) -> None:
    sign_in(browser, ASHA)
    with clock.stopped_at(clock.now()):  # every page says when it was made
        answers = [browser.site.get(f"/patients/{which}") for which in ("1", "999999")]
    assert [a.status_code for a in answers] == [403, 403]
    assert answers[0].text == answers[1].text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("headers", [{}, HTMX, {"X-HTTP-Method-Override": "GET"}])
def test_no_way_of_asking_opens_a_clinicians_page_to_a_patient(browser, method, headers) -> None:
    answer = sign_in(browser, ASHA).site.open("/patients", method=method, headers=headers)
    assert answer.status_code == 403


def test_an_ended_session_is_signed_out_on_the_next_request(browser) -> None:
    sign_in(browser, GRACE)
    sessions.end_all(browser.app.extensions["engine"], GRACE.issuer, GRACE.subject, "left")
    assert browser.site.get("/patients").status_code == 303


def test_after_a_quarter_of_an_hour_the_sign_in_page_says_why(browser) -> None:
    sign_in(browser, GRACE)
    with clock.stopped_at(clock.now() + timedelta(minutes=16)):
        assert browser.site.get("/patients").status_code == 303
        assert "nothing was done for a while" in browser.site.get("/login").text


def test_a_page_that_refreshes_itself_does_not_keep_anybody_signed_in(browser) -> None:
    sign_in(browser, GRACE)
    start = clock.now()
    for minute in (5, 10):
        with clock.stopped_at(start + timedelta(minutes=minute)):
            assert browser.site.get("/patients", headers={"X-Background": "1"}).status_code == 200
    with clock.stopped_at(start + timedelta(minutes=16)):
        assert browser.site.get("/patients").status_code == 303


# ---------------------------------------------------------------- forged forms
def send(browser: Browser, **kwargs) -> int:
    return browser.site.post("/patients", **kwargs).status_code


def test_a_form_from_our_own_page_is_taken(browser) -> None:
    word = sign_in(browser, GRACE).csrf("/no-such-page")
    assert send(browser, data={"csrf": word}) == 200
    assert send(browser, headers={"X-CSRF-Token": word}) == 200
    assert send(browser, data={"csrf": word}, headers={"Sec-Fetch-Site": "same-origin"}) == 200


@pytest.mark.parametrize("where", ["cross-site", "same-site", "", "nonsense"])
def test_a_form_from_another_site_is_refused(browser, where) -> None:
    """C64."""
    word = sign_in(browser, GRACE).csrf("/no-such-page")
    assert send(browser, data={"csrf": word}, headers={"Sec-Fetch-Site": where}) == 403


@pytest.mark.parametrize("word", ["", "x", "é", "a" * 43])
def test_a_form_without_the_sessions_word_is_refused(browser, word) -> None:
    """C64, also as text/plain."""
    sign_in(browser, GRACE)
    assert send(browser, data={"csrf": word}) == 403
    assert send(browser, data='{"csrf": "x"}', content_type="text/plain") == 403
    assert send(browser) == 403


def test_the_word_of_another_session_is_refused(browser) -> None:
    theirs = sign_in(Browser(browser.app), GRACE).csrf("/no-such-page")
    sign_in(browser, GRACE)
    assert send(browser, data={"csrf": theirs}) == 403


def test_nobody_is_signed_in_or_out_by_another_site(browser) -> None:
    assert browser.site.post("/login", data={"provider": "staff"}).status_code == 403
    sign_in(browser, GRACE)
    assert browser.site.post("/logout").status_code == 403
    assert browser.site.get("/logout").status_code == 405
    assert browser.site.get("/patients").status_code == 200


def test_a_form_sent_after_being_signed_out_leads_to_sign_in(browser) -> None:
    assert send(browser, data={"csrf": "old"}) == 303


def test_whoever_was_signed_out_before_a_form_was_sent_is_told_and_led_back(browser) -> None:
    word = sign_in(browser, GRACE).csrf("/no-such-page")
    with clock.stopped_at(clock.now() + timedelta(minutes=16)):
        assert send(browser, data={"csrf": word}) == 303
        page = browser.site.get("/login").text
    assert "nothing was done for a while. What you sent is not saved." in page
    assert kept(browser)["return_to"] == "/patients"


def test_a_form_from_another_site_does_not_change_the_cookie(browser) -> None:
    """A browser sends it without the cookie (SameSite=Lax): a new one would sign the person out."""
    assert "Set-Cookie" not in Browser(browser.app).site.post("/patients").headers


# ---------------------------------------------------------------- the cookie
def test_the_cookie_is_for_us_alone(browser) -> None:
    cookie = browser.site.get("/login").headers["Set-Cookie"]
    assert cookie.startswith("sid=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie and "Domain" not in cookie and "Expires" not in cookie


def test_in_production_the_cookie_is_bound_to_one_host_over_https(engine) -> None:
    app = site(engine, settings_for(doors("https://id.example"), environment="production"))
    cookie = app.test_client().get("/login").headers["Set-Cookie"]
    assert cookie.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_fifty_begun_sign_ins_leave_one_small_cookie(engine, issuer) -> None:
    """C16."""
    browser = Browser(site(engine, settings_for(doors(issuer))))
    for _ in range(50):
        browser.start()
    assert len(browser.sid) < 100
    assert len(kept(browser)["started"]) == 10
    assert browser.sign_in("gp").headers["Location"] == "/patients"


def test_flasks_own_session_is_never_used(browser) -> None:
    browser.site.get("/login")
    assert browser.app.secret_key is None
    assert browser.site.get_cookie("session") is None


# ---------------------------------------------------------------- what every answer says
ADDRESSES = ["/", "/login", "/patients", "/nothing-here", "/auth/staff/callback?state=x", "/static/app.css", "/logout"]


@pytest.mark.parametrize("address", [*ADDRESSES, "/broken"])
def test_every_answer_has_every_header(browser, address) -> None:
    with browser.site.get(address) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "HX-Request" in headers["Vary"]
    assert headers["Server"] == "tributary"
    kept = address.startswith("/static/")
    assert headers["Cache-Control"] == ("public, max-age=3600" if kept else "no-store")


def test_an_error_shows_no_trace(browser) -> None:
    answer = browser.site.get("/broken")
    assert answer.status_code == 500
    assert "never shown" not in answer.text and "Traceback" not in answer.text


def test_production_asks_for_https_for_two_years(engine) -> None:
    app = site(engine, settings_for(doors("https://id.example"), environment="production"))
    headers = app.test_client().get("/").headers
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_the_demo_does_not_ask_for_https(browser) -> None:
    assert "Strict-Transport-Security" not in browser.site.get("/").headers


def test_forms_may_lead_to_the_providers_and_nowhere_else() -> None:
    cis2 = IdentityProvider("cis2", "https://am.example:443/openam/oauth2", "us", "staff", "key")
    login = IdentityProvider("nhs-login", "https://auth.example/", "us", "patient", "key")
    policy = content_policy(settings_for([cis2, login]))
    assert "form-action 'self' https://am.example:443 https://auth.example;" in policy


@pytest.mark.parametrize(
    ("path", "far"), [("/login", True), ("/auth/staff/callback", True), ("/", False), ("/x", False)]
)
def test_whoever_leaves_to_sign_in_may_be_passed_on_by_the_provider(engine, path, far) -> None:
    """Chromium 156 blocks a sign-in where the provider's own redirect leads to a host that the policy does not name."""
    app = site(engine, settings_for(doors("https://id.example"), environment="production"))
    policy = app.test_client().get(path, base_url="https://care.example").headers["Content-Security-Policy"]
    assert ("https: " in policy.replace(";", " ;")) is far
    assert "form-action 'self' " in policy and "*" not in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8001"])
def test_a_forged_host_changes_no_address(engine, issuer, host) -> None:
    """C28."""
    browser = Browser(site(engine, settings_for(doors(issuer))))
    page = browser.site.get("/login", headers={"Host": host})
    assert host not in page.text
    answer = browser.site.get("/patients", headers={"Host": host})
    assert answer.headers["Location"] == "/login"
    word = browser.csrf()
    leaving = browser.site.post("/login", data={"csrf": word, "provider": "staff"})
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fauth" in leaving.headers["Location"]


def test_asking_with_htmx_opens_no_more_and_no_less(app) -> None:
    for headers in ({}, HTMX):
        assert sign_in(Browser(app), GRACE).site.get("/patients", headers=headers).status_code == 200
        assert sign_in(Browser(app), ASHA).site.get("/patients", headers=headers).status_code == 403


def test_reading_a_page_within_a_minute_writes_nothing(browser) -> None:
    sign_in(browser, GRACE)
    engine = browser.app.extensions["engine"]

    def seen() -> list:
        with db.read(engine) as connection:
            return list(connection.scalars(select(table.c.last_seen_at).where(table.c.kind == "clinician")))

    before = seen()
    browser.site.get("/patients")
    assert seen() == before
