"""From a planner’s application to the person who reads who looked: one way through everybody’s pages, in a browser."""

import csv
import re

import pytest
import requests

from app import create_app, worker
from app.export.vault import migrate_vault
from tests.accounts import account_of
from tests.app.export import crowd
from tests.browser.conftest import Site
from tests.browser.fitting import fits
from tests.browsing import staff
from tests.clinic import cookie_of
from tests.feeding import GP
from tests.installation import demo_settings
from tests.lists import GEORGE, GWEN, PETRA
from tests.signing_in import listening

pytestmark = pytest.mark.browser

TITLE, LIST = "Asthma reviews", "Asthma, no preventer"


@pytest.fixture
def site(browser, sender, database_url, tmp_path):
    """A site of its own, on either database, to which a practice has sent enough people for a release."""
    settings = demo_settings(database_url, tmp_path)
    migrate_vault(settings)
    crowd.load(sender)
    app = create_app(settings)
    with listening(app) as address:
        yield Site(app, address, "nobody", "", (), ())
    app.extensions["engine"].dispose()


@pytest.fixture(params=[(True, 1366), (False, 390)], ids=["scripts", "no scripts"])
def opened(request, site, visit, violations):
    """Open a page as somebody; and judge one: axe needs scripts."""
    scripts, width = request.param

    def enter(path, user=None, door="staff"):
        return visit(path, cookie=user and cookie_of(site.app, user, door), scripts=scripts, width=width)

    def good(page, says=""):
        page.wait_for_load_state()
        assert says in page.inner_text("main"), page.url
        assert fits(page), page.url
        assert not scripts or violations(page) == [], page.url
        return page

    return enter, good


def press(page, name, role="button"):
    page.get_by_role(role, name=name).first.click()


def fill(page, button, **fields):
    for field, value in fields.items():
        page.fill(f"#{field}", value)
    press(page, button)


def decide(page, good, title):
    press(page, title, "link")
    good(page).get_by_label("Approve").check()
    fill(page, "Keep the decision", words="It helps people")


def apply(page, good):
    press(page, "Apply to use data", "link")
    press(good(page), "Start", "link")
    fill(good(page), "Keep and go on", **dict.fromkeys(("title", "summary", "organisation", "purpose"), TITLE))
    until = {"expires_on-day": "31", "expires_on-month": "3", "expires_on-year": "2099"}
    fill(good(page), "Keep and go on", legal_basis="Article 9(2)(h)", agreement="DSA-1", **until)
    for box in good(page).get_by_role("checkbox").all():
        box.check()
    page.get_by_label("The GP practice").check()
    fill(page, "Keep and go on", least_group="10")
    for name in ("type1_applies", "national_applies", "may_lead_back"):
        good(page).check(f"#{name}")
    press(page, "Keep and go on")
    press(good(page, "Check your answers"), "Send the application")


def pulled(site, address, token):
    answer = requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    answer.raise_for_status()
    return answer.text


def test_what_a_planner_finds_is_opened_by_ones_own_doctor_and_the_person_reads_of_it(site, sender, opened):
    enter, good = opened
    work = worker.steps(sender.engine, site.app.config["SETTINGS"])
    petra, gwen, george = enter("/exports", PETRA), enter("/data-uses", GWEN), enter("/exports", GEORGE)
    apply(petra, good)
    good(petra, "Waits for a decision")
    gwen.reload()
    decide(good(gwen), good, TITLE)
    assert TITLE in good(enter("/data-uses")).locator("article").inner_text()

    petra.reload()
    press(good(petra, "Approved until"), "Ask for a release: rows")
    assert worker.look(work)["releases made"] == 1
    george.reload()
    decide(good(george), good, TITLE)
    good(george, "Nothing waits")
    petra.reload()
    good(petra, "Pull it with a program")
    with petra.expect_download() as download:
        press(petra, "problems.csv", "link")
    with open(download.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    release = petra.url
    press(petra, "token", "link")
    fill(good(petra), "Make the token", name="review", days="7")
    assert "person,system" in pulled(site, f"{release}/problems.csv", good(petra).inner_text(".secret"))

    press(petra, "Back to releases", "link")
    press(petra, "Send a list back to care", "link")
    codes = sorted({row["person"] for row in rows if row["code"] == "195967001"})[:9]
    fill(good(petra), "Send the list", title=LIST, why="Please review.", codes="\n".join(codes))
    good(petra, "Waits for a second person")
    george.reload()
    decide(good(george), good, LIST)
    assert worker.look(work)["lists led back"] == 1
    petra.reload()
    caption = good(petra, "With clinicians").locator("caption").last.bounding_box()
    assert caption["width"] > caption["height"], "one word under another"

    doctor = enter("/worklist", staff(GP))
    press(good(doctor, LIST), f"Open person 1 of {LIST}", "link")
    good(doctor).get_by_label("Direct care – planned").check()
    press(doctor, "Open the record")
    good(doctor)
    [number] = set(re.findall(r"CROWDSON(\d+)", doctor.inner_text("main")))
    who = crowd.person(int(number))
    told = {"nhs_number": crowd.number(int(number)), "birthdate": who["birthDate"], "family_name": f"Crowdson{number}"}
    log = good(enter("/my/access-log", account_of(sender, "crowd", **told), "patient"))
    assert f"Opened the record from a worklist: {LIST}" in log.inner_text("main")
