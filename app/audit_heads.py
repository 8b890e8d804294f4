"""The end of the record of looks, signed and written down in a second place: what is cut off or rewritten shows there.

The chain alone proves that no row in it was changed. Whoever may write to the whole database could cut off its end,
put an old copy in its place or write all of it anew. So the worker signs the number and hash of the last row (Ed25519,
with a key in KEYS_DIR that the site does not need) and adds them to the file AUDIT_HEADS, which is to lie where the
database's machine may add but not change. What was written since the last head, a minute at most, is not yet proven.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, select

from app import audit, clock, crypto, db
from app.audit import BEGINNING, Broken, Place
from app.errors import NotReady
from app.plain_dates import moment
from app.settings import Settings
from app.tables import audit_events

EVERY_ROWS, EVERY = 1_000, timedelta(seconds=60)
LATE = timedelta(minutes=10)
"""A row that is not signed after so long is as good as not proven."""
_TAIL = 4096


@dataclass(frozen=True)
class Head:
    """The last row of the chain at some moment, as it was signed."""

    place: Place
    at: datetime


def sign(engine: Engine, settings: Settings) -> int:
    """Check the rows since the last head, then sign and write down the new one where it is due: 1, else 0.

    Raises NotReady where the chain does not go on from the last head: what does not hold is never signed.
    """
    last = _last(settings.audit_heads)
    after = last.place if last else BEGINNING
    with db.read(engine) as connection:
        end = audit.end(connection)
        soon = last and clock.now() - last.at < EVERY and 0 < end.seq - after.seq < EVERY_ROWS
        if end == after or soon:
            return 0
        place, broken = audit.walk(connection, after)
    if broken:
        raise NotReady(f"the record of looks does not hold: row {broken.seq} {broken.words}")
    _add(settings.audit_heads, _line(settings.keys_dir, Head(place, clock.now())))
    return 1


def _line(keys_dir: Path, head: Head) -> bytes:
    signature = crypto.open_head_key(keys_dir).sign(_message(head))
    said = {"seq": head.place.seq, "hash": head.place.hash.hex(), "at": head.at.isoformat()}
    return json.dumps(said | {"signature": signature.hex()}).encode() + b"\n"


def _message(head: Head) -> bytes:
    return f"tributary/audit-head/v1|{head.place.seq}|{head.place.hash.hex()}|{head.at.isoformat()}".encode()


def _add(path: Path, line: bytes) -> None:
    """At the end, in one piece, and on the disk before it counts."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)


def _last(path: Path) -> Head | None:
    """The last head that was written down; its signature is checked by who verifies."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().splitlines()
    return _parsed(lines[-1])[0] if lines else None


def _parsed(line: bytes) -> tuple[Head, bytes]:
    """A head and its signature. Raises NotReady for what is none."""
    try:
        said = json.loads(line)
        place = Place(int(said["seq"]), bytes.fromhex(said["hash"]))
        return Head(place, datetime.fromisoformat(said["at"])), bytes.fromhex(said["signature"])
    except (ValueError, TypeError, KeyError):
        raise NotReady("AUDIT_HEADS ends with a line that is no signed head") from None


@dataclass(frozen=True)
class Verdict:
    """How many rows of the chain hold, up to which they are signed, and what is wrong: first in the chain itself."""

    held: int
    signed: int
    faults: tuple[Broken, ...]


def verify(engine: Engine, settings: Settings) -> Verdict:
    """Walk the whole chain and compare it with every head that was signed."""
    with db.read(engine) as connection:
        return verdict(connection, settings)


def verdict(connection: Connection, settings: Settings) -> Verdict:
    """The same, in a transaction that has read nothing yet."""
    path, key = settings.audit_heads, crypto.open_head_public(settings.keys_dir)
    size = path.stat().st_size if path.exists() else 0  # what is signed from now on is of rows that are not looked at
    place, broken = audit.walk(connection)
    signed, faults = _compared(connection, place, key, _lines(path, size))
    return Verdict(place.seq, signed, (*([broken] if broken else []), *faults))


def _compared(
    connection: Connection, end: Place, key: Ed25519PublicKey, lines: Iterator[bytes]
) -> tuple[int, list[Broken]]:
    """Up to which row heads hold, and in what the chain, of which so much holds by itself, differs from them."""
    found: list[Broken] = []
    signed, last = 0, 0
    for number, line in enumerate(lines, start=1):
        head = _signed(key, line)
        if head is None:
            found.append(Broken(signed + 1, f"line {number} of AUDIT_HEADS is not signed by this installation"))
            continue
        last = max(last, head.place.seq)
        if head.place.seq > end.seq:
            continue
        if _hash_at(connection, head.place.seq) != head.place.hash:
            words = f"rows {signed + 1}..{head.place.seq} are not those that were signed on {moment(head.at)}"
            return signed, [*found, Broken(signed + 1, words)]
        signed = max(signed, head.place.seq)
    if last > end.seq:
        found.append(Broken(end.seq + 1, f"rows {end.seq + 1}..{last} are missing: they were signed"))
    elif _is_late(connection, signed + 1):
        words = f"rows {signed + 1}..{end.seq} are not signed: is `flask worker` running?"
        found.append(Broken(signed + 1, words))
    return signed, found


def _lines(path: Path, size: int) -> Iterator[bytes]:
    if size:
        with path.open("rb") as file:
            while file.tell() < size:
                yield file.readline()


def _signed(key: Ed25519PublicKey, line: bytes) -> Head | None:
    try:
        head, signature = _parsed(line)
        key.verify(signature, _message(head))
    except (NotReady, InvalidSignature):
        return None
    return head


def _hash_at(connection: Connection, seq: int) -> bytes | None:
    return connection.scalar(select(audit_events.c.hash).where(audit_events.c.seq == seq))


def _is_late(connection: Connection, seq: int) -> bool:
    written = connection.scalar(select(audit_events.c.at).where(audit_events.c.seq == seq))
    return written is not None and clock.now() - written > LATE
