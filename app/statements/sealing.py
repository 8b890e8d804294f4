"""A statement as it lies in the database: all that its source wrote in it, sealed with the key of whom it is about."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app import bodies
from app.errors import NotReady
from app.keyring import NONCE_BYTES

DELETED, ERASED = 0, -1
"""In place of a dictionary's number: the source deleted it, or it was erased by order; there are no bytes."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was sealed: the resource's own name at its source, its version, what it points to, and its bytes."""

    local_id: str
    version: str | None
    refs: Mapping[str, str]
    body: bytes | None


_about = Struct(">qqh").pack
"""(subject, number, dictionary): what a seal is bound to. Moved to another person or row, it does not open."""


def seal(key: AESGCM, subject: int, number: int, told: Told) -> tuple[int, bytes]:
    """(the number of the dictionary, the sealed bytes)."""
    codec = DELETED if told.body is None else bodies.CODEC
    refs = json.dumps(told.refs).encode() if told.refs else b""
    version = json.dumps(told.version).encode() if told.version is not None else b""
    packed = b"" if told.body is None else bodies.packed(told.body)
    content = b"\n".join((told.local_id.encode(), version, refs, packed))
    return codec, _closed(key, subject, number, codec, content)


def _closed(key: AESGCM, subject: int, number: int, codec: int, content: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, _about(subject, number, codec))


def _opened(key: AESGCM, subject: int, number: int, codec: int, sealed: bytes) -> bytes:
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _about(subject, number, codec))
    except (InvalidTag, ValueError):
        raise NotReady("a statement was changed where it is kept, or is sealed by another key") from None


def tombstone(number: int) -> tuple[str, bytes, bytes, None]:
    """What stands in place of a statement that was erased by order: only our own number names it."""
    return str(number), b"", b"", None


def reseal(old: AESGCM, new: AESGCM, subject: int, number: int, codec: int, sealed: bytes) -> bytes:
    """The same under another key. Raises NotReady as `unseal` does."""
    return _closed(new, subject, number, codec, _opened(old, subject, number, codec, sealed))


def unseal(key: AESGCM, subject: int, number: int, codec: int, sealed: bytes) -> tuple[str, bytes, bytes, bytes | None]:
    """(local id, version and references as JSON, bytes). A page opens thousands: references are read by who needs them.

    Raises NotReady where it was changed, or stands in another place. One that was erased has its number as its name.
    """
    if codec == ERASED:
        return tombstone(number)
    local_id, version, refs, packed = _opened(key, subject, number, codec, sealed).split(b"\n", 3)
    return local_id.decode(), version, refs, None if codec == DELETED else bodies.unpacked(packed, codec)
