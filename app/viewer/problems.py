"""A reader says what is wrong with a record. It changes nothing there; it is kept for those who look after the data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, Select, insert, select

from app import audit, db
from app.access.grants import Grant, OperatorGrant, actor
from app.access.users import User
from app.errors import NotFound
from app.keyring import keys_of
from app.tables import audit_events, problems
from app.typed import readable
from fhir.record import SECTIONS

LONGEST = 2_000
_NUMBER = re.compile(r"[0-9]{1,18}")
PARTS: Mapping[str, str] = {
    **{module.CODE: module.TITLE for module in SECTIONS},
    "identity": "Whose record it is: two people mixed, or the wrong person",
    "other": "Something else, or more than one section",
}
"""What a problem may be about: a section, or the record as a whole."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A reported problem, with who reported it of whose record and when. `as_at`: the state that they looked at."""

    number: int
    at: datetime
    patient_id: UUID
    section: str
    words: str
    reporter: Mapping[str, str]
    as_at: str


def read_report(form: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """(section, words, the words beside each field that cannot be used)."""
    section, words = form.get("section", ""), readable(form.get("wrong", "")).strip()
    errors = {} if section in PARTS else {"section": "Choose which part of the record it is about"}
    if not words:
        errors["wrong"] = "Say what is wrong"
    elif len(words) > LONGEST:
        errors["wrong"] = f"What is wrong must be {LONGEST:,} characters or fewer"
    return section, words, errors


def report(engine: Engine, user: User, grant: Grant, section: str, words: str) -> int:
    """Keep the report of one who may see this record, and write it down. Its number."""
    detail = {"section": section, "as_at": grant.as_at.isoformat() if grant.as_at else ""}
    seq = audit.append(engine, audit.Event("problem", "reported", actor(user), grant.patient_id, detail))
    with db.write(engine) as connection:
        content = keys_of(connection).seal(words, _place(seq))
        connection.execute(insert(problems), {"seq": seq, "section": section, "words": content})
    return seq


def own_report(engine: Engine, user: User, grant: Grant, number: str) -> Problem:
    """A report that this user made about this person. Raises NotFound on any other, and on what is no number."""
    if not _NUMBER.fullmatch(number):
        raise NotFound
    with db.read(engine) as connection:
        row = connection.execute(_reports().where(problems.c.seq == int(number))).mappings().one_or_none()
        if row is None or (row["patient_id"], row["actor_key"]) != (grant.patient_id, audit.key_of(actor(user))):
            raise NotFound
        return _problem(connection, row)


def all_reports(engine: Engine, _: OperatorGrant) -> list[Problem]:
    """Every report, the first first."""
    with db.read(engine) as connection:
        return [_problem(connection, row) for row in connection.execute(_reports()).mappings()]


def _reports() -> Select[Any]:
    c = audit_events.c
    return (
        select(problems.c.seq, problems.c.section, problems.c.words, c.at, c.patient_id, c.actor, c.actor_key, c.detail)
        .join(audit_events, c.seq == problems.c.seq)
        .order_by(problems.c.seq)
    )


def _place(seq: int) -> str:
    return f"problems|{seq}|words"


def _problem(connection: Connection, row: RowMapping) -> Problem:
    reporter, detail = audit.said(connection, row)
    return Problem(
        number=row["seq"],
        at=row["at"],
        patient_id=row["patient_id"],
        section=row["section"],
        words=keys_of(connection).open(row["words"], _place(row["seq"])).decode(),
        reporter={name: reporter.get(name, "") for name in ("name", "role", "org")},
        as_at=detail.get("as_at", ""),
    )
