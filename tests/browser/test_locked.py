"""A page runs nothing that is written into it, and stands in nobody else's frame."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site
from tests.signing_in import listening

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """As somebody who is signed in, and with no complaint of the browser counted: here they are wanted."""
    context = browser.new_context()
    context.add_cookies([{"name": "sid", "value": site.cookie, "url": site.address}])
    yield context.new_page()
    context.close()


def test_c65_a_script_that_gets_into_a_page_does_not_run(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/patients/{site.patients[0]}")
    page.evaluate(
        """() => {
            const script = Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'})
            const image = document.createElement('p')
            image.innerHTML = '<img src=x onerror="window.ran = 2">'
            document.body.append(script, image)
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran ?? 0") == 0


@pytest.fixture
def elsewhere(site: Site) -> Iterator[str]:
    """Another site, whose one page frames a record."""
    other = Flask("other")
    other.add_url_rule("/", "frame", lambda: f'<iframe src="{site.address}/patients/{site.patients[0]}"></iframe>')
    with listening(other) as address:
        yield address.replace("127.0.0.1", "localhost")


def test_c65_another_site_cannot_show_a_page_in_its_frame(page: Page, elsewhere: str) -> None:
    page.goto(elsewhere)
    page.wait_for_timeout(500)
    assert page.frames[1].url.startswith("chrome-error:")
