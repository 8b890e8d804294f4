"""The record page in a real browser: readable by everyone, on any screen, on paper, and without scripts."""

from pathlib import Path

import pypdfium2
import pytest

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 900, 1366, 1920)
WIDE = "0.2em"
"""WCAG asks for 0.12em; the rest stands for a font wider than the one of this machine."""
TEXT_SPACING = f"""
* {{ line-height: 1.5 !important; letter-spacing: {WIDE} !important; word-spacing: 0.16em !important }}
p {{ margin-bottom: 2em !important }}"""
SCROLL = "[document.documentElement.scrollWidth, window.innerWidth]"


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_against_the_record(visit, site, violations, width):
    page = visit(f"/patients/{site.patients[0]}", width=width)
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/patients", "/patients/{own}/confirm", "/patients/{own}/sections/results",
                                  "/patients/{own}/sections/withdrawn", "/patients/{stranger}", "/no"])  # fmt: skip
def test_axe_finds_nothing_against_the_other_pages(visit, site, violations, path):
    page = visit(path.format(own=site.patients[0], stranger=site.strangers[0]))
    assert violations(page) == []


def test_axe_finds_nothing_when_every_line_is_open(visit, site, violations):
    page = visit(f"/patients/{site.patients[0]}")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page) == []


@pytest.mark.parametrize("path", ["", "/sections/results", "/confirm"])
@pytest.mark.parametrize("width", [320, 390, 760, 1150])
def test_nothing_scrolls_sideways(visit, site, path, width):
    page = visit(f"/patients/{site.patients[0]}{path}", width=width)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    content, window = page.evaluate(SCROLL)
    assert content <= window


@pytest.mark.parametrize("number", range(3))
def test_nothing_scrolls_sideways_with_wide_text_spacing(visit, site, number):
    page = visit(f"/patients/{site.patients[number]}", width=320)
    page.evaluate(
        "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s] }", TEXT_SPACING
    )
    content, window = page.evaluate(SCROLL)
    assert content <= window


@pytest.mark.parametrize("width", [760, 1366, 1920])
def test_no_group_of_alerts_is_torn_from_its_heading(visit, site, width):
    for patient in site.patients[:5]:
        page = visit(f"/patients/{patient}", width=width)
        torn = page.evaluate("""() => [...document.querySelectorAll('.alert-group, .alert-group h3')]
          .filter(one => one.getClientRects().length > 1).map(one => one.textContent.trim().slice(0, 60))""")
        assert torn == []


def test_the_banner_covers_nothing_that_has_the_focus(visit, site):
    page = visit(f"/patients/{site.patients[0]}")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    covered = page.evaluate("""() => {
      const banner = document.querySelector('.patient').getBoundingClientRect()
      const hidden = []
      const all = [...document.querySelectorAll('main a, main summary, main button')].reverse()
      for (const one of all) {
        one.focus()
        const box = one.getBoundingClientRect()
        if (document.activeElement === one && box.top < banner.bottom - 1) hidden.push(one.outerHTML.slice(0, 80))
      }
      return hidden
    }""")
    assert covered == []


def test_everything_that_is_pressed_is_large_enough(visit, site):
    """24 px by 24 px, or with as much room around it (WCAG 2.2, 2.5.8); links within sentences are excepted there."""
    page = visit(f"/patients/{site.patients[0]}", width=390)
    small = page.evaluate("""() => [...document.querySelectorAll('summary, button, .jump a, nav a')]
      .map(one => [one.textContent.trim().slice(0, 40), one.getBoundingClientRect()])
      .filter(([, box]) => box.width && (box.height < 24 || box.width < 24))
      .map(([text, box]) => [text, box.height])""")
    assert small == []


def test_the_page_asks_nothing_of_any_other_host(browser, site):
    context = browser.new_context()
    context.add_cookies([{"name": "sid", "value": site.cookie, "url": site.address}])
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.address}/patients/{site.patients[0]}")
    context.close()
    assert [url for url in asked if not url.startswith(site.address)] == []
    assert not [url for url in asked if "favicon" in url]


def test_paper_shows_every_word_and_who_it_is_about_on_every_sheet(visit, site, tmp_path: Path):
    page = visit(f"/patients/{site.patients[0]}")
    page.pdf(path=tmp_path / "record.pdf", format="A4")
    page.emulate_media(media="print")
    texts = page.evaluate("""() => [...document.querySelectorAll('p, li, dd, h2, h3, summary')]
      .filter(one => one.checkVisibility() && !one.closest('.screen-only, .service'))
      .flatMap(one => [...one.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()))
      .filter(text => text)""")
    name = page.locator("h1").inner_text()
    with pypdfium2.PdfDocument(tmp_path / "record.pdf") as document:
        sheets = [sheet.get_textpage().get_text_range() for sheet in document]
    printed = _letters("".join(sheets))
    missing = [text for text in texts if _letters(text) not in printed]
    assert missing == []
    assert all(name in sheet and "Printed" in sheet and "Page " in sheet for sheet in sheets)
    assert "Link:" not in "".join(sheets)


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def test_without_scripts_a_record_is_found_opened_and_read(visit, site):
    page = visit("/patients", scripts=False)
    page.fill("#family", "Hallworth")
    page.fill("#birth", "14 3 1938")
    page.get_by_role("button", name="Find by name").click()
    assert page.url == f"{site.address}/patients"
    page.get_by_role("link", name="HALLWORTH").first.click()
    page.get_by_role("button", name="Yes, open this record").click()
    assert "HALLWORTH" in page.locator("h1").inner_text()
    page.locator("#results a").last.click()
    assert "/sections/results?of=" in page.url
    assert page.locator("#results").get_attribute("data-section") == "results"


def test_with_scripts_a_long_section_opens_in_place(visit, site):
    page = visit(f"/patients/{site.patients[0]}")
    before = page.locator("#encounters .line").count()
    page.locator("#encounters > .showing a").click()
    page.wait_for_function("n => document.querySelectorAll('#encounters .line').length > n", arg=before)
    assert page.url == f"{site.address}/patients/{site.patients[0]}"
    shown = page.locator("#encounters .line").count()
    assert page.locator("#encounters h2 .n").inner_text() == f"{shown} items"


def test_a_stranger_must_say_why_and_the_browser_keeps_no_copy(visit, site):
    page = visit(f"/patients/{site.strangers[0]}")
    assert "Why do you need this record?" in page.locator("h1").inner_text()
    page.get_by_role("button", name="Open the record").click()
    assert page.title().startswith("Error:")
    page.get_by_label("Direct care – urgent").check()
    page.get_by_role("button", name="Open the record").click()
    page.wait_for_load_state()  # a click does not wait for the whole of the page that it leads to
    assert page.locator("[data-section]").count() > 10
    kept = page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    assert page.locator("h1").inner_text() not in kept
    assert "<" not in kept
