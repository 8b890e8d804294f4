"""A sign-in provider that lies, one lie at a time; with no lie it is honest, so that a refusal is due to the lie."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, Response, redirect, request
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.signing_in import CLIENT

Claims = dict[str, Any]
CLINICIAN = {
    "name": "Dr Mallory Hale",
    "role": "clinician",
    "role_name": "General practitioner",
    "org_code": "B86000",
    "org_name": "Elm Surgery",
}


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


OURS, ATTACKERS = _key(), _key()


class Hostile:
    """One provider on one address, and the lie it tells now. `told`: what it says when asked; `signs`: in its token."""

    def __init__(self) -> None:
        self.lie = "honest"
        self.issuer = ""
        self.asked: dict[str, str] = {}
        self.kid, self.key = "one", OURS
        self.alg = "RS256"
        self.told: Claims = CLINICIAN
        self.signs: Claims = {}
        self.jwks_read, self.keys = 0, 1
        self.own_faults: list[str] = []
        self.app = Flask("hostile")
        self.app.register_error_handler(Exception, self._fault)
        self.app.before_request(self._take_time)
        for address, view in (
            ("/.well-known/openid-configuration", self.metadata),
            ("/authorize", self.authorize),
            ("/jwks", self.jwks),
            ("/userinfo", self.userinfo),
        ):
            self.app.add_url_rule(address, view.__name__, view)
        self.app.add_url_rule("/token", "token", self.token, methods=["POST"])

    def _fault(self, error: Exception) -> Any:
        """A fault of this provider's own would be refused too, and prove nothing."""
        self.own_faults.append(repr(error))
        return "", 500

    def _take_time(self) -> None:
        if self.lie == "everything takes 0.6 seconds":
            time.sleep(0.6)

    def metadata(self) -> Any:
        if self.lie == "metadata hangs":
            return hang()
        known: Claims = {"issuer": self.issuer, "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"]}
        for name in ("authorization", "token", "userinfo"):
            known[f"{name}_endpoint"] = f"{self.issuer}/{name.replace('authorization', 'authorize')}"
        known |= {"jwks_uri": f"{self.issuer}/jwks", "verify": False, "default_timeout": 999}
        known |= {"end_session_endpoint": f"{self.issuer}/end_session"}
        return METADATA.get(self.lie, lambda metadata: metadata)(known)

    def authorize(self) -> Any:
        """No form: straight back with a code that remembers what was asked."""
        self.asked = request.args.to_dict()
        back = f"{self.asked['redirect_uri']}?code=good&state={self.asked['state']}"
        return redirect(back + {"response names another": "&iss=https://evil.example"}.get(self.lie, ""))

    def token(self) -> Any:
        if self.lie == "token hangs":
            return hang()
        if self.lie == "token drips":
            return Response((time.sleep(0.3) or b" " for _ in range(40)), mimetype="application/json")
        if self.lie in TOKEN_ANSWERS:
            return TOKEN_ANSWERS[self.lie]()
        proof = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest())
        assert proof.rstrip(b"=").decode() == self.asked["code_challenge"]
        answer = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": self.id_token()}
        if self.lie == "no ID token":
            del answer["id_token"]
        return answer

    def id_token(self) -> str:
        now = int(time.time())
        claims: Claims = {"iss": self.issuer, "aud": CLIENT, "sub": "mallory", "nonce": self.asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300, "auth_time": now, **self.signs}
        header: Claims = {"alg": self.alg, "kid": self.kid}
        claims = CLAIMS.get(self.lie, lambda claims: claims)(claims)
        return SIGNED.get(self.lie, lambda h, c: signed(h, c, self.key))(header, claims)

    def jwks(self) -> Any:
        self.jwks_read += 1
        return {"keys": [public(self.key, self.kid), public(ATTACKERS, "spare")][: self.keys]}

    def userinfo(self) -> Any:
        if self.lie == "userinfo is about another":
            return self.told | {"sub": "somebody-else"}
        return self.told if self.lie == "userinfo is about nobody" else self.told | {"sub": "mallory"}


