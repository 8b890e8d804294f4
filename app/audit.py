"""What was done, by whom, to whose record: one chain of rows, each sealed with the hash of the one before.

An event is committed before anything that it speaks of is released.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import zstandard
from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select, union, update

from app import clock, db
from app.errors import NotReady
from app.exact_rows import Unreadable, first_rows, kept, well_spelled
from app.keyring import Keys, keys_of, seal_words
from app.tables import audit_events, audit_head, audit_subjects, links

START = bytes(32)
LOOKED_THROUGH = 500
AT_ONCE = 1000


@dataclass(frozen=True)
class Event:
    """One thing done. `actor` and `detail` hold words and codes; `items` are the statements that were shown.

    `patient_id` is the person asked for. `subjects` are the source patients whose statements were shown: whoever they
    are linked to, then or later, is who was looked at.
    """

    kind: str
    outcome: str
    actor: Mapping[str, str]
    patient_id: UUID | None = None
    detail: Mapping[str, Any] | None = None
    items: Iterable[int] = ()
    subjects: Iterable[int] = ()


def append(engine: Engine, event: Event) -> int:
    """Write the event at the end of the chain and commit it. Its sequence number."""
    packed = pack(event.items)
    with db.write(engine) as connection:
        return _append(connection, event, packed)


# Every look is written down: the four statements are built once.
_HEAD = select(audit_head).where(audit_head.c.id == 1).with_for_update()
_ADD, _ADD_SUBJECTS = insert(audit_events), insert(audit_subjects)
_MOVE = update(audit_head).where(audit_head.c.id == 1)


def _append(connection: Connection, event: Event, items: bytes | None) -> int:
    head = connection.execute(_HEAD).mappings().one()
    row: dict[str, Any] = {
        "seq": head["seq"] + 1,
        "at": max(clock.now(), head["at"]),  # a clock that goes back must not reorder the chain
        "kind": event.kind,
        "outcome": event.outcome,
        "patient_id": event.patient_id,
        "actor": _json(event.actor),
        "actor_key": key_of(event.actor),
        "detail": _json(event.detail or {}),
        "items": items,
        "prev": head["hash"],
    }
    subjects = sorted(set(event.subjects))
    row["hash"] = seal(row, subjects)
    words = {name: seal_words(connection, row[name], _place(row["seq"], name)) for name in SEALED}
    connection.execute(_ADD, row | words)
    if subjects:
        connection.execute(_ADD_SUBJECTS, [{"seq": row["seq"], "source_patient_id": one} for one in subjects])
    connection.execute(_MOVE, {name: row[name] for name in ("seq", "hash", "at")})
    return int(row["seq"])


SEALED = ("actor", "detail")
"""The columns whose words are sealed. The chain is over the words themselves."""


def _place(seq: int, column: str) -> str:
    return f"audit_events|{seq}|{column}"


def said(connection: Connection, row: Mapping[str, Any] | RowMapping) -> tuple[dict[str, str], dict[str, Any]]:
    """(actor, detail) of a row with `seq` and these columns. Raises NotReady where they were changed."""
    keys = keys_of(connection)
    actor, detail = (json.loads(keys.open(row[name], _place(row["seq"], name))) for name in SEALED)
    return actor, detail


def key_of(actor: Mapping[str, str]) -> bytes | None:
    """What an actor's events are found by: 16 bytes over who signed them in and under which name; None for nobody."""
    if not actor.get("sub"):
        return None
    return sha256(json.dumps([actor.get("iss", ""), actor["sub"]]).encode()).digest()[:16]


def lately(engine: Engine, actor: Mapping[str, str], kind: str, most: int) -> list[UUID]:
    """The people to whom this actor was last allowed an act of this kind, the latest first, each once."""
    c, key = audit_events.c, key_of(actor)
    if key is None:
        return []
    query = (
        select(c.patient_id)
        .where(c.actor_key == key, c.kind == kind, c.outcome == "allowed", c.patient_id.is_not(None))
        .order_by(c.seq.desc())
        .limit(LOOKED_THROUGH)
    )
    with db.read(engine) as connection:
        return list(dict.fromkeys(connection.scalars(query)))[:most]


