"""The gate: what must hold of the files themselves, read back, before a second person may even decide. Mostly pure."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from app.export.dictionary import (
    CODE,
    MONTH,
    NUMBER,
    ORG,
    PERSON,
    SYSTEM,
    TERM,
    TEXT,
    WHOLE,
    Column,
)
from app.export.files import DICTIONARY, MANIFEST, Written, tables_in, texts_of
from app.export.suppress import ALL, BASE
from app.export.terminology import CodeList
from app.export.values import FIGURES

_PATTERNS = {
    PERSON: re.compile(r"[a-z]{28}"),
    MONTH: re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])"),
    NUMBER: re.compile(r"\d{1,5}(\.\d)?"),
    WHOLE: re.compile(r"\d{1,8}"),
}
_HASH = re.compile(r"[0-9a-f]{64}")
_SHAPES = re.compile(_HASH.pattern + r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TEN_DIGITS = re.compile(r"\d(?:[ -]?\d){9}")


@dataclass(frozen=True)
class Check:
    """What one check of the gate found, in words without a value of any person."""

    name: str
    passed: bool
    words: str


@dataclass(frozen=True)
class Known:
    """What the values of a release are checked against."""

    columns: Mapping[str, Sequence[Column]]
    codes: CodeList
    practices: frozenset[str]


def _column_of(path: Path, known: Known) -> dict[str, Column]:
    return {column.name: column for column in known.columns[path.stem]}


def only_listed_values(folder: Path, known: Known) -> Check:
    """Every cell of every table is of its column's closed set, shape or list."""
    entries = {(one.system, one.code, one.term) for one in known.codes.codes.values()}
    wrong: set[str] = set()
    for path in tables_in(folder):
        columns = _column_of(path, known)
        for batch in texts_of(path):
            if list(batch) != list(columns):
                wrong.add(f"{path.name}: other columns")
                continue
            bad = [name for name, cells in batch.items() if not _holds(columns[name], set(cells), known)]
            wrong.update(f"{path.name}: {name}" for name in bad)
            if CODE in batch and not set(zip(batch[SYSTEM], batch[CODE], batch[TERM], strict=True)) <= entries:
                wrong.add(f"{path.name}: a code with another term")
    words = "not of what is listed: " + "; ".join(sorted(wrong)) if wrong else "all are listed"
    return Check("values", not wrong, words)


def _holds(column: Column, cells: Collection[Any], known: Known) -> bool:
    told = {cell for cell in cells if cell not in (None, "")}
    if len(told) < len(set(cells)) and not column.null:
        return False
    if column.rule == ORG:
        return told <= {ALL, *known.practices}
    if column.allowed:
        return told <= set(column.allowed)
    if column.rule in {CODE, SYSTEM, TERM}:
        return True  # checked together: a code with its system and its term
    pattern = _PATTERNS.get(column.rule or column.type)
    if pattern is None:
        return column.type != TEXT and {str(cell).lower() for cell in told} <= {"true", "false"}
    return all(pattern.fullmatch(str(cell)) for cell in told)


def no_long_numbers(folder: Path) -> Check:
    """No ten digits in a row outside the codes: an NHS number has ten, and nothing that may leave has."""
    found = [name for name, text in _texts(folder) if _TEN_DIGITS.search(_SHAPES.sub("", text))]
    words = "in " + ", ".join(sorted(set(found))) if found else "none outside the codes"
    return Check("long numbers", not found, words)


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, text) of all that a release says in words, each once: cells, names of files and columns, descriptions.

    Not codes of digits alone: one of ten may well be somebody's NHS number too.
    """
    for path in sorted(folder.iterdir()):
        yield "the name of a file", path.name
        if path.suffix == ".json":
            yield from ((path.name, text) for text in _strings(json.loads(path.read_text(encoding="utf-8"))))
    for path in tables_in(folder):
        seen: set[str] = set()
        for batch in texts_of(path):
            seen.update(batch)
            for name, cells in batch.items():
                if name != PERSON:
                    told = {str(cell) for cell in cells if cell is not None}
                    seen.update(cell for cell in told if name != CODE or not cell.isdecimal())
        yield from ((path.name, text) for text in seen)


def _strings(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        yield from content
        for value in content.values():
            yield from _strings(value)
    elif isinstance(content, list):
        for value in content:
            yield from _strings(value)
    elif isinstance(content, str):
        yield content


def said(folder: Path) -> Iterator[str]:
    """Every text of a release that could name somebody: no hash, whose digits now and then are a number of somebody's.

    Letters that stand for people are checked by their shape.
    """
    return (_HASH.sub("", text) for _, text in _texts(folder))


def no_identifier(found: Counter[str]) -> Check:
    """No identifier of anybody in the whole population, in the release or not."""
    words = "found, by kind: " + ", ".join(f"{kind} ({many})" for kind, many in sorted(found.items()))
    return Check("identifiers", not found, words if found else "nobody of the whole population is named")


def groups_are_large(folder: Path, least: int) -> Check:
    """Everyone in `people` shares all their columns with enough others."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for batch in texts_of(folder / "people.parquet"):
        counts.update(zip(*(cells for name, cells in batch.items() if name != PERSON), strict=True))
    smallest = min(counts.values(), default=0)
    words = "the smallest group has enough people" if smallest >= least else "a group of too few people"
    return Check("groups", smallest >= least, words)


