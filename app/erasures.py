"""Erasing by order: asked for by one who sees the record, decided on by a second person, and never silent."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select, update

from app import audit, clock, counters, db, statements
from app.access.grants import Grant, actor
from app.access.permissions import Permission, may
from app.access.second_lock import open_feed
from app.access.users import User
from app.errors import BadUsage, NotAllowed, NotFound
from app.identity.store import subjects_of
from app.keyring import keys_of
from app.plain_dates import day
from app.projects import APPROVED, second_person
from app.tables import data_keys, source_patients
from app.typed import readable
from app.use_tables import erasures, worklist_items
from fhir.record import PatientRecord
from fhir.statement import Statement

REASONS: Mapping[str, str] = {
    "somebody-else": "It is about somebody else",
    "person-asked": "The person asked for it (UK GDPR, Article 17)",
    "ordered": "A court or the Information Commissioner ordered it",
    "unlawful": "It should not have been recorded or shared",
}
"""Closed, as everybody who reads the record sees them in place of what is erased."""
ENTRY, EVERYTHING = "entry", "everything"
SCOPES: Mapping[str, str] = {
    ENTRY: "This entry, in every version",
    EVERYTHING: "Everything that its source holds here about this person",
}
MISSING: Mapping[str, str] = {
    "source": "Choose which source it comes from",
    "name": "Say which entry",
    "scope": "Choose how much is to be erased",
    "reason": "Choose why",
    "words": "Say what the privacy officer should know",
}
"""The words beside each field that was left out, in the order of the page."""
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: an entry as its line names it (`Condition/c2`) at a source, how much, and why."""

    source: str
    name: str
    scope: str
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order, what it would erase, and what was decided. `entries` is how many were erased."""

    id: UUID
    patient_id: UUID
    subject: int
    number: int
    scope: str
    reason: str
    words: str
    asked_by: Mapping[str, str]
    asked_at: datetime
    decision: str
    decision_words: str
    decided_by: Mapping[str, str]
    decided_at: datetime | None
    entries: int | None


def read_form(form: Mapping[str, str]) -> tuple[Asked, dict[str, str]]:
    """(what was asked for, the words beside each field that cannot be used)."""
    told = {name: readable(form.get(name, "")).strip() for name in MISSING}
    closed = {"scope": SCOPES, "reason": REASONS}
    given = {name for name, said in told.items() if said and (name not in closed or said in closed[name])}
    errors = {name: words for name, words in MISSING.items() if name not in given}
    if len(told["words"]) > LONGEST:
        errors["words"] = f"Use {LONGEST:,} characters or fewer"
    return Asked(**told), errors


def ask(engine: Engine, user: User, grant: Grant, record: PatientRecord, asked: Asked) -> UUID:
    """Keep an order about an entry that this reader sees. Raises BadUsage where there is none of that name.

    A person's details by themselves cannot be erased: they go with everything that their source holds.
    """
    found = {s.id for s in _statements(record) if (s.source, f"{s.type}/{s.local_id}") == (asked.source, asked.name)}
    with db.read(engine) as connection:
        grant.opened.on(connection)
        one = statements.entry(connection, grant.subjects, found.pop()) if found else None
    if one is None:
        raise BadUsage("This record has no entry of that name from that source")
    if one.type == "Patient" and asked.scope == ENTRY:
        raise BadUsage("A person’s own details are erased with everything that their source holds: choose that")
    row = {"id": uuid4(), "patient_id": grant.patient_id, "subject": one.subject, "number": one.number}
    row |= {"everything": asked.scope == EVERYTHING, "reason": asked.reason, "asked_at": clock.now()}
    with db.write(engine) as connection:
        said = {"words": asked.words, "asked_by": json.dumps(actor(user))}
        connection.execute(insert(erasures), row | _sealed(connection, row["id"], said))
    detail = {"order": str(row["id"]), "scope": asked.scope, "reason": asked.reason}
    audit.append(engine, audit.Event("erasure", "asked", actor(user), grant.patient_id, detail))
    return UUID(str(row["id"]))


def _statements(record: PatientRecord) -> Iterator[Statement]:
    yield from (item.statement for section in record.sections for line in section.lines for item in line.items)
    yield from (one.statement for one in (*record.withdrawn, *record.not_interpretable))


def listed(engine: Engine, user: User) -> list[Order]:
    """Every order: first those that wait, the longest waiting first."""
    _check(user)
    with db.read(engine) as connection:
        rows = connection.execute(select(erasures).order_by(erasures.c.asked_at, erasures.c.id)).mappings().all()
        orders = [_order(connection, row) for row in rows]
    return sorted(orders, key=lambda one: one.decision != "")


def get(engine: Engine, user: User, order_id: UUID) -> tuple[Order, statements.Entry | None]:
    """One order, and the entry that it names: its source, its type and when it came, nothing of what it says."""
    _check(user)
    with db.read(engine) as connection:
        row = connection.execute(select(erasures).where(erasures.c.id == order_id)).mappings().one_or_none()
        if row is None:
            raise NotFound
        return _order(connection, row), _entry(connection, row["subject"], row["number"])


def decide(engine: Engine, user: User, order_id: UUID, decision: str, words: str) -> None:
    """Approve or refuse an order, once; what is approved is erased with it. Nobody decides on their own."""
    order, _ = get(engine, user, order_id)
    asked_by = json.dumps(dict(order.asked_by))
    own = second_person(user, decision, words, "order", asked_by, permission=Permission.DECIDE_ON_ERASURE)
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        said = {"decision_words": words.strip(), "decided_by": json.dumps(own)}
        values: dict[str, Any] = _sealed(connection, order_id, said)
        values |= {"decision": decision, "decided_at": clock.now()}
        undecided = (erasures.c.id == order_id) & erasures.c.decision.is_(None)
        if not connection.execute(update(erasures).where(undecided).values(values)).rowcount:
            raise BadUsage("This order has been decided already")
        many = _carry_out(connection, order) if decision == APPROVED else None
        connection.execute(update(erasures).where(erasures.c.id == order_id).values(entries=many))
    detail = {"order": str(order_id), "decision": decision, "entries": many or 0}
    audit.append(engine, audit.Event("erasure-decided", decision, own, order.patient_id, detail))


def _entry(connection: Connection, subject: int, number: int) -> statements.Entry | None:
    """What an order names, opened to this transaction for nothing but that."""
    source = connection.scalar(select(source_patients.c.ods).where(source_patients.c.id == subject))
    open_feed(connection, source or "")
    return statements.entry(connection, [subject], number)


def _carry_out(connection: Connection, order: Order) -> int:
    one = _entry(connection, order.subject, order.number)
    if one is None:
        raise BadUsage("There is nothing to erase any more")
    words = f"erased by order on {day(clock.today())}: {REASONS[order.reason]}"
    if order.scope == ENTRY:
        return statements.erase_entry(connection, one, words)
    many = statements.erase_everything(connection, one, words)
    own = data_keys.c.subject.in_(subjects_of(connection, order.patient_id))
    if not connection.scalar(select(func.count()).where(own, data_keys.c.destroyed_at.is_(None))):
        connection.execute(delete(worklist_items).where(worklist_items.c.patient_id == order.patient_id))
    return many


def since(engine: Engine, moment: datetime) -> bool:
    """Whether anything was erased since: what was made before may still hold it."""
    with db.read(engine) as connection:
        last = connection.scalar(select(func.max(erasures.c.decided_at)).where(erasures.c.entries.is_not(None)))
    return last is not None and last >= moment


def _check(user: User) -> None:
    if not may(user, Permission.DECIDE_ON_ERASURE):
        raise NotAllowed


def _place(order_id: UUID, column: str) -> str:
    return f"erasures|{order_id}|{column}"


def _sealed(connection: Connection, order_id: Any, said: Mapping[str, str]) -> dict[str, bytes]:
    keys = keys_of(connection)
    return {name: keys.seal(text, _place(order_id, name)) for name, text in said.items()}


def _order(connection: Connection, row: RowMapping) -> Order:
    keys = keys_of(connection)
    sealed = ("words", "asked_by", "decision_words", "decided_by")
    said = {n: keys.open(row[n], _place(row["id"], n)).decode() if row[n] else "" for n in sealed}
    people = {name: json.loads(said[name]) if said[name] else {} for name in ("asked_by", "decided_by")}
    scope = EVERYTHING if row["everything"] else ENTRY
    same = {name: row[name] for name in ("id", "patient_id", "subject", "number", "reason", "asked_at", "decided_at")}
    more = {"scope": scope, "decision": row["decision"] or "", "entries": row["entries"]}
    return Order(**same | more | people | {name: said[name] for name in ("words", "decision_words")})
