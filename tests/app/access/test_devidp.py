"""The demo's provider runs in the demo alone, and is as strict as we ask real ones to be."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from sqlalchemy import Engine

from app.access.devidp import Site, refuse_unless_demo, server_for
from app.errors import NotReady
from app.migrate import mark_real, mark_synthetic
from app.settings import IdentityProvider
from tests.signing_in import CLIENT, SECRET, SITE, Browser, doors, free_port, people, settings_for, site

LOCAL = "127.0.0.1"
DEMO = settings_for(doors("http://127.0.0.1:8001"))
REAL = IdentityProvider("cis2", "https://am.nhsidentity.example", "us", "staff", "key")


# ---------------------------------------------------------------- nowhere but in the demo
def test_it_starts_in_the_demo(engine: Engine) -> None:
    mark_synthetic(engine)
    refuse_unless_demo(DEMO, engine, LOCAL)


@pytest.mark.parametrize("environment", ["production", "", "Demo", "test"])
def test_it_does_not_start_outside_the_demo(engine, environment) -> None:
    """C27."""
    mark_synthetic(engine)
    with pytest.raises(NotReady, match="ENVIRONMENT"):
        refuse_unless_demo(replace(DEMO, environment=environment), engine, LOCAL)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.7", "example.org", "127.0.0.1.evil.example"])  # noqa: S104
def test_it_does_not_listen_beyond_this_machine(engine, host) -> None:
    """C27."""
    mark_synthetic(engine)
    with pytest.raises(NotReady, match="beyond this machine"):
        refuse_unless_demo(DEMO, engine, host)


def test_it_does_not_start_beside_real_people(engine) -> None:
    """C27."""
    with pytest.raises(NotReady, match="not marked as synthetic"):
        refuse_unless_demo(DEMO, engine, LOCAL)
    mark_real(engine)
    with pytest.raises(NotReady, match="not marked as synthetic"):
        refuse_unless_demo(DEMO, engine, LOCAL)


def test_it_does_not_start_beside_a_real_provider(engine) -> None:
    mark_synthetic(engine)
    with pytest.raises(NotReady, match="real sign-in provider"):
        refuse_unless_demo(replace(DEMO, providers=(*DEMO.providers, REAL)), engine, LOCAL)


def test_all_reasons_are_named_at_once(engine) -> None:
    with pytest.raises(NotReady, match=r"ENVIRONMENT.*machine.*synthetic.*real"):
        refuse_unless_demo(replace(DEMO, environment="production", providers=(REAL,)), engine, "0.0.0.0")  # noqa: S104


def test_no_server_is_made_where_it_may_not_start(engine) -> None:
    with pytest.raises(NotReady):
        server_for(people(), Site(SITE, ("staff",), CLIENT, SECRET), DEMO, engine, port=0)


def process(database: str, environment: str, port: int) -> "subprocess.Popen[str]":
    """The provider as the demo starts it: its users on standard input, settings in the environment."""
    told = {
        "users": [asdict(user) for user in people()],
        "site": {"url": SITE, "providers": ["staff", "patient"], "client_id": CLIENT, "client_secret": SECRET},
        "port": port,
    }
    env = {"PATH": os.environ["PATH"], "ENVIRONMENT": environment, "DATABASE_URL": database}
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        [sys.executable, "-m", "app.access.devidp"], env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert child.stdin
    child.stdin.write(json.dumps(told))
    child.stdin.close()
    child.stdin = None
    return child


@pytest.mark.parametrize(("environment", "said"), [("production", "missing or unsafe settings"), ("demo", "synthetic")])
def test_as_a_process_it_ends_with_words(tmp_path: Path, environment: str, said: str) -> None:
    """C27."""
    with process(f"sqlite:///{tmp_path / 'new.db'}", environment, 1) as child:
        out, words = child.communicate(timeout=30)
    assert child.returncode != 0
    assert said in words
    assert "open-gp" not in out + words


def test_as_a_process_of_its_own_it_signs_people_in_and_says_nothing(engine: Engine) -> None:
    mark_synthetic(engine)
    port = free_port()
    issuer = f"http://{LOCAL}:{port}"
    url = engine.url.render_as_string(hide_password=False)
    with process(url, "demo", port) as child:
        try:
            wait_for(f"{issuer}/.well-known/openid-configuration", child)
            browser = Browser(site(engine, settings_for(doors(issuer))))
            assert browser.sign_in("gp").headers["Location"] == "/patients"
        finally:
            child.terminate()
            out, words = child.communicate(timeout=30)
    assert out + words == ""


def wait_for(address: str, child: "subprocess.Popen[str]") -> None:
    for _ in range(300):
        assert child.poll() is None, "it ended"
        try:
            requests.get(address, timeout=1)
            return
        except requests.ConnectionError:
            time.sleep(0.05)


# ---------------------------------------------------------------- as strict as a real one
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": CLIENT,
    "redirect_uri": f"{SITE}/auth/staff/callback",
    "scope": "openid profile",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
GP = {"username": "gp", "password": "open-gp"}


def ask(issuer: str, **changed: str | None) -> requests.Response:
    asked = {name: value for name, value in (ASKED | changed).items() if value is not None}
    return requests.post(f"{issuer}/authorize?{urlencode(asked)}", data=GP, allow_redirects=False, timeout=5)


def code(issuer: str) -> str:
    return parse_qs(urlsplit(ask(issuer).headers["Location"]).query)["code"][0]


def exchange(issuer: str, given: str, secret: str = SECRET, **changed: str) -> requests.Response:
    data = {"grant_type": "authorization_code", "code": given, "redirect_uri": ASKED["redirect_uri"]}
    data |= {"code_verifier": VERIFIER} | changed
    return requests.post(f"{issuer}/token", data=data, auth=(CLIENT, secret), timeout=5)


def test_a_good_request_gives_a_code_and_says_whose_it_is(issuer) -> None:
    back = ask(issuer).headers["Location"]
    assert back.startswith(f"{SITE}/auth/staff/callback?")
    assert {"code", "state", "iss"} == set(parse_qs(urlsplit(back).query))


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "short"},
        {"nonce": None},
        {"response_type": "token"},
        {"response_type": "id_token"},
        {"prompt": "none"},
    ],
)
def test_a_loose_request_gets_no_code(issuer, changed) -> None:
    answer = ask(issuer, **changed)
    assert "code=" not in answer.headers.get("Location", "").replace("response_", "")
    assert answer.status_code in {302, 400}


@pytest.mark.parametrize(
    "uri", ["https://evil.example/", f"{SITE}/auth/staff/callback/", f"{SITE}/auth/staff/callback?x=1", SITE, None]
)
def test_nobody_is_sent_to_another_address(issuer, uri) -> None:
    answer = ask(issuer, redirect_uri=uri)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "DEMO" in answer.text


def test_an_unknown_site_gets_nothing(issuer) -> None:
    assert ask(issuer, client_id="other").status_code == 400


def test_a_code_is_good_once(issuer) -> None:
    """C14."""
    given = code(issuer)
    assert exchange(issuer, given).status_code == 200
    assert exchange(issuer, given).status_code == 400


@pytest.mark.parametrize(
    ("secret", "changed"),
    [
        (SECRET, {"code_verifier": "w" * 64}),
        (SECRET, {"code_verifier": ""}),
        (SECRET, {"redirect_uri": f"{SITE}/auth/patient/callback"}),
        ("wrong", {}),
        ("", {}),
    ],
)
def test_a_code_is_good_only_to_the_site_that_asked(issuer, secret, changed) -> None:
    assert exchange(issuer, code(issuer), secret, **changed).status_code in {400, 401}


def test_a_code_dies_after_a_minute(issuer, monkeypatch) -> None:
    given = code(issuer)
    now = time.monotonic()
    monkeypatch.setattr("app.access.devidp_protocol.time.monotonic", lambda: now + 61)
    assert exchange(issuer, given).status_code == 400


def test_the_id_token_holds_no_identity_but_a_number(issuer) -> None:
    token = exchange(issuer, code(issuer)).json()["id_token"]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert set(claims) == {"iss", "aud", "sub", "exp", "iat", "auth_time", "nonce", "at_hash"}


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer x", "Basic x", "x"])
def test_userinfo_needs_the_access_token(issuer, header) -> None:
    answer = requests.get(f"{issuer}/userinfo", headers={"Authorization": header}, timeout=5)
    assert answer.status_code == 401


def test_a_wrong_password_is_said_and_gives_no_code(issuer) -> None:
    url = f"{issuer}/authorize?{urlencode(ASKED)}"
    for given in ({"username": "gp", "password": "open-hospital"}, {"username": "nobody", "password": "x"}, {}):
        answer = requests.post(url, data=given, allow_redirects=False, timeout=5)
        assert answer.status_code == 200
        assert "do not belong together" in answer.text


def test_every_page_says_that_it_is_a_demo(issuer) -> None:
    page = requests.get(f"{issuer}/authorize?{urlencode(ASKED)}", timeout=5)
    assert "DEMO" in page.text and "not real" in page.text
    assert page.text.count("<form") == 1
    assert 'name="username"' in page.text and 'name="password"' in page.text
    assert all(f"<td>{user.username}</td>" in page.text for user in people())
    assert not any(user.password in page.text for user in people())


def test_its_pages_are_as_closed_as_ours(issuer) -> None:
    headers = requests.get(f"{issuer}/authorize?{urlencode(ASKED)}", timeout=5).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert f"form-action 'self' {SITE}" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] == "demo"


def test_signing_out_leads_only_to_the_site(issuer) -> None:
    token = exchange(issuer, code(issuer)).json()["id_token"]
    for where, led in ((f"{SITE}/", True), ("https://evil.example/", False), (f"{SITE}//evil", False)):
        asked = urlencode({"id_token_hint": token, "post_logout_redirect_uri": where})
        answer = requests.get(f"{issuer}/end_session?{asked}", allow_redirects=False, timeout=5)
        assert (answer.headers.get("Location", "").startswith(where)) is led
    asked = urlencode({"post_logout_redirect_uri": f"{SITE}/"})
    assert "Location" not in requests.get(f"{issuer}/end_session?{asked}", allow_redirects=False, timeout=5).headers
