"""What was done, by whom, to whose record: one chain of rows, each sealed with the hash of the one before.

An event is committed before anything that it speaks of is released.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import zstandard
from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select, union, update

from app import clock, db
from app.errors import NotReady
from app.keyring import keys_of
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
    keys = keys_of(connection)
    words = {name: keys.seal(row[name], _place(row["seq"], name)) for name in SEALED}
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
class Broken:
    """The first row at which the chain does not hold, and how."""

    seq: int
    words: str


def verify(engine: Engine) -> tuple[int, Broken | None]:
    """Walk the whole chain: how many rows hold, and the first that does not (None where all do)."""
    held, prev = 0, START
    with db.read(engine) as connection:
        head = connection.execute(select(audit_head)).mappings().one_or_none()
        for row, subjects in _rows(connection):
            if words := _fault(_opened(connection, row), subjects, held + 1, prev):
                return held, Broken(held + 1, words)
            held, prev = held + 1, row["hash"]
        last = connection.scalar(select(func.max(audit_subjects.c.seq))) or 0
    if head is None or (head["seq"], head["hash"]) != (held, prev) or last > held:
        return held, Broken(held + 1, "rows are missing at the end")
    return held, None


def _rows(connection: Connection) -> Iterator[tuple[Mapping[str, Any], list[int]]]:
    """Every row of the chain with its subjects, so many at a time."""
    last: int | None = -1
    while last is not None:
        query = select(audit_events).where(audit_events.c.seq > last).order_by(audit_events.c.seq).limit(AT_ONCE)
        rows = [dict(row) for row in connection.execute(query).mappings()]
        subjects: dict[int, list[int]] = {}
        c = audit_subjects.c
        if rows:
            within = c.seq.between(rows[0]["seq"], rows[-1]["seq"])
            for seq, one in connection.execute(select(c.seq, c.source_patient_id).where(within).order_by(*c)):
                subjects.setdefault(seq, []).append(one)
        yield from ((row, subjects.get(row["seq"], [])) for row in rows)
        last = rows[-1]["seq"] if rows else None


def about(patient_id: UUID) -> Select[Any]:
    """The rows that are about a person: who asked for them, and who was shown what a source of theirs said.

    It follows the links of now: what was seen of somebody under another's name, before a wrong link was taken back,
    is here. Oldest first.
    """
    theirs = select(links.c.source_patient_id).where(links.c.patient_id == patient_id, links.c.until.is_(None))
    shown = select(audit_subjects.c.seq).where(audit_subjects.c.source_patient_id.in_(theirs))
    asked = select(audit_events.c.seq).where(audit_events.c.patient_id == patient_id)
    return select(audit_events).where(audit_events.c.seq.in_(union(shown, asked))).order_by(audit_events.c.seq)


def _opened(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its words; with none where they do not open: then it does not hold."""
    try:
        actor, detail = said(connection, row)
    except NotReady:
        actor, detail = {}, {}
    return {**row, "actor": _json(actor), "detail": _json(detail)}


def _fault(row: Mapping[str, Any], subjects: Sequence[int], expected: int, prev: bytes) -> str:
    if row["seq"] != expected:
        return "a row is missing before this one"
    if row["prev"] != prev:
        return "does not follow from the row before it"
    same = seal(row, subjects) == row["hash"] and row["actor_key"] == key_of(json.loads(row["actor"]))
    return "" if same else "was changed after it was written"


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=True)
