"""What journeys need: staff and patients who may sign in, and what they read and post without scripts."""

import re
from collections.abc import Callable
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.access.users import Clinician, PatientUser, User
from tests.feeding import ASHA, GP

SignIn = Callable[[User], FlaskClient]


def staff(org: str = GP, name: str = "Dr Grace Hall") -> Clinician:
    return Clinician("https://id.example", name, name, "", org, f"Org {org}", "General practitioner")


def person(subject: str = "asha") -> PatientUser:
    """Somebody who signs in as a patient: an account, and not yet a record."""
    return PatientUser("https://id.example", subject, "Asha Patel", "")


def claims(**changes: str) -> dict[str, str]:
    """What a sign-in provider verified about Asha Patel, unless said otherwise."""
    proven = {"nhs_number": ASHA, "birthdate": "1960-05-01", "family_name": "Patel"}
    return proven | {"identity_proofing_level": "P9"} | changes


def words(response: TestResponse) -> str:
    """What is read on the page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def csrf(response: TestResponse) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', response.text)
    assert found
    return found[1]


def post(browser: FlaskClient, page: str, to: str, **form: str) -> TestResponse:
    return browser.post(to, data=form | {"csrf": csrf(browser.get(page))})
