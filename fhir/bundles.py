"""A Bundle taken apart: each entry by itself, with its own bytes, so that a bad one never stops the rest."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, TypeVar

import msgspec
import orjson
from msgspec import structs

from fhir import head, references
from fhir.diagnosis import why_not_json
from fhir.entries import DEEPEST, Limits, Raw, Refused, refused
from fhir.errors import Reason, RefusalError
from fhir.full_urls import FullUrls, meant, tells, texts_of
from fhir.head import Head
from fhir.references import Form
from fhir.safety import has_duplicate_key

HISTORY = "history"
_ACCEPTED = frozenset({"transaction", "batch", "collection", "document", "message", "searchset", HISTORY})
T = TypeVar("T")
_NESTED = 3  # a message may carry a document; nothing real goes deeper

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class _Request(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    method: str
    url: str
    ifNoneExist: str | None = None


class _Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An entry as most are: a resource, its fullUrl and what is asked of it, and nothing else."""

    resource: msgspec.Raw
    fullUrl: str | None = None
    request: _Request | None = None


class _Bundle(msgspec.Struct, forbid_unknown_fields=True):
    resourceType: str
    type: str
    entry: list[_Entry]


_BUNDLE = msgspec.json.Decoder(_Bundle)
_ENTRY = msgspec.json.Decoder(_Entry)
_ENTRIES = msgspec.json.Decoder(list[_Entry])


Part = _Entry | msgspec.Raw | bytes
"""One entry: as most are, or still to be read."""


class Opened(msgspec.Struct, gc=False):
    """One entry: its resource's bytes and head, or what it asks to delete."""

    position: str
    full_url: str
    method: str
    url: str
    body: bytes
    none_exist: str = ""
    head: Head | None = None
    local_id: str = ""
    resource_type: str = ""
    by_condition: bool = False
    """Whether the id is made from the condition under which it asks to be put."""


def entries(position: str, body: bytes, limits: Limits, level: int = 1) -> list[Raw | Refused]:
    """Every entry of a Bundle, in order; or one Refused for the Bundle when it cannot be taken at all."""
    try:
        return _entries(position, body, limits, level)
    except RefusalError as refusal:
        return [refused(position, refusal.reason, body)]


def _entries(position: str, body: bytes, limits: Limits, level: int) -> list[Raw | Refused]:
    if len(body) > limits.bundle:
        raise RefusalError(Reason.TOO_LARGE)
    kind, parts = taken_apart(body)
    check_kind(kind, level)
    if len(parts) > limits.entries:
        raise RefusalError(Reason.TOO_MANY_ENTRIES)
    found = list(opened(position, parts, limits))
    named = FullUrls({}, {}, {})
    learn(named, found)
    own = {url: key for url, key in named.urns.items() if not tells(url, key)}
    out = emitted(found, named, own, limits, level)
    return list(newest_first(out, {}) if kind == HISTORY else out)


def check_kind(kind: object, level: int = 1) -> None:
    """Raises RefusalError for a Bundle that is not taken."""
    if kind not in _ACCEPTED or level > _NESTED:
        raise RefusalError(Reason.UNSUPPORTED_BUNDLE)


def newest_first(found: Iterable[Raw | Refused], seen: MutableMapping[str, str]) -> Iterator[Raw | Refused]:
    """What a history says: what comes after another version of the same was replaced by it, or deleted.

    https://hl7.org/fhir/R4/http.html#history: "sorted with oldest versions last".
    """
    for each in found:
        if isinstance(each, Refused):
            yield each
            continue
        name = f"{each.type}/{each.local_id}"
        yield structs.replace(each, older=True) if name in seen else each
        seen[name] = ""


def taken_apart(body: bytes) -> tuple[object, Sequence[Part]]:
    """The kind of a Bundle and its entries: all read at once where they are as most are, else each left to be read."""
    if whole := _plain(_BUNDLE, body):
        return whole.type, whole.entry
    found, bodies = _envelope(body, "entry")
    if found.get("resourceType") == "Bundle" and head.is_stu3(head.of_parsed(found)):
        raise RefusalError(Reason.FHIR_STU3)
    plain = _plain(_ENTRIES, bodies)
    return found.get("type"), plain or (_list(bodies) if bodies else [])


def part(body: bytes) -> Part:
    """One entry by itself."""
    return _plain(_ENTRY, body) or body


def _plain(decoder: msgspec.json.Decoder[T], body: bytes) -> T | None:
    """What was read, when it is all there is.

    Written afresh it is as long, or has as many quotation marks: whatever was given twice would be missing.
    """
    try:
        found = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    written = msgspec.json.encode(found)
    if len(written) == len(body):
        return found
    return found if b"\\u0022" not in body and written.count(b'"') == body.count(b'"') else None


