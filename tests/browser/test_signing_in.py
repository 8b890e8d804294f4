"""Pages of signing in, and of the officer who decides about sign-ins, in a real browser and before axe."""

import re
from dataclasses import replace
from typing import Any

import pytest

from app import demo
from app.access.claims import Refused
from app.access.users import PatientUser, PrivacyOfficer
from tests.browser.fitting import fits
from tests.clinic import cookie_of

pytestmark = pytest.mark.browser
OFFICER = PrivacyOfficer("https://id.example", "privacy", "Priya Nair", "")
WIDTHS = [320, 1366]
ONE = re.compile(r"^sign-in \d")


@pytest.fixture(scope="module")
def officer(site) -> str:
    """The officer's cookie, after two sign-ins claimed one NHS number."""
    told: dict[str, Any] = next(user.claims for user in demo.users(lambda _: "") if user.username == "patient2")
    first = PatientUser("https://id.example", "first", told["name"], "")
    come_in = site.app.extensions["patient_sign_in"]
    come_in(first, told)
    with pytest.raises(Refused):
        come_in(replace(first, subject="second"), told)
    return cookie_of(site.app, OFFICER)


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_against_the_officers_pages(visit, violations, officer, width) -> None:
    page = visit("/held-sign-ins", cookie=officer, width=width)
    assert violations(page) == [] and fits(page)
    page.get_by_role("link", name=ONE).click()
    assert violations(page) == [] and fits(page)
    page.get_by_role("button", name="Decide").click()
    assert page.get_by_role("alert").get_by_role("link", name="Choose whose sign-in it is").is_visible()
    assert violations(page) == [] and fits(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/login", "/login/again"])
def test_axe_finds_nothing_against_the_pages_of_signing_in(visit, violations, officer, path, width) -> None:
    page = visit(path, cookie=officer if path == "/login/again" else "nobody", width=width)
    assert violations(page) == [] and fits(page)


def test_the_officer_decides_without_scripts(visit, officer) -> None:
    page = visit("/held-sign-ins", cookie=officer, scripts=False)
    page.get_by_role("link", name=ONE).click()
    page.get_by_label("Both are theirs").check()
    page.get_by_role("button", name="Decide").click()
    assert page.get_by_text("Priya Nair: Both are theirs").is_visible()
