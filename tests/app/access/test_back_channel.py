"""Whoever signs out at their provider is signed out here, everywhere; nothing but the provider's word does that."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from app import clock
from app.access import sessions, strict
from app.db import engine_for, read
from app.keyring import attach
from app.tables import logout_tokens
from tests.audited import events
from tests.hostile import ATTACKERS, OURS, Claims, Hostile, signed
from tests.signing_in import CLIENT, Browser, doors, listening, settings_for, site

ADDRESS = "/auth/staff/logout"
EVENT = {"http://schemas.openid.net/event/backchannel-logout": {}}
Change = Callable[[Claims, Claims], str]


@pytest.fixture(scope="module")
def running() -> Iterator[Hostile]:
    provider = Hostile()
    with listening(provider.app) as address:
        provider.issuer = address
        yield provider


@pytest.fixture
def provider(running: Hostile) -> Hostile:
    running.signs, running.jwks_read = {"sid": "there-1"}, 0
    return running


@pytest.fixture
def browser(engine: Engine, provider: Hostile) -> Browser:
    browser = Browser(site(engine, settings_for(doors(provider.issuer))))
    come_in(browser)
    return browser


def come_in(browser: Browser) -> None:
    browser.back(browser.elsewhere.get(browser.start(), allow_redirects=False).headers["Location"])
    assert is_signed_in(browser)


def is_signed_in(browser: Browser) -> bool:
    return browser.site.get("/patients").status_code == 200


def honest(provider: Hostile, **more: Any) -> tuple[Claims, Claims]:
    """Header and claims of a good logout token."""
    now = int(time.time())
    claims: Claims = {"iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "events": EVENT}
    claims |= {"jti": f"jti-{time.monotonic_ns()}", "sid": "there-1", "sub": "mallory"}
    return {"alg": "RS256", "kid": "one", "typ": "logout+jwt"}, claims | more


def token(provider: Hostile, **more: Any) -> str:
    return signed(*honest(provider, **more), OURS)


def send(browser: Browser, logout_token: str, address: str = ADDRESS) -> TestResponse:
    """From the provider's own machine: no cookie, no word of a form."""
    return browser.app.test_client().post(address, data={"logout_token": logout_token})


# ---------------------------------------------------------------- out
@pytest.mark.parametrize("left_out", ["", "sid", "sub"])
def test_whoever_signs_out_at_the_provider_is_nobody_here_on_the_next_request(browser, provider, left_out) -> None:
    """C26."""
    header, claims = honest(provider)
    claims.pop(left_out, None)
    answer = send(browser, signed(header, claims, OURS))
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert not is_signed_in(browser)
    assert "signed out of the service" in browser.site.get("/login").text


def test_on_every_server_that_shares_the_database(browser, provider, engine, keys_dir: Path) -> None:
    """C26: a second process has its own engine, and its own copy of the provider's keys."""
    other_engine = attach(engine_for(engine.url.render_as_string(hide_password=False)), keys_dir)
    elsewhere = Browser(site(other_engine, settings_for(doors(provider.issuer))))
    elsewhere.site.set_cookie("sid", browser.sid)
    assert is_signed_in(elsewhere)
    assert send(elsewhere, token(provider)).status_code == 200
    assert not is_signed_in(browser) and not is_signed_in(elsewhere)
    other_engine.dispose()


def test_only_the_sessions_that_it_names_end(browser, provider) -> None:
    provider.signs = {"sid": "there-2"}
    second = Browser(browser.app)
    come_in(second)
    assert send(browser, token(provider)).status_code == 200
    assert not is_signed_in(browser) and is_signed_in(second)
    come_in(browser)
    everywhere = honest(provider)
    del everywhere[1]["sid"]
    assert send(browser, signed(*everywhere, OURS)).status_code == 200
    assert not is_signed_in(browser) and not is_signed_in(second)


def test_one_who_is_not_here_is_no_error(browser, provider) -> None:
    assert send(browser, token(provider, sid="another", sub="another")).status_code == 200
    assert send(browser, token(provider, sub="another")).status_code == 200
    assert is_signed_in(browser)


def test_it_is_written_down_whose_session_ended_and_by_whom(browser, provider, engine) -> None:
    send(browser, token(provider))
    last = events(engine)[-1]
    assert (last["kind"], last["actor"]["sub"]) == ("sign-out", "mallory")
    assert last["detail"] == {"provider": "staff", "by": "provider"}


# ---------------------------------------------------------------- not out
def _with(**more: Any) -> Change:
    return lambda header, claims: signed(header, claims | more, OURS)


def _without(*names: str) -> Change:
    return lambda header, claims: signed(header, {n: v for n, v in claims.items() if n not in names}, OURS)


def _headed(**more: Any) -> Change:
    return lambda header, claims: signed(header | more, claims, OURS)


def _later(**seconds: int) -> Change:
    return lambda header, claims: signed(header, claims | {n: claims[n] + by for n, by in seconds.items()}, OURS)


