"""A patient's pages in a real browser: on the smallest screen, without scripts, and before axe."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pypdfium2
import pytest

from app.clock import LONDON
from tests.browser.fitting import fits

pytestmark = pytest.mark.browser

WIDTHS = [320, 390, 1366]


@pytest.fixture
def as_patient(visit, site):
    return lambda path, **more: visit(path, cookie=site.patient, **more)


def fill(page, upper, lower, **more):
    for field, value in {"systolic": upper, "diastolic": lower, **more}.items():
        page.fill(f"#{field}", value)
    page.get_by_role("button", name="Save").click()


@pytest.mark.parametrize("width", WIDTHS)
def test_two_readings_are_added_changed_and_removed_without_scripts(as_patient, width):
    page = as_patient("/my", width=width, scripts=False)
    assert fits(page)
    page.get_by_role("link", name="Add a blood pressure reading").click()
    assert fits(page)
    before = (datetime.now(LONDON) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    long = {"pulse": "71", "note": "x" * 200, "systolic2": "131", "diastolic2": "79", "taken_at": before}
    fill(page, "133", "81", **long)
    assert "Your reading is saved" in page.locator("h1").inner_text()
    assert fits(page)
    page.get_by_role("link", name="See, change or remove your readings").click()
    assert fits(page)
    page.get_by_role("link", name="Change 133/81").first.click()
    fill(page, "134", "81")
    assert "Your reading is changed" in page.locator("h1").inner_text()
    page.goto(page.url.replace("/saved", "/remove"))
    assert fits(page)
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("link", name="See, change or remove your readings").click()
    page.locator("#past summary").click()
    assert page.locator("#past del").first.is_visible()
    assert fits(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_error_leads_to_its_field_and_what_is_unlikely_is_asked_about(as_patient, violations, width):
    page = as_patient("/my/readings/new", width=width)
    assert violations(page) == []
    fill(page, "1330", "81")
    assert page.title().startswith("Error:")
    assert fits(page)
    assert violations(page) == []
    page.get_by_role("link", name="The top number must be between").click()
    assert page.evaluate("document.activeElement.id") == "systolic"
    fill(page, "230", "131")
    assert page.locator("h1").inner_text() == "Is this what your monitor showed?"
    assert fits(page)
    assert violations(page) == []
    page.get_by_role("button", name="Change").click()
    assert page.input_value("#systolic") == "230"
    fill(page, "230", "131")
    page.get_by_role("button", name="Yes, save it").click()
    page.wait_for_selector("h1:has-text('Your reading is saved')")
    assert violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_against_the_other_pages(as_patient, violations, width):
    page = as_patient("/my/readings/new", width=width)
    fill(page, "128", "77", note="After a walk", systolic2="126", diastolic2="76", pulse2="66")
    reading = urlsplit(page.url).path.removesuffix("/saved")
    for path in ("/my", "/my/readings", f"{reading}/change", f"{reading}/remove"):
        page = as_patient(path, width=width)
        assert violations(page) == [], path
        assert fits(page), path


def printed(page, path):
    page.pdf(path=path, format="A4")
    with pypdfium2.PdfDocument(path) as document:
        return "".join("".join(sheet.get_textpage().get_text_range() for sheet in document).split())


def test_paper_has_the_readings_and_what_is_folded_and_nothing_to_press(as_patient, tmp_path):
    page = as_patient("/my/readings/new")
    fill(page, "127", "78", note="For the nurse")
    page.wait_for_selector("h1:has-text('Your reading is saved')")
    page.goto(page.url.split("/my/")[0] + "/my/readings")
    paper = printed(page, tmp_path / "readings.pdf")
    assert "127/78" in paper and "Forthenurse" in paper
    assert not [words for words in ("/my/", "Addabloodpressure", "ChangeRemove") if words in paper]
    page = as_patient("/my/record")
    folded = page.locator("details .own-what strong").all_text_contents()
    paper = printed(page, tmp_path / "record.pdf")
    assert folded and [one for one in folded if "".join(one.split()) not in paper] == []


def test_the_picture_is_drawn_and_fits(as_patient):
    page = as_patient("/my/readings/new", width=320)
    fill(page, "128", "77")
    page.get_by_role("link", name="See, change or remove your readings").click()
    box = page.locator("svg.pressures").bounding_box()
    assert 250 < box["width"] <= 320 and box["height"] > 150
    assert page.locator("svg.pressures .pressures-bar").count() >= 1
