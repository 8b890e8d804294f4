"""A Bundle too large to hold: read twice, entry by entry, first to learn what its fullUrls name, then to take it."""

import json
import re
import sqlite3
from collections.abc import Iterator, MutableMapping
from typing import IO

import orjson

from fhir import bundles, kept_apart
from fhir.entries import Limits, Raw, Refused
from fhir.errors import Reason, RefusalError
from fhir.full_urls import FullUrls

Span = tuple[int, int | None]
"""Where in a file it lies: from, and up to (None: the end), in bytes."""

_PART = 1024 * 1024
_BYTE_ORDER_MARK = "\xef\xbb\xbf"
_BLANK = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder(object_pairs_hook=lambda _: None)  # only where a value ends; nothing of it is kept


def entries(stream: IO[bytes], span: Span, position: str, limits: Limits) -> Iterator[Raw | Refused]:
    """Every entry of the Bundle that lies there, in order; or one Refused for all of it.

    Whatever refuses the whole is found in the first reading, before anything is taken.
    """
    named = FullUrls(_OnDisk(), _OnDisk(), _OnDisk())
    own: list[bytes] = []
    try:
        bundles.learn(named, bundles.opened(position, _parts(_Window(stream, span, limits), own), limits))
        kind = _kind(b"{" + b",".join(own) + b"}")
    except (RefusalError, RecursionError, json.JSONDecodeError) as error:
        reason = error.reason if isinstance(error, RefusalError) else Reason.NOT_JSON
        yield kept_apart.part(stream, span, position, reason)
        return
    again = bundles.opened(position, _parts(_Window(stream, span, limits), []), limits)
    found = bundles.emitted(again, named, named.urns, limits)
    yield from bundles.newest_first(found, _OnDisk()) if kind == bundles.HISTORY else found


def _kind(envelope: bytes) -> object:
    """The kind of a Bundle, from all of it but its entries. Raises RefusalError for one that is not taken."""
    if orjson.loads(envelope).get("resourceType") != "Bundle":
        raise RefusalError(Reason.TOO_LARGE)
    kind = bundles.taken_apart(envelope)[0]
    bundles.check_kind(kind)
    return kind


def _parts(window: "_Window", own: list[bytes]) -> Iterator[bundles.Part]:
    """The entries, one by one; the Bundle's own elements go into `own`, with an empty list for the entries."""
    window.take("{")
    while True:
        name = window.value()
        window.take(":")
        if name == b'"entry"' and window.next() == "[":
            own.append(b'"entry":[]')
            yield from _list(window)
        else:
            own.append(name + b":" + window.value())
        if not window.goes_on("}"):
            break
    if window.next():
        raise RefusalError(Reason.NOT_JSON)


def _list(window: "_Window") -> Iterator[bundles.Part]:
    window.take("[")
    if window.next() == "]":
        window.take("]")
        return
    while True:
        yield bundles.part(window.value())
        if not window.goes_on("]"):
            return


class _Window:
    """A file of JSON, value by value. A letter is a byte here (Latin-1), so that no value is changed by being read."""

    def __init__(self, stream: IO[bytes], span: Span, limits: Limits) -> None:
        start, end = span
        stream.seek(start)
        self._stream, self._largest = stream, limits.resource
        self._left = end - start if end is not None else None
        self._text, self._at = "", 0
        if self._more() and start == 0 and self._text.startswith(_BYTE_ORDER_MARK):
            self._at = len(_BYTE_ORDER_MARK)

    def _more(self) -> bool:
        """Read on, twice as much as is still unread; False at the end."""
        size = max(_PART, len(self._text) - self._at)
        part = self._stream.read(size if self._left is None else min(size, self._left))
        self._left = None if self._left is None else self._left - len(part)
        self._text, self._at = self._text[self._at :] + part.decode("latin-1"), 0
        return bool(part)

    def next(self) -> str:
        """The next letter that is not a space; "" at the end."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, letter: str) -> None:
        """Go past this letter. Raises RefusalError where another stands."""
        if self.next() != letter:
            raise RefusalError(Reason.NOT_JSON)
        self._at += 1

    def goes_on(self, end: str) -> bool:
        """Go past a comma, or past the end of a list or object."""
        comma = self.next() == ","
        self.take("," if comma else end)
        return comma

    def value(self) -> bytes:
        """The value that stands here, as it was sent. Raises RefusalError: not JSON, or larger than a resource."""
        self.next()
        while (end := self._end()) is None:
            if len(self._text) - self._at > self._largest:
                raise RefusalError(Reason.TOO_LARGE)
            if not self._more():
                raise RefusalError(Reason.NOT_JSON)
        value = self._text[self._at : end].encode("latin-1")
        self._at = end
        return value

    def _end(self) -> int | None:
        """Where the value ends; None when what was read so far does not tell."""
        try:
            end = _SCANNER.raw_decode(self._text, self._at)[1]
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated") or error.pos > len(self._text) - 16:
                return None
            raise
        return end if end < len(self._text) else None


class _OnDisk(MutableMapping[str, str]):
    """Text by name, in a file that has no name itself, and goes when nobody asks it any more."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("CREATE TABLE held (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID")

    def __setitem__(self, name: str, text: str) -> None:
        self._rows.execute("INSERT OR REPLACE INTO held VALUES (?, ?)", (name, text))

    def __getitem__(self, name: str) -> str:
        row = self._rows.execute("SELECT text FROM held WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        return str(row[0])

    def __delitem__(self, name: str) -> None:
        self._rows.execute("DELETE FROM held WHERE name = ?", (name,))

    def __iter__(self) -> Iterator[str]:
        return (row[0] for row in self._rows.execute("SELECT name FROM held ORDER BY name"))

    def __bool__(self) -> bool:
        return True  # not counted each time that it is asked

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT count(*) FROM held").fetchone()[0])
