"""Searching a record and reading it by date in a real browser: on any screen, and without scripts."""

import re

import pytest

from tests.browser.fitting import fits

pytestmark = pytest.mark.browser


def search(page, words):
    page.fill("#words-to-find", words)
    page.get_by_role("button", name="Search this record").click()
    page.wait_for_selector("#search-showing")
    page.wait_for_load_state()
    return page


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_the_timeline_is_whole_and_fits_any_screen(visit, site, violations, width):
    page = visit(f"/patients/{site.patients[0]}", width=width)
    page.locator(".tools").get_by_role("link", name="Timeline").click()
    page.wait_for_load_state()
    count = int(re.search(r"\d+", page.locator("#timeline h2 .n").inner_text())[0])
    assert page.locator("#timeline [data-line]").count() == count > 50
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page) == []
    assert fits(page)


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_a_search_is_shown_in_the_page_and_put_in_focus(visit, site, violations, width):
    page = search(visit(f"/patients/{site.patients[0]}", width=width), "penicillin")
    assert page.url == f"{site.address}/patients/{site.patients[0]}"
    found = page.locator("#search [data-line]").count()
    assert page.locator("#search-showing").inner_text().startswith(f"Showing {found} of ")
    assert found > 0
    assert page.evaluate("document.activeElement.id") == "search-showing"
    assert violations(page) == []
    assert fits(page)


def test_with_scripts_asking_for_nothing_says_so_in_the_page(visit, site):
    page = visit(f"/patients/{site.patients[0]}")
    page.get_by_role("button", name="Search this record").click()
    page.wait_for_selector("#search-error")
    assert page.evaluate("document.activeElement.id") == "words-to-find"


def test_without_scripts_a_search_is_made_read_and_removed(visit, site, violations):
    page = search(visit(f"/patients/{site.patients[0]}", scripts=False), "penicillin")
    assert page.url == f"{site.address}/patients/{site.patients[0]}/search"
    assert page.locator("#search [data-line]").count() > 0
    assert "HALLWORTH" in page.locator("h1").inner_text()
    page.get_by_role("link", name="Remove this search").click()
    page.wait_for_load_state()
    assert page.url == f"{site.address}/patients/{site.patients[0]}"
    assert page.locator("#search-showing").count() == 0


def test_axe_finds_nothing_against_a_search_page_of_its_own(visit, site, violations):
    page = visit(f"/patients/{site.patients[0]}/search", width=390)
    assert violations(page) == []
    assert fits(page)
