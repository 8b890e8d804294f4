"""Is it safe to keep and to show? Size and shape of the JSON, the letters in its texts, and where it points.

Each check is exact, and quick because it looks at the resource written out afresh: one known spelling, with no
spaces between elements and no escapes but those JSON needs. The tests hold a slow, obvious twin of each.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from fhir import references
from fhir.diagnosis import why_not_json
from fhir.errors import Reason, RefusalError

# Control characters but tab and the two line ends (escapes of JSON), and those that turn the reading direction.
_ESCAPED_CONTROL = re.compile(rb"(?<!\\)(?:\\\\)*\\[bfu]")
_UNSAFE_UTF8 = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])")

_REFERENCE = b'"reference":'
_QUOTE = ord('"')
_URL = b'"url":"'
_WEB = (b"https://", b"http://", b"urn:")
_RELATIVE_URL = re.compile(r"(?!.*\.\.)/?[A-Za-z0-9#_][^:\\<>\"]*")
_RISKY_SCHEME = re.compile(r"(?i)(?:javascript|vbscript|data|file):")
_URL_NAMES = frozenset({"url", "valueUrl", "valueUri"})
_OTHER_NAMES = frozenset({"valueCanonical", "system", "source", "profile", "address", "uri", "implicitRules"})
_BLANK = re.compile(r"[\s\x00-\x20]+")
_WRITTEN_BLANK = re.compile(r"\\[tnr]|\s")


def read(body: bytes, depth: int) -> tuple[dict[str, Any], bytes]:
    """The resource in some bytes, and the same written out afresh. Raises RefusalError with the first reason found."""
    try:
        resource = orjson.loads(body)
        written = orjson.dumps(resource)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        raise RefusalError(why_not_json(body, depth)) from None
    if not isinstance(resource, dict):
        raise RefusalError(Reason.UNKNOWN_TYPE)
    if is_deeper(resource, written, depth):
        raise RefusalError(Reason.TOO_DEEP)
    if has_duplicate_key(body, written):
        raise RefusalError(Reason.DUPLICATE_KEY)
    if has_unsafe_text(written):
        raise RefusalError(Reason.UNSAFE_TEXT)
    return resource, written


def is_deeper(value: Any, written: bytes, depth: int) -> bool:
    """Whether something stands more than `depth` objects or lists deep (an empty one holds nothing).

    Few brackets cannot be deep. Otherwise the indented form says it: a line end inside a text is written `\\n`,
    so only the nesting indents a line.
    """
    if written.count(b"{") + written.count(b"[") <= depth:
        return False
    indented = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    return b"\n" + b"  " * (depth + 1) in indented


def has_duplicate_key(body: bytes, written: bytes) -> bool:
    """Whether an object gave an element twice: the parser keeps the last, so quotation marks have gone missing.

    A mark inside a text is written `\\"` in both; only one sent as `\\u0022` would add a mark, so then count exactly.
    """
    if b"\\u0022" in body:
        body = body.replace(b"\\\\", b"__").replace(b"\\u0022", b'\\"')
    return body.count(b'"') != written.count(b'"')


def has_unsafe_text(written: bytes) -> bool:
    """Whether any name or text holds a control character, or one that overrides the direction of reading."""
    if b"\\" in written and _ESCAPED_CONTROL.search(written):
        return True
    if written.isascii():
        return b"\x7f" in written
    return _UNSAFE_UTF8.search(written) is not None


def reference_texts(written: bytes) -> tuple[list[str], bool]:
    """Every reference in a resource that is of a form that FHIR has, as sent; and whether there is any other.

    Raises RefusalError for one of a dangerous scheme. Any other names nothing: what it stands in is read without it.
    """
    texts = []
    odd = False
    for after in written.split(_REFERENCE)[1:]:
        if after[0] != _QUOTE:
            odd = odd or after[0] not in b"{["  # some elements that hold a reference are called so themselves
            continue
        text = after[1 : after.index(b'"', 1)].decode()
        if references.parse(text) is not None:
            texts.append(text)
        elif _RISKY_SCHEME.match(_WRITTEN_BLANK.sub("", text)):
            raise RefusalError(Reason.BAD_REFERENCE)
        else:
            odd = True
    return texts, odd


def resolved(texts: list[str], urns: Mapping[str, str]) -> dict[str, str]:
    """The references that the Bundle's fullUrls explain. Raises RefusalError where two resources claim one."""
    found = {text: urns[text] for text in texts if text in urns}
    if "" in found.values():
        raise RefusalError(Reason.BAD_REFERENCE)
    return found


def check_urls(resource: dict[str, Any], written: bytes) -> None:
    """Refuse web addresses that are not https, http or urn. They are never fetched; some are shown as links."""
    if not _needs_walk(written):
        return
    for name, text in _url_texts(resource, ""):
        plain = _BLANK.sub("", text)
        if _RISKY_SCHEME.match(plain) or (name in _URL_NAMES and not _is_allowed(plain)):
            raise RefusalError(Reason.BAD_URL)


def _needs_walk(written: bytes) -> bool:
    """Whether any address is other than plain: of an allowed scheme, or a mere name (as parts of extensions have)."""
    if b'"url":' in written:
        for after in written.split(_URL)[1:]:
            if not (after.startswith(_WEB) or after[: after.index(b'"')].isalnum()):
                return True
    if b'Uri":' in written or b'Url":' in written or b'"system":"url"' in written:
        return True
    lower = written.lower()
    return b"script:" in lower or b"file:" in lower or b"data:" in lower


def _is_allowed(url: str) -> bool:
    """An absolute address of an allowed scheme (in any case of letters), or a relative one."""
    scheme = url.lower().startswith(("https://", "http://", "urn:"))
    return not url or scheme or _RELATIVE_URL.fullmatch(url) is not None


def _url_texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every address in a resource with its element's name; a telecom that is a web address counts as `url`."""
    if isinstance(value, list):
        for each in value:
            yield from _url_texts(each, name)
    elif isinstance(value, dict):
        for key, each in value.items():
            is_web = key == "value" and value.get("system") == "url"
            yield from _url_texts(each, "url" if is_web else key)
    elif isinstance(value, str) and (name in _URL_NAMES or name in _OTHER_NAMES):
        yield name, value
