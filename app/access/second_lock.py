"""PostgreSQL's own lock on what is held: a transaction sees what was opened in it, and otherwise nothing.

The same rules as the policy's, by row-level security (migration 0010), for a role that owns nothing. Whoever owns the
tables, as `migrate` and other commands do, passes by it. On SQLite there is no such lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Engine, text

from app import db
from app.access.policy import Decision
from app.errors import BadUsage
from fhir.kinds import sections_of
from fhir.resource_types import RESOURCE_TYPES


@dataclass(frozen=True)
class Opening:
    """What one look opens: source patients, pairs `source/type`, and labels hidden but in the `own` statements."""

    subjects: tuple[int, ...] = ()
    shown: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    own: str = ""

    def on(self, connection: Connection) -> None:
        """Open it until the end of this transaction."""
        values = {
            "subjects": " ".join(map(str, self.subjects)),
            "shown": " ".join(self.shown),
            "hides": " ".join(self.hides),
            "own": self.own,
        }
        _set(connection, **values)


def opening(subjects: Iterable[int], sources: Iterable[str], decision: Decision) -> Opening:
    """What a decision opens of these source patients, who are known to these sources."""
    shown = (f"{ods}/{type_}" for ods in sorted(set(sources)) for type_ in _types(decision.shows.get(ods, frozenset())))
    return Opening(tuple(sorted(subjects)), tuple(shown), tuple(sorted(decision.hides)), decision.own)


@lru_cache(maxsize=256)
def _types(categories: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(one for one in RESOURCE_TYPES if sections_of(one) & categories))


def open_feed(connection: Connection, ods: str) -> None:
    """Let a feed that is taken see what it sent before."""
    _set(connection, feed=ods)


def _set(connection: Connection, **values: str) -> None:
    """`true`: for this transaction only. Else the next request on this connection would see it too."""
    if connection.dialect.name == "postgresql":
        calls = ", ".join(f"set_config('tributary.{name}', :{name}, true)" for name in values)
        connection.execute(text(f"SELECT {calls}"), values)


_PASSES = text(
    "SELECT r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, t.relowner, 'MEMBER')"
    " FROM pg_roles r, pg_class t"
    " WHERE r.rolname = coalesce(CAST(:role AS name), current_user) AND t.oid = to_regclass('statements')"
)


def passes_by(engine: Engine) -> bool:
    """Whether this engine's role is one for whom PostgreSQL does not lock anything."""
    if engine.dialect.name != "postgresql":
        return False
    with engine.connect() as connection:
        return bool(connection.scalar(_PASSES, {"role": None}))


def refuse_locked(engine: Engine, what: str) -> None:
    """Raise BadUsage for a role that sees only what is opened: what reads everything would take the rest for gone."""
    if engine.dialect.name == "postgresql" and not passes_by(engine):
        raise BadUsage(f"{what} is done as the owner of the tables")


def let_in(engine: Engine, role: str) -> None:
    """Let a role that exists read and write as the site does: behind this lock, and without changing what was audited.

    Raises BadUsage for a database that knows no roles, or a role that owns what it should be locked from.
    """
    if engine.dialect.name != "postgresql":
        raise BadUsage("only PostgreSQL knows roles")
    name = engine.dialect.identifier_preparer.quote(role)
    with db.write(engine) as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
            raise BadUsage("there is no such role: make it first with CREATE ROLE … LOGIN")
        if connection.scalar(_PASSES, {"role": role}):
            raise BadUsage("this role owns the tables, or is a superuser: choose another for the site")
        for allowed in _RIGHTS:
            connection.exec_driver_sql(allowed.format(role=name))


_RIGHTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit_events, audit_subjects FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
    "REVOKE DELETE ON statements FROM {role}",
)
