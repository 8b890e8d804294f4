"""Whether a page fits the window."""

from playwright.sync_api import Page


def fits(page: Page) -> bool:
    """Whether nothing of it lies beyond the right edge. A click does not wait for the page that it leads to."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
