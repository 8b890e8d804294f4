"""Searching one record: every line that has all of the words, in any section, and a count of the rest."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app import phrases
from app.viewer.lines import LineView, line_view
from app.viewer.look import Look
from app.viewer.page import AsideRow, aside
from app.viewer.unseen import Unseen, unseen
from fhir.line import Line
from fhir.record import PatientRecord

MOST = 500
LONGEST = 200
NOTHING_ASKED = "Enter one or more words to look for"


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The lines of one section that have the words."""

    code: str
    title: str
    count: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class RecordSearch:
    """What was asked and what was found; `error` where nothing was asked. `rows` are in no section; `unseen` is not
    searched.
    """

    asked: str
    error: str = ""
    showing: str = ""
    sections: tuple[FoundLines, ...] = ()
    rows: tuple[AsideRow, ...] = ()
    unseen: tuple[Unseen, ...] = ()


def search(record: PatientRecord, look: Look, asked: str) -> RecordSearch:
    """The lines in which every word of `asked` occurs, whole or as a part, whatever its capitals and accents."""
    asked = " ".join(asked.split())[:LONGEST]
    wanted = _plain(asked).split()
    if not wanted:
        return RecordSearch(asked, error=NOTHING_ASKED)
    found: list[FoundLines] = []
    left, number = MOST, 0
    for section in record.sections:
        having = [(line, view) for line, view in _viewed(section.lines, section.code, look) if _has(line, view, wanted)]
        number += len(having)
        shown = tuple(view for _, view in having[:left])
        left -= len(shown)
        if having:
            found.append(FoundLines(section.code, section.title, phrases.counted(len(having), "line"), shown))
    rows = tuple(row for each in aside(record, look, whole=True) for row in each.rows if _said(wanted, _texts(row)))
    total = sum(len(section.lines) for section in record.sections)
    return RecordSearch(asked, "", _showing(number, MOST - left, total), tuple(found), rows, unseen(record, look))


def _viewed(lines: Iterable[Line], code: str, look: Look) -> Iterator[tuple[Line, LineView]]:
    for line in lines:
        yield line, line_view(line, code, look, whole=True)


def _has(line: Line, view: LineView, wanted: list[str]) -> bool:
    """Whether the words stand in what is shown of the line, in what its statements say as sent, or in their codes."""
    sent = [
        said
        for item in line.items
        for said in (
            item.text,
            *(text for code in item.codes for text in (code.code, code.display)),
            *item.fields.values(),
        )
    ]
    return _said(wanted, [*sent, *_texts(view)])


def _texts(value: object) -> Iterator[str]:
    """Every text in the words of a line, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif hasattr(value, "__slots__"):
        for name in value.__slots__:
            yield from _texts(getattr(value, name))


def _said(wanted: list[str], texts: Iterable[str]) -> bool:
    text = _plain("\n".join(texts))
    return all(word in text for word in wanted)


def _plain(text: str) -> str:
    """Without capitals and accents, and with one way of writing each letter."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _showing(number: int, shown: int, total: int) -> str:
    if shown < number:
        return f"Showing {shown:,} of {number:,} lines found, of {total:,} in all. Add a word to see fewer."
    return f"Showing {number:,} of {phrases.counted(total, 'line')}"
