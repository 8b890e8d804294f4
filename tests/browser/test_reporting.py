"""Reporting a problem, and the list of recent patients, in a real browser: on any screen, and without scripts."""

import pytest

from tests.browser.fitting import fits

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_a_problem_is_reported_and_shown_as_kept_without_scripts(visit, site, violations, width):
    page = visit(f"/patients/{site.patients[0]}", width=width, scripts=False)
    page.locator(".tools").get_by_role("link", name="Report a problem with this record").click()
    page.get_by_role("button", name="Send the report").click()
    assert page.title().startswith("Error:")
    assert fits(page)
    page.locator("#section").select_option(label="Problems")
    page.fill("#wrong", "It says <b>left</b> knee; it is the right one.\nSeen today. " + "x" * 200)
    page.get_by_role("button", name="Send the report").click()
    assert "It says <b>left</b> knee; it is the right one." in page.locator("#problem .quoted").inner_text()
    assert "HALLWORTH" in page.locator("h1").inner_text()
    assert fits(page)


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_axe_finds_nothing_against_the_form_its_errors_and_what_is_kept(visit, site, violations, width):
    page = visit(f"/patients/{site.patients[0]}/problem", width=width)
    assert violations(page) == []
    page.get_by_role("button", name="Send the report").click()
    page.wait_for_selector("#error-title")
    assert violations(page) == []
    page.get_by_role("link", name="Say what is wrong").click()
    assert page.evaluate("document.activeElement.id") == "wrong"
    page.locator("#section").select_option("allergies")
    page.fill("#wrong", "The patient says that this is not so.")
    page.get_by_role("button", name="Send the report").click()
    page.wait_for_selector("#problem .quoted")
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_recent_patients_lead_through_the_question_who_it_is(visit, site, violations, width):
    visit(f"/patients/{site.patients[0]}")
    page = visit("/patients", width=width, scripts=False)
    page.locator("#recent a").first.click()
    assert page.url == f"{site.address}/patients/{site.patients[0]}/confirm"
    page = visit("/patients", width=width)
    assert violations(page) == []
    assert fits(page)
