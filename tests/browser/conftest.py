"""A real browser, the whole site with a small synthetic region, and axe to judge its pages."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import func, select
from werkzeug.serving import make_server

from app import create_app, demo
from app.access import sessions
from app.access.users import Clinician
from app.assets.npm import installed
from app.settings import Settings
from app.synth.providers import PRACTICES
from app.tables import links, statements

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Site:
    """The running site, a clinician's cookie, and the people whose record she may read, the fullest first."""

    address: str
    cookie: str
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
    home = tmp_path_factory.mktemp("site")
    settings = Settings.from_env({"ENVIRONMENT": "demo", "DEMO_HOME": str(home)})
    app = create_app(settings)
    demo.prepare(app.extensions["engine"], settings, 40, 3, lambda words: None)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    cookie = _signed_in(app)
    yield Site(f"http://127.0.0.1:{server.server_port}", cookie, *_people(app, cookie))
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["engine"].dispose()


def _signed_in(app: Flask) -> str:
    engine, practice = app.extensions["engine"], PRACTICES[0]
    user = Clinician(
        issuer="https://id.example", subject="1", name="Dr Grace Hall", session="",
        org=practice.ods, org_name=practice.name, role="General practitioner",
    )  # fmt: skip
    pending = sessions.hash_of(sessions.begin(engine))
    return sessions.sign_in(engine, sessions.SignIn(user, "staff", ""), instead_of=pending, lasts=timedelta(hours=1))


def _people(app: Flask, cookie: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    query = (
        select(links.c.patient_id, func.count())
        .join(statements, statements.c.subject == links.c.source_patient_id)
        .where(links.c.until.is_(None))
        .group_by(links.c.patient_id)
        .order_by(func.count().desc(), links.c.patient_id)
    )
    with app.extensions["engine"].connect() as connection:
        people = [str(patient) for patient, _ in connection.execute(query)]
    client = app.test_client()
    client.set_cookie("sid", cookie)
    own = tuple(one for one in people if client.get(f"/patients/{one}").status_code == 200)
    return own, tuple(one for one in people if one not in own)


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a page as the clinician; anything that the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_page(path: str, *, width: int = 1366, height: int = 768, scripts: bool = True) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts)
        context.add_cookies([{"name": "sid", "value": site.cookie, "url": site.address}])
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
        page.evaluate(axe)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
        return [(v["id"], re.sub(r"\s+", " ", v["nodes"][0]["html"])[:200]) for v in found["violations"]]

    return judge