def opened(position: str, parts: Iterable[Part], limits: Limits) -> Iterator[Opened | Refused]:
    """Every entry opened. Raises RefusalError for all when one is STU3: then none can be trusted to be R4."""
    for number, part in enumerate(parts, 1):
        where = f"{position} entry {number}"
        body = bytes(part.resource) if isinstance(part, _Entry) else bytes(part)
        try:
            opened = _told(where, part, body) if isinstance(part, _Entry) else _read(where, body)
            _open(opened, limits)
        except RefusalError as refusal:
            yield refused(where, refusal.reason, body)
            continue
        if opened.head and head.is_stu3(opened.head):
            raise RefusalError(Reason.FHIR_STU3)
        yield opened


def _told(where: str, entry: _Entry, body: bytes) -> Opened:
    asked = entry.request
    if asked is None:
        return Opened(where, entry.fullUrl or "", "PUT", "", body)
    return Opened(where, entry.fullUrl or "", asked.method, asked.url, body, asked.ifNoneExist or "")


def learn(named: FullUrls, found: Iterable[Opened | Refused]) -> None:
    """Take in what the fullUrls name. Raises RefusalError for the whole Bundle."""
    for each in found:
        if isinstance(each, Opened) and each.head:
            key = f"{each.head.resourceType}/{each.local_id}"
            if each.full_url:
                named.add(each.full_url, key)
            if each.by_condition:
                named.claim(key, each.body)


def emitted(
    found: Iterable[Opened | Refused], named: FullUrls, own: Mapping[str, str], limits: Limits, level: int = 1
) -> Iterator[Raw | Refused]:
    """What becomes of each entry. `own`: the fullUrls that mean in this Bundle what they need not mean in another."""
    for each in found:
        if isinstance(each, Refused):
            yield each
        elif each.head is None and named.elsewhere(each.full_url, [each.url]):
            yield refused(each.position, Reason.ANOTHER_SERVER, each.url.encode())
        elif each.head is None:
            yield head.deletion(each.position, each.resource_type, each.local_id, named.urns)
        elif each.head.resourceType == "Bundle":
            yield from entries(each.position, each.body, limits, level + 1)
        elif each.full_url and named.urns.get(each.full_url) == "":
            yield refused(each.position, Reason.DUPLICATE_FULL_URL, each.body)
        elif each.by_condition and named.is_claimed_twice(f"{each.head.resourceType}/{each.local_id}"):
            yield refused(each.position, Reason.DUPLICATE_CONDITION, each.body)
        else:
            yield _resource(each, each.head.resourceType, named, own)


def _resource(each: Opened, type_: str, named: FullUrls, own: Mapping[str, str]) -> Raw:
    urns = named.urns
    if not own and not named.servers:
        return head.raw(each.position, type_, each.local_id, each.body, urns)
    texts = texts_of(each.body)
    elsewhere = named.elsewhere(each.full_url, texts)
    led = {text: own[text] for text in texts if text in own} | elsewhere
    if elsewhere:
        urns = {text: urns[text] for text in texts if text in urns} | elsewhere
    return head.raw(each.position, type_, each.local_id, each.body, urns, meant(texts, led))


def _read(where: str, entry: bytes) -> Opened:
    """One entry of any kind, read with care."""
    found, body = _envelope(entry, "resource")
    request = found.get("request")
    asked = {"method": "PUT"} | (request if isinstance(request, dict) else {}) | {"fullUrl": found.get("fullUrl")}
    told = {name: value for name, value in asked.items() if isinstance(value, str)}
    full_url, method, url, none_exist = (told.get(name, "") for name in ("fullUrl", "method", "url", "ifNoneExist"))
    return Opened(where, full_url, method, url, body, none_exist)


def _open(opened: Opened, limits: Limits) -> None:
    if opened.method == "DELETE":
        _delete(opened)
        return
    if opened.method not in ("PUT", "POST"):
        raise RefusalError(Reason.UNSUPPORTED_METHOD)
    if not opened.body:
        raise RefusalError(Reason.NO_RESOURCE)
    opened.head = head.read(opened.body)
    if len(opened.body) > (limits.bundle if opened.head.resourceType == "Bundle" else limits.resource):
        raise RefusalError(Reason.TOO_LARGE)
    opened.local_id = opened.head.id or _local_id(opened, opened.head.resourceType)
    _agree(opened)


def _delete(opened: Opened) -> None:
    """Only a resource that is named may be deleted; never whatever a search would find."""
    target = references.parse(opened.url)
    if target is None or not target.key:
        raise RefusalError(Reason.BAD_REFERENCE)
    opened.resource_type, opened.local_id, opened.body = target.type, target.id, b""


def _local_id(opened: Opened, type_: str) -> str:
    """The id of a resource that has none: as the request, the fullUrl or a business identifier name it."""
    if opened.method == "PUT":
        target = references.parse(opened.url)
        if target and target.form is Form.RELATIVE:
            return target.id
    named = references.parse(opened.full_url)
    if named and named.id and named.form is Form.ABSOLUTE:
        return named.id
    condition = opened.none_exist if opened.method == "POST" else opened.url.removeprefix(f"{type_}?")
    if condition not in ("", opened.url):
        opened.by_condition = True
        return head.name_by_condition(type_, condition)
    return named.id if named and named.form is Form.URN and named.id else head.name_without_id(opened.body)


def _agree(opened: Opened) -> None:
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
