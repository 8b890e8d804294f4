"""What the privacy officer decides about looks that a rule found. An alert names a look and a rule, and nobody.

Whoever opens one reads the look, which is written down for the person whom it showed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, func, insert, select, update

from app import audit, counters, db
from app.access.grants import actor
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import NotAllowed, NotFound
from app.governance.watching import OPEN
from app.keyring import keys_of
from app.tables import audit_events
from app.typed import readable
from app.use_tables import alert_decisions, alerts

JUSTIFIED, FOLLOW_UP = "justified", "follow-up"
DECISIONS = {JUSTIFIED: "Justified", FOLLOW_UP: "To follow up"}
STATES = {OPEN: "Waiting", FOLLOW_UP: "To follow up", JUSTIFIED: "Justified"}
RULE_WORDS = {
    "reason-given": "A reason was given, by somebody who was not caring for the person",
    "seal-broken": "What was sealed, sensitive or refused was opened for a reason",
    "no-encounter": "A reason was given, and the person was not with that organisation within three months",
    "own-record": "The record may be the member of staff’s own",
    "same-surname": "The person has the family name of the member of staff",
    "same-address": "The person lives where the member of staff lives",
    "colleague": "The person works for the same organisation",
    "vip": "The person is marked as one whom many know",
    "staff": "The person is marked as a member of staff",
    "volume": "Many more different people on one day than is usual for this member of staff",
    "out-of-hours": "At night or at a weekend, when this member of staff seldom looks",
}
SHOWN = 100
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Alert:
    """A look (its number) that a rule found, and what was decided about it so far."""

    number: int
    rule: str
    about: int
    raised_at: datetime
    state: str

    @property
    def words(self) -> str:
        """What the rule found."""
        return RULE_WORDS[self.rule]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, when and why."""

    at: datetime
    by: str
    decision: str
    words: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Alerts of one state, and how many there are of each."""

    state: str
    listed: tuple[Alert, ...]
    many: Mapping[str, int]


def queue(engine: Engine, user: User, state: str) -> Queue:
    """Those that wait, the longest waiting first; of what is decided the latest first. Looking is written down."""
    _check(user)
    if state not in STATES:
        raise NotFound
    audit.append(engine, audit.Event("alerts", "listed", actor(user), detail={"state": state}))
    order = alerts.c.id.desc() if state == JUSTIFIED else alerts.c.id
    with db.read(engine) as connection:
        rows = connection.execute(select(alerts).where(alerts.c.state == state).order_by(order).limit(SHOWN)).all()
        counted = connection.execute(select(alerts.c.state, func.count()).group_by(alerts.c.state)).all()
    many: dict[str, int] = dict(counted)
    listed = tuple(Alert(row.id, row.rule, row.seq, row.raised_at, row.state) for row in rows)
    return Queue(state, listed, {one: many.get(one, 0) for one in STATES})


def alert(engine: Engine, user: User, number: int) -> tuple[Alert, UUID]:
    """One of them, and whose record it is about. Raises NotFound."""
    _check(user)
    query = select(alerts, audit_events.c.patient_id).join(audit_events, audit_events.c.seq == alerts.c.seq)
    with db.read(engine) as connection:
        row = connection.execute(query.where(alerts.c.id == number)).one_or_none()
    if row is None:
        raise NotFound
    return Alert(row.id, row.rule, row.seq, row.raised_at, row.state), row.patient_id


def decisions(engine: Engine, number: int) -> list[Decision]:
    """What was decided about one, the first first."""
    d, c = alert_decisions.c, audit_events.c
    query = select(d.seq, d.decision, d.words, c.at, c.actor, c.detail).join(audit_events, c.seq == d.seq)
    with db.read(engine) as connection:
        rows = connection.execute(query.where(d.alert_id == number).order_by(d.seq)).mappings().all()
        keys = keys_of(connection)
        return [
            Decision(
                row["at"],
                audit.said(connection, row)[0].get("name", ""),
                DECISIONS[row["decision"]],
                keys.open(row["words"], _place(row["seq"])).decode(),
            )
            for row in rows
        ]


def read_decision(form: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """(decision, words, the words beside each field that cannot be used)."""
    decision, words = form.get("decision", ""), readable(form.get("words", "")).strip()
    errors = {}
    if decision not in DECISIONS:
        errors["decision"] = "Choose what you decide"
    if not words:
        errors["words"] = "Write what your decision rests on"
    elif len(words) > LONGEST:
        errors["words"] = f"Use {LONGEST:,} characters or fewer"
    return decision, words, errors


def decide(engine: Engine, user: User, asked: Alert, decision: str, words: str) -> None:
    """Keep a decision. What is to be followed up can be decided again; what is justified cannot."""
    _check(user)
    if asked.state == JUSTIFIED:
        return
    event = audit.Event("alert-decision", decision, actor(user), detail={"alert": asked.number, "about": asked.about})
    seq = audit.append(engine, event)
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        own = (alerts.c.id == asked.number) & (alerts.c.state == asked.state)
        if connection.execute(update(alerts).where(own).values(state=decision)).rowcount:
            row = {"seq": seq, "alert_id": asked.number, "decision": decision}
            sealed = keys_of(connection).seal(words, _place(seq))
            connection.execute(insert(alert_decisions), row | {"words": sealed})


def _place(seq: int) -> str:
    return f"alert_decisions|{seq}|words"


def _check(user: User) -> None:
    if not may(user, Permission.REVIEW_ACCESS):
        raise NotAllowed
