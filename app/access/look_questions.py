"""What a person asks about a look at their record, and what the privacy officer answers. Both are written down."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, Select, insert, select, update

from app import audit, clock, counters, db
from app.access.grants import actor
from app.access.looks import LooksGrant
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import NotAllowed, NotFound
from app.keyring import keys_of
from app.tables import audit_events, look_questions
from app.typed import readable

LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """Who asked what about which look (its number), and the answer, where there is one yet."""

    number: int
    about: int
    patient_id: UUID
    asked_at: datetime
    asked_by: str
    words: str
    answer: str
    answered_at: datetime | None
    answered_by: str


def read_words(form: Mapping[str, str], missing: str) -> tuple[str, dict[str, str]]:
    """(the words, the words beside the field where they cannot be used)."""
    words = readable(form.get("words", "")).strip()
    if not words:
        return words, {"words": missing}
    return words, {"words": f"Use {LONGEST:,} characters or fewer"} if len(words) > LONGEST else {}


def ask(engine: Engine, user: User, grant: LooksGrant, about: int, words: str) -> None:
    """Put a question about a look into the privacy officer's queue: one, however often it is sent."""
    if about in asked_about(engine, grant):
        return
    event = audit.Event("look-question", "asked", actor(user), grant.patient_id, {"about": about})
    seq = audit.append(engine, event)
    row = {"seq": seq, "about_seq": about, "patient_id": grant.patient_id}
    same = (look_questions.c.about_seq == about) & (look_questions.c.patient_id == grant.patient_id)
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        if connection.execute(select(look_questions.c.seq).where(same)).first() is None:
            connection.execute(insert(look_questions), row | {"words": _sealed(connection, seq, "words", words)})


def asked_about(engine: Engine, grant: LooksGrant) -> dict[int, Question]:
    """What was asked about this person's looks, by the number of the look."""
    query = _questions().where(look_questions.c.patient_id == grant.patient_id)
    return {one.about: one for one in _read(engine, query)}


def queue(engine: Engine, user: User) -> list[Question]:
    """Every question: first those without an answer, the longest waiting first."""
    _check(user)
    return sorted(_read(engine, _questions()), key=lambda one: (one.answered_at is not None, one.number))


def question(engine: Engine, user: User, number: int) -> Question:
    """One of the queue. Raises NotFound."""
    _check(user)
    found = _read(engine, _questions().where(look_questions.c.seq == number))
    if not found:
        raise NotFound
    return found[0]


def answer(engine: Engine, user: User, asked: Question, words: str) -> None:
    """Answer it, once. The person reads the answer beside the look."""
    _check(user)
    if asked.answer:
        return
    audit.append(engine, audit.Event("look-answer", "given", actor(user), asked.patient_id, {"question": asked.number}))
    said = {"answer": words, "answered_by": json.dumps(actor(user))}
    with db.write(engine) as connection:
        values: dict[str, Any] = {name: _sealed(connection, asked.number, name, text) for name, text in said.items()}
        values["answered_at"] = clock.now()
        open_one = (look_questions.c.seq == asked.number) & look_questions.c.answer.is_(None)
        connection.execute(update(look_questions).where(open_one).values(values))


def _check(user: User) -> None:
    if not may(user, Permission.REVIEW_ACCESS):
        raise NotAllowed


def _questions() -> Select[Any]:
    q, c = look_questions.c, audit_events.c
    return select(look_questions, c.at, c.actor, c.detail).join(audit_events, c.seq == q.seq).order_by(q.seq)


def _read(engine: Engine, query: Select[Any]) -> list[Question]:
    with db.read(engine) as connection:
        return [_question(connection, row) for row in connection.execute(query).mappings()]


def _sealed(connection: Connection, seq: int, column: str, words: str) -> bytes:
    return keys_of(connection).seal(words, _place(seq, column))


def _opened(connection: Connection, row: RowMapping, column: str) -> str:
    """The words of a column; empty where it has none yet."""
    if row[column] is None:
        return ""
    return keys_of(connection).open(row[column], _place(row["seq"], column)).decode()


def _place(seq: int, column: str) -> str:
    return f"look_questions|{seq}|{column}"


def _question(connection: Connection, row: RowMapping) -> Question:
    asked_by, _ = audit.said(connection, row)
    answered_by = _opened(connection, row, "answered_by")
    return Question(
        number=row["seq"],
        about=row["about_seq"],
        patient_id=row["patient_id"],
        asked_at=row["at"],
        asked_by=asked_by.get("name", ""),
        words=_opened(connection, row, "words"),
        answer=_opened(connection, row, "answer"),
        answered_at=row["answered_at"],
        answered_by=json.loads(answered_by).get("name", "") if answered_by else "",
    )