LIES: dict[str, Change] = {
    "of the type of an ID token": _headed(typ="JWT"),
    "of no type": lambda header, claims: signed({n: v for n, v in header.items() if n != "typ"}, claims, OURS),
    "with a nonce": _with(nonce="n"),
    "with an empty nonce": _with(nonce=""),
    "an ID token": lambda header, claims: signed(
        {**header, "typ": "JWT"}, {n: v for n, v in claims.items() if n not in {"events", "jti"}} | {"nonce": "n"}, OURS
    ),
    "an ID token under the other type": lambda header, claims: signed(
        header, {n: v for n, v in claims.items() if n not in {"events", "jti"}} | {"nonce": "n"}, OURS
    ),
    "too old": _later(iat=-301),
    "of tomorrow": _later(iat=86_400, exp=86_400),
    "a minute early": _later(iat=60),
    "expired": _later(exp=-155),
    "without expiry": _without("exp"),
    "without a time": _without("iat"),
    "with a time in words": _with(iat="now"),
    "for another": _with(aud="other"),
    "for us and another": _with(aud=[CLIENT, "other"]),
    "for nobody": _without("aud"),
    "of another issuer": _with(iss="https://evil.example"),
    "of no issuer": _without("iss"),
    "without an event": _without("events"),
    "of another event": _with(events={"http://schemas.openid.net/event/other": {}}),
    "with its event as a list": _with(events=list(EVENT)),
    "without a number": _without("jti"),
    "with an empty number": _with(jti=""),
    "with a number that is one": _with(jti=7),
    "about nobody": _without("sid", "sub"),
    "about an empty session": _with(sid=""),
    "about a session that is no text": _with(sid=["there-1"]),
    "signed by an attacker": lambda header, claims: signed(header, claims, ATTACKERS),
    "signed by a key nobody knows": lambda header, claims: signed(header | {"kid": "x"}, claims, ATTACKERS),
    "signed with another algorithm": _headed(alg="RS384"),
    "with a key brought along": _headed(jwk={"kty": "oct", "k": "eA"}),
    "with a critical header": _headed(crit=["b64"], b64=True),
    "not signed": lambda header, claims: signed(header | {"alg": "none"}, claims, OURS).rpartition(".")[0] + ".",
    "no token": lambda header, claims: "a.b.c",
    "empty": lambda header, claims: "",
    "1 MB": lambda header, claims: "x" * 1_000_000,
    "9 kB": lambda header, claims: "x" * 9_000,
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: f"C26 {lie}")
def test_a_word_that_is_not_exactly_the_providers_changes_nothing(one_engine: Engine, provider: Hostile, lie) -> None:
    browser = Browser(site(one_engine, settings_for(doors(provider.issuer))))
    come_in(browser)
    answer = send(browser, LIES[lie](*honest(provider)))
    assert answer.status_code == 400
    assert answer.json == {"error": "invalid_request"} and answer.headers["Cache-Control"] == "no-store"
    assert is_signed_in(browser)
    assert send(browser, token(provider)).status_code == 200, "the honest one is taken in the same run"
    assert not is_signed_in(browser)


def test_a_word_is_taken_once(browser, provider) -> None:
    """C26."""
    once = token(provider)
    assert send(browser, once).status_code == 200
    come_in(browser)
    assert send(browser, once).status_code == 400
    assert is_signed_in(browser)


def test_of_eight_at_a_time_one_is_taken(browser, provider) -> None:
    once = token(provider)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(browser, once).status_code, range(8)))
    assert sorted(answers) == [200, *[400] * 7]


def test_words_are_not_remembered_for_ever(browser, provider, engine) -> None:
    for _ in range(3):
        send(browser, token(provider))
    with clock.stopped_at(clock.now() + timedelta(hours=1)):
        send(browser, token(provider, iat=int(clock.now().timestamp()), exp=2**40))
    with read(engine) as connection:
        assert len(connection.scalars(select(logout_tokens.c.jti)).all()) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_there_is_no_other_way_to_ask(browser, provider, method) -> None:
    answer = browser.app.test_client().open(ADDRESS, method=method, query_string={"logout_token": token(provider)})
    assert answer.status_code in {403, 405}
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    "sent",
    [
        {"query_string": "logout_token={0}"},
        {"json": {"logout_token": "{0}"}},
        {"data": {"logout_token": "{0}"}, "content_type": "multipart/form-data"},
        {"data": "logout_token={0}&logout_token={0}", "content_type": "application/x-www-form-urlencoded"},
        {"data": "logout_token={0}", "content_type": "text/plain"},
    ],
)
def test_it_is_asked_in_one_form_only(browser, provider, sent) -> None:
    good = token(provider)

    def filled(value: Any) -> Any:
        return {n: filled(v) for n, v in value.items()} if isinstance(value, dict) else value.format(good)

    whole = {name: value if name == "content_type" else filled(value) for name, value in sent.items()}
    assert browser.app.test_client().post(ADDRESS, **whole).status_code == 400
    assert is_signed_in(browser)


def test_a_provider_that_is_not_ours_is_not_found(browser, provider) -> None:
    assert send(browser, token(provider), "/auth/nhs/logout").status_code == 404


def test_somebody_signed_in_may_send_it_and_gains_nothing(browser, provider) -> None:
    answer = browser.site.post(ADDRESS, data={"logout_token": "x"})
    assert answer.status_code == 400 and is_signed_in(browser)


def test_a_thousand_words_of_unknown_keys_cost_one_look_at_the_keys(browser, provider) -> None:
    """C18."""
    before = provider.jwks_read
    for n in range(1000):
        header, claims = honest(provider)
        assert send(browser, signed(header | {"kid": f"k{n % 7}"}, claims, ATTACKERS)).status_code == 400
    assert provider.jwks_read - before <= 1
    client = browser.app.extensions["authlib.integrations.flask_client"].create_client("staff")
    client.keys_read_at -= strict.KEYS_AGAIN_AFTER
    for _ in range(3):
        send(browser, signed({"alg": "RS256", "kid": "x", "typ": "logout+jwt"}, honest(provider)[1], ATTACKERS))
    assert provider.jwks_read - before <= 2
    assert is_signed_in(browser)


def test_a_session_before_sign_in_is_nobodys(engine, browser, provider) -> None:
    pending = sessions.begin(engine)
    send(browser, token(provider))
    assert sessions.load(engine, pending)
