"""A person's own record and who looked at it, in a real browser: on any screen, and without scripts."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

FITS = "document.documentElement.scrollWidth <= window.innerWidth"
PAGES = ["/my/record", "/my/record/results", "/my/access-log"]


@pytest.fixture
def visit_as(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a page as the person whose record is the fullest, or as the privacy officer."""
    contexts = []

    def open_page(cookie: str, path: str, *, width: int = 1366, scripts: bool = True) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 768}, java_script_enabled=scripts)
        context.add_cookies([{"name": "sid", "value": cookie, "url": site.address}])
        contexts.append(context)
        page = context.new_page()
        page.goto(site.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1366])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit_as, site, violations, path, width):
    page = visit_as(site.own_cookie, path, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page) == []
    assert page.evaluate(FITS)


def test_a_person_asks_about_a_look_and_the_officer_answers_without_scripts(visit, visit_as, site, violations):
    visit(f"/patients/{site.patients[0]}")
    page = visit_as(site.own_cookie, "/my/access-log", width=320, scripts=False)
    page.get_by_role("link", name="I do not recognise this").first.click()
    page.get_by_role("button", name="Send to the privacy officer").click()
    assert page.title().startswith("Error:")
    page.fill("#words", "I have never been to this place. " + "x" * 300)
    page.get_by_role("button", name="Send to the privacy officer").click()
    assert page.locator("h1").inner_text() == "Your question is kept"
    assert page.evaluate(FITS)
    officer = visit_as(site.officer_cookie, "/access-review", width=320)
    assert violations(officer) == []
    officer.get_by_role("link", name="question").first.click()
    assert violations(officer) == []
    assert officer.evaluate(FITS)
    officer.fill("#words", "They cover for your doctor at night.")
    officer.get_by_role("button", name="Send the answer").click()
    page.goto(f"{site.address}/my/access-log")
    assert "They cover for your doctor at night." in page.locator("main").inner_text()


def test_the_officer_finds_a_person_by_number_and_reads_what_the_person_reads(visit_as, site, violations):
    page = visit_as(site.officer_cookie, "/access-review", width=320)
    page.fill("#nhs_number", site.own_number)
    page.get_by_role("button", name="Show who looked").click()
    assert page.url == f"{site.address}/access-review"
    theirs = page.locator("#reviewed .look").count()
    assert theirs > 1
    assert violations(page) == []
    assert page.evaluate(FITS)
    mine = visit_as(site.own_cookie, "/my/access-log")
    assert mine.locator(".look").count() == theirs + 1
