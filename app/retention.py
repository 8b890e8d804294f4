"""What is let go by itself, and after how long. Never anything clinical, and nothing of the record of looks.

The periods are settings: the controllers decide on them (Records Management Code of Practice for Health and Social
Care, NHS England, August 2023, Appendix II). The code sets how long health records are kept at least; a copy of them is
let go when its source deletes it or an order says so, not by a clock here.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, or_, select, update

from app import clock, db
from app.settings import Settings
from app.tables import audit_events, look_questions, problems, quarantine, reasons, sessions

AT_ONCE = 500
GONE = b""
"""In place of what was sealed."""


def let_go(engine: Engine, settings: Settings) -> int:
    """Let go what is past its time, some rows in each transaction; how many. A period of 0 days is for ever."""
    kinds = (
        (settings.keep_sessions_days, _sessions),
        (settings.keep_quarantine_days, _refused_bytes),
        (settings.keep_words_days, _words),
    )
    return sum(_all(engine, kind, clock.now() - timedelta(days=days)) for days, kind in kinds if days)


def _all(engine: Engine, kind: Callable[[Connection, datetime], int], before: datetime) -> int:
    many = 0
    while True:
        with db.write(engine) as connection:
            some = kind(connection, before)
        if not some:
            return many
        many += some


def _sessions(connection: Connection, before: datetime) -> int:
    """Sessions that ended, with the reasons given in them: both are in the record of looks."""
    c = sessions.c
    over = select(c.sid_hash).where(or_(c.ended_at < before, c.expires_at < before)).limit(AT_ONCE)
    gone = connection.scalars(over).all()
    connection.execute(delete(reasons).where(reasons.c.sid_hash.in_(gone)))
    return connection.execute(delete(sessions).where(c.sid_hash.in_(gone))).rowcount


def _refused_bytes(connection: Connection, before: datetime) -> int:
    """The bytes of what was refused. That it was, and why, stays."""
    c = quarantine.c
    old = select(c.id).where(c.at < before, c.sealed != GONE).limit(AT_ONCE)
    return connection.execute(
        update(quarantine).where(c.id.in_(connection.scalars(old).all())).values(sealed=GONE)
    ).rowcount


def _words(connection: Connection, before: datetime) -> int:
    """The words of answered questions and of reported problems. That there were some stays in the record of looks."""
    q = look_questions.c
    answered = connection.execute(delete(look_questions).where(q.answered_at < before)).rowcount
    old = select(audit_events.c.seq).where(audit_events.c.at < before, audit_events.c.kind == "problem")
    return answered + connection.execute(delete(problems).where(problems.c.seq.in_(old))).rowcount
