"""The privacy officer's pages in a real browser: on any screen, without scripts, with nothing for axe to find."""

import pytest

from app import demo
from app.access.users import Clinician, PrivacyOfficer
from app.governance.watching import watch
from app.synth.providers import PRACTICES
from tests.browser.conftest import Site
from tests.browser.fitting import fits
from tests.clinic import cookie_of

pytestmark = pytest.mark.browser

NUMBER = next(user.claims["nhs_number"] for user in demo.users(lambda _: "") if user.username == "patient")


def stranger(subject: str) -> Clinician:
    """A doctor of another practice."""
    other = PRACTICES[1]
    return Clinician("https://id.example", subject, "Dr Joan Price", "", other.ods, other.name, "General practitioner")


@pytest.fixture
def officer(site: Site) -> str:
    """The cookie of a privacy officer."""
    return cookie_of(site.app, PrivacyOfficer("https://id.example", "priya", "Priya Nair", ""))


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_a_look_is_decided_and_others_are_searched_without_scripts(visit, site, officer, violations, width):
    page = visit(f"/patients/{site.patients[0]}", cookie=cookie_of(site.app, stranger(f"joan-{width}")), scripts=False)
    page.get_by_label("Direct care – urgent").check()
    page.get_by_role("button").filter(has_text="Open").click()
    watch(site.app.extensions["engine"])
    page = visit("/access-review", cookie=officer, width=width, scripts=False)
    page.get_by_role("link", name="Looks to decide on").click()
    assert fits(page)
    page.get_by_role("link", name="Alert").last.click()
    address = page.url.removeprefix(site.address)
    page.get_by_role("button", name="Keep the decision").click()
    assert page.title().startswith("Error:") and fits(page)
    for path in ("/access-review", "/access-review/alerts", address, "/access-review/search"):
        opened = visit(path, cookie=officer, width=width)
        assert violations(opened) == []
        assert fits(opened)
    judged = visit(address, cookie=officer, width=width)
    judged.get_by_role("button", name="Keep the decision").click()
    judged.wait_for_selector("#error-title")
    assert violations(judged) == []
    page.get_by_label("To follow up").check()
    page.fill("#words", "I ask her manager. " + "x" * 200)
    page.get_by_role("button", name="Keep the decision").click()
    assert "I ask her manager." in page.locator("main").inner_text() and fits(page)
    page.get_by_role("button", name="Show everything this member of staff did").click()
    assert page.locator("#found .look").count() >= 2
    assert page.url == f"{site.address}/access-review/search"
    searched = visit("/access-review/search", cookie=officer, width=width)
    searched.fill("#nhs_number", NUMBER)
    searched.get_by_role("button", name="Search").click()
    searched.wait_for_selector("#found")
    assert violations(searched) == []
    assert fits(searched)
