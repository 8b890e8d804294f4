"""How the demo's sign-in provider speaks OpenID Connect: Authlib's server with its looser options switched off."""

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint, EndSessionRequest
from flask import Flask
from joserfc.jwk import KeySet, RSAKey

from app.access.demo_users import DemoUser

T = TypeVar("T")
CODE_SECONDS = 60
TOKEN_SECONDS = 300
SIGNED_IN_SECONDS = 60


@dataclass(frozen=True)
class DemoClient(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """The one site that may use this provider, and the exact addresses to which people are sent back."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    post_logout_uris: tuple[str, ...]

    @property
    def client_metadata(self) -> dict[str, Any]:
        """What Authlib's sign-out asks for."""
        return {"post_logout_redirect_uris": list(self.post_logout_uris)}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in (scope or "").split() if word in {"openid", "profile"})

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret.encode(), self.client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]  # Authlib has no types
    """A code on its way to the site."""

    user: DemoUser
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    auth_time: int
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time


@dataclass(frozen=True)
class SignedIn:
    """Somebody who gave their password to this provider, and when (seconds since 1970)."""

    user: DemoUser
    at: int


class Kept(Generic[T]):
    """Things known by a random word for some seconds, safe between threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held: dict[str, tuple[T, float]] = {}
        self._lock = threading.Lock()

    def put(self, word: str, thing: T) -> None:
        """Keep it under that word."""
        now = time.monotonic()
        with self._lock:
            self._held = {w: (held, until) for w, (held, until) in self._held.items() if until > now}
            self._held[word] = (thing, now + self._seconds)

    def get(self, word: str) -> T | None:
        """Look at it."""
        thing, until = self._held.get(word, (None, 0.0))
        return thing if until > time.monotonic() else None

    def take(self, word: str) -> T | None:
        """Get it and forget it: the second to ask gets nothing."""
        with self._lock:
            thing, until = self._held.pop(word, (None, 0.0))
        return thing if until > time.monotonic() else None


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
    """Code for token: one use, one minute. A code is burnt by the first attempt, good or bad."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

    def save_authorization_code(self, code: str, request: Any) -> None:
        who: SignedIn = request.user
        asked = request.payload.data
        self.server.codes.put(
            code,
            Code(
                user=who.user,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                nonce=asked["nonce"],
                code_challenge=asked["code_challenge"],
                auth_time=who.at,
            ),
        )

    def query_authorization_code(self, code: str, client: DemoClient) -> Code | None:
        found: Code | None = self.server.codes.take(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It went when it was looked up."""

    def authenticate_user(self, authorization_code: Code) -> DemoUser:
        return authorization_code.user


class OnlyS256(CodeChallenge):  # type: ignore[misc]  # Authlib has no types
    """PKCE is required, and only its safe method."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise InvalidRequestError("PKCE with S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


class IDToken(OpenIDCode):  # type: ignore[misc]  # Authlib has no types
    """The signed token. It says who by number only; the rest is asked for at the userinfo address."""

    def __init__(self, issuer: str, key: RSAKey) -> None:
        super().__init__(require_nonce=True)
        self.issuer, self.key = issuer, key

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False  # the page asks twice with one nonce: to show the form, and to take it

    def resolve_client_private_key(self, client: DemoClient) -> RSAKey:
        return self.key

    def get_client_algorithm(self, client: DemoClient) -> str:
        return "RS256"

    def get_encode_header(self, client: DemoClient) -> dict[str, Any]:
        return {"alg": "RS256", "kid": self.key.kid}

    def get_client_claims(self, client: DemoClient) -> dict[str, Any]:
        return {"iss": self.issuer, "aud": client.client_id, "exp": int(time.time()) + TOKEN_SECONDS}

    def generate_user_info(self, user: DemoUser, scope: str) -> dict[str, Any]:
        return {"sub": user.claims["sub"]}


class OwnName(IssuerParameter):  # type: ignore[misc]  # Authlib has no types
    """Every answer says whose it is (RFC 9207)."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def get_issuer(self) -> str:
        return self.issuer


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """The whole protocol for one client. Codes, tokens and who is signed in live in memory only."""

    def __init__(self, app: Flask, issuer: str, client: DemoClient) -> None:
        app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": TOKEN_SECONDS}
        super().__init__(app, query_client={client.client_id: client}.get, save_token=self._keep_token)
        self.codes: Kept[Code] = Kept(CODE_SECONDS)
        self.tokens: Kept[DemoUser] = Kept(TOKEN_SECONDS)
        self.signed_in: Kept[SignedIn] = Kept(SIGNED_IN_SECONDS)
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"})
        self.register_grant(CodeGrant, [OnlyS256(required=True), IDToken(issuer, self.key)])
        self.register_extension(OwnName(issuer))
        self.register_endpoint(SignOut(self))

    def _keep_token(self, token: Mapping[str, Any], request: Any) -> None:
        self.tokens.put(token["access_token"], request.user)

    def public_keys(self) -> dict[str, Any]:
        """What a site needs to check our signatures."""
        return dict(KeySet([self.key]).as_dict(private=False))


class SignOut(EndSessionEndpoint):  # type: ignore[misc]  # Authlib has no types
    """RP-initiated logout: back to the site only with a token of ours and to an exact address."""

    def get_server_jwks(self) -> KeySet:
        return KeySet([self.server.key])

    def get_algorithms(self) -> list[str]:
        return ["RS256"]

    def end_session(self, end_session_request: EndSessionRequest) -> None:
        """The page forgets the browser itself."""


def discovery(issuer: str) -> dict[str, Any]:
    """How this provider describes itself."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end_session",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
