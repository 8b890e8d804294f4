"""Two sign-ins claim one NHS number: neither opens the record until the privacy officer has decided whose it is."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, func, insert, or_, select, update

from app import audit, clock, counters, db
from app.access import sessions
from app.access.facts import Kind
from app.access.grants import actor
from app.access.permissions import Permission, may
from app.access.users import PatientUser, User
from app.accounts import saying
from app.errors import NotAllowed, NotFound
from app.identity.accounts import Proof, other_accounts
from app.keyring import keys_of
from app.tables import audit_events, facts, held_accounts, links

log = logging.getLogger(__name__)
DECISIONS = {
    "first": "Only the first sign-in is theirs",
    "second": "Only the second sign-in is theirs",
    "both": "Both are theirs",
    "neither": "Neither is theirs",
}
KEEPS = {"first": ("first",), "second": ("second",), "both": ("first", "second"), "neither": ()}
"""Which of the two a decision leaves with the record."""


class Standing(StrEnum):
    """What was decided about an account; `held` until it is."""

    FREE = "free"
    HELD = "held"
    RULED_OUT = "ruled out"


@dataclass(frozen=True, slots=True)
class Held:
    """One pair: the account that was linked to the record first, and since when; the second, which claimed it later.

    `nhs_number`: until it is decided.
    """

    number: int
    patient_id: UUID
    nhs_number: str
    first: str
    first_since: datetime | None
    second: str
    claimed_at: datetime
    decision: str
    decided_at: datetime | None
    decided_by: str


def standing(connection: Connection, account: str) -> Standing:
    """What counts for an account now: once ruled out of a record it stays so."""
    h = held_accounts.c
    rows = connection.execute(select(h.first, h.decision).where(or_(h.first == account, h.second == account))).all()
    if any(decision and ("first" if first == account else "second") not in KEEPS[decision] for first, decision in rows):
        return Standing.RULED_OUT
    return Standing.HELD if any(not decision for _, decision in rows) else Standing.FREE


def rivals(connection: Connection, user: PatientUser, proof: Proof, person: UUID) -> list[str]:
    """The other accounts that claim this record or number, without those of which it is known whose they are."""
    h = held_accounts.c
    pairs = connection.execute(select(h.first, h.second).where(h.decision == "both")).all()
    beside = {one for pair in pairs for one in pair if user.account in pair}
    others = other_accounts(connection, user, proof, person) - beside
    return sorted(one for one in others if standing(connection, one) != Standing.RULED_OUT)


def hold(engine: Engine, user: PatientUser, first: str, proof: Proof, person: UUID) -> None:
    """Close the record to both accounts, end what is signed in, and put the pair into the officer's queue, once."""
    seq = audit.append(engine, audit.Event("account", "held", actor(user), person, {"why": "other account"}))
    row = {"seq": seq, "patient_id": person, "first": first, "second": user.account}
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        if connection.execute(_of_pair(first, user.account)).first():
            return
        number = keys_of(connection).seal(proof.number.value, _place(seq, "words"))
        connection.execute(insert(held_accounts), row | {"words": number})
        for account in (first, user.account):
            saying.open_to_its_person(connection, account, until=clock.now())
            sessions.end_account(connection, account, "held")
    log.warning("accounts_held", extra={"held": seq})


def _of_pair(one: str, other: str) -> Any:
    h = held_accounts.c
    return select(h.seq).where(h.first.in_([one, other]), h.second.in_([one, other]))


def queue(engine: Engine, user: User) -> list[Held]:
    """Every pair: first those that wait, the longest waiting first."""
    return sorted(_read(engine, user), key=lambda one: (one.decision != "", one.number))


def one(engine: Engine, user: User, number: int) -> Held:
    """One of them. Raises NotFound."""
    found = _read(engine, user, number)
    if not found:
        raise NotFound
    return found[0]


def decide(engine: Engine, user: User, pair: Held, decision: str) -> None:
    """Decide, once. Whoever is left with the record opens it again; whoever is not says nothing of it any more.

    The number was kept so that the officer could ask about it. It goes.
    """
    _check(user)
    if pair.decision:
        return
    detail = {"held": pair.number}
    audit.append(engine, audit.Event("account-decision", decision, actor(user), pair.patient_id, detail))
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        by = keys_of(connection).seal(json.dumps(actor(user)), _place(pair.number, "decided_by"))
        waiting = (held_accounts.c.seq == pair.number) & held_accounts.c.decision.is_(None)
        values = {"decision": decision, "decided_at": clock.now(), "decided_by": by, "words": b""}
        if connection.execute(update(held_accounts).where(waiting).values(values)).rowcount:
            _settle(connection, (pair.first, pair.second))


def _settle(connection: Connection, accounts: Iterable[str]) -> None:
    for account in accounts:
        match standing(connection, account):
            case Standing.FREE:
                saying.open_to_its_person(connection, account)
            case Standing.RULED_OUT:
                saying.unsay(connection, account, clock.now())


def _check(user: User) -> None:
    if not may(user, Permission.REVIEW_ACCESS):
        raise NotAllowed


def _read(engine: Engine, user: User, number: int | None = None) -> list[Held]:
    _check(user)
    query = select(held_accounts, audit_events.c.at).join(audit_events).order_by(held_accounts.c.seq)
    if number is not None:
        query = query.where(held_accounts.c.seq == number)
    with db.read(engine) as connection:
        return [_held(connection, row) for row in connection.execute(query).mappings().all()]


def _held(connection: Connection, row: RowMapping) -> Held:
    keys, seq = keys_of(connection), row["seq"]
    by = keys.open(row["decided_by"], _place(seq, "decided_by")) if row["decided_by"] else b""
    linked = select(func.min(links.c.since)).join(facts, facts.c.source_patient_id == links.c.source_patient_id)
    since = connection.scalar(linked.where(facts.c.kind == Kind.SELF, facts.c.org == row["first"]))
    return Held(
        number=seq,
        patient_id=row["patient_id"],
        nhs_number=keys.open(row["words"], _place(seq, "words")).decode() if row["words"] else "",
        first=row["first"],
        first_since=since,
        second=row["second"],
        claimed_at=row["at"],
        decision=row["decision"] or "",
        decided_at=row["decided_at"],
        decided_by=json.loads(by).get("name", "") if by else "",
    )


def _place(seq: int, column: str) -> str:
    return f"held_accounts|{seq}|{column}"
