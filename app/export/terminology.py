"""Lists of codes and of areas that an operator loads: nothing else may name what a row is about.

A code leaves with the term of its list, never with the words of a source.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select, update

from app import clock, db
from app.access.sensitive import PREFIX, check_name
from app.errors import BadUsage
from app.identity.matching import postcode
from app.identity.store import in_chunks
from app.use_tables import code_lists, list_codes, postcodes
from fhir import nhs_number
from fhir.codes import Code, System
from fhir.elements import plain
from fhir.equivalents import TEST, test_key

SENSITIVE = "sensitive"
"""The name of the list of codes that never leave, whatever other list has them; so do those of every `sensitive-…`."""
ASTHMA, INHALERS, HYPERTENSION, FRAILTY = "asthma", "inhalers", "hypertension", "frailty-score"
SABA, ICS = "SABA", "ICS"
"""Classes of the list of inhalers: short-acting reliever, inhaled corticosteroid (alone or combined)."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_MOST_TERM = 300
_MULTIPLY = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_PERMUTE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


@dataclass(frozen=True)
class Listed:
    """A code of a list, with the term that leaves in place of any source's words."""

    system: str
    code: str
    term: str
    kind: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What it is compared by, in whatever spelling a source writes it."""
        return Code(self.system, self.code).key


@dataclass(frozen=True)
class CodeList:
    """One list: by its codes, by the test that they mean in any coding system, and by its terms for words alone."""

    name: str
    citation: str
    digest: str
    codes: Mapping[tuple[str, str], Listed]
    tests: Mapping[tuple[str, str], Listed]
    terms: Mapping[str, Listed]

    def of(self, codes: Iterable[Code], text: str) -> Listed | None:
        """The entry that these codes mean; for something without any code, the one whose term its words are."""
        given = tuple(codes)
        found = next((one for code in given if (one := self.codes.get(code.key))), None)
        found = found or next((one for code in given if (one := self.tests.get(test_key(code)))), None)
        return found or (None if given else self.terms.get(plain(text)))


def load(engine: Engine, path: Path, name: str, citation: str, system: str = System.SNOMED) -> int:
    """Keep a list of codes (CSV: code,term[,class]) in place of an earlier one of that name; how many it has."""
    if not _NAME.fullmatch(name) or not citation.strip():
        raise BadUsage("a list needs a name of small letters, digits and hyphens, and says where it comes from")
    check_name(name)
    content = _read(path)
    rows = [(n, row) for n, row in enumerate(csv.DictReader(io.StringIO(content)), start=2)]
    entries = {(row["code"] or "").strip(): _entry(row, system) for n, row in rows if not _wrong(n, row, system)}
    if problems := [words for n, row in rows if (words := _wrong(n, row, system))]:
        raise BadUsage("; ".join(problems[:20]))
    if not entries:
        raise BadUsage("the list is empty: it needs the columns code and term")
    values = {"citation": citation.strip(), "entries": len(entries), "loaded_at": clock.now()}
    values["digest"] = sha256(content.encode()).digest()
    with db.write(engine) as connection:
        _replace(connection, name, values, list(entries.values()))
    return len(entries)


def _replace(connection: Connection, name: str, values: dict[str, object], entries: list[dict[str, str]]) -> None:
    connection.execute(delete(list_codes).where(list_codes.c.list_name == name))
    if not connection.execute(update(code_lists).where(code_lists.c.name == name).values(values)).rowcount:
        connection.execute(insert(code_lists), {"name": name, **values})
    for chunk in in_chunks(entries):
        connection.execute(insert(list_codes), [{"list_name": name, **entry} for entry in chunk])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise BadUsage("the file cannot be read as text in UTF-8") from None


def _entry(row: Mapping[str, str | None], system: str) -> dict[str, str]:
    cells = {name: " ".join((row.get(name) or "").split()) for name in ("code", "term", "class")}
    return {"system": (row.get("system") or "").strip() or system, **cells}


def _wrong(line: int, row: Mapping[str, str | None], system: str) -> str:
    entry = _entry(row, system)
    if not entry["code"] or not entry["term"] or len(entry["term"]) > _MOST_TERM or len(entry["code"]) > 80:
        return f"line {line}: a code and its term are needed"
    if Code(entry["system"], "").key[0] in (System.SNOMED, System.DMD) and not is_snomed(entry["code"]):
        return f"line {line}: not a SNOMED CT code"
    if nhs_number.parse(entry["code"]) and not is_snomed(entry["code"]):
        return f"line {line}: not a code"
    if re.search(r"\d{10}", entry["term"]):
        return f"line {line}: a term holds no number of ten digits"
    if any(entry[name][:1] in set("=+-@") for name in ("system", "code", "term")):
        return f"line {line}: nothing begins as a formula of a spreadsheet"
    return ""


def is_snomed(code: str) -> bool:
    """Whether a text has the form of a SNOMED CT identifier: 6 to 18 digits whose last is right (Verhoeff)."""
    if not (code.isascii() and code.isdecimal() and 6 <= len(code) <= 18):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        number = int(digit)
        for _ in range(place % 8):
            number = _PERMUTE[number]
        check = _MULTIPLY[check][number]
    return check == 0


def load_postcodes(engine: Engine, path: Path) -> int:
    """Keep areas (CSV: postcode,lsoa11,imd2019_decile) in place of those before; how many postcodes it has."""
    found: dict[str, dict[str, object]] = {}
    for n, row in enumerate(csv.DictReader(io.StringIO(_read(path))), start=2):
        code, area, decile = (postcode(row.get(name) or "") for name in ("postcode", "lsoa11", "imd2019_decile"))
        if not code or len(code) > 8 or not area or decile not in _DECILES:
            raise BadUsage(f"line {n}: a postcode, its area and a decile from 1 to 10 (or nothing) are needed")
        found[code] = {"postcode": code, "area": area, "deprivation_decile": int(decile) if decile else None}
    if not found:
        raise BadUsage("the file is empty: it needs the columns postcode, lsoa11 and imd2019_decile")
    with db.write(engine) as connection:
        connection.execute(delete(postcodes))
        for chunk in in_chunks(list(found.values())):
            connection.execute(insert(postcodes), chunk)
    return len(found)


_DECILES = {"", *map(str, range(1, 11))}


def lists(connection: Connection) -> dict[str, CodeList]:
    """Every list that is loaded, by name."""
    c = list_codes.c
    entries: dict[str, list[Listed]] = {}
    for row in connection.execute(select(list_codes).order_by(c.list_name, c.system, c.code)).mappings():
        listed = Listed(row["system"], row["code"], row["term"], row["class"])
        entries.setdefault(row["list_name"], []).append(listed)
    kept = connection.execute(select(code_lists).order_by(code_lists.c.name))
    return {row.name: _list(row.name, row.citation, row.digest, entries.get(row.name, ())) for row in kept}


def _list(name: str, citation: str, digest: bytes, entries: Iterable[Listed]) -> CodeList:
    by_code = {one.key: one for one in entries}
    tests = {key: one for one in by_code.values() if (key := test_key(Code(one.system, one.code)))[0] == TEST}
    return CodeList(name, citation, digest.hex(), by_code, tests, {plain(one.term): one for one in by_code.values()})


def allowed(loaded: Mapping[str, CodeList]) -> CodeList:
    """Every code that may leave, with its term: of all lists but the sensitive, less what is sensitive."""
    never = sensitive(loaded).codes.keys()
    open_lists = [own for name, own in sorted(loaded.items()) if not _is_sensitive(name)]
    found = {key: one for own in open_lists for key, one in own.codes.items()}
    return _list("allowed", "", b"", [one for key, one in sorted(found.items()) if key not in never])


def sensitive(loaded: Mapping[str, CodeList]) -> CodeList:
    """What never leaves, of every list of it; empty where none is loaded."""
    entries = [one for name, own in sorted(loaded.items()) if _is_sensitive(name) for one in own.codes.values()]
    return _list(SENSITIVE, "", b"", entries)


def _is_sensitive(name: str) -> bool:
    return name == SENSITIVE or name.startswith(PREFIX)
