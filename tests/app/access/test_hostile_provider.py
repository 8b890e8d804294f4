"""Whatever a sign-in provider answers, nobody gets in on a lie, and the page that says so is clean."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app import clock
from app.access import strict
from tests.hostile import ATTACKERS, BEFORE_LEAVING, CLINICIAN, FOR_CIS2, LIES, Hostile, dripping, numbered
from tests.shapes import CIS2_ISSUER, CIS2_SIGNED, CIS2_TOLD, NHS_LOGIN, NHS_LOGIN_SIGNED, cis2, nhs_login
from tests.signing_in import NO_ONE, Browser, doors, listening, settings_for, site

OF_THE_TEST = {"werkzeug", "urllib3.connectionpool"}  # the provider's, and the browser's
THE_23 = """aud is another|iss is another|nonce is another|nonce is missing|expired 200 seconds ago
signed by an attacker|small key brought along|critical header|alg none, not advertised|public key as secret
public key as secret, in bytes|metadata are another's|aud is another, azp is us|aud are two others, azp is us
alg none|no ID token|userinfo is about another|response names another|signed in with a password
signed in a day ago|signed in who knows when|expired 100 seconds ago|issued 90 seconds in the future"""
"""Authlib's client, as it comes, takes eleven of these."""


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
    running.alg, running.told, running.signs, running.keys = "RS256", CLINICIAN, {}, 1
    yield running
    running.kid, running.key = kid, key
    assert not running.own_faults


@pytest.fixture
def browser(one_engine: Engine, provider: Hostile) -> Browser:
    return Browser(site(one_engine, settings_for(doors(provider.issuer))))


def through(browser: Browser, door: str = "staff") -> str:
    """Leave for the provider; where it sends the browser back to."""
    return browser.elsewhere.get(browser.start(door), allow_redirects=False).headers["Location"]


def is_signed_in(browser: Browser) -> bool:
    return browser.site.get("/patients").status_code == 200


def test_an_honest_answer_gets_in(browser: Browser) -> None:
    assert browser.back(through(browser)).headers["Location"] == "/patients"
    assert is_signed_in(browser)


@pytest.mark.parametrize("lie", LIES, ids=numbered)
def test_a_lie_is_refused(browser: Browser, provider: Hostile, lie: str) -> None:
    provider.lie = lie
    answer = browser.back(through(browser))
    assert answer.status_code in {403, 503}
    assert "You are not signed in" in answer.text
    assert "<script>" not in answer.text and "Traceback" not in answer.text
    assert not is_signed_in(browser)


@pytest.mark.parametrize("lie", BEFORE_LEAVING, ids=numbered)
def test_bad_metadata_are_refused_before_the_browser_leaves(browser: Browser, provider: Hostile, lie: str) -> None:
    provider.lie = lie
    answer = browser.post("/login", provider="staff")
    assert answer.status_code in {403, 503}
    assert "You are not signed in" in answer.text
    assert not is_signed_in(browser)


def speak_as_cis2(provider: Hostile) -> None:
    provider.told, provider.signs = CIS2_TOLD | {"uid": "mallory"}, CIS2_SIGNED


def at_cis2(engine: Engine, provider: Hostile) -> Browser:
    return Browser(site(engine, settings_for([cis2(provider.issuer)])))


@pytest.mark.parametrize("lie", FOR_CIS2, ids=numbered)
def test_whoever_signed_in_too_weakly_is_refused(one_engine: Engine, provider: Hostile, lie: str) -> None:
    speak_as_cis2(provider)
    provider.lie = lie
    browser = at_cis2(one_engine, provider)
    answer = browser.back(through(browser, "cis2"))
    assert answer.status_code == 403 and "You are not signed in" in answer.text
    assert not is_signed_in(browser)


def test_of_23_lies_all_are_refused_and_the_honest_answer_gets_in(one_engine: Engine, provider: Hostile) -> None:
    speak_as_cis2(provider)
    refused = 0
    for lie in re.split("[|\n]", THE_23):
        browser = at_cis2(one_engine, provider)
        provider.lie = lie
        answer = browser.post("/login", provider="cis2")
        if answer.status_code == 303:
            answer = browser.back(browser.elsewhere.get(answer.location, allow_redirects=False).headers["Location"])
        assert "You are not signed in" in answer.text, lie
        refused += not is_signed_in(browser)
        provider.lie = "honest"
        browser = at_cis2(one_engine, provider)
        assert browser.back(through(browser, "cis2")).headers["Location"] == "/patients"
        assert is_signed_in(browser)
    assert refused == 23


@pytest.mark.parametrize("keys", [1, 2])
def test_a_key_need_not_be_named_where_there_is_only_one(browser: Browser, provider: Hostile, keys: int) -> None:
    """OpenID Connect Core, section 10.1: where there are several, it must be."""
    provider.lie, provider.keys = "honest, key not named", keys
    browser.back(through(browser))
    assert is_signed_in(browser) is (keys == 1)


SOME = ["honest", "alg none", "signed by an attacker", "aud is another, azp is us"]


