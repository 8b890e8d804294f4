"""What was read of statements, kept so that a page need not open them all again.

Of ten thousand results most are counted and never looked at. The gist of a source patient holds, for each such
statement, what reading it gave; it depends on nothing but the statement, what that points to, and the rules that read
it. It can be dropped at any time. What safety rests on (allergies, problems, medicines, plans, flags, who they are) is
not in it, and is read from its source's own bytes every time.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import Raw, Struct, msgpack
from msgspec.structs import force_setattr

from fhir.codes import Code
from fhir.dates import FhirDate
from fhir.exact import decode, encode
from fhir.item import Item
from fhir.record import read
from fhir.recorder import recorder
from fhir.statement import Statement

SECTIONS = frozenset({"results", "encounters", "procedures", "immunisations", "social-care"})
AT_HAND = ("referenceRange", "component")
"""The elements that are looked at beside the fields of many items."""


class Kind(Struct, frozen=True, array_like=True):
    """What many statements of one source have in common: the same few tests come again and again."""

    section: str
    type: str
    irregular: tuple[str, ...]
    text: str
    codes: tuple[Code, ...]
    status: str
    past: bool
    absent: bool
    group: str
    empty: bool


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One statement as it was read. `kind` is a number where it is kept, and that Kind when it is in use.

    `moment` is the number of the moment of its arrival; `when` and `start` are its date as sent and as ordered.
    """

    id: int
    kind: Any
    local_id: str
    moment: int
    when: str
    start: datetime | None
    fields: Raw
    who: str
    sent: bytes
    identifiers: list[Any]

    @property
    def at_hand(self) -> Collection[str]:
        """The elements that can be had without opening it."""
        return AT_HAND

    @property
    def elements(self) -> Mapping[str, Any]:
        """Those of them that were sent."""
        return decode(self.sent) if self.sent else {}

    def item(self, statement: Statement) -> Item:
        """What it says, as reading it would give."""
        kind = self.kind
        return Item(
            statement,
            kind.text,
            kind.codes,
            kind.status,
            None if self.start is None else FhirDate(self.start, self.when),
            _fields,
            kind.past,
            kind.absent,
            kind.group,
            kind.empty,
        )


class Gist(Struct, frozen=True):
    """A source patient's statements as they were read. `opened`: those that are always opened.

    `context` says which statement stood behind each name that they point to (0: none): where that is otherwise now,
    the gist holds no longer.
    """

    source: str
    context: dict[bytes, int]
    moments: list[datetime]
    kinds: list[Kind]
    entries: list[Entry]
    opened: list[int]

    def statements(self, items: Collection[int], opening: Callable[[Statement], None]) -> list[Statement]:
        """Those of these numbers that it holds, closed."""
        found = []
        for entry in self.entries:
            if entry.id in items:
                kind = self.kinds[entry.kind]
                force_setattr(entry, "kind", kind)
                found.append(
                    Statement(
                        entry.id, self.source, kind.type, entry.local_id, None, self.moments[entry.moment],
                        kind.irregular, gist=entry, opening=opening,
                    )
                )  # fmt: skip
        return found


def gist_of(source: str, statements: Iterable[Statement], context: Mapping[bytes, int]) -> Gist:
    """The gist of these current statements of one source patient."""
    made = Gist(source, dict(context), [], [], [], [])
    moments: dict[datetime, int] = {}
    kinds: dict[Kind, int] = {}
    for statement in statements:
        section, item = read(statement)
        if section not in SECTIONS or not isinstance(item, Item):
            made.opened.append(statement.id)
            continue
        kind = Kind(
            section, statement.type, statement.irregular, item.text, item.codes, item.status, item.past, item.absent,
            item.group, item.empty,
        )  # fmt: skip
        made.entries.append(
            Entry(
                statement.id,
                kinds.setdefault(kind, len(kinds)),
                statement.local_id,
                moments.setdefault(statement.received_at, len(moments)),
                item.when.text if item.when else "",
                item.when.start if item.when else None,
                Raw(msgpack.encode(item.fields)),
                recorder(statement),
                _sent(statement),
                _named(statement),
            )
        )
    made.moments.extend(moments)
    made.kinds.extend(kinds)
    return made


def _sent(statement: Statement) -> bytes:
    found = {name: value for name in AT_HAND if (value := statement.element(name)) is not None}
    return encode(found) if found else b""


def _named(statement: Statement) -> list[dict[str, str]]:
    """Its identifiers, without what nobody compares."""
    return [
        {name: value for name in ("system", "value") if isinstance(value := one.get(name), str)}
        for one in statement.identifiers
        if isinstance(one, dict)
    ]


def _fields(statement: Statement) -> Mapping[str, str]:
    return _FIELDS.decode(statement.gist.fields)


_FIELDS = msgpack.Decoder(dict[str, str])
packed = msgpack.Encoder().encode
"""A gist as bytes."""
unpacked = msgpack.Decoder(Gist).decode
"""A gist from its bytes."""


@cache
def rules() -> bytes:
    """16 bytes that are others as soon as anything in this package is: what reads, and how a gist is written."""
    found = blake2b(digest_size=16)
    for module in sorted(Path(__file__).parent.glob("*.py")):
        found.update(module.read_bytes())
    return found.digest()
