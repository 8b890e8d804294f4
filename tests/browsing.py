"""What journeys need: staff who may sign in, and what they read and post without scripts."""

import re
from collections.abc import Callable
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.access.users import Clinician, User
from tests.feeding import GP

SignIn = Callable[[User], FlaskClient]


def staff(org: str = GP, name: str = "Dr Grace Hall") -> Clinician:
    return Clinician("https://id.example", name, name, "", org, f"Org {org}", "General practitioner")


def words(response: TestResponse) -> str:
    """What is read on the page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def csrf(response: TestResponse) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', response.text)
    assert found
    return found[1]


def post(browser: FlaskClient, page: str, to: str, **form: str) -> TestResponse:
    return browser.post(to, data=form | {"csrf": csrf(browser.get(page))})
