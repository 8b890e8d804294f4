"""The keys that lie in a folder outside every database, and seals that only one of them opens."""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import NotReady

FORWARD_FILE = "vault-forward.key"
SEAL_FILE = "way-back.pub"
WAY_BACK_FILE = "way-back.key"
HEAD_FILE, HEAD_PUBLIC_FILE = "audit-heads.key", "audit-heads.pub"
KEY_BYTES = 32
_KEK_FILE = re.compile(r"kek-([1-9][0-9]{0,3})\.key", re.ASCII)


@dataclass(frozen=True)
class VaultKeys:
    """What giving out pseudonyms needs: they can be found again by `forward`, and led back only by who has the other
    half of `seal`."""

    forward: bytes = field(repr=False)
    seal: bytes = field(repr=False)


def kek_numbers(folder: Path) -> list[int]:
    """The numbers of the key-encryption keys of this folder: the last of them wraps, any of them opens."""
    return sorted(int(found[1]) for path in folder.glob("kek-*.key") if (found := _KEK_FILE.fullmatch(path.name)))


def open_kek(folder: Path, number: int) -> bytes:
    """One of them; raises NotReady where it is missing or not a key."""
    return _key(folder, f"kek-{number}.key")


def add_kek(folder: Path) -> int:
    """Make the next key-encryption key. Its number."""
    number = max(kek_numbers(folder), default=0) + 1
    _keep(folder / f"kek-{number}.key", secrets.token_bytes(KEY_BYTES))
    return number


def open_vault_keys(folder: Path) -> VaultKeys:
    """The keys that an export needs. The way back is not among them."""
    return VaultKeys(_key(folder, FORWARD_FILE), _key(folder, SEAL_FILE))


def open_way_back(folder: Path) -> bytes:
    """The key that leads pseudonyms back to people: kept apart, by those who may."""
    return _key(folder, WAY_BACK_FILE)


def open_head_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs the end of the record of looks: the worker alone needs it."""
    return Ed25519PrivateKey.from_private_bytes(_key(folder, HEAD_FILE))


def open_head_public(folder: Path) -> Ed25519PublicKey:
    """What tells whether it was signed with that key."""
    return Ed25519PublicKey.from_public_bytes(_key(folder, HEAD_PUBLIC_FILE))


def _key(folder: Path, name: str) -> bytes:
    try:
        found = (folder / name).read_bytes()
    except OSError:
        raise NotReady(f"KEYS_DIR has no {name}: make one with `flask keys create`") from None
    if len(found) != KEY_BYTES:
        raise NotReady(f"KEYS_DIR: {name} is not a key of {KEY_BYTES} bytes")
    return found


def create_keys(folder: Path) -> None:
    """Make the keys that are missing, readable by their owner only. Existing ones are never replaced.

    The way back, and what signs the record of looks, are made with their public halves, and not again: they may have
    been taken to where they belong.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not kek_numbers(folder):
        add_kek(folder)
    _keep(folder / FORWARD_FILE, secrets.token_bytes(KEY_BYTES))
    if not (folder / SEAL_FILE).exists():
        _keep(folder / WAY_BACK_FILE, X25519PrivateKey.generate().private_bytes_raw())
        private = X25519PrivateKey.from_private_bytes(open_way_back(folder))
        _keep(folder / SEAL_FILE, private.public_key().public_bytes_raw())
    if not (folder / HEAD_PUBLIC_FILE).exists():
        _keep(folder / HEAD_FILE, Ed25519PrivateKey.generate().private_bytes_raw())
        _keep(folder / HEAD_PUBLIC_FILE, open_head_key(folder).public_key().public_bytes_raw())


def _keep(path: Path, key: bytes) -> None:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(key)


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, from which the key that it comes from cannot be found (HKDF with SHA-256)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def seal(public: bytes, content: bytes, about: str) -> bytes:
    """Encrypt for the holder of the private half, bound to `about`: X25519 with a fresh key, HKDF, AES-256-GCM."""
    once = X25519PrivateKey.generate()
    own = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    return own + AESGCM(_seal_key(shared, own + public)).encrypt(_NONCE, content, about.encode())


def unseal(private: bytes, sealed: bytes, about: str) -> bytes:
    """What was sealed about this very thing; raises NotReady for another key, another thing or changed bytes."""
    holder = X25519PrivateKey.from_private_bytes(private)
    own, content = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
    try:
        shared = holder.exchange(X25519PublicKey.from_public_bytes(own))
        key = _seal_key(shared, own + holder.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(_NONCE, content, about.encode())
    except (InvalidTag, ValueError):
        raise NotReady("a seal does not open: it is of another key, or stands where it does not belong") from None


_NONCE = bytes(12)
"""Each seal has a key of its own, so that its nonce need not differ."""


def _seal_key(shared: bytes, both: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=both, info=b"tributary/seal/v1").derive(shared)
