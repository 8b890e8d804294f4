"""Which codes are sensitive: the lists that an operator loaded, as `app.access.labels` needs them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from sqlalchemy import Connection, select

from app.access.facts import LISTED, Kind
from app.access.labels import SensitiveCodes
from app.errors import BadUsage
from app.use_tables import code_lists, list_codes
from fhir.codes import Code, System
from fhir.elements import plain

PREFIX = "sensitive-"
_HELD: dict[tuple[tuple[str, bytes], ...], SensitiveCodes] = {}
"""What was read last, by the lists and their digests: every five hundred resources of a feed ask for it."""
_LISTS = (
    select(code_lists.c.name, code_lists.c.digest)
    .where(code_lists.c.name.in_(sorted(LISTED)))
    .order_by("name", "digest")
)


def check_name(name: str) -> None:
    """Raise BadUsage for the name of a list of sensitive codes of which the policy knows no kind."""
    if name.startswith(PREFIX) and name not in LISTED:
        raise BadUsage("a list of sensitive codes is one of " + ", ".join(sorted(LISTED)))


def lists_loaded(connection: Connection) -> tuple[str, ...]:
    """The names of the lists of sensitive codes that are loaded."""
    return tuple(row.name for row in connection.execute(_LISTS))


def sensitive_codes(connection: Connection) -> SensitiveCodes:
    """The codes of every list of sensitive kinds that is loaded now."""
    which = tuple((row.name, bytes(row.digest)) for row in connection.execute(_LISTS))
    if which not in _HELD:
        _HELD.clear()
        _HELD[which] = _read(connection) if which else SensitiveCodes()
    return _HELD[which]


def _read(connection: Connection) -> SensitiveCodes:
    c = list_codes.c
    rows = connection.execute(select(c.list_name, c.system, c.code, c.term).where(c.list_name.in_(sorted(LISTED))))
    return codes_of((Kind(row.list_name), Code(row.system, row.code, row.term)) for row in rows)


def codes_of(entries: Iterable[tuple[Kind, Code]]) -> SensitiveCodes:
    """Lists as the policy asks them. Pure."""
    codes: dict[tuple[str, str], set[Kind]] = defaultdict(set)
    bare: dict[str, set[Kind]] = defaultdict(set)
    terms: dict[str, set[Kind]] = defaultdict(set)
    marks: set[bytes] = set()
    for kind, code in entries:
        codes[code.key].add(kind)
        terms[plain(code.display)].add(kind)
        for written in _spellings(code):
            bare[written].add(kind)
            marks.add(written.lower().encode())
        marks.add(plain(code.display).encode())
    return SensitiveCodes(_frozen(codes), _frozen(bare), _frozen(terms), frozenset(marks))


K = TypeVar("K")


def _frozen(found: Mapping[K, set[Kind]]) -> dict[K, frozenset[Kind]]:
    return {key: frozenset(own) for key, own in found.items()}


def _spellings(code: Code) -> Iterable[str]:
    """The code as sources write it: ICD-10 with and without its dot, and with an X in place of a fourth sign."""
    if code.key[0] != System.ICD10:
        return (code.code,)
    own = code.key[1]
    return (own, f"{own}X", f"{own[:3]}.{own[3:]}", f"{own}.X")
