"""A person's own record and who looked at it, in a real browser: on any screen, and without scripts."""

import pytest

from app import demo
from app.access.users import PrivacyOfficer
from tests.browser.conftest import Site
from tests.browser.fitting import fits
from tests.clinic import cookie_of

pytestmark = pytest.mark.browser

NUMBER = next(user.claims["nhs_number"] for user in demo.users(lambda _: "") if user.username == "patient")
PAGES = ["/my/record", "/my/record/results", "/my/access-log"]


@pytest.fixture
def officer(site: Site) -> str:
    """The cookie of a privacy officer."""
    return cookie_of(site.app, PrivacyOfficer("https://id.example", "priya", "Priya Nair", ""))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1366])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, site, violations, path, width):
    page = visit(path, cookie=site.patient, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page) == []
    assert fits(page)


def test_a_person_asks_about_a_look_and_the_officer_answers_without_scripts(visit, site, officer, violations):
    visit(f"/patients/{site.patients[0]}")
    page = visit("/my/access-log", cookie=site.patient, width=320, scripts=False)
    page.get_by_role("link", name="I do not recognise this").first.click()
    page.get_by_role("button", name="Send to the privacy officer").click()
    assert page.title().startswith("Error:")
    page.fill("#words", "I have never been to this place. " + "x" * 300)
    page.get_by_role("button", name="Send to the privacy officer").click()
    assert page.locator("h1").inner_text() == "Your question is kept"
    assert fits(page)
    review = visit("/access-review", cookie=officer, width=320)
    assert violations(review) == []
    review.get_by_role("link", name="question").first.click()
    assert violations(review) == []
    assert fits(review)
    review.fill("#words", "They cover for your doctor at night.")
    review.get_by_role("button", name="Send the answer").click()
    page.goto(f"{site.address}/my/access-log")
    assert "They cover for your doctor at night." in page.locator("main").inner_text()


def test_the_officer_finds_a_person_by_number_and_reads_what_the_person_reads(visit, site, officer, violations):
    page = visit("/access-review", cookie=officer, width=320)
    page.fill("#nhs_number", NUMBER)
    page.get_by_role("button", name="Show who looked").click()
    assert page.url == f"{site.address}/access-review"
    page.wait_for_load_state()
    theirs = page.locator("#reviewed .look").count()
    assert theirs > 1
    assert violations(page) == []
    assert fits(page)
    mine = visit("/my/access-log", cookie=site.patient)
    assert mine.locator(".look").count() == theirs + 1
