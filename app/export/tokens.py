"""Words by which a planner's program pulls one project's releases: shown once, kept as a hash, ended at once."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, RowMapping, and_, insert, select, update

from app import audit, clock, db, projects
from app.access.grants import actor
from app.access.permissions import Permission, may
from app.access.users import Planner, User
from app.errors import NotAllowed, NotFound
from app.typed import readable
from app.use_tables import export_tokens, releases

LONGEST_NAME, MOST_DAYS = 80, 90
NUMBER_BYTES = 8


@dataclass(frozen=True)
class Token:
    """A token as its holder sees it again: never its words. `number` names it in addresses and in the audit."""

    number: str
    name: str
    project_id: UUID
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    ended_at: datetime | None

    def is_living(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True)
class Asked:
    """What a planner wants a token for."""

    name: str
    project_id: UUID
    days: int


def read_form(form: Mapping[str, str], own: Mapping[UUID, date], today: date) -> tuple[Asked | None, dict[str, str]]:
    """The token asked for, or the words beside each field. `own`: the projects it may be for, with their last day."""
    name, days = " ".join(readable(form.get("name", "")).split()), form.get("days", "").strip()
    errors: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = f"Enter a name of up to {LONGEST_NAME} characters"
    project = next((one for one in own if str(one) == form.get("project")), None)
    if project is None:
        errors["project"] = "Choose the project that it is for"
    if not (days.isascii() and days.isdigit() and len(days) < 4 and 1 <= int(days) <= MOST_DAYS):
        errors["days"] = f"Enter a number of days from 1 to {MOST_DAYS}"
    if errors or project is None:
        return None, errors
    return Asked(name, project, int(days)), {}


def make(engine: Engine, user: User, asked: Asked) -> str:
    """Make a token for a project of this planner's that is live today; its words, for the only time."""
    if not may(user, Permission.USE_EXPORTS):
        raise NotAllowed()
    projects.live(engine, user, asked.project_id)
    words, own, now = secrets.token_urlsafe(32), actor(user), clock.now()
    row: dict[str, Any] = {"token_hash": hash_of(words), "project_id": asked.project_id, "name": asked.name}
    row |= {"holder": json.dumps(own), "holder_key": audit.key_of(own), "created_at": now}
    row["expires_at"] = now + timedelta(days=asked.days)
    _write_down(engine, own, "made", row)
    with db.write(engine) as connection:
        connection.execute(insert(export_tokens), row)
    return words


def hash_of(words: str) -> bytes:
    """What we keep of a token: enough to know it again, not enough to be it."""
    return sha256(words.encode("utf-8", "replace")).digest()


def of_holder(engine: Engine, user: User) -> list[Token]:
    """The tokens of this planner, the newest first."""
    c = export_tokens.c
    own = select(export_tokens).where(c.holder_key == audit.key_of(actor(user)))
    with db.read(engine) as connection:
        rows = connection.execute(own.order_by(c.created_at.desc(), c.token_hash)).mappings()
        return [_token(row) for row in rows]


def end(engine: Engine, user: User, number: str) -> None:
    """End a token of this planner's, now. Raises NotFound for any other."""
    own, c = actor(user), export_tokens.c
    with db.read(engine) as connection:
        rows = connection.execute(select(export_tokens).where(c.holder_key == audit.key_of(own))).mappings().all()
    row = next((dict(one) for one in rows if _number(one) == number), None)
    if row is None:
        raise NotFound
    _write_down(engine, own, "ended", row)
    with db.write(engine) as connection:
        living = and_(c.token_hash == row["token_hash"], c.ended_at.is_(None))
        connection.execute(update(export_tokens).where(living).values(ended_at=clock.now()))


def holder(engine: Engine, words: str, release_id: UUID) -> User | None:
    """Who pulls with this token, where both it and its project live and the release is that project's. Written down."""
    c, now = export_tokens.c, clock.now()
    query = select(export_tokens).join(releases, releases.c.project_id == c.project_id)
    with db.read(engine) as connection:
        one = query.where(c.token_hash == hash_of(words), releases.c.id == release_id)
        found = connection.execute(one).mappings().one_or_none()
    if found is None or not _token(found).is_living(now):
        return None
    if not projects.get(engine, found["project_id"]).is_live(clock.today()):
        return None
    row = dict(found)
    held = json.loads(row["holder"])
    user = Planner(held["iss"], held["sub"], held["name"], "")
    _write_down(engine, actor(user), "used", row, release=str(release_id))
    with db.write(engine) as connection:
        connection.execute(update(export_tokens).where(c.token_hash == row["token_hash"]).values(last_used_at=now))
    return user


def _token(row: RowMapping) -> Token:
    names = ("name", "project_id", "created_at", "expires_at", "last_used_at", "ended_at")
    return Token(number=_number(row), **{name: row[name] for name in names})


def _number(row: Mapping[str, Any] | RowMapping) -> str:
    return str(row["token_hash"][:NUMBER_BYTES].hex())


def _write_down(engine: Engine, own: dict[str, str], outcome: str, row: Mapping[str, Any], **more: str) -> None:
    detail = {"token": _number(row), "name": row["name"], "project": str(row["project_id"])} | more
    audit.append(engine, audit.Event("export-token", outcome, own, detail=detail))
