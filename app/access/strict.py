"""What we refuse from a sign-in provider though Authlib would take it. Each rule names what it keeps out."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from authlib.integrations.flask_client import FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import Response
from requests.exceptions import RequestException, Timeout

from app import clock
from app.settings import IdentityProvider

T = TypeVar("T")
TIMEOUT_SECONDS = 5
LARGEST = 1_000_000
METADATA_LASTS = 3600
KEYS_AGAIN_AFTER = 300
LEFT_ALONE = 10
"""Seconds for which a provider that failed is not asked again: whoever waits for it keeps a thread from the others."""
OLDEST_TOKEN = 600
FRESH_WITHIN = 300
HEADERS = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint", "jwks_uri")
# Authlib hands a provider's metadata to its HTTP session as options ("verify": false would switch TLS checks off):
# only these are read.
METADATA = frozenset({"issuer", "authorization_response_iss_parameter_supported", *ENDPOINTS})


class BadAnswer(Exception):
    """A provider's answer that we do not accept; `why` is a code for the log."""

    def __init__(self, why: str, *, reachable: bool = True) -> None:
        super().__init__(why)
        self.why = why
        self.reachable = reachable


class StrictSession(OAuth2Session):  # type: ignore[misc]  # Authlib has no types
    """HTTP to a provider: 5 seconds for the whole answer, 1 MB, no redirects (they could lead to inner addresses)."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        until = time.monotonic() + TIMEOUT_SECONDS
        kwargs |= {"timeout": TIMEOUT_SECONDS, "allow_redirects": False, "stream": True}
        response: Response = super().request(method, url, *args, **kwargs)
        try:
            response._content = b"".join(_body(response, until))
        finally:
            response.close()
        if response.is_redirect or response.status_code >= 500:
            raise BadAnswer("provider_failed", reachable=False)
        return response


def _body(response: Response, until: float) -> Iterable[bytes]:
    read = 0
    while chunk := response.raw.read1(1 << 16, decode_content=True):  # what has come, not waiting to fill a buffer
        read += len(chunk)
        if read > LARGEST:
            raise BadAnswer("too_large")
        if time.monotonic() > until:
            raise Timeout("too slow")
        yield chunk


class Client(FlaskOAuth2App):  # type: ignore[misc]  # Authlib has no types
    """Authlib's client with an exact issuer, known endpoints, our own list of algorithms, and no stale keys."""

    client_cls = StrictSession

    def __init__(self, *args: Any, expected_issuer: str, algorithms: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server_metadata: dict[str, Any] = {}
        self.expected_issuer = expected_issuer
        self.algorithms = list(algorithms)
        self.keys_read_at = 0.0
        self.left_alone_until = 0.0

    def load_server_metadata(self) -> dict[str, Any]:
        """The provider's own description, read again every hour, refused unless it is about the issuer we trust."""
        if time.time() - self.server_metadata.get("_loaded_at", 0) < METADATA_LASTS:
            return dict(self.server_metadata)
        self.server_metadata = self._unless_it_failed(self._described)
        return dict(self.server_metadata)

    def _described(self) -> dict[str, Any]:
        with self._get_session() as session:
            response = session.request("GET", self._server_metadata_url, withhold_token=True)
        response.raise_for_status()
        return self._checked(json.loads(response.content))

    def _unless_it_failed(self, ask: Callable[[], T]) -> T:
        """Ask the provider, unless it failed a moment ago."""
        if time.monotonic() < self.left_alone_until:
            raise BadAnswer("left_alone", reachable=False)
        try:
            return ask()
        except (RequestException, BadAnswer):
            self.left_alone_until = time.monotonic() + LEFT_ALONE
            raise

    def _checked(self, found: Any) -> dict[str, Any]:
        if not isinstance(found, dict) or found.get("issuer") != self.expected_issuer:
            raise BadAnswer("metadata_issuer")
        known = {name: value for name, value in found.items() if name in METADATA and value is not None}
        secure = self.expected_issuer.startswith("https://")
        for name in ENDPOINTS:
            if name in known and not str(known[name]).startswith("https://" if secure else ("https://", "http://")):
                raise BadAnswer("metadata_endpoint")
        return {**known, "id_token_signing_alg_values_supported": self.algorithms, "_loaded_at": time.time()}

    def fetch_jwk_set(self, force: bool = False) -> Any:
        """The provider's keys; for an unknown key asked for again at most once in five minutes."""
        held = self.load_server_metadata().get("jwks")
        recent = time.time() - self.keys_read_at < KEYS_AGAIN_AFTER
        if held and (recent or not force):
            return held
        self.keys_read_at = time.time()
        return self._unless_it_failed(lambda: super(Client, self).fetch_jwk_set(force))

    def verified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """(header, claims) of a token that the provider signed. Authlib does the same for ID tokens, and only these."""
        registry = JWSRegistry(algorithms=self.algorithms, strict_check_header=False)
        try:
            read = jwt.decode(token, KeySet.import_key_set(self.fetch_jwk_set()), registry=registry)
        except InvalidKeyIdError:
            read = jwt.decode(token, KeySet.import_key_set(self.fetch_jwk_set(force=True)), registry=registry)
        return dict(read.header), dict(read.claims)


class StrictIDToken(CodeIDToken):  # type: ignore[misc]  # Authlib has no types
    """A signed statement of who signed in, held to more than the standard's least."""

    client_id: ClassVar[str]
    access_token: ClassVar[str]
    must_be_fresh: ClassVar[bool]

    @classmethod
    def for_client(cls, provider: IdentityProvider, access_token: str) -> type["StrictIDToken"]:
        """The rules for tokens meant for us from this provider, next to this access token."""
        fresh = provider.kind == "staff"
        rules = {"client_id": provider.client_id, "access_token": access_token, "must_be_fresh": fresh}
        return type("ForUs", (cls,), rules)

    def validate(self, now: int | None = None, leeway: int = 0) -> None:
        """Raises BadAnswer, or an error of Authlib's, unless every rule holds."""
        now = int(clock.now().timestamp())
        for why, good in _rules(self, self.header, self.client_id).items():
            if not good:
                raise BadAnswer(why)
        self.params["access_token"] = self.access_token  # without it Authlib does not look at at_hash
        super().validate(now, leeway)
        if not now - OLDEST_TOKEN <= self["iat"] <= now + leeway:
            raise BadAnswer("issued_at")
        if self.must_be_fresh and not now - FRESH_WITHIN - leeway <= self.get("auth_time", 0) <= now + leeway:
            raise BadAnswer("not_fresh")


def _rules(claims: Mapping[str, Any], header: Mapping[str, Any], client_id: str) -> dict[str, bool]:
    subject = claims.get("sub")
    return {
        "header": set(header) <= HEADERS,  # a key brought along (jwk, jku, x5u, x5c) and anything critical
        "audience": claims.get("aud") in (client_id, [client_id]),  # Authlib takes another's where azp is us
        "authorised_party": claims.get("azp", client_id) == client_id,
        "nonce": isinstance(claims.get("nonce"), str),
        "subject": isinstance(subject, str) and 0 < len(subject) <= 255,
        "times": all(type(claims.get(name)) is int for name in ("exp", "iat")),
    }