@contextmanager
def dripping() -> Iterator[str]:
    """A provider that begins a header and never comes to its end; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                    while not over.wait(0.1):
                        connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def hang() -> tuple[str, int]:
    """Longer than anybody waits. What it would say then is of another test's time."""
    time.sleep(8)
    return "", 503


def public(key: rsa.RSAPrivateKey, kid: str) -> Claims:
    """A key as a JWK."""
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {**RSAKey.import_key(pem).as_dict(private=False), "kid": kid, "use": "sig"}


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _input(header: Claims, claims: Claims) -> str:
    return f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"


def signed(header: Claims, claims: Claims, key: rsa.RSAPrivateKey) -> str:
    """A token signed with RSA, with whatever header is asked for."""
    text, digest = _input(header, claims), HASHES.get(header.get("alg", ""), SHA256)
    return f"{text}.{_b64(key.sign(text.encode(), padding.PKCS1v15(), digest()))}"


HASHES = {"RS384": SHA384, "RS512": SHA512}


def _with_public_key_as_secret(encoding: Encoding) -> Callable[[Claims, Claims], str]:
    def forged(header: Claims, claims: Claims) -> str:
        text = _input(header | {"alg": "HS256"}, claims)
        secret = OURS.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        return f"{text}.{_b64(hmac.digest(secret, text.encode(), 'sha256'))}"

    return forged


