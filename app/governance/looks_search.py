"""The privacy officer searches the record of looks: by person, member of staff, organisation, time and kind.

What is found tells who did what, when and why. Whom a look showed is told by a number on the page, so that it can be
seen that two looks were at one person; patients who signed in are not named.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, or_, select

from app import audit, db
from app.access.grants import actor
from app.access.look_words import KIND_WORDS
from app.access.looks import Look, as_look, looks_grant
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import NotAllowed
from app.identity.matching import letters
from app.identity.search import all_by_number
from app.keyring import keys_of
from app.tables import audit_events
from app.use_tables import lookers
from fhir import nhs_number
from fhir.dates import fhir_date
from fhir.nhs_number import NHSNumber

PAGE = 50
LONGEST = 200
NOT_VALID = "Enter a valid NHS number: 10 digits"


@dataclass(frozen=True)
class Asked:
    """What was asked for; nothing where a field is empty. `by_look`: all that was done by whoever did this one.

    `before`: only rows before this one, for the next page.
    """

    number: NHSNumber | None = field(default=None, repr=False)
    staff: str = ""
    organisation: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    by_look: int | None = None
    before: int | None = None

    @property
    def fields(self) -> list[str]:
        """By what was searched: never the words."""
        return sorted(name for name, value in vars(self).items() if value and name != "before")


@dataclass(frozen=True, slots=True)
class Found:
    """Looks, newest first, each with the number of the person on this page (None: about nobody); and whether more."""

    looks: tuple[tuple[Look, int | None], ...]
    more: bool


def read_form(form: Mapping[str, str]) -> tuple[Asked, dict[str, str]]:
    """What is asked for, and the words beside each field that cannot be used."""
    told = {name: form.get(name, "").strip()[:LONGEST] for name in ("nhs_number", "staff", "organisation", "kind")}
    errors: dict[str, str] = {}
    number = nhs_number.parse(told["nhs_number"])
    if told["nhs_number"] and number is None:
        errors["nhs_number"] = NOT_VALID
    days = {name: _day(form.get(name, "").strip(), name, errors) for name in ("since", "until")}
    until = days["until"] + timedelta(days=1) if days["until"] else None
    asked = Asked(
        number=number,
        staff=told["staff"],
        organisation=told["organisation"],
        kind=told["kind"] if told["kind"] in KIND_WORDS else "",
        since=days["since"],
        until=until,
        by_look=_whole(form.get("by_look", "")),
        before=_whole(form.get("before", "")),
    )
    if not errors and not asked.fields:
        errors["nhs_number"] = "Say what you search for in at least one field"
    return asked, errors


def _day(text: str, name: str, errors: dict[str, str]) -> datetime | None:
    found = fhir_date(text) if len(text) == 10 else None
    if text and found is None:
        errors[name] = "Enter a date, such as 2026-11-05"
    return found.start if found else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def search(engine: Engine, user: User, asked: Asked) -> Found:
    """What is found, newest first. The search is written down, and for a person named by number in their own list."""
    if not may(user, Permission.REVIEW_ACCESS):
        raise NotAllowed
    people: list[UUID] = []
    if asked.number:
        with db.read(engine) as connection:
            people = all_by_number(connection, asked.number)
        for one in people:
            looks_grant(engine, user, Permission.REVIEW_ACCESS, one)
    audit.append(engine, audit.Event("looks-search", "allowed", actor(user), detail={"by": asked.fields}))
    with db.read(engine) as connection:
        conditions = _conditions(connection, asked, people)
        rows = _rows(connection, conditions, asked) if conditions is not None else []
    people_there = dict.fromkeys(row["patient_id"] for row, _ in rows if row["patient_id"])
    numbers = {whom: n for n, whom in enumerate(people_there, start=1)}
    looks = tuple((_look(row, said), numbers.get(row["patient_id"])) for row, said in rows)
    return Found(looks[:PAGE], len(looks) > PAGE)


def _conditions(connection: Connection, asked: Asked, people: list[UUID]) -> list[ColumnElement[bool]] | None:
    """What rows must be; None where none can be."""
    c = audit_events.c
    found: list[ColumnElement[bool]] = []
    if asked.number:
        if not people:
            return None
        found.append(or_(*(c.seq.in_(audit.about(one).with_only_columns(c.seq).order_by(None)) for one in people)))
    if asked.staff or asked.organisation:
        keys = _actor_keys(connection, asked)
        if not keys:
            return None
        found.append(db.one_of(connection, c.actor_key, keys))
    if asked.by_look:
        found.append(c.actor_key == select(c.actor_key).where(c.seq == asked.by_look).scalar_subquery())
    found += [c.kind == asked.kind] if asked.kind else []
    found += [c.at >= asked.since] if asked.since else []
    found += [c.at < asked.until] if asked.until else []
    return found


def _actor_keys(connection: Connection, asked: Asked) -> list[bytes]:
    """The staff of this name and organisation, among all who have ever looked."""
    keys, found = keys_of(connection), set()
    for row in connection.execute(select(lookers)):
        said = json.loads(keys.open(row.words, f"lookers|{row.actor_key.hex()}|{row.org}|words"))
        if _is_called(said["name"], asked.staff) and _is_of(said, asked.organisation):
            found.add(row.actor_key)
    return sorted(found)


def _is_called(name: str, typed: str) -> bool:
    own = {letters(word) for word in name.split()}
    return all(letters(word) in own for word in typed.split() if letters(word))


def _is_of(by: Mapping[str, str], typed: str) -> bool:
    """Whether somebody works for an organisation of this code, or of a name with these words."""
    words = typed.casefold()
    return not typed or by.get("org", "").casefold() == words or words in by.get("org_name", "").casefold()


Said = tuple[dict[str, str], dict[str, Any]]


def _rows(connection: Connection, conditions: list[ColumnElement[bool]], asked: Asked) -> list[tuple[Any, Said]]:
    """One more than a page of them. Somebody may have worked for two organisations: each row says for which."""
    c = audit_events.c
    columns = (c.seq, c.at, c.kind, c.outcome, c.patient_id, c.actor, c.detail)
    found: list[tuple[Any, Said]] = []
    before = asked.before
    while len(found) <= PAGE:
        query = select(*columns).where(*conditions, *([c.seq < before] if before else []))
        rows = connection.execute(query.order_by(c.seq.desc()).limit(4 * PAGE)).mappings().all()
        opened = [(row, audit.said(connection, row)) for row in rows]
        found += [one for one in opened if _is_of(one[1][0], asked.organisation)]
        if len(rows) < 4 * PAGE:
            break
        before = rows[-1]["seq"]
    return found[: PAGE + 1]


def _look(row: Any, said: Said) -> Look:
    made = as_look(row, said, hides=False)
    return made if "org" in said[0] or made.role != "Patient" else replace(made, name="")
