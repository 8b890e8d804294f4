"""Coming in through the demo's own provider and going out again; and every way in that is not one."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app import audit, db
from app.access import sessions
from app.access.claims import Refused
from app.settings import IdentityProvider
from app.tables import sessions as table
from tests.audited import events
from tests.signing_in import CLIENT, SECRET, SITE, Browser, demo_provider, doors, settings_for, site


def signed_in(browser: Browser) -> bool:
    return browser.site.get("/patients").status_code == 200


def refused(answer) -> bool:
    return answer.status_code == 403 and "You are not signed in" in answer.text


# ---------------------------------------------------------------- in
def test_a_gp_signs_in_and_reaches_the_search_page(browser) -> None:
    answer = browser.sign_in("gp")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/patients")
    assert signed_in(browser)


@pytest.mark.parametrize(
    ("username", "page"),
    [("planner", "/exports"), ("group1", "/data-uses"), ("group2", "/data-uses"), ("privacy", "/access-review")],
)
def test_those_who_plan_decide_and_review_reach_their_own_page(browser, username, page) -> None:
    assert browser.sign_in(username).headers["Location"] == page


@pytest.mark.parametrize("username", ["quality"])
def test_everyone_else_of_staff_is_told_what_is_coming(browser, username) -> None:
    assert browser.sign_in(username).headers["Location"] == "/"
    page = browser.site.get("/").text
    assert "You are signed in" in page and "Here you will be able to" in page
    assert not signed_in(browser)


def test_two_people_have_two_sessions(app) -> None:
    gp, hospital = Browser(app), Browser(app)
    gp.sign_in("gp")
    hospital.sign_in("hospital")
    assert "Dr Grace Hall" in gp.site.get("/no-such-page").text
    assert "Dr Omar Shah" in hospital.site.get("/no-such-page").text


def test_after_signing_in_comes_the_page_that_was_asked_for(browser) -> None:
    browser.site.get("/patients/7?tab=2")
    assert browser.sign_in("gp").headers["Location"] == "/patients/7?tab=2"


@pytest.mark.parametrize("path", ["/patients/7", "/nowhere", "/logout"])
def test_nobody_is_led_to_a_page_that_is_not_theirs(browser, path) -> None:
    browser.site.get(path)
    assert browser.sign_in("patient", door="patient").headers["Location"] == "/my"


@pytest.mark.parametrize(
    "path", ["//evil.example/patients", "/\\evil.example", "/patients/%0d%0aLocation:%20evil", "/patients/%5c%5cevil"]
)
def test_no_address_leads_off_the_site_after_signing_in(browser, path) -> None:
    """C20."""
    browser.site.get(path)
    location = browser.sign_in("gp").headers["Location"]
    assert location.startswith("/") and "evil" not in location


def test_somebody_signed_in_is_not_asked_again(browser) -> None:
    browser.sign_in("gp")
    for page in ("/", "/login"):
        assert browser.site.get(page).headers["Location"] == "/patients"


def test_signing_in_is_written_down(engine, browser) -> None:
    browser.sign_in("gp")
    browser.sign_out()
    rows = events(engine)
    assert [row["kind"] for row in rows] == ["sign-in", "sign-out"]
    assert rows[0]["actor"]["sub"] == "demo-gp"
    assert audit.verify(engine)[1] is None


def test_the_page_of_ways_in_has_a_button_for_each(browser) -> None:
    page = browser.site.get("/login").text
    assert "Sign in as a member of staff" in page and "Sign in as a patient" in page


def test_a_way_in_that_is_not_there_is_not_found(browser) -> None:
    assert browser.post("/login", provider="nhs").status_code == 404
    assert browser.site.get("/auth/nhs/callback?state=x&code=y").status_code == 404


def test_providers_read_our_public_keys(browser) -> None:
    assert browser.site.get("/auth/keys").json == {"keys": []}, "the demo has a secret"


# ---------------------------------------------------------------- the two doors
def test_a_patient_comes_in_by_the_patients_door(browser) -> None:
    assert browser.sign_in("patient", door="patient").headers["Location"] == "/my"
    assert browser.site.get("/").headers["Location"] == "/my"


def test_a_patient_whose_details_lead_to_no_record_does_not_come_in(app, browser) -> None:
    told = []

    def nobody(user, claims) -> None:
        told.append((user.subject, claims["nhs_number"], claims["birthdate"], claims["family_name"]))
        raise Refused("We could not match your details to one record.")

    app.extensions["patient_sign_in"] = nobody
    answer = browser.sign_in("patient", door="patient")
    assert refused(answer) and "could not match your details" in answer.text
    assert browser.site.get("/").status_code == 200
    assert told == [("demo-patient", "9990000018", "1961-02-03", "Patel")]


@pytest.mark.parametrize(("username", "door", "right"), [("patient", "staff", "patient"), ("gp", "patient", "staff")])
def test_at_the_wrong_door_of_one_provider_people_are_led_to_theirs(engine, browser, username, door, right) -> None:
    answer = browser.sign_in(username, door=door)
    assert answer.headers["Location"].startswith("http://127.0.0.1:")
    assert f"auth%2F{right}%2Fcallback" in answer.headers["Location"]
    assert not signed_in(browser)
    back = browser.elsewhere.get(answer.headers["Location"], allow_redirects=False).headers["Location"]
    assert browser.back(back).status_code == 303
    with db.read(engine) as connection:
        doors_used = list(connection.scalars(select(table.c.provider).where(table.c.kind != "pending")))
    assert doors_used == [right]


def test_a_staff_provider_never_yields_a_patient(engine, issuer) -> None:
    only_staff = IdentityProvider("staff", issuer, CLIENT, "staff", SECRET)
    browser = Browser(site(engine, settings_for([only_staff])))
    assert refused(browser.sign_in("patient"))
    assert "way in for staff" in browser.back(browser.at_provider(browser.start(), "patient")).text


# ---------------------------------------------------------------- not in
def test_what_came_back_once_is_not_taken_again(browser) -> None:
    """C13."""
    back = browser.at_provider(browser.start(), "gp")
    browser.back(back)
    browser.sign_out()
    assert refused(browser.back(back))
    assert not signed_in(browser)


def test_what_came_back_is_not_taken_from_another_browser(app) -> None:
    """C13."""
    mine, theirs = Browser(app), Browser(app)
    back = mine.at_provider(mine.start(), "gp")
    theirs.start()
    assert refused(theirs.back(back))
    assert refused(Browser(app).back(back))
    assert not signed_in(theirs)


def test_a_planted_answer_does_not_change_who_is_signed_in(app) -> None:
    """C13."""
    attacker, victim = Browser(app), Browser(app)
    victim.sign_in("gp")
    assert refused(victim.back(attacker.at_provider(attacker.start(), "hospital")))
    assert "Dr Grace Hall" in victim.site.get("/no-such-page").text


def test_an_answer_at_the_other_doors_address_is_refused(browser) -> None:
    """C12."""
    back = browser.at_provider(browser.start("staff"), "gp")
    assert refused(browser.back(back.replace("/auth/staff/", "/auth/patient/")))
    assert refused(browser.back(back)), "it is used up"
    assert not signed_in(browser)


def test_the_answer_of_another_provider_is_refused(engine, issuer) -> None:
    """C12."""
    with demo_provider() as other_issuer:
        first, _ = doors(issuer)
        other = IdentityProvider("other", other_issuer, CLIENT, "staff", SECRET)
        browser = Browser(site(engine, settings_for([first, other])))
        here, there = browser.start("staff"), browser.start("other")
        code = parse_qs(urlsplit(browser.at_provider(here, "gp")).query)["code"][0]
        state = parse_qs(urlsplit(there).query)["state"][0]
        for iss in (issuer, other_issuer):
            answer = browser.back(f"{SITE}/auth/other/callback?code={code}&state={state}&iss={iss}")
            assert refused(answer)
    assert not signed_in(browser)


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=x", "?state=", "?code=x&state=%00"])
def test_an_answer_that_nobody_asked_for_is_refused(browser, query) -> None:
    browser.start()
    assert refused(browser.site.get(f"/auth/staff/callback{query}"))


@pytest.mark.parametrize("change", ["code=forged", "code=", "code=a&code=b"])
def test_a_code_that_is_not_the_providers_is_refused(browser, change) -> None:
    query = parse_qs(urlsplit(browser.at_provider(browser.start(), "gp")).query)
    iss, state = query["iss"][0], query["state"][0]
    assert refused(browser.back(f"{SITE}/auth/staff/callback?{change}&state={state}&iss={iss}"))
    assert not signed_in(browser)


def test_a_planted_session_is_replaced_at_sign_in(app) -> None:
    """C21."""
    attacker, victim = Browser(app), Browser(app)
    attacker.site.get("/login")
    planted = attacker.sid
    victim.site.set_cookie("sid", planted)
    victim.sign_in("gp")
    assert victim.sid != planted
    assert signed_in(victim)
    assert not signed_in(attacker)


def test_a_made_up_session_is_never_taken_over(browser) -> None:
    browser.site.set_cookie("sid", "chosen-by-an-attacker")
    browser.site.get("/login")
    assert browser.sid != "chosen-by-an-attacker"


def test_nothing_of_a_sign_in_under_way_is_in_the_browser(browser) -> None:
    url = parse_qs(urlsplit(browser.start()).query)
    started = sessions.load(browser.app.extensions["engine"], browser.sid).data["started"]
    held = started[url["state"][0]]
    assert held["code_verifier"] not in str(url)
    assert url["code_challenge_method"] == ["S256"] and url["prompt"] == ["login"] and url["max_age"] == ["300"]
    assert len(browser.sid) == 43


# ---------------------------------------------------------------- out
def test_signing_out_ends_the_session_here_and_at_the_provider(browser) -> None:
    browser.sign_in("gp")
    sid = browser.sid
    answer = browser.sign_out()
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert "/end_session?" in answer.headers["Location"]
    assert asked["post_logout_redirect_uri"] == [f"{SITE}/"]
    back = browser.elsewhere.get(answer.headers["Location"], allow_redirects=False)
    assert back.headers["Location"].startswith(f"{SITE}/?state=")
    browser.site.set_cookie("sid", sid)
    assert not signed_in(browser), "the old cookie opens nothing"


def test_where_the_provider_cannot_be_told_the_page_says_so(engine) -> None:
    with demo_provider() as issuer:
        browser = Browser(site(engine, settings_for(doors(issuer))))
        browser.sign_in("gp")
    browser.app.extensions["authlib.integrations.flask_client"].create_client("staff").server_metadata = {}
    answer = browser.sign_out()
    assert answer.status_code == 200
    assert "You are signed out of Tributary" in answer.text and "close the browser" in answer.text
    assert browser.sid == ""
    assert not signed_in(browser)


def test_signing_out_by_htmx_leads_the_whole_page_away(browser) -> None:
    browser.sign_in("gp")
    word = browser.csrf("/no-such-page")
    answer = browser.site.post("/logout", headers={"HX-Request": "true", "X-CSRF-Token": word})
    assert answer.status_code == 204
    assert "/end_session?" in answer.headers["HX-Redirect"]


def test_signing_out_twice_is_no_error(browser) -> None:
    browser.sign_in("gp")
    browser.sign_out()
    assert browser.post("/logout").headers["Location"] == "/"


def test_sessions_go_on_while_the_provider_is_down(engine) -> None:
    """C17."""
    with demo_provider() as issuer:
        browser = Browser(site(engine, settings_for(doors(issuer))))
        browser.sign_in("gp")
    assert signed_in(browser)
