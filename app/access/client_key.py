"""How we prove to a sign-in provider that it is us: with a private key in a file, or, in the demo, a secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificates
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64encode

from app.access.shapes import shape_of
from app.settings import IdentityProvider


@dataclass(frozen=True, repr=False)
class ClientKey:
    """`secret`: the key or the secret; `methods`: how Authlib signs with the key; none for a secret."""

    secret: Any
    methods: list[PrivateKeyJWT] | None = None

    @property
    def method(self) -> str:
        """The name of this way to prove oneself (OpenID Connect Core, section 9)."""
        return "private_key_jwt" if self.methods else "client_secret_basic"


def client_key(provider: IdentityProvider) -> ClientKey:
    """The key that a provider's setting names, where it is the path of a file; else the secret that it is."""
    pem = _pem(provider)
    if not pem:
        return ClientKey(provider.key)
    key = _private(pem)
    algorithm = "ES256" if isinstance(key, ECKey) else shape_of(provider).key_algorithm
    return ClientKey(key, [PrivateKeyJWT(alg=algorithm, headers=_header(key, pem))])


def _pem(provider: IdentityProvider) -> bytes:
    try:
        return Path(provider.key).read_bytes() if Path(provider.key).is_file() else b""
    except (OSError, ValueError):
        return b""


def _private(pem: bytes) -> RSAKey | ECKey:
    try:
        return RSAKey.import_key(pem)
    except (JoseError, ValueError):
        return ECKey.import_key(pem)


def _header(key: RSAKey | ECKey, pem: bytes) -> dict[str, str]:
    """By what the provider finds our public key: its certificate where the file holds one (Entra), else its number."""
    if b"BEGIN CERTIFICATE" not in pem:
        return {"kid": key.thumbprint()}
    [certificate, *_] = load_pem_x509_certificates(pem)
    return {"x5t#S256": urlsafe_b64encode(certificate.fingerprint(SHA256())).decode()}


def public_keys(providers: Iterable[IdentityProvider]) -> dict[str, Any]:
    """The public half of every key of ours, as a JWK set: what a provider is given to know us by."""
    keys = {key.thumbprint(): key for key in map(_private, filter(None, map(_pem, providers)))}
    return {"keys": [{**key.as_dict(private=False), "kid": kid, "use": "sig"} for kid, key in sorted(keys.items())]}
