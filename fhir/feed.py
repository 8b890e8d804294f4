"""Reading what a provider sent: files and folders, a Bundle or 500 lines at a time, never a whole feed at once."""

import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from fhir import bundles, head, kept_apart, large
from fhir.entries import Limits, Raw, Refused, refused
from fhir.errors import Reason, RefusalError
from fhir.resource_types import RESOURCE_TYPES

Unit = list[Raw | Refused]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_SKIP = 1024 * 1024
_WORDS = frozenset(
    [
        *("acute", "batch", "bundle", "bundles", "changes", "community", "day", "delta", "export", "feed", "full"),
        *("gp", "mental", "ndjson", "part", "resources", "social"),
    ]
)
_WORD = re.compile(r"([A-Za-z]+)([0-9]{1,4})?")
_COUNTER = re.compile(r"[0-9]{1,4}")
_SUFFIX = re.compile(r"(?:\.(?:json|ndjson|xml))(?:\.gz)?$", re.IGNORECASE)


def units(path: Path, limits: Limits | None = None) -> Iterator[Unit]:
    """What lies in a file or a folder (in order of name), a unit at a time.

    A unit is up to 500 lines of NDJSON, or resources of one Bundle or file. Nothing that cannot be read is passed over
    in silence: it comes as a Refused.
    """
    allowed = limits or Limits()
    if not path.is_dir():
        yield from _file(path, _label((path.name,), 1, {}), allowed)
        return
    names = sorted(each for each in path.rglob("*") if not each.is_dir() and not each.name.startswith("."))
    folders: dict[tuple[str, ...], int] = {}
    for number, each in enumerate(names, 1):
        label = _label(each.relative_to(path).parts, number, folders)
        if each.is_symlink():  # it may lead out of the folder
            yield [kept_apart.file(each, label, Reason.UNSUPPORTED_FILE)]
        else:
            yield from _file(each, label, allowed)


def _label(parts: tuple[str, ...], number: int, folders: dict[tuple[str, ...], int]) -> str:
    """Where a file lies, in names that tell only what it is, else by number: some systems name files after people."""
    kept = []
    for depth, part in enumerate(parts[:-1], 1):
        which = folders.setdefault(parts[:depth], len(folders) + 1)
        kept.append(part if _is_impersonal(part) else f"folder {which}")
    suffix = _SUFFIX.search(parts[-1])
    stem = parts[-1][: suffix.start()] if suffix else ""
    name = stem if _is_impersonal(stem) else f"file {number}"
    return "/".join([*kept, name + (suffix[0].lower() if suffix else "")])


def _is_impersonal(name: str) -> bool:
    """Whether it says what it holds, in words from our list, with one short counter at most: no date, no number."""
    parts = re.split(r"[-_. ]+", name)
    words = [match for part in parts if (match := _WORD.fullmatch(part))]
    counters = sum(1 for part in parts if _COUNTER.fullmatch(part))
    known = all(match[1] in RESOURCE_TYPES or match[1].lower() in _WORDS for match in words)
    numbered = counters + sum(1 for match in words if match[2])
    return bool(words) and known and len(words) + counters == len(parts) and numbered <= 1


def _file(path: Path, label: str, limits: Limits) -> Iterator[Unit]:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".xml"):
        yield [kept_apart.file(path, label, Reason.XML)]
    elif not path.is_file() or not name.endswith((".json", ".ndjson")):
        yield [kept_apart.file(path, label, Reason.UNSUPPORTED_FILE)]
    else:
        read = _lines if name.endswith(".ndjson") else _document
        try:
            with _open(path) as stream:
                yield from read(stream, label, limits)
        except (OSError, EOFError, zlib.error):
            yield [kept_apart.file(path, label, Reason.UNREADABLE_FILE)]


def _open(path: Path) -> IO[bytes]:
    if path.name.lower().endswith(".gz"):
        return io.BufferedReader(gzip.GzipFile(path), buffer_size=1024 * 128)
    return path.open("rb")


def _document(stream: IO[bytes], label: str, limits: Limits) -> Iterator[Unit]:
    body = stream.read(limits.bundle + 1)
    if len(body) > limits.bundle:
        del body
        yield from _in_units(large.entries(stream, (0, None), label, limits), limits)
        return
    body = body.removeprefix(_BYTE_ORDER_MARK).strip(_SPACE)
    found = _single(label, body, limits)
    yield from _in_units([found] if found is not None else bundles.entries(label, body, limits), limits)


def _lines(stream: IO[bytes], label: str, limits: Limits) -> Iterator[Unit]:
    """Up to 500 single resources in a unit; a line that is a Bundle is a unit of its own. The order is kept."""
    batch: Unit = []
    number = size = 0
    longest, most, together = limits.bundle, limits.batch, limits.together
    while line := stream.readline(longest + 1):
        number += 1
        position = f"{label}:{number}"
        if len(line) > longest:
            if batch:
                yield batch
            batch, size = [], 0
            yield from _in_units(_long_line(stream, len(line), position, limits), limits)
            continue
        body = (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip(_SPACE)
        if not body:
            continue
        found = _single(position, body, limits)
        if found is not None:
            batch.append(found)
            size += len(body)
        if batch and (found is None or len(batch) == most or size > together):
            yield batch
            batch, size = [], 0
        if found is None:
            yield from _in_units(bundles.entries(position, body, limits), limits)
    if batch:
        yield batch


def _in_units(found: Iterable[Raw | Refused], limits: Limits) -> Iterator[Unit]:
    """No more at once than can be held when it is read whole."""
    unit: Unit = []
    size = 0
    for each in found:
        unit.append(each)
        size += len(each.body)
        if len(unit) == limits.batch or size > limits.together:
            yield unit
            unit, size = [], 0
    if unit:
        yield unit


def _long_line(stream: IO[bytes], read: int, position: str, limits: Limits) -> Iterator[Raw | Refused]:
    start = stream.tell() - read
    _skip_line(stream)
    end = stream.tell()
    yield from large.entries(stream, (start, end), position, limits)
    stream.seek(end)


def _skip_line(stream: IO[bytes]) -> None:
    while (part := stream.readline(_SKIP)) and not part.endswith(b"\n"):
        pass


def _single(position: str, body: bytes, limits: Limits) -> Raw | Refused | None:
    """One resource; None when it is a Bundle, to be taken apart."""
    try:
        type_, local_id = head.glance(body) or _seen(body)
        if type_ == "Bundle":
            return None
        if len(body) > limits.resource:
            raise RefusalError(Reason.TOO_LARGE)
    except RefusalError as refusal:
        return refused(position, refusal.reason, body)
    return head.raw(position, type_, local_id or head.name_without_id(body), body, {})


def _seen(body: bytes) -> tuple[str, str]:
    seen = head.read(body)
    if head.is_stu3(seen):
        raise RefusalError(Reason.FHIR_STU3)
    return seen.resourceType, seen.id or ""
