"""What is kept of something refused that is no feed, or is too large to hold: its beginning, and a digest of all."""

from hashlib import blake2b
from pathlib import Path
from typing import IO

from fhir.entries import Refused, refused
from fhir.errors import Reason

BEGINNING = 64 * 1024
_PART = 1024 * 1024


def file(path: Path, label: str, reason: Reason) -> Refused:
    """A file as it lies there. Of a link, where it points: it may lead out of the folder."""
    try:
        if path.is_symlink():
            return refused(label, reason, str(path.readlink()).encode(errors="surrogateescape"))
        if path.is_file():
            with path.open("rb") as stream:
                return part(stream, (0, None), label, reason)
    except OSError:
        pass
    return refused(label, reason, b"", blake2b(label.encode(), digest_size=16).digest())


def part(stream: IO[bytes], span: tuple[int, int | None], label: str, reason: Reason) -> Refused:
    """What lies in an open file from here to there, or to its end."""
    start, end = span
    stream.seek(start)
    beginning, digest = b"", blake2b(digest_size=16)
    while found := stream.read(_PART if end is None else min(_PART, end - stream.tell())):
        beginning = beginning or found[:BEGINNING]
        digest.update(found)
    return refused(label, reason, beginning, digest.digest())
