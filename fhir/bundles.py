"""A Bundle taken apart: each entry by itself, with its own bytes, so that a bad one never stops the rest."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from fhir import head, references
from fhir.diagnosis import why_not_json
from fhir.entries import DEEPEST, Limits, Raw, Refused, refused
from fhir.errors import Reason, RefusalError
from fhir.head import Head
from fhir.references import Form
from fhir.safety import has_duplicate_key

_ACCEPTED = frozenset({"transaction", "batch", "collection", "document", "message", "searchset", "history"})
_NESTED = 3  # a message may carry a document; nothing real goes deeper

_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"]+)"')
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class _Request(msgspec.Struct):
    method: str
    url: str


class _Entry(msgspec.Struct):
    resource: msgspec.Raw
    fullUrl: str | None = None
    request: _Request | None = None


_PLAIN = msgspec.json.Decoder(list[_Entry])


@dataclass(slots=True)
class _Opened:
    """One entry: its resource's bytes and head, or what it asks to delete."""

    position: str
    full_url: str
    method: str
    url: str
    body: bytes
    head: Head | None = None
    local_id: str = ""
    resource_type: str = ""


def entries(position: str, body: bytes, limits: Limits, level: int = 1) -> list[Raw | Refused]:
    """Every entry of a Bundle, in order; or one Refused for the Bundle when it cannot be taken at all."""
    try:
        return _entries(position, body, limits, level)
    except RefusalError as refusal:
        return [refused(position, refusal.reason, body)]


def _entries(position: str, body: bytes, limits: Limits, level: int) -> list[Raw | Refused]:
    if len(body) > limits.bundle:
        raise RefusalError(Reason.TOO_LARGE)
    found, bodies = _envelope(body, "entry")
    if found.get("type") not in _ACCEPTED or level > _NESTED:
        raise RefusalError(Reason.UNSUPPORTED_BUNDLE)
    opened = list(_opened(position, bodies, limits)) if bodies else []
    if any(isinstance(each, _Opened) and each.head and head.is_stu3(each.head) for each in opened):
        raise RefusalError(Reason.FHIR_STU3)
    return list(_emit(opened, limits, level))


def _opened(position: str, bodies: bytes, limits: Limits) -> Iterator[_Opened | Refused]:
    """Every entry opened: all at once where each is of the usual plain kind, else one by one."""
    plain = _plain(bodies)
    parts: Sequence[_Entry | msgspec.Raw] = plain or _list(bodies)
    if len(parts) > limits.entries:
        raise RefusalError(Reason.TOO_MANY_ENTRIES)
    for number, part in enumerate(parts, 1):
        where = f"{position} entry {number}"
        body = bytes(part.resource) if isinstance(part, _Entry) else bytes(part)
        try:
            told = _told(where, part, body) if isinstance(part, _Entry) else _read(where, body)
            yield _open(told, limits)
        except RefusalError as refusal:
            yield refused(where, refusal.reason, body)


def _plain(bodies: bytes) -> list[_Entry] | None:
    """The entries, when they have nothing but a resource, a fullUrl and a request: told by their quotation marks.

    What was read accounts for a number of marks; one more means another element, or one given twice.
    """
    try:
        entries = _PLAIN.decode(bodies)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    marks = 0
    for each in entries:
        marks += bytes(each.resource).count(b'"') + 2
        marks += (4 if each.fullUrl is not None else 0) + (10 if each.request else 0)
    return entries if marks == bodies.count(b'"') else None


def _told(where: str, entry: _Entry, body: bytes) -> _Opened:
    request = entry.request or _Request(method="PUT", url="")
    return _Opened(where, entry.fullUrl or "", request.method, request.url, body)


def _emit(opened: list[_Opened | Refused], limits: Limits, level: int) -> Iterator[Raw | Refused]:
    urns = _urns(opened)
    own = _own(urns)
    for each in opened:
        if isinstance(each, Refused):
            yield each
        elif each.head is None:
            yield head.deletion(each.position, each.resource_type, each.local_id, urns)
        elif each.head.resourceType == "Bundle":
            yield from entries(each.position, each.body, limits, level + 1)
        elif urns.get(each.full_url) == "":
            yield refused(each.position, Reason.DUPLICATE_FULL_URL, each.body)
        else:
            meant = _meant(each.body, own) if own else b""
            yield head.raw(each.position, each.head, each.local_id, each.body, urns, meant)


def _urns(opened: list[_Opened | Refused]) -> dict[str, str]:
    """`fullUrl` -> `Type/id`. A fullUrl that two resources claim leads nowhere, never to the wrong one."""
    urns: dict[str, str] = {}
    for each in opened:
        if isinstance(each, _Opened) and each.head and each.full_url:
            key = f"{each.head.resourceType}/{each.local_id}"
            urns[each.full_url] = key if urns.get(each.full_url, key) == key else ""
    return urns