def _with_a_small_key_brought_along(header: Claims, claims: Claims) -> str:
    """Joserfc refuses long headers, so an RSA key brought along would not be tried: an EC key is short."""
    key = ECKey.generate_key("P-256")
    jwk = {name: value for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    return jwt.encode({"alg": "ES256", "jwk": jwk}, claims, key, registry=JWSRegistry(algorithms=["ES256"]))


def _also(**more: Any) -> Callable[[Claims], Claims]:
    return lambda claims: claims | more


def _without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def _later(**seconds: int) -> Callable[[Claims], Claims]:
    return lambda claims: claims | {name: claims[name] + by for name, by in seconds.items()}


def _headed(key: rsa.RSAPrivateKey, **more: Any) -> Callable[[Claims, Claims], str]:
    return lambda header, claims: signed(header | more, claims, key)


CLAIMS: dict[str, Callable[[Claims], Claims]] = {
    "aud is another": _also(aud="other"),
    "aud is another, azp is us": _also(aud="other", azp=CLIENT),
    "aud are two others, azp is us": _also(aud=["one", "two"], azp=CLIENT),
    "aud is also another": _also(aud=[CLIENT, "other"]),
    "azp is another": _also(azp="other"),
    "iss is another": _also(iss="https://evil.example"),
    "iss is missing": _without("iss"),
    "nonce is another": _also(nonce="x"),
    "nonce is missing": _without("nonce"),
    "nonce is empty": _also(nonce=""),
    "sub is missing": _without("sub"),
    "sub is empty": _also(sub=""),
    "sub is a number": _also(sub=7),
    "expired 31 seconds ago": _later(exp=-331),
    "expired 100 seconds ago": _later(exp=-400),
    "expired 200 seconds ago": _later(exp=-500),
    "expiry is missing": _without("exp"),
    "issued in the future": _later(iat=60),
    "issued 90 seconds in the future": _later(iat=90),
    "issued long ago": _later(iat=-700),
    "signed in a day ago": _later(auth_time=-86400),
    "signed in who knows when": _without("auth_time"),
    "at_hash is another": _also(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}
SIGNED: dict[str, Callable[[Claims, Claims], str]] = {
    "signed by an attacker": _headed(ATTACKERS),
    "signed by an attacker, unknown key": _headed(ATTACKERS, kid="two"),
    "key brought along": _headed(ATTACKERS, kid="two", jwk=public(ATTACKERS, "two")),
    "small key brought along": _with_a_small_key_brought_along,
    "header with a key beside an honest signature": _headed(OURS, jwk={"kty": "oct", "k": "eA"}),
    "address of a key brought along": _headed(OURS, jku="https://evil.example/jwks"),
    "certificate's address brought along": _headed(OURS, x5u="https://evil.example/x5u"),
    "critical header": _headed(OURS, crit=["b64"], b64=True),
    "alg none": lambda header, claims: _input({"alg": "none"}, claims) + ".",
    "alg None": lambda header, claims: _input({"alg": "None"}, claims) + ".",
    "alg none, not advertised": lambda header, claims: _input({"alg": "none"}, claims) + ".",
    "public key as secret": _with_public_key_as_secret(Encoding.PEM),
    "public key as secret, in bytes": _with_public_key_as_secret(Encoding.DER),
    "signed with an algorithm nobody agreed on": _headed(OURS, alg="RS384"),
    "honest, key not named": lambda header, claims: signed({"alg": header["alg"]}, claims, OURS),
    "not a token": lambda header, claims: "a.b.c",
}
METADATA: dict[str, Callable[[Claims], Any]] = {
    "metadata are another's": _also(issuer="https://evil.example"),
    "metadata have a slash more": lambda known: known | {"issuer": known["issuer"] + "/"},
    "metadata are a list": lambda known: [known],
    "metadata are not JSON": lambda known: "<h1>Welcome</h1>",
    "metadata are 10 MB": lambda known: known | {"padding": "x" * 10_000_000},
    "metadata are elsewhere": lambda known: redirect("http://169.254.169.254/latest"),
    "metadata fail": lambda known: ("", 500),
    "metadata lead to a file": _also(authorization_endpoint="file:///etc/passwd"),
    "metadata lead to a script": _also(authorization_endpoint="javascript:alert(1)"),
    "metadata are deep": lambda known: Response("[" * 100_000, mimetype="application/json"),
    "response must name us": _also(authorization_response_iss_parameter_supported=True),
    "alg none, not advertised": _also(id_token_signing_alg_values_supported=["RS256"]),
}
BEFORE_LEAVING = [lie for lie in METADATA if lie not in {"response must name us", "alg none, not advertised"}]
TOKEN_ANSWERS: dict[str, Callable[[], Any]] = {
    "token fails": lambda: ("", 500),
    "token is a page": lambda: "<h1>Welcome</h1>",
    "token is a list": list,
    "token is elsewhere": lambda: redirect("http://169.254.169.254/latest"),
    "token is 10 MB": lambda: {"access_token": "x" * 10_000_000},
    "token is refused": lambda: ({"error": "invalid_grant", "error_description": "<script>alert(1)</script>"}, 400),
}
FOR_CIS2: dict[str, Callable[[Claims], Claims]] = {
    "signed in with a password": _also(acr="AAL1_USERPASS", authentication_assurance_level="1"),
    "level of authentication is missing": _without("authentication_assurance_level"),
    "identity is not sure": _also(id_assurance_level="2"),
}
CLAIMS |= FOR_CIS2
FORGED = [lie for lie in SIGNED if not lie.startswith("honest")]
ATTACKS: dict[str, Collection[str]] = {
    "C1": ["aud is another, azp is us"],
    "C2": ["aud are two others, azp is us"],
    "C3": ["iss is another", "iss is missing", "metadata are another's", "metadata have a slash more"],
    "C4": ["nonce is another", "nonce is missing", "nonce is empty"],
    "C5": ["expired 31 seconds ago", "expiry is missing", "issued in the future"],
    "C6": ["signed in a day ago", "signed in who knows when"],
    "C7": FOR_CIS2,
    "C8": FORGED,
    "C9": ["no ID token"],
    "C10": ["userinfo is about another", "userinfo is about nobody"],
    "C11": ["response names another", "response must name us"],
    "C17": [*TOKEN_ANSWERS, "metadata are 10 MB", "metadata are elsewhere", "metadata fail", "metadata are deep"],
}
"""The lies by their number in the list of attacks that signing in must withstand."""


def numbered(lie: str) -> str:
    """A lie with its number, as the name of a test."""
    return " ".join([*(number for number, lies in ATTACKS.items() if lie in lies), lie])


LIES = [
    *(lie for lie in CLAIMS if lie not in FOR_CIS2),
    *FORGED,
    *TOKEN_ANSWERS,
    "no ID token",
    "userinfo is about another",
    "userinfo is about nobody",
    "response names another",
    "response must name us",
]
