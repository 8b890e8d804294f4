"""Who looked at a person's record: one list for that person and for the privacy officer. Reading it is a look too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, select

from app import audit, clock, db
from app.access import look_words
from app.access.facts import Kind
from app.access.grants import actor, subjects_and_facts
from app.access.permissions import Permission, may
from app.access.policy import Asked, Known, decide
from app.access.users import PatientUser, User
from app.errors import NotAllowed, NotFound
from app.tables import audit_events, facts, links

SHOWN_AT_FIRST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class LooksGrant:
    """Proof that somebody may read who looked at this record, and that their reading is written down.

    `hides`: names of staff and organisations, and what staff wrote themselves, are left out, as they would tell where a
    restricted person gets care, to whoever holds that person's telephone. The privacy officer sees them.
    """

    patient_id: UUID
    seq: int
    hides: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """One thing done with a record: when, by whom, what, and why they could. `number` is its place in the chain."""

    number: int
    at: datetime
    name: str
    role: str
    organisation: str
    what: str
    why: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Looks:
    """All looks, newest first: of people, of automatic systems, and of the person themselves.

    `older`: there are looks from before the last twelve months, which are not in these lists.
    """

    people: tuple[Look, ...]
    systems: tuple[Look, ...]
    own: tuple[Look, ...]
    older: bool


def looks_grant(engine: Engine, user: User, permission: Permission, patient_id: UUID) -> LooksGrant:
    """Ask whether they may read the list, and write down that they do. Raises NotAllowed."""
    allowed, hides = may(user, permission), False
    if isinstance(user, PatientUser):
        with db.read(engine) as connection:
            _, known = subjects_and_facts(connection, patient_id, None)
        decision = decide(user, Asked(permission), Known(known), clock.now())
        allowed, hides = decision.allowed, decision.restricted
    outcome = "allowed" if allowed else "refused"
    seq = audit.append(engine, audit.Event(permission, outcome, actor(user), patient_id))
    if not allowed:
        raise NotAllowed
    return LooksGrant(patient_id, seq, hides)


def looks(engine: Engine, grant: LooksGrant, *, older: bool = False) -> Looks:
    """Who looked, in the last twelve months or ever."""
    since = clock.now() - SHOWN_AT_FIRST
    with db.read(engine) as connection:
        rows = connection.execute(_about(grant)).mappings().all()
        accounts = _accounts(connection, grant.patient_id)
        shown = [(row, audit.said(connection, row)) for row in rows if older or row["at"] >= since]
    kinds: dict[str, list[Look]] = {"people": [], "systems": [], "own": []}
    for row, said in shown:
        kinds[_kind(said[0], accounts)].append(as_look(row, said, hides=grant.hides))
    people, systems, own = (tuple(found) for found in kinds.values())
    return Looks(people, systems, own, older=len(shown) < len(rows))


def look(engine: Engine, grant: LooksGrant, number: int) -> Look:
    """One of them. Raises NotFound for a row that is not about this person."""
    with db.read(engine) as connection:
        row = connection.execute(_about(grant).where(audit_events.c.seq == number)).mappings().one_or_none()
        if row is None:
            raise NotFound
        return as_look(row, audit.said(connection, row), hides=grant.hides)


def _about(grant: LooksGrant) -> Any:
    c = audit_events.c
    named = audit.about(grant.patient_id).with_only_columns(c.seq, c.at, c.kind, c.outcome, c.actor, c.detail)
    return named.order_by(None).order_by(c.seq.desc())


def _accounts(connection: Connection, patient_id: UUID) -> set[str]:
    """The accounts that are linked to this record now: what they do is the person's own doing."""
    query = (
        select(facts.c.org)
        .join(links, links.c.source_patient_id == facts.c.source_patient_id)
        .where(links.c.patient_id == patient_id, links.c.until.is_(None), facts.c.kind == Kind.SELF)
    )
    return set(connection.scalars(query))


def _kind(by: Mapping[str, str], accounts: set[str]) -> str:
    if not by.get("sub"):
        return "systems"
    account = PatientUser(by.get("iss", ""), by["sub"], "", "").account
    return "own" if account in accounts else "people"


def as_look(row: RowMapping, said: tuple[Mapping[str, str], Mapping[str, Any]], *, hides: bool) -> Look:
    """One row of the record of looks (number, time, kind and outcome, with what it says) in words."""
    by, detail = said
    return Look(
        number=row["seq"],
        at=row["at"],
        name="" if hides and "org" in by else by.get("name", ""),
        role=by.get("role", ""),
        organisation="" if hides else by.get("org_name", ""),
        what=look_words.what(row["kind"], row["outcome"], detail, hides=hides),
        why=look_words.reason(row["kind"], row["outcome"], detail, hides=hides),
        refused=row["outcome"] == "refused",
    )