def codes_are_common(folder: Path, least: int) -> Check:
    """No code stands for fewer people than agreed."""
    rare = 0
    for path in (one for one in tables_in(folder) if one.suffix == ".parquet" and one.stem != "people"):
        people: dict[str, int] = {}
        last: dict[str, str] = {}
        for batch in texts_of(path):
            for person, code in zip(batch[PERSON], batch[CODE], strict=True):
                if last.get(code) != person:
                    last[code] = person
                    people[code] = people.get(code, 0) + 1
        rare += sum(many < least for many in people.values())
    return Check("rare codes", not rare, "a code of too few people" if rare else "none")


def numbers_are_coarse(folder: Path) -> Check:
    """No measured number is so long that it is as good as a name. Who decides is told how many are one person's."""
    owner: dict[tuple[str, str, str], str] = {}
    shared: set[tuple[str, str, str]] = set()
    for batch in texts_of(folder / "observations.parquet"):
        for person, *number in zip(*(batch[name] for name in (PERSON, SYSTEM, CODE, "value")), strict=True):
            key = (number[0], number[1], str(number[2]))
            if owner.setdefault(key, person) != person:
                shared.add(key)
    long = any(len(value.replace(".", "").strip("0")) > FIGURES for _, _, value in owner)
    part = round(10 * (len(owner) - len(shared)) / max(len(owner), 1)) * 10
    words = "a number is too long" if long else f"at most {FIGURES} figures; about {part}% of all are one person's only"
    return Check("numbers", not long, words)


def in_order_of_chance(folder: Path) -> Check:
    """Rows lie in the order of their random letters: it says nothing of how they were read."""
    wrong = [path.name for path in tables_in(folder) if not _is_sorted(path)]
    return Check("order", not wrong, "rows are not shuffled: " + ", ".join(wrong) if wrong else "by random letters")


def _is_sorted(path: Path) -> bool:
    last = ""
    for batch in texts_of(path):
        letters = [last, *batch.get(PERSON, ())]
        if letters != sorted(letters):
            return False
        last = letters[-1]
    return True


def cells_are_safe(folder: Path) -> Check:
    """Every number of a table of measures is 0, a multiple of 5 from 10, or hidden; percentages are of these."""
    good = all(
        _is_safe(row)
        for batch in texts_of(folder / "measures.parquet")
        for row in zip(batch["numerator"], batch["denominator"], batch["percent"], batch["suppressed"], strict=True)
    )
    return Check("small numbers", good, "hidden, and others to the nearest 5" if good else "a small or exact number")


def _is_safe(row: tuple[int | None, int | None, float | None, bool]) -> bool:
    numerator, denominator, percent, suppressed = row
    numbers = [number for number in (numerator, denominator) if number is not None]
    told = round(100 * numerator / denominator, 1) if numerator is not None and denominator else None
    whole = all(number == 0 or (number >= 2 * BASE and number % BASE == 0) for number in numbers)
    return whole and percent == told and suppressed == (len(numbers) < 2)


def files_are_as_told(folder: Path, files: Iterable[Written]) -> Check:
    """The folder holds what the manifest names, byte by byte, and nothing else."""
    told = {one.name: one.sha256 for one in files}
    there = {path.name: _hash(path) for path in folder.iterdir() if path.name != MANIFEST}
    same = told == there and DICTIONARY in told
    return Check("manifest", same, "as the manifest says" if same else "the files differ from the manifest")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