@pytest.mark.parametrize("lie", SOME, ids=numbered)
def test_nhs_login_signs_with_rs512_and_nothing_else(one_engine: Engine, provider: Hostile, lie: str) -> None:
    provider.told, provider.signs, provider.lie = NHS_LOGIN, NHS_LOGIN_SIGNED, lie
    for alg in ("RS512", "RS256"):
        provider.alg = alg
        browser = Browser(site(one_engine, settings_for([nhs_login(provider.issuer)])))
        url = browser.start("nhs-login")
        assert "P9.Cp.Cd" in url and "max_age" not in url and "acr_values" not in url
        answer = browser.back(browser.elsewhere.get(url, allow_redirects=False).headers["Location"])
        assert (answer.status_code == 303) is (lie == "honest" and alg == "RS512")


def test_a_patient_who_has_not_proven_who_they_are_is_led_to_do_so(one_engine: Engine, provider: Hostile) -> None:
    """C23."""
    low = {"vot": "P5.Cp.Cd", "identity_proofing_level": "P5"}
    provider.told, provider.signs, provider.alg = NHS_LOGIN | low, NHS_LOGIN_SIGNED | low, "RS512"
    browser = Browser(site(one_engine, settings_for([nhs_login(provider.issuer)])))
    answer = browser.back(through(browser, "nhs-login"))
    assert answer.status_code == 403
    assert "Prove who you are" in answer.text and 'value="nhs-login"' in answer.text
    assert browser.site.get("/").status_code == 200
    provider.told, provider.signs = NHS_LOGIN, NHS_LOGIN_SIGNED
    assert browser.back(through(browser, "nhs-login")).headers["Location"] == "/my"


def test_signing_out_of_nhs_login_says_that_only_we_forget(one_engine: Engine, provider: Hostile) -> None:
    provider.told, provider.signs, provider.alg = NHS_LOGIN, NHS_LOGIN_SIGNED, "RS512"
    browser = Browser(site(one_engine, settings_for([nhs_login(provider.issuer)])))
    browser.back(through(browser, "nhs-login"))
    answer = browser.sign_out()
    assert answer.status_code == 200
    assert "no way to sign you out there" in answer.text
    assert browser.sid == ""


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
    """C17."""
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
    """C17."""
    url = through(browser)
    provider.lie = "token drips"
    monkeypatch.setattr(strict, "TIMEOUT_SECONDS", 1)
    began = time.monotonic()
    assert browser.back(url).status_code == 503
    assert time.monotonic() - began < 2.5


def test_a_provider_whose_every_answer_takes_its_time_is_cut_off_all_the_same(
    browser: Browser, provider: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C17: three answers come after each other, and each alone would be quick enough."""
    url = through(browser)
    provider.lie = "everything takes 0.6 seconds"
    monkeypatch.setattr(strict, "TIMEOUT_SECONDS", 1)
    began = time.monotonic()
    answer = browser.back(url)
    assert answer.status_code == 503 and "does not answer" in answer.text
    assert time.monotonic() - began < 1.5


def test_a_provider_that_sends_a_byte_at_a_time_is_cut_off(one_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """C17: a timeout of the socket would count anew for each byte."""
    monkeypatch.setattr(strict, "TIMEOUT_SECONDS", 1)
    with dripping() as address:
        browser = Browser(site(one_engine, settings_for(doors(address))))
        began = time.monotonic()
        answer = browser.post("/login", provider="staff")
        assert answer.status_code == 503 and "does not answer" in answer.text
        assert time.monotonic() - began < 2


def test_a_provider_that_is_not_there_gives_a_page(one_engine: Engine) -> None:
    """C17."""
    browser = Browser(site(one_engine, settings_for(doors(NO_ONE))))
    answer = browser.post("/login", provider="staff")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


@pytest.mark.parametrize("other", [CIS2_ISSUER.replace(":443", ""), CIS2_ISSUER + "/", CIS2_ISSUER.upper()])
def test_an_issuer_is_compared_letter_by_letter(one_engine: Engine, other: str) -> None:
    """C3."""
    app = site(one_engine, settings_for([cis2(CIS2_ISSUER)]))
    client = app.extensions["authlib.integrations.flask_client"].create_client("cis2")
    assert client._checked({"issuer": CIS2_ISSUER})
    with pytest.raises(strict.BadAnswer, match="metadata_issuer"):
        client._checked({"issuer": other})


def test_a_provider_that_failed_is_left_alone_for_ten_seconds(browser: Browser, provider: Hostile) -> None:
    """C17: everybody who waits for it keeps a thread from those who are signed in."""
    provider.lie = "metadata fail"
    assert browser.post("/login", provider="staff").status_code == 503
    provider.lie = "metadata hangs"
    began = time.monotonic()
    for _ in range(20):
        assert "does not answer" in browser.post("/login", provider="staff").text
    assert time.monotonic() - began < 3
    provider.lie = "honest"
    client = browser.app.extensions["authlib.integrations.flask_client"].create_client("staff")
    client.left_alone_until -= strict.LEFT_ALONE
    browser.back(through(browser))
    assert is_signed_in(browser)


def test_a_new_key_is_fetched_once(browser: Browser, provider: Hostile) -> None:
    """C18."""
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
    """C19."""
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
    """C15."""
    state = through(browser).split("state=")[1]
    words = {"error": error, "error_description": error, "state": state}
    answer = browser.site.get("/auth/staff/callback", query_string=words)
    assert answer.status_code == 403
    assert error not in answer.text and "onerror" not in answer.text
    assert not is_signed_in(browser)


def test_an_error_does_not_end_the_session_of_somebody_signed_in(browser: Browser) -> None:
    """C15."""
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
