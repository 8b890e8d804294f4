"""Trends and their tables in a real browser: seen on any screen, said in words, whole on paper."""

import re

import pypdfium2
import pytest

from tests.browser.fitting import fits

pytestmark = pytest.mark.browser

CONTRAST = """([one, other]) => {
  const light = text => {
    const [r, g, b] = text.match(/[0-9.]+/g).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92
      : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [a, b] = [light(one), light(other)].sort((x, y) => y - x)
  return (a + 0.05) / (b + 0.05)
}"""


def all_values(page):
    """From the record to all values of its first test that has a picture."""
    page.locator("#results .test:has(svg) .showing a").first.click()
    page.wait_for_selector("table.values")
    page.wait_for_load_state()
    return page


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_all_values_of_a_test_are_a_picture_and_a_table_on_any_screen(visit, site, violations, width):
    page = all_values(visit(f"/patients/{site.patients[0]}", width=width))
    said = page.locator("#values").inner_text()
    rows = int(re.search(r"(\d+) values", said)[1])
    assert page.locator("table.values tbody tr").count() == rows > 2
    assert page.locator("#results svg").is_visible()
    assert violations(page) == []
    assert fits(page)


def test_points_edges_and_ground_can_be_told_apart(visit, site):
    page = visit(f"/patients/{site.patients[0]}")
    banded = page.locator("#results svg:has(.trend-edge)").first
    edge = banded.locator(".trend-edge").first.evaluate("e => getComputedStyle(e).stroke")
    band = banded.locator(".trend-band").evaluate("e => getComputedStyle(e).fill")
    point = banded.locator(".trend-point").first.evaluate("e => getComputedStyle(e).fill")
    for one, other in ((edge, "rgb(255,255,255)"), (edge, band), (point, band)):
        assert page.evaluate(CONTRAST, [one, other]) >= 3, (one, other)


def test_every_picture_says_in_words_what_it_draws(visit, site):
    page = visit(f"/patients/{site.patients[0]}", scripts=False)
    pictures = page.locator("#results svg")
    assert pictures.count() > 3
    names = [pictures.nth(n).get_attribute("aria-labelledby") for n in range(pictures.count())]
    assert len(set(names)) == len(names)
    for n, name in enumerate(names):
        assert pictures.nth(n).locator(f"title#{name}").text_content()
        said = pictures.nth(n).locator(f"desc#{name}-d").text_content()
        drawn = pictures.nth(n).locator(".trend-point").count()
        readings = len(re.findall(r" on \d\d-\w{3}-\d{4}", said))
        assert drawn in (readings, 2 * readings)


def test_paper_shows_every_row_of_the_table(visit, site, tmp_path):
    page = all_values(visit(f"/patients/{site.patients[0]}"))
    cells = page.locator("table.values tbody th, table.values tbody .value").all_inner_texts()
    page.pdf(path=tmp_path / "values.pdf", format="A4")
    with pypdfium2.PdfDocument(tmp_path / "values.pdf") as document:
        printed = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    assert len(cells) > 20
    assert [cell for cell in cells if _letters(cell) not in _letters(printed)] == []


def _letters(text):
    return "".join(c for c in text if c.isalnum())
