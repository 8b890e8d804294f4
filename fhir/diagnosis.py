"""Why some bytes are not JSON that can be kept. Slow and thorough: it runs only on what has already failed."""

import json
import math
import re
from typing import Any

from fhir.errors import Reason, RefusalError

# Possessive, and an open end counts: no text, however crooked, is read twice.
_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))


def why_not_json(body: bytes, depth: int) -> Reason:
    """The one reason that helps the sender most."""
    if body.lstrip()[:1] == b"<":
        return Reason.XML
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Reason.NOT_UTF8
    if _nesting(body) > depth:
        return Reason.TOO_DEEP
    try:
        json.loads(text, strict=False, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
    except RefusalError as refusal:
        return refusal.reason
    except (ValueError, RecursionError):
        return Reason.NOT_JSON
    return Reason.UNSAFE_TEXT  # well formed but for a control character, or half a character


def _nesting(body: bytes) -> int:
    deepest = now = 0
    for each in _TEXTS.sub(b"", body).translate(None, _NOT_BRACKETS):
        now += 1 if each in b"{[" else -1
        deepest = max(deepest, now)
    return deepest


def _refuse(_: str) -> Any:
    raise RefusalError(Reason.BAD_NUMBER)


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _whole(digits: str) -> float:
    return _finite(digits)
