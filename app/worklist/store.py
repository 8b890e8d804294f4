"""Lists of people who need someone: a clinician sees only those whom their organisation is caring for now."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, exists, insert, or_, select, update

from app import audit, clock, db
from app.access.facts import OF_PERSON, RELATIONSHIPS, Fact, Kind
from app.access.grants import actor, grant, known_with
from app.access.permissions import Permission, may
from app.access.policy import Asked, decide
from app.access.users import Clinician
from app.errors import NotAllowed, NotFound
from app.tables import facts, links
from app.use_tables import projects, worklist_items, worklists
from app.worklist.items import Item, State, closing


def add(connection: Connection, worklist_id: UUID, people: Iterable[UUID]) -> int:
    """Put these people on a list; how many there are. Their numbers say nothing of who they are or in which order."""
    rows = [
        {"id": uuid4(), "worklist_id": worklist_id, "patient_id": one, "state": State.NEW}
        for one in sorted(set(people))
    ]
    if rows:
        connection.execute(insert(worklist_items), rows)
    return len(rows)


def seen_by(engine: Engine, user: Clinician) -> list[Item]:
    """Every item of people with whom this clinician's organisation has a relationship now; the latest list first."""
    with db.read(engine) as connection:
        return _visible(connection, user, _items())


def one(engine: Engine, user: Clinician, item_id: UUID) -> Item:
    """One of those items. Raises NotFound for any other, whether there is one or not."""
    with db.read(engine) as connection:
        found = _visible(connection, user, _items().where(worklist_items.c.id == item_id))
    if not found:
        raise NotFound
    return found[0]


def take(engine: Engine, user: Clinician, item_id: UUID, reason: str) -> Item:
    """Open one person's record: written down with the reason and the list's title, then marked as opened by them.

    The reason is no relationship: it opens nobody's record whom the organisation is not caring for.
    """
    item = one(engine, user, item_id)
    told = {"reason": reason, "worklist": item.title, "item": str(item.id)}
    grant(engine, user, Permission.VIEW_RECORD, item.patient_id, route="worklist", told=told)
    values = {"state": State.OPENED, "opened_by": json.dumps(actor(user)), "opened_at": clock.now()}
    with db.write(engine) as connection:
        connection.execute(_unclosed(item_id).values(values))
    return item


def close(engine: Engine, user: Clinician, item_id: UUID, outcome: str) -> None:
    """Close an item that this clinician has opened. Raises BadUsage where they may not, or gave no outcome."""
    item, own = one(engine, user, item_id), actor(user)
    outcome = closing(item, audit.key_of(own), outcome)
    detail = {"outcome": outcome, "worklist": item.title, "item": str(item.id)}
    audit.append(engine, audit.Event("worklist-item", "closed", own, item.patient_id, detail))
    values = {"state": State.CLOSED, "outcome": outcome, "closed_by": json.dumps(own), "closed_at": clock.now()}
    with db.write(engine) as connection:
        connection.execute(_unclosed(item_id).values(values))


def _unclosed(item_id: UUID) -> Any:
    return update(worklist_items).where(worklist_items.c.id == item_id, worklist_items.c.state != State.CLOSED)


def _items() -> Select[Any]:
    chosen = (worklist_items, worklists.c.title, worklists.c.why, worklists.c.led_back_at.label("since"))
    return (
        select(*chosen, projects.c.title.label("project"))
        .join(worklists, worklists.c.id == worklist_items.c.worklist_id)
        .join(projects, projects.c.id == worklists.c.project_id)
        .order_by(worklists.c.led_back_at.desc(), worklists.c.id, worklist_items.c.id)
    )


def _visible(connection: Connection, user: Clinician, query: Select[Any]) -> list[Item]:
    """Of these items those whose record the policy opens to this user for a relationship alone, no reason given."""
    if not may(user, Permission.USE_WORKLIST):
        raise NotAllowed()
    related = (
        select(links.c.patient_id)
        .join(facts, facts.c.source_patient_id == links.c.source_patient_id)
        .where(links.c.until.is_(None), facts.c.org == user.org, facts.c.kind.in_(RELATIONSHIPS))
    )
    asked = or_(worklist_items.c.patient_id.in_(related), _is_gone(worklist_items.c.patient_id))
    items = [_item(row) for row in connection.execute(query.where(asked)).mappings()]
    joined = _joined(connection, {item.patient_id for item in items})
    items = [replace(item, patient_id=joined.get(item.patient_id, item.patient_id)) for item in items]
    said, now = _facts(connection, {item.patient_id for item in items}), clock.now()
    agreed, opening = known_with(connection, ()), Asked(Permission.VIEW_RECORD)
    known = {one: replace(agreed, facts=said.get(one, ())) for one in {item.patient_id for item in items}}
    return [item for item in items if decide(user, opening, known[item.patient_id], now).allowed]


def _is_gone(patient_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether nothing is linked to this Patient any more: they turned out to be another one too."""
    return ~exists().where(links.c.patient_id == patient_id, links.c.until.is_(None))


def _joined(connection: Connection, people: set[UUID]) -> dict[UUID, UUID]:
    """Of those of these who are gone: whom all that was theirs is linked to now. Not those whom it parted into two."""
    then, now = links.alias(), links.alias()
    query = (
        select(then.c.patient_id, now.c.patient_id)
        .join(now, now.c.source_patient_id == then.c.source_patient_id)
        .where(db.one_of(connection, then.c.patient_id, people), _is_gone(then.c.patient_id), now.c.until.is_(None))
    )
    found: dict[UUID, set[UUID]] = {}
    for before, after in connection.execute(query):
        found.setdefault(before, set()).add(after)
    return {before: after.pop() for before, after in found.items() if len(after) == 1}


def _facts(connection: Connection, people: set[UUID]) -> dict[UUID, list[Fact]]:
    """What the policy knows of each of these people now."""
    query = (
        select(links.c.patient_id, facts.c.kind, facts.c.org, facts.c.starts, facts.c.ends)
        .join(facts, facts.c.source_patient_id == links.c.source_patient_id)
        .where(links.c.until.is_(None), db.one_of(connection, links.c.patient_id, people), facts.c.kind.in_(_ASKED))
        .order_by(links.c.patient_id, facts.c.source_patient_id, facts.c.statement_id, facts.c.kind, facts.c.org)
    )
    found: dict[UUID, list[Fact]] = {}
    for row in connection.execute(query):
        found.setdefault(row.patient_id, []).append(Fact(Kind(row.kind), row.org, row.starts, row.ends))
    return found


_ASKED = sorted(OF_PERSON)
"""Labels of single statements may be thousands of facts, and decide nothing here."""


def _item(row: RowMapping) -> Item:
    opened = json.loads(row["opened_by"] or "{}")
    return Item(
        id=row["id"],
        patient_id=row["patient_id"],
        worklist_id=row["worklist_id"],
        title=row["title"],
        why=row["why"],
        project=row["project"],
        since=row["since"],
        state=State(row["state"]),
        opened_by=opened.get("name", ""),
        opened_key=audit.key_of(opened),
        opened_at=row["opened_at"],
        outcome=row["outcome"] or "",
        closed_at=row["closed_at"],
    )
