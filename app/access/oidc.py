"""Signing in with OpenID Connect: the strict client. Authlib does the protocol; what it leaves open is closed here.

Nothing is kept in the browser: what must be remembered between leaving and coming back is a `Started`, kept by the
caller in our own session table.
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app
from joserfc.errors import JoseError
from requests import RequestException

from app.access import role_map, strict
from app.access.claims import Claims
from app.access.client_key import client_key
from app.access.patience import in_time
from app.access.shapes import shape_of
from app.access.strict import BadAnswer, Client, StrictIDToken
from app.settings import IdentityProvider, Settings

LEEWAY_SECONDS = 30
FRESH_SECONDS = 300
TELLING = frozenset({"nhs_number", "birthdate"})
"""Claims that say who a patient is. They are used at sign-in only."""
FAILURES = (AuthlibBaseError, JoseError, RequestException, BadAnswer, KeyError, TypeError, ValueError, RecursionError)
log = logging.getLogger(__name__)
T = TypeVar("T")


class Failed(Exception):
    """The provider could not be reached, or answered what we do not accept. `why` is a code for the log."""

    def __init__(self, why: str, *, reachable: bool = True) -> None:
        super().__init__(why)
        self.why = why
        self.reachable = reachable


@dataclass(frozen=True)
class Started:
    """One sign-in under way: what must come back, and what proves that it was we who asked."""

    provider: str
    nonce: str
    code_verifier: str
    redirect_uri: str


@dataclass(frozen=True)
class Answer:
    """What a provider vouched for, checked: claims, and the signed token that signing out will show again.

    A token that itself says who a person is would be kept in the session: then there is none.
    """

    claims: Claims
    id_token: str


def install(app: Flask, settings: Settings) -> None:
    """Register every configured provider with the app. Reaches for none of them yet."""
    logging.getLogger("authlib").setLevel(logging.INFO)  # at DEBUG it writes down the secret half of PKCE
    oauth = OAuth(app)
    for provider in settings.providers:
        _register(oauth, provider)
    app.extensions["oidc"] = {provider.name: provider for provider in settings.providers}


def _register(oauth: OAuth, provider: IdentityProvider) -> None:
    key, shape = client_key(provider), shape_of(provider)
    role_map.rules(provider.roles)  # to say at the start what is wrong in it
    oauth.register(
        provider.name,
        client_cls=Client,
        client_id=provider.client_id,
        client_secret=key.secret,
        server_metadata_url=provider.issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_auth_methods=key.methods,
        client_kwargs={
            "scope": shape.scope,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": key.method,
            "trust_env": not provider.is_local,
        },
        expected_issuer=provider.issuer,
        algorithms=shape.algorithms,
    )


def provider_named(name: str) -> IdentityProvider | None:
    """The configured provider of that name."""
    provider: IdentityProvider | None = current_app.extensions["oidc"].get(name)
    return provider


def start(provider: IdentityProvider, *, ask_again: bool = True) -> tuple[str, str, Started]:
    """Where to send the browser, the state that must come back, and what to remember under it. Raises Failed.

    `ask_again`: the provider must ask for the password, whoever sat at this computer before.
    """
    settings: Settings = current_app.config["SETTINGS"]
    redirect_uri = f"{settings.site_url}/auth/{provider.name}/callback"
    more: dict[str, Any] = {"prompt": "login"} if ask_again else {}
    if provider.kind == "staff":
        more["max_age"] = FRESH_SECONDS
    more |= shape_of(provider).ask(provider)
    asked = _asked(lambda: _client(provider).create_authorization_url(redirect_uri, **more))
    return (
        asked["url"],
        asked["state"],
        Started(provider.name, asked["nonce"], asked["code_verifier"], redirect_uri),
    )


def remembered(started: Started) -> dict[str, str]:
    """As plain data, to be kept in a session."""
    return asdict(started)


def finish(provider: IdentityProvider, started: Started, answer: Mapping[str, str]) -> Answer:
    """Exchange the code that came back for checked claims. Raises Failed; uses no claim before all checks are done."""
    return _asked(lambda: _answered(provider, started, answer))


def _asked(work: Callable[[], T]) -> T:
    """Ask the provider, for a few seconds in all. Raises Failed, with a name of our own for whatever went wrong."""
    try:
        return in_time(work, strict.TIMEOUT_SECONDS)
    except FAILURES as error:
        raise _failed(error) from error


def _answered(provider: IdentityProvider, started: Started, answer: Mapping[str, str]) -> Answer:
    client = _client(provider)
    _check_response(client, provider, answer)
    token = client.fetch_access_token(
        redirect_uri=started.redirect_uri, code=answer["code"], code_verifier=started.code_verifier
    )
    if not isinstance(token.get("id_token"), str):
        raise BadAnswer("no_id_token")
    signed = client.parse_id_token(
        token,
        nonce=started.nonce,
        claims_options=_expected(provider),
        claims_cls=StrictIDToken.for_client(provider, token["access_token"]),
        leeway=LEEWAY_SECONDS,
    )
    kept = "" if TELLING & signed.keys() else token["id_token"]
    claims = _with_user_info(client, token, signed) if shape_of(provider).tells_more else dict(signed)
    return Answer(claims, kept)


def _check_response(client: Client, provider: IdentityProvider, answer: Mapping[str, str]) -> None:
    """RFC 9207: an answer says whose it is, wherever the provider promises to say so."""
    promised = client.load_server_metadata().get("authorization_response_iss_parameter_supported") is True
    said = answer.get("iss")
    if (promised or said is not None) and said != provider.issuer:
        raise BadAnswer("response_issuer")
    if "error" in answer:
        raise BadAnswer("provider_said_error")
    if not answer.get("code"):
        raise BadAnswer("no_code")


def _expected(provider: IdentityProvider) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }


def _with_user_info(client: Client, token: Mapping[str, Any], signed: Mapping[str, Any]) -> Claims:
    """The signed claims, and what the provider adds when asked with the access token; both must be about one person."""
    if "userinfo_endpoint" not in client.load_server_metadata():
        return dict(signed)
    more = client.userinfo(token=token)
    if not hmac.compare_digest(str(more.get("sub", "")).encode(), str(signed["sub"]).encode()):
        raise BadAnswer("other_subject")
    return {**more, **signed}


def signed_by(provider: IdentityProvider, token: str) -> tuple[dict[str, Any], Claims]:
    """(header, claims) of a token that the provider sends by itself: only its signature is checked. Raises Failed."""
    return _asked(lambda: _client(provider).verified(token))


def sign_out_url(provider: IdentityProvider, id_token: str) -> str:
    """Where to send the browser so that the provider forgets it too; empty where the provider does not offer it."""
    if not shape_of(provider).signs_out:
        return ""
    try:
        return _asked(lambda: _sign_out_url(_client(provider), provider, id_token))
    except Failed as failed:
        log.warning("sign_out_at_provider_failed", extra={"provider": provider.name, "why": failed.why})
        return ""


def _sign_out_url(client: Client, provider: IdentityProvider, id_token: str) -> str:
    if "end_session_endpoint" not in client.load_server_metadata():
        return ""
    settings: Settings = current_app.config["SETTINGS"]
    asked = client.create_logout_url(settings.site_url + "/", id_token, client_id=provider.client_id)
    return str(asked["url"])


def _client(provider: IdentityProvider) -> Client:
    client: Client = current_app.extensions["authlib.integrations.flask_client"].create_client(provider.name)
    return client


def _failed(error: Exception) -> Failed:
    """Our own short code for what went wrong. What the provider wrote is neither shown nor logged."""
    if isinstance(error, RequestException):
        return Failed("not_reached", reachable=False)
    if isinstance(error, BadAnswer):
        return Failed(error.why, reachable=error.reachable)
    return Failed(type(error).__name__)
