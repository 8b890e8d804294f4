"""Which statements a decision shows, as one question to the database, and which sections say that some are hidden."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, bindparam, case, cast, func, literal, or_, select

from app import db
from app.access.policy import Decision
from app.tables import facts, statements


def what_is_shown(
    connection: Connection, subjects: Collection[int], decision: Decision, as_at: datetime | None
) -> tuple[list[int], frozenset[str]]:
    """The statements that may be shown: the policy's `may_see`, as one question to the database.

    And the sections in which a clinician must be told that something is left out, though not what, how much or whose.
    """
    query = _asked(connection.dialect.name, hides=bool(decision.hides), now=as_at is None)
    asked = {"subjects": list(subjects), "own": decision.own, "hides": sorted(decision.hides), "moment": as_at}
    found = connection.execute(query, asked)
    shared = [row for row in found if decision.may_see(row.source, row.type)]
    items = [int(number) for *_, left_out, own, _ in shared if not left_out for number in own.split()]
    told = {MUST_TELL[type_] for _, type_, left_out, _, stands in shared if left_out and stands and type_ in MUST_TELL}
    return items, frozenset(told if decision.own else ())


@lru_cache
def _asked(dialect: str, *, hides: bool, now: bool) -> Select[Any]:
    """Of each source and type, and left out or not: the statements held, and whether any of them stands."""
    c = statements.c
    moment = bindparam("moment", type_=c.received_at.type)
    held: ColumnElement[bool] = c.superseded_at.is_(None)
    if not now:
        held = (c.received_at <= moment) & or_(held, c.superseded_at > moment)
    left_out: ColumnElement[Any] = literal(0)
    if hides:
        left_out = case(((c.source != bindparam("own")) & _hidden(dialect, now=now), 1), else_=0)
    rows = select(c.source, c.type, left_out.label("left_out"), c.id, c.deleted)
    a = rows.where(db.any_of(dialect, c.subject, "subjects"), held).subquery().c
    numbers = func.aggregate_strings(cast(a.id, String), " ")  # a row for each kind: ten thousand take longer
    stands = func.max(case((a.deleted, 0), else_=1))
    kinds = (a.source, a.type, a.left_out)
    return select(*kinds, numbers, stands).group_by(*kinds)


def _hidden(dialect: str, *, now: bool) -> ColumnElement[bool]:
    """Statements with a label that is hidden. Of an earlier state also those whose other versions have one."""
    c, f = statements.c, facts.c
    labelled = select(f.statement_id).where(
        db.any_of(dialect, f.source_patient_id, "subjects"), db.any_of(dialect, f.kind, "hides")
    )
    if now:
        return c.id.in_(labelled)
    any_version = statements.alias()
    own = select(any_version.c.key).where(
        db.any_of(dialect, any_version.c.subject, "subjects"), any_version.c.id.in_(labelled)
    )
    return c.key.in_(own)


MUST_TELL: Mapping[str, str] = {
    "AllergyIntolerance": "allergies",
    "MedicationRequest": "medications",
    "MedicationStatement": "medications",
    "MedicationDispense": "medications",
    "MedicationAdministration": "medications",
    "Flag": "flags",
    "RiskAssessment": "flags",
    "DetectedIssue": "flags",
    "AdverseEvent": "flags",
}
"""Kinds of statement that are never left out silently for somebody who treats, and the section that says so."""