def seal(row: Mapping[str, Any], subjects: Sequence[int]) -> bytes:
    """SHA-256 over the row before it and everything that this row and its subjects say, in one exact spelling."""
    microseconds = int((row["at"] - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000 + 0.5)
    spelled = json.dumps(
        [
            row["seq"],
            microseconds,
            row["kind"],
            row["outcome"],
            str(row["patient_id"] or ""),
            row["actor"],
            row["detail"],
            sha256(row["items"] or b"").hexdigest(),
            list(subjects),
        ]
    )
    return sha256(row["prev"] + spelled.encode()).digest()


def pack(items: Iterable[int]) -> bytes | None:
    """Statement ids, sorted and compressed; None for none."""
    ids = array("q", sorted(items))
    if not ids:
        return None
    steps = array("q", (b - a for a, b in zip([0, *ids], ids, strict=False)))
    return zstandard.compress(steps.tobytes())


def unpack(packed: bytes | None) -> list[int]:
    """The statement ids of an event."""
    steps = array("q")
    steps.frombytes(zstandard.decompress(packed) if packed else b"")
    total = 0
    return [total := total + step for step in steps]


@dataclass(frozen=True)
class Place:
    """A row of the chain, by its number and hash: everything up to it is fixed by these."""

    seq: int
    hash: bytes


BEGINNING = Place(0, START)


@dataclass(frozen=True)
class Broken:
    """The first row at which the chain does not hold, and how."""

    seq: int
    words: str


def verify(engine: Engine) -> tuple[int, Broken | None]:
    """Walk the whole chain: how many rows hold, and the first that does not (None where all do)."""
    with db.read(engine) as connection:
        place, broken = walk(connection)
    return place.seq, broken


def end(connection: Connection) -> Place:
    """The last row, as the head tells it."""
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.id == 1)).one_or_none()
    return Place(*head) if head else BEGINNING


def walk(connection: Connection, after: Place = BEGINNING) -> tuple[Place, Broken | None]:
    """Check every row after a place: the last that holds, and the first that does not (None where all do)."""
    keys, told, last_at = keys_of(connection), 0, None
    place = after
    try:
        for row, subjects in _rows(connection, after.seq):
            if words := _fault(keys, row, subjects, place):
                return place, Broken(place.seq + 1, words)
            place, told, last_at = Place(row["seq"], row["hash"]), told + len(subjects), row["at"]
        words = _fault_at_end(connection, place, last_at, told if after == BEGINNING else None)
    except Unreadable:
        words = "cannot be read: it was changed after it was written"
    return place, Broken(place.seq + 1, words) if words else None


def _fault_at_end(connection: Connection, place: Place, last_at: datetime | None, told: int | None) -> str:
    """What is wrong with the head, or with people named beside the chain (`told`: how many its rows name)."""
    heads = first_rows(connection, kept(connection, audit_head), 2)
    if [(row["id"], row["seq"], row["hash"]) for row in heads] != [(1, place.seq, place.hash)]:
        return "rows are missing at the end"
    if last_at is not None and (heads[0]["at"] != last_at or not well_spelled(heads[0])):
        return "the head does not say when the last row was written"
    if told is not None and connection.scalar(select(func.count()).select_from(audit_subjects)) != told:
        return "people are named beside the chain"
    return ""


def _rows(connection: Connection, last: int) -> Iterator[tuple[Mapping[str, Any], list[int]]]:
    """Every row of the chain after this one, with its subjects, so many at a time."""
    c, own = audit_subjects.c, kept(connection, audit_events).order_by(audit_events.c.seq)
    after = audit_events.c.seq > last if last else None
    while rows := first_rows(connection, own if after is None else own.where(after), AT_ONCE):
        within = c.seq.between(rows[0]["seq"], rows[-1]["seq"])
        subjects: dict[int, list[int]] = {}
        for seq, one in connection.execute(select(c.seq, c.source_patient_id).where(within).order_by(*c)):
            subjects.setdefault(seq, []).append(one)
        yield from ((row, subjects.get(row["seq"], [])) for row in rows)
        after = audit_events.c.seq > rows[-1]["seq"]


def about(patient_id: UUID) -> Select[Any]:
    """The rows that are about a person: who asked for them, and who was shown what a source of theirs said.

    It follows the links of now: what was seen of somebody under another's name, before a wrong link was taken back,
    is here. Oldest first.
    """
    theirs = select(links.c.source_patient_id).where(links.c.patient_id == patient_id, links.c.until.is_(None))
    shown = select(audit_subjects.c.seq).where(audit_subjects.c.source_patient_id.in_(theirs))
    asked = select(audit_events.c.seq).where(audit_events.c.patient_id == patient_id)
    return select(audit_events).where(audit_events.c.seq.in_(union(shown, asked))).order_by(audit_events.c.seq)


def _fault(keys: Keys, row: Mapping[str, Any], subjects: Sequence[int], before: Place) -> str:
    if row["seq"] != before.seq + 1:
        return "a row is missing before this one"
    if row["prev"] != before.hash:
        return "does not follow from the row before it"
    try:
        words = {name: keys.open(row[name], _place(row["seq"], name)).decode() for name in SEALED}
        same = seal({**row, **words}, subjects) == row["hash"] and row["actor_key"] == _key_of_words(words["actor"])
        same = same and (row["items"] is None or len(row["items"]) > 0) and well_spelled(row)
    except (NotReady, TypeError, ValueError):
        same = False
    return "" if same else "was changed after it was written"


@lru_cache(maxsize=4096)
def _key_of_words(actor: str) -> bytes | None:
    return key_of(json.loads(actor))


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=True)