def _own(urns: Mapping[str, str]) -> dict[bytes, bytes]:
    """The fullUrls that mean in this Bundle what they need not mean in another.

    Most give the id of their resource (`urn:uuid:7` for `Patient/7`): what they lead to is in the bytes that use them.
    """
    return {url.encode(): key.encode() for url, key in urns.items() if not _tells(url, key)}


def _tells(url: str, key: str) -> bool:
    if url.startswith("urn:uuid:"):
        return url[9:] == key.partition("/")[2]
    target = references.parse(url)
    return target is not None and target.key == key != ""


def _meant(body: bytes, own: Mapping[bytes, bytes]) -> bytes:
    """What the references of a resource lead to, as far as only its Bundle tells. No NUL stands in JSON."""
    if b"\\" in body:
        try:
            body = orjson.dumps(orjson.loads(body))  # one spelling of each reference
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return b""  # it will be refused
    return b"".join(b"\0" + text + b"\0" + own[text] for text in _REFERENCE.findall(body) if text in own)


def _read(where: str, entry: bytes) -> _Opened:
    """One entry of any kind, read with care."""
    found, body = _envelope(entry, "resource")
    request = found.get("request")
    asked: dict[str, Any] = request if isinstance(request, dict) else {}
    full_url, method, url = found.get("fullUrl"), asked.get("method", "PUT"), asked.get("url")
    return _Opened(
        position=where,
        full_url=full_url if isinstance(full_url, str) else "",
        method=method if isinstance(method, str) else "",
        url=url if isinstance(url, str) else "",
        body=body,
    )


def _open(opened: _Opened, limits: Limits) -> _Opened:
    if opened.method == "DELETE":
        return _deletion(opened)
    if opened.method not in ("PUT", "POST"):
        raise RefusalError(Reason.UNSUPPORTED_METHOD)
    if not opened.body:
        raise RefusalError(Reason.NO_RESOURCE)
    opened.head = head.read(opened.body)
    if len(opened.body) > (limits.bundle if opened.head.resourceType == "Bundle" else limits.resource):
        raise RefusalError(Reason.TOO_LARGE)
    opened.local_id = opened.head.id or _local_id(opened)
    _agree(opened)
    return opened


def _deletion(opened: _Opened) -> _Opened:
    """Only a resource that is named may be deleted; never whatever a search would find."""
    target = references.parse(opened.url)
    if target is None or not target.key:
        raise RefusalError(Reason.BAD_REFERENCE)
    opened.resource_type, opened.local_id, opened.body = target.type, target.id, b""
    return opened


def _local_id(opened: _Opened) -> str:
    """The id of a resource that has none: as the request, the fullUrl or a business identifier name it."""
    if opened.method == "PUT":
        target = references.parse(opened.url)
        if target and target.form is Form.RELATIVE:
            return target.id
    named = references.parse(opened.full_url)
    if named and named.id and named.form in (Form.URN, Form.ABSOLUTE):
        return named.id
    return head.name_without_id(opened.body)


def _agree(opened: _Opened) -> None:
    """A PUT to one resource that holds another would overwrite the wrong one."""
    held = f"{opened.head.resourceType}/{opened.local_id}" if opened.head else ""
    if opened.method != "PUT" or opened.url in ("", held):
        return
    target = references.parse(opened.url)
    if target and target.key and target.key != held:
        raise RefusalError(Reason.REQUEST_MISMATCH)


def _envelope(body: bytes, inside: str) -> tuple[dict[str, Any], bytes]:
    """An object's own elements, and the bytes of the one named `inside`, which is not read yet."""
    try:
        parts = _OBJECT.decode(body)
        kept = bytes(parts.pop(inside, b""))
        rest = msgspec.json.encode(parts)
        found: dict[str, Any] = orjson.loads(rest)
    except msgspec.ValidationError:
        raise RefusalError(Reason.NO_RESOURCE) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, orjson.JSONDecodeError):
        raise RefusalError(why_not_json(body, DEEPEST)) from None
    marks = kept.count(b'"') + (2 if kept else 0)
    if has_duplicate_key(rest, orjson.dumps(found)) or body.count(b'"') != rest.count(b'"') + marks:
        raise RefusalError(Reason.DUPLICATE_KEY)
    return found, kept


def _list(body: bytes) -> list[msgspec.Raw]:
    try:
        return _LIST.decode(body)
    except msgspec.DecodeError:
        raise RefusalError(Reason.NO_RESOURCE) from None
