"""What tests of signing in need: a site, providers that really listen, and a browser that goes between them."""

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import randrange
from urllib.parse import urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app import pages
from app.access import gate, oidc, provider_views, views
from app.access.demo_users import DemoPatient, DemoUser, Organisation, demo_users
from app.access.devidp import QuietHandler, create_provider
from app.access.gate import needs, open_to_all
from app.access.permissions import Permission
from app.settings import IdentityProvider, Settings

SITE = "http://127.0.0.1:8000"
SECRET = "site-and-provider"
CLIENT = "tributary"
NO_ONE = "http://127.0.0.1:9"


def people() -> list[DemoUser]:
    """The demo's users; each one's password is `open-` and their user name."""
    return demo_users(
        gp=Organisation("B86000", "Elm Surgery"),
        hospital=Organisation("RR800", "Leeds General"),
        social=Organisation("000DA", "Leeds City Council"),
        patients=[
            DemoPatient("Asha Patel", "Patel", "9990000018", "1961-02-03"),
            DemoPatient("Tom Reed", "Reed", "9990000026", "1950-11-30"),
        ],
        password=lambda username: f"open-{username}",
    )


def doors(issuer: str, *, key: str = SECRET, client_id: str = CLIENT) -> tuple[IdentityProvider, ...]:
    """The staff door and the patients' door of one issuer."""
    return tuple(IdentityProvider(kind, issuer, client_id, kind, key) for kind in ("staff", "patient"))


def settings_for(providers: Sequence[IdentityProvider] = (), *, environment: str = "demo") -> Settings:
    """Settings of a site with these providers."""
    return Settings(
        environment=environment,
        database_url="sqlite://",
        vault_url="sqlite://",
        keys_dir=Path(),
        inbox=Path(),
        releases_dir=Path(),
        site_url=SITE if environment == "demo" else "https://care.example",
        providers=tuple(providers),
    )


def site(engine: Engine, settings: Settings) -> Flask:
    """A site with signing in, and two pages of its own: one for clinicians, one to post to. Any patient may come in."""
    app = Flask("app")
    app.config["SETTINGS"] = settings
    app.extensions["engine"] = engine
    app.extensions["patient_sign_in"] = lambda user, claims: None
    pages.install(app)
    gate.install(app, settings)
    oidc.install(app, settings)
    app.register_blueprint(views.bp)
    app.register_blueprint(provider_views.bp)

    @needs(Permission.SEARCH_PATIENTS)
    def patients() -> str:
        return "the search page"

    @needs(Permission.SEARCH_PATIENTS)
    def patient(which: str) -> str:
        return f"the page of {which}"

    app.add_url_rule("/patients", "patients", patients, methods=["GET", "POST"])
    app.add_url_rule("/patients/<which>", "patient", patient)
    app.add_url_rule("/broken", "broken", _broken)
    gate.check_endpoints(app)
    return app


@open_to_all
def _broken() -> str:
    raise RuntimeError("never shown")


@contextmanager
def listening(app: Flask, port: int = 0) -> Iterator[str]:
    """The app on a free port of this machine, in a thread; its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def demo_provider(client_id: str = CLIENT) -> Iterator[str]:
    """The demo's own provider, listening; its issuer."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    callbacks = [f"{SITE}/auth/{name}/callback" for name in ("staff", "patient")]
    app = create_provider(people(), issuer, client_id, SECRET, callbacks, [SITE + "/"])
    with listening(app, port):
        yield issuer


def free_port() -> int:
    """A port that is free now, as is the next one. The system never gives one of these to somebody who asks for any:
    tests that run beside this one do so all the time.
    """
    while True:
        port = randrange(15_000, 30_000)
        with suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 1))
            return port


@dataclass
class Browser:
    """One person's browser: the site through Flask's client, providers over real HTTP."""

    app: Flask
    site: FlaskClient = field(init=False)
    elsewhere: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.site = self.app.test_client()
        self.elsewhere = requests.Session()
        self.elsewhere.trust_env = False

    def csrf(self, page: str = "/login") -> str:
        """The word in the forms of a page."""
        found = re.search(r'name="csrf" value="([^"]*)"', self.site.get(page).text)
        return found[1] if found else ""

    def post(self, page: str, **data: str) -> TestResponse:
        """Send a form from our own page."""
        return self.site.post(page, data={"csrf": self.csrf()} | data)

    def start(self, door: str = "staff") -> str:
        """Press a button on the sign-in page; where the browser is sent."""
        answer = self.post("/login", provider=door)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def at_provider(self, url: str, username: str, password: str | None = None) -> str:
        """Fill in the provider's form; where the browser is sent back to."""
        assert 'name="username"' in self.elsewhere.get(url).text
        given = {"username": username, "password": password or f"open-{username}"}
        answer = self.elsewhere.post(url, data=given, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def back(self, url: str) -> TestResponse:
        """Arrive at the site with what the provider sent along."""
        assert url.startswith(SITE), url
        parts = urlsplit(url)
        return self.site.get(f"{parts.path}?{parts.query}")

    def sign_in(self, username: str, door: str = "staff") -> TestResponse:
        """The whole way in."""
        return self.back(self.at_provider(self.start(door), username))

    def sign_out(self) -> TestResponse:
        """Press the button that every page of somebody signed in has."""
        return self.site.post("/logout", data={"csrf": self.csrf("/no-such-page")})

    @property
    def sid(self) -> str:
        """The session's cookie."""
        cookie = self.site.get_cookie("sid", domain="localhost")
        return cookie.value if cookie else ""
