"""Whatever a sign-in provider answers, nobody gets in on a lie, and the page that says so is clean."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app import clock
from app.access import strict
from app.crypto import create_keys
from app.db import engine_for
from app.keyring import attach
from app.migrate import migrate
from tests.hostile import ATTACKERS, LIES, METADATA, Hostile
from tests.signing_in import NO_ONE, Browser, doors, listening, settings_for, site

OF_THE_TEST = {"werkzeug", "urllib3.connectionpool"}  # the provider's, and the browser's
BEFORE_LEAVING = [lie for lie in METADATA if lie != "response must name us"]


@pytest.fixture(scope="module")
def one_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for all lies: what is tried here does not depend on it."""
    folder = tmp_path_factory.mktemp("hostile")
    create_keys(folder / "keys")
    made = attach(engine_for(f"sqlite:///{folder / 'test.db'}"), folder / "keys")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def running() -> Iterator[Hostile]:
    provider = Hostile()
    with listening(provider.app) as address:
        provider.issuer = address
        yield provider


@pytest.fixture
def provider(running: Hostile) -> Iterator[Hostile]:
    kid, key = running.kid, running.key
    running.lie, running.jwks_read, running.own_faults = "honest", 0, []
    yield running
    running.kid, running.key = kid, key
    assert not running.own_faults


@pytest.fixture
def browser(one_engine: Engine, provider: Hostile) -> Browser:
    return Browser(site(one_engine, settings_for(doors(provider.issuer))))


def through(browser: Browser) -> str:
    """Leave for the provider; where it sends the browser back to."""
    return browser.elsewhere.get(browser.start(), allow_redirects=False).headers["Location"]


def is_signed_in(browser: Browser) -> bool:
    return browser.site.get("/patients").status_code == 200


def test_an_honest_answer_gets_in(browser: Browser) -> None:
    assert browser.back(through(browser)).headers["Location"] == "/patients"
    assert is_signed_in(browser)


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused(browser: Browser, provider: Hostile, lie: str) -> None:
    provider.lie = lie
    answer = browser.back(through(browser))
    assert answer.status_code in {403, 503}
    assert "You are not signed in" in answer.text
    assert "<script>" not in answer.text and "Traceback" not in answer.text
    assert not is_signed_in(browser)


@pytest.mark.parametrize("lie", BEFORE_LEAVING)
def test_bad_metadata_are_refused_before_the_browser_leaves(browser: Browser, provider: Hostile, lie: str) -> None:
    provider.lie = lie
    answer = browser.post("/login", provider="staff")
    assert answer.status_code in {403, 503}
    assert "You are not signed in" in answer.text
    assert not is_signed_in(browser)


def test_the_way_out_of_a_lie_is_an_honest_answer(browser: Browser, provider: Hostile) -> None:
    provider.lie = "nonce is another"
    browser.back(through(browser))
    provider.lie = "honest"
    browser.back(through(browser))
    assert is_signed_in(browser)


@pytest.mark.parametrize("lie", ["metadata hangs", "token hangs"])
def test_a_provider_that_hangs_costs_five_seconds_and_gives_a_page(
    browser: Browser, provider: Hostile, lie: str
) -> None:
    began = time.monotonic()
    if lie == "metadata hangs":
        provider.lie = lie
        answer = browser.post("/login", provider="staff")
    else:
        url = through(browser)
        provider.lie = lie
        answer = browser.back(url)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert 4.5 < time.monotonic() - began < 6


def test_a_provider_that_drips_is_cut_off(browser: Browser, provider: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    url = through(browser)
    provider.lie = "token drips"
    monkeypatch.setattr(strict, "TIMEOUT_SECONDS", 1)
    began = time.monotonic()
    assert browser.back(url).status_code == 503
    assert time.monotonic() - began < 2.5


def test_a_provider_that_is_not_there_gives_a_page(one_engine: Engine) -> None:
    browser = Browser(site(one_engine, settings_for(doors(NO_ONE))))
    answer = browser.post("/login", provider="staff")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_a_new_key_is_fetched_once(browser: Browser, provider: Hostile) -> None:
    browser.back(through(browser))
    browser.sign_out()
    provider.kid, provider.key = "two", ATTACKERS
    strict_client = browser.app.extensions["authlib.integrations.flask_client"].create_client("staff")
    strict_client.keys_read_at -= strict.KEYS_AGAIN_AFTER
    browser.back(through(browser))
    assert is_signed_in(browser)
    assert provider.jwks_read == 2


def test_unknown_keys_do_not_make_us_fetch_again_and_again(browser: Browser, provider: Hostile) -> None:
    browser.back(through(browser))
    browser.sign_out()
    provider.lie = "signed by an attacker, unknown key"
    for _ in range(5):
        browser.back(through(browser))
    assert provider.jwks_read == 1


def test_another_key_under_the_same_name_is_refused_until_the_keys_are_read_again(
    browser: Browser, provider: Hostile
) -> None:
    browser.back(through(browser))
    browser.sign_out()
    provider.key = ATTACKERS
    assert browser.back(through(browser)).status_code == 403
    strict_client = browser.app.extensions["authlib.integrations.flask_client"].create_client("staff")
    strict_client.server_metadata["_loaded_at"] -= strict.METADATA_LASTS
    browser.back(through(browser))
    assert is_signed_in(browser)


def test_thirty_seconds_between_clocks_are_forgiven_and_no_more(browser: Browser, provider: Hostile) -> None:
    with clock.stopped_at(clock.now() - timedelta(seconds=25)):
        browser.back(through(browser))
        assert is_signed_in(browser)
        browser.sign_out()
    with clock.stopped_at(clock.now() - timedelta(seconds=35)):
        assert browser.back(through(browser)).status_code == 403


@pytest.mark.parametrize(
    "error", ["access_denied", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "x" * 5000]
)
def test_an_error_in_the_address_is_never_repeated_on_the_page(browser: Browser, error: str) -> None:
    state = through(browser).split("state=")[1]
    words = {"error": error, "error_description": error, "state": state}
    answer = browser.site.get("/auth/staff/callback", query_string=words)
    assert answer.status_code == 403
    assert error not in answer.text and "onerror" not in answer.text
    assert not is_signed_in(browser)


def test_an_error_does_not_end_the_session_of_somebody_signed_in(browser: Browser) -> None:
    browser.back(through(browser))
    browser.site.get("/auth/staff/callback", query_string={"error": "x", "state": "y"})
    assert is_signed_in(browser)


def test_no_identity_and_no_secret_is_logged(
    browser: Browser, provider: Hostile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    browser.back(through(browser))
    browser.sign_out()
    provider.lie = "aud is another"
    browser.back(through(browser))
    logged = " ".join(str(vars(record)) for record in caplog.records if record.name not in OF_THE_TEST)
    assert "sign_in_refused" in logged
    for secret in ("mallory", "Mallory", "opaque", provider.asked["nonce"], "code_verifier"):
        assert secret not in logged


def test_the_providers_own_options_do_not_reach_our_client(browser: Browser) -> None:
    through(browser)
    client = browser.app.extensions["authlib.integrations.flask_client"].create_client("staff")
    assert not {"verify", "default_timeout"} & set(client.server_metadata)
    assert client.server_metadata["id_token_signing_alg_values_supported"] == ["RS256", "RS512", "PS256", "ES256"]
