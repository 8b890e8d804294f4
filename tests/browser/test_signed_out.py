"""After signing out nothing of a person is left in the browser, for whoever sits down there next."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import CHROMIUM, OPTIONS, Site
from tests.clinic import cookie_of, grace, patient_cookie

pytestmark = pytest.mark.browser
KEPT = """async () => JSON.stringify([
    {...sessionStorage}, {...localStorage}, await caches.keys(), await indexedDB.databases(), document.cookie,
    (await navigator.serviceWorker.getRegistrations()).length
])"""
NOTHING = '[{"htmx-current-path-for-history":"/"},{},[],[],"",0]'
"""Of all stores of a browser only where it is now: at the page for everybody."""


@pytest.fixture
def at_the_desk(browser: Browser, site: Site, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that writes to disk what browsers do, as on a shared workstation."""
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=CHROMIUM, args=OPTIONS
    )
    yield context
    context.close()


def opened(context: BrowserContext, site: Site, cookie: str, path: str) -> Page:
    context.add_cookies([{"name": "sid", "value": cookie, "url": site.address}])
    page = context.new_page()
    page.goto(site.address + path)
    return page


def left_behind(folder: Path, words: str) -> list[str]:
    """The files of the browser's own folder that hold these words, in the letters that browsers write."""
    spelled = [words.encode(code) for code in ("utf-8", "utf-16-le")]
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path.name for path in files if any(one in path.read_bytes() for one in spelled)]


def test_c66_nothing_of_a_person_stays_after_a_clinician_signs_out(
    at_the_desk: BrowserContext, site: Site, tmp_path: Path
) -> None:
    page = opened(at_the_desk, site, cookie_of(site.app, grace()), f"/patients/{site.patients[0]}")
    name = page.locator("h1").inner_text()
    page.locator("#encounters > .showing a").click()
    page.wait_for_function("() => !document.querySelector('#encounters > .showing a')")
    page.goto(site.address + "/patients")
    leave(page, site, name)
    at_the_desk.close()
    assert left_behind(tmp_path, name) == []


def test_c66_nor_after_a_patient_signs_out(at_the_desk: BrowserContext, site: Site, tmp_path: Path) -> None:
    page = opened(at_the_desk, site, patient_cookie(site.app), "/my")
    page.goto(site.address + "/my/readings/new")
    page.goto(site.address + "/my/record")
    words = page.locator(".service-user").inner_text().split(" · ")[0].strip()
    leave(page, site, words)
    at_the_desk.close()
    assert left_behind(tmp_path, words) == []


def leave(page: Page, site: Site, words: str) -> None:
    """Sign out, then go back through everything that was open: none of it is shown again, and nothing is kept."""
    page.get_by_role("button", name="Log out").first.click()
    page.wait_for_load_state()
    for _ in range(2):
        page.go_back()
        page.wait_for_load_state()
        assert words not in page.content()
    page.goto(site.address)
    assert page.evaluate(KEPT) == NOTHING
