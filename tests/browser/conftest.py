"""A real browser, the whole site with a small synthetic region, and axe to judge its pages."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from app.assets.npm import installed
from tests.clinic import clinic, patient_cookie

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Site:
    """The running site, cookies of a clinician and a patient, and whose record the clinician may read."""

    app: Flask
    address: str
    cookie: str
    patient: str
    patients: tuple[str, ...]
    strangers: tuple[str, ...]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with clinic(tmp_path_factory.mktemp("site"), people=40) as made:
        server = make_server("127.0.0.1", 0, made.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield Site(made.app, address, made.cookie, patient_cookie(made.app), made.own, made.strangers)
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a page as the clinician, or as another; anything that the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_page(path: str, *, width: int = 1366, height: int = 768, scripts: bool = True, cookie: str = "") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts)
        context.add_cookies([{"name": "sid", "value": cookie or site.cookie, "url": site.address}])
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda m: complaints.append(m.text) if m.type == "error" and "status of 4" not in m.text else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, fetched by its lock file."""
    with TemporaryDirectory() as folder:
        return (installed(HERE, Path(folder)) / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def violations(axe: str) -> Callable[[Page], list[Any]]:
    """What axe finds against WCAG 2.2 AA and its best practices, in few words."""

    def judge(page: Page) -> list[Any]:
        page.wait_for_load_state()
        page.evaluate(axe)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
        return [(v["id"], re.sub(r"\s+", " ", v["nodes"][0]["html"])[:200]) for v in found["violations"]]

    return judge
