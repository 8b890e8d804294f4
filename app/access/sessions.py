"""Who is signed in, kept by us and not by the browser, so that it can be ended at once.

The browser holds 256 random bits; we hold their SHA-256. A session before sign-in ('pending') keeps what the sign-in
needs; at sign-in it ends and a new one, with a new id, begins.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, and_, bindparam, delete, insert, select, update

from app import clock, db
from app.access.claims import ROLES
from app.access.users import PatientUser, User
from app.keyring import keys_of, open_words
from app.settings import Settings
from app.tables import sessions

PENDING = "pending"
PENDING_LASTS = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=1)
IDLE = dict.fromkeys(ROLES, timedelta(minutes=15)) | {"patient": timedelta(minutes=30)}
"""How long each kind of user may do nothing. Staff share workstations (NIST SP 800-63B, AAL3: 15 minutes); patients
have what NHS login requires of its partners (30 minutes, and 12 hours in all).
"""
Data = dict[str, Any]


@dataclass(frozen=True)
class Session:
    """One browser's session. `user` is None before sign-in; `csrf` must come with every form.

    `level`: how strongly they signed in (0 to 3), which they did at `began_at`.
    """

    sid_hash: bytes
    user: User | None
    csrf: str
    provider: str
    id_token: str
    data: Data
    last_seen_at: datetime
    began_at: datetime
    level: int


def cookie_name(settings: Settings) -> str:
    """`__Host-sid` binds the cookie to one host over https; the demo speaks plain http and cannot have it."""
    return "sid" if settings.is_demo else "__Host-sid"


def hash_of(cookie: str) -> bytes:
    """What we keep of a cookie: enough to know it again, not enough to be it."""
    return sha256(cookie.encode("utf-8", "replace")).digest()


_OF_COOKIE = select(sessions).where(sessions.c.sid_hash == bindparam("sid"))  # every page asks: it is built once


def load(engine: Engine, cookie: str) -> Session | None:
    """The living session of a cookie. One that has been idle or has lasted too long is ended here."""
    if not cookie:
        return None
    with db.ask(engine) as connection:
        row = connection.execute(_OF_COOKIE, {"sid": hash_of(cookie)}).mappings().first()
        if row is None or row["ended_at"] is not None:
            return None
        data = _opened(connection, row["sid_hash"], row["data"])
    why = _over(row)
    try:
        session = _session(row, data)
    except (KeyError, TypeError):  # begun by a release whose users had other parts
        why = why or "out of date"
    if why:
        end(engine, row["sid_hash"], why)
        return None
    return session


def ended_why(engine: Engine, cookie: str) -> str:
    """Why the session of a cookie ended; empty where it did not, or is not known."""
    if not cookie:
        return ""
    with db.read(engine) as connection:
        why = connection.execute(select(sessions.c.ended_why).where(sessions.c.sid_hash == hash_of(cookie))).scalar()
    return why or ""


def _over(row: RowMapping) -> str:
    now = clock.now()
    if now >= row["expires_at"]:
        return "too long"
    idle = IDLE.get(row["kind"])
    return "idle" if idle is not None and now - row["last_seen_at"] >= idle else ""


def _sealed(connection: Connection, sid_hash: bytes, data: Data) -> bytes:
    return keys_of(connection).seal(json.dumps(data, default=sorted), _place(sid_hash))


def _opened(connection: Connection, sid_hash: bytes, data: bytes) -> Data:
    found: Data = json.loads(open_words(connection, data, _place(sid_hash)))
    return found


def _place(sid_hash: bytes) -> str:
    return f"sessions|{sid_hash.hex()}|data"


def _session(row: RowMapping, data: Data) -> Session:
    return Session(
        sid_hash=row["sid_hash"],
        user=_user(row, data) if row["kind"] != PENDING else None,
        csrf=row["csrf"],
        provider=row["provider"],
        id_token=data.get("id_token", ""),
        data=data,
        last_seen_at=row["last_seen_at"],
        began_at=row["created_at"],
        level=data.get("level", 0),
    )


def _user(row: RowMapping, data: Data) -> User:
    known = {"issuer": row["iss"], "subject": row["sub"], "session": row["sid_hash"].hex()}
    about: Data = {name: frozenset(v) if isinstance(v, list) else v for name, v in data["user"].items()}
    return ROLES[row["kind"]](**about, **known)


def seen(engine: Engine, session: Session) -> None:
    """Note that somebody is there: at most once a minute, so that reading a page is not a write."""
    now = clock.now()
    if session.user is not None and now - session.last_seen_at >= SEEN_EVERY:
        with db.write(engine) as connection:
            connection.execute(_living(session.sid_hash).values(last_seen_at=now))


def begin(engine: Engine, data: Data | None = None) -> str:
    """A session before sign-in. Gives its cookie; those that nobody finished are cleared away."""
    now = clock.now()
    cookie = secrets.token_urlsafe(32)
    row = _row(cookie, PENDING, lasts=PENDING_LASTS)
    with db.write(engine) as connection:
        connection.execute(delete(sessions).where(sessions.c.kind == PENDING, sessions.c.expires_at < now))
        connection.execute(insert(sessions), row | {"data": _sealed(connection, row["sid_hash"], data or {})})
    return cookie


@dataclass(frozen=True)
class SignIn:
    """Somebody whom a provider vouched for, how strongly they signed in, and what signing out will need."""

    user: User
    provider: str
    id_token: str
    idp_sid: str | None = None
    level: int = 0


def sign_in(engine: Engine, who: SignIn, *, instead_of: bytes, lasts: timedelta) -> str:
    """Begin a signed-in session under a new id (against a planted one) and end the pending one. Gives its cookie."""
    cookie = secrets.token_urlsafe(32)
    kind = next(name for name, role in ROLES.items() if role is type(who.user))
    apart = {"issuer", "subject", "session"}
    about = {f.name: getattr(who.user, f.name) for f in fields(who.user) if f.name not in apart}
    row = _row(cookie, kind, lasts=lasts)
    data = {"user": about, "id_token": who.id_token, "level": who.level}
    row |= {"provider": who.provider, "iss": who.user.issuer, "sub": who.user.subject, "idp_sid": who.idp_sid}
    with db.write(engine) as connection:
        connection.execute(_living(instead_of).values(ended_at=clock.now(), ended_why="signed in"))
        connection.execute(insert(sessions), row | {"data": _sealed(connection, row["sid_hash"], data)})
    return cookie


def change(engine: Engine, sid_hash: bytes, edit: Callable[[Data], Any]) -> Any:
    """Edit the data of a living session, one request at a time; gives what `edit` gives (None where it has ended)."""
    with db.write(engine) as connection:
        data = _data_for_update(connection, sid_hash)
        if data is None:
            return None
        answer = edit(data)
        connection.execute(_living(sid_hash).values(data=_sealed(connection, sid_hash, data)))
        return answer


def _data_for_update(connection: Connection, sid_hash: bytes) -> Data | None:
    chosen = select(sessions.c.data).where(sessions.c.sid_hash == sid_hash, sessions.c.ended_at.is_(None))
    content = connection.execute(chosen.with_for_update()).scalar()
    return None if content is None else _opened(connection, sid_hash, content)


def end(engine: Engine, sid_hash: bytes, why: str) -> None:
    """End one session, now and on every server. Its tokens are forgotten."""
    with db.write(engine) as connection:
        connection.execute(_living(sid_hash).values(ended_at=clock.now(), ended_why=why, data=b""))


def end_all(engine: Engine, issuer: str, subject: str, why: str) -> int:
    """End every session of one person; how many there were."""
    living = update(sessions).where(
        sessions.c.iss == issuer, sessions.c.sub == subject, sessions.c.kind != PENDING, sessions.c.ended_at.is_(None)
    )
    with db.write(engine) as connection:
        return connection.execute(living.values(ended_at=clock.now(), ended_why=why, data=b"")).rowcount


def end_told(connection: Connection, issuer: str, *, sid: str, subject: str) -> list[User]:
    """End the sessions that a provider says are over: of one session there, of one person, or both; whose they were."""
    c = sessions.c
    named = [column == value for column, value in ((c.idp_sid, sid), (c.sub, subject)) if value]
    over = and_(c.iss == issuer, *named, c.kind != PENDING, c.ended_at.is_(None))
    rows = connection.execute(select(sessions).where(over).with_for_update()).mappings().all()
    users = [_user(row, _opened(connection, row["sid_hash"], row["data"])) for row in rows]
    connection.execute(update(sessions).where(over).values(ended_at=clock.now(), ended_why="provider", data=b""))
    return users


def end_account(connection: Connection, account: str, why: str) -> None:
    """End every session of a patient's account. Accounts are not in the table: all living ones are looked through."""
    c = sessions.c
    patients = select(c.sid_hash, c.iss, c.sub).where(c.kind == "patient", c.ended_at.is_(None))
    for row in connection.execute(patients).all():
        if PatientUser(row.iss, row.sub, "", "").account == account:
            connection.execute(_living(row.sid_hash).values(ended_at=clock.now(), ended_why=why, data=b""))


def _living(sid_hash: bytes) -> Any:
    return update(sessions).where(sessions.c.sid_hash == sid_hash, sessions.c.ended_at.is_(None))


def _row(cookie: str, kind: str, *, lasts: timedelta) -> dict[str, Any]:
    now = clock.now()
    return {
        "sid_hash": hash_of(cookie),
        "kind": kind,
        "provider": "",
        "iss": "",
        "sub": "",
        "csrf": secrets.token_urlsafe(32),
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + lasts,
    }
