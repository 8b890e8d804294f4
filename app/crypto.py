"""Keys, and the keyed tokens by which identifiers are found without being kept in the clear."""

import secrets
from hashlib import blake2b
from pathlib import Path

from app.errors import NotReady

TOKEN_FILE = "tokens.key"  # noqa: S105 (a file's name)
TOKEN_BYTES = 16


class Keys:
    """The installation's keys, from a folder outside the database."""

    def __init__(self, tokens: bytes) -> None:
        self._tokens = tokens

    def token(self, kind: str, value: str) -> bytes:
        """16 bytes that are equal only for equal values of one kind, and say nothing without the key."""
        return blake2b(value.encode(), key=self._tokens, person=kind.encode(), digest_size=TOKEN_BYTES).digest()


def open_keys(folder: Path) -> Keys:
    """The keys of this folder; raises NotReady where they are missing or not ours."""
    try:
        tokens = (folder / TOKEN_FILE).read_bytes()
    except OSError:
        raise NotReady(f"KEYS_DIR has no {TOKEN_FILE}: make one with `flask keys create`") from None
    if len(tokens) != 32:
        raise NotReady(f"KEYS_DIR: {TOKEN_FILE} is not a key of 32 bytes")
    return Keys(tokens)


def create_keys(folder: Path) -> None:
    """Make the keys that are missing, readable by their owner only. Existing ones are never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / TOKEN_FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
