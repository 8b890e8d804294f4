"""A page runs nothing that is written into it, and stands in nobody else's frame."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site

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


def test_c65_another_site_cannot_show_a_page_in_its_frame(page: Page, site: Site) -> None:
    page.route(
        "http://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<iframe src="{site.address}/patients/{site.patients[0]}"></iframe>'
        ),
    )
    page.goto("http://evil.example/")
    page.wait_for_timeout(500)
    framed = page.frames[1]
    assert not framed.url.startswith(site.address) or framed.locator("h1").count() == 0
