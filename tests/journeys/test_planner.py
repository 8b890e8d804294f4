"""A planner applies, somebody else decides, everybody reads it; then releases: without scripts, on both databases."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app import audit, projects
from tests.audited import events
from tests.browsing import SignIn, csrf, post, staff, words
from tests.feeding import Sender
from tests.lists import GEORGE, GWEN, PETRA

APPLY = "/data-uses/apply"
ANSWERS: dict[str, dict[str, Any]] = {
    "project": {"title": "Asthma reviews", "summary": "Who needs an asthma review.", "organisation": "Tamberley ICB",
                "purpose": "To plan <clinics>"},
    "law": {"legal_basis": "Article 9(2)(h)", "agreement": "DSA-1", "expires_on-day": "31", "expires_on-month": "3",
            "expires_on-year": "2099"},
    "data": {"datasets": ["people", "problems", "medicines", "observations", "measures"], "area": "practice",
             "least_group": "10"},
    "people": {"type1_applies": "yes", "national_applies": "yes", "may_lead_back": "yes"},
}  # fmt: skip


def applied(browser: FlaskClient) -> None:
    page = f"{APPLY}/project"
    for name, answers in ANSWERS.items():
        assert page == f"{APPLY}/{name}"
        page = post(browser, page, page, **answers).location
    assert page == f"{APPLY}/check"
    shown = words(browser.get(page))
    assert "To plan <clinics>" in shown and "31-Mar-2099" in shown and "Type 1 opt-outs are applied" in shown
    assert post(browser, page, page).location == "/exports"


def approved(sign_in: SignIn, engine: Engine) -> UUID:
    applied(sign_in(PETRA))
    number = projects.listed(engine)[0].id
    page = f"/data-uses/{number}/decide"
    assert post(sign_in(GWEN), page, page, decision="approved", words="It helps people").status_code == 303
    return number


def kinds(engine: Engine) -> list[tuple[str, str]]:
    return [(event["kind"], event["outcome"]) for event in events(engine)]


# ---------------------------------------------------------------- applying and deciding
def test_an_application_is_decided_by_a_second_person_and_public_from_then_on(sign_in: SignIn, sender: Sender) -> None:
    petra, gwen = sign_in(PETRA), sign_in(GWEN)
    applied(petra)
    assert "Waits for a decision" in words(petra.get("/exports"))
    anybody = petra.application.test_client()
    assert "Asthma reviews" not in anybody.get("/data-uses").text + anybody.get("/data-uses.csv").text
    assert anybody.get("/data-uses.json").json == []
    number = projects.listed(sender.engine)[0].id
    page = f"/data-uses/{number}/decide"
    assert f'href="{page}"' in gwen.get("/data-uses").text
    whole = words(gwen.get(page))
    assert "by Petra Lane, Planner" in whole and "To plan <clinics>" in whole and "DSA-1" in whole
    assert post(gwen, page, page, decision="approved", words="It helps people").location == "/data-uses"
    for address in ("/data-uses", "/data-uses.csv", "/data-uses.json"):
        public = anybody.get(address).text
        assert "It helps people" in public and "data access group" in public.lower()
        assert "Gwen" not in public and "Petra" not in public
    assert "Approved until 31-Mar-2099" in words(petra.get("/exports"))
    assert kinds(sender.engine) == [("project-applied", "done"), ("project-decided", "done")]


def test_what_is_missing_is_said_beside_its_field_and_the_rest_is_kept(sign_in: SignIn, sender: Sender) -> None:
    browser, page = sign_in(PETRA), f"{APPLY}/project"
    refused = post(browser, page, page, title="Asthma reviews", summary="", organisation="Tamberley ICB", purpose="x")
    assert refused.status_code == 422
    assert "<title>Error: " in refused.text and 'href="#summary"' in refused.text
    assert 'value="Asthma reviews"' in refused.text
    assert browser.get(f"{APPLY}/check").location == page
    assert projects.listed(sender.engine) == []


def test_a_decision_needs_its_words_and_is_taken_once(sign_in: SignIn, sender: Sender) -> None:
    applied(sign_in(PETRA))
    page = f"/data-uses/{projects.listed(sender.engine)[0].id}/decide"
    gwen = sign_in(GWEN)
    missing = post(gwen, page, page, words=" ")
    assert missing.status_code == 422
    assert "Choose to approve or to refuse" in words(missing) and "Say what the decision rests on" in words(missing)
    word = csrf(gwen.get(page))
    assert gwen.post(page, data={"csrf": word, "decision": "refused", "words": "No benefit"}).status_code == 303
    assert gwen.post(page, data={"csrf": word, "decision": "approved", "words": "Yes"}).status_code == 400
    assert "Refused: No benefit" in words(sign_in(PETRA).get("/exports"))


@pytest.mark.parametrize("who", [PETRA, staff()], ids=["the planner", "a clinician"])
def test_only_the_access_group_decides(sign_in: SignIn, sender: Sender, who: Any) -> None:
    applied(sign_in(PETRA))
    page = f"/data-uses/{projects.listed(sender.engine)[0].id}/decide"
    browser = sign_in(who)
    assert browser.get(page).status_code == 403
    word = csrf(browser.get("/data-uses"))
    assert browser.post(page, data={"csrf": word, "decision": "approved", "words": "Mine"}).status_code == 403


@pytest.mark.parametrize("path", ["/data-uses", "/how-we-use-your-data", "/your-choices", "/data-uses.csv"])
def test_everybody_reads_the_public_pages_without_signing_in(sign_in: SignIn, path: str) -> None:
    anybody = sign_in(PETRA).application.test_client()
    assert anybody.get(path).status_code == 200


# ---------------------------------------------------------------- tokens
def made(browser: FlaskClient, project: UUID, days: str = "90") -> str:
    page = "/exports/tokens"
    answer = post(browser, page, page, name="dashboard", project=str(project), days=days)
    assert answer.status_code == 200, words(answer)
    return answer.text.split('class="secret">')[1].split("<")[0]


def test_a_token_is_shown_once_listed_and_ended(sign_in: SignIn, sender: Sender) -> None:
    number, browser = approved(sign_in, sender.engine), sign_in(PETRA)
    token = made(browser, number)
    page = browser.get("/exports/tokens")
    assert token not in page.text
    assert "dashboard" in words(page) and "Never" in words(page)
    end = page.text.split('action="')[2 if "logout" in page.text.split('action="')[1] else 1].split('"')[0]
    assert post(browser, "/exports/tokens", end).status_code == 303
    assert "dashboard: ended" in words(browser.get("/exports/tokens"))
    assert kinds(sender.engine)[-2:] == [("export-token", "made"), ("export-token", "ended")]
    assert token not in str(events(sender.engine))


@pytest.mark.parametrize(
    ("form", "said"),
    [({"name": ""}, "Enter a name"), ({"days": "91"}, "from 1 to 90"), ({"project": "x"}, "Choose the project")],
)
def test_a_token_has_a_name_a_project_and_at_most_ninety_days(
    sign_in: SignIn, sender: Sender, form: dict[str, str], said: str
) -> None:
    number, browser = approved(sign_in, sender.engine), sign_in(PETRA)
    typed = {"name": "dashboard", "project": str(number), "days": "90"} | form
    refused = post(browser, "/exports/tokens", "/exports/tokens", **typed)
    assert refused.status_code == 422 and said in words(refused)


def test_a_token_opens_no_page_but_the_file_of_a_release(sign_in: SignIn, sender: Sender) -> None:
    number, browser = approved(sign_in, sender.engine), sign_in(PETRA)
    key = {"Authorization": f"Bearer {made(browser, number)}"}
    machine = browser.application.test_client()
    for rule in browser.application.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(next(p for p in path.split("/") if p.endswith(f"{name}>")), str(number))
        if "GET" in (rule.methods or ()) and rule.endpoint not in {"static", "export.file"}:
            with_key, without = (machine.get(path, headers=headers) for headers in (key, {}))
            assert (with_key.status_code, with_key.location) == (without.status_code, without.location), path
    assert machine.post(f"/exports/{number}/releases", headers=key, data={"kind": "rows"}).status_code in {303, 403}
    assert kinds(sender.engine)[-1] == ("export-token", "made")


def test_asking_for_a_release_is_written_down_and_shown(sign_in: SignIn, sender: Sender) -> None:
    number, browser = approved(sign_in, sender.engine), sign_in(PETRA)
    asked = post(browser, "/exports", f"/exports/{number}/releases", kind="rows")
    assert "Waits to be made" in words(browser.get(asked.location))
    assert post(browser, "/exports", f"/exports/{number}/releases", kind="names").status_code == 422
    other = sign_in(staff())
    assert other.get("/exports").status_code == 403
    assert other.get(asked.location).status_code == 403
    event = events(sender.engine)[-1]
    assert (event["kind"], event["detail"]["kind"]) == ("export-requested", "rows")
    assert audit.verify(sender.engine)[1] is None


def test_the_same_person_in_two_roles_decides_on_nothing_of_their_own(sign_in: SignIn, sender: Sender) -> None:
    applied(sign_in(PETRA))
    page = f"/data-uses/{projects.listed(sender.engine)[0].id}/decide"
    twice = type(GEORGE)(PETRA.issuer, PETRA.subject, PETRA.name, "")
    assert post(sign_in(twice), page, page, decision="approved", words="Mine").status_code == 403
