"""One engine; a reading and a writing transaction. SQLite and PostgreSQL behave the same behind them."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from math import inf
from time import monotonic
from typing import Any

import psycopg
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    LargeBinary,
    Subquery,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 10
RESTED_SECONDS = 1
"""After how long a connection is asked whether it still stands. Asked at each use, a page would ask four times."""
BINARY = 1
"""How PostgreSQL is asked for what is read: as text a body is twice as long, and is made and read digit by digit."""


class Moment(TypeDecorator[datetime]):
    """A UTC moment. Refuses one without a time zone rather than guess it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        return _remembering(super().bind_processor(dialect))

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        if dialect.name == "postgresql":
            return None  # it answers in UTC, as every session asks it to
        return _remembering(super().result_processor(dialect, coltype))


def _remembering(process: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    """Hundreds of rows have the one moment of their delivery: it is worked out once."""
    return lru_cache(maxsize=4096)(process) if process else None


class Bytes(LargeBinary):
    """Bytes as they are. Both drivers take and give plain bytes, so nothing is wrapped on the way."""

    def bind_processor(self, dialect: Dialect) -> None:
        return None

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        return None


def engine_for(url: str) -> Engine:
    """The engine for a database URL: `sqlite:///file` or `postgresql://…` (spoken to by psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return _postgresql(parsed.set(drivername="postgresql+psycopg"))


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url, pool_size=10, hide_parameters=True)

    @event.listens_for(engine, "checkin")
    def _on_checkin(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("rests_since", inf) > RESTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error as gone:
                raise InvalidatePoolError from gone

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()
        connection.adapters.register_dumper(list, ListBinaryDumper)  # as text, Python escapes each key of a list

    @event.listens_for(engine, "before_cursor_execute")
    def _on_execute(connection: Connection, cursor: Any, *_: Any) -> None:
        if connection.get_execution_options().get("binary"):
            cursor.format = BINARY

    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: a deferred write fails under other writers
        kept = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32768", "secure_delete=ON")
        for pragma in kept:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the database. Writing in it is a mistake, and PostgreSQL refuses it."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ", "binary": True}
    with engine.connect() as connection:
        connection = connection.execution_options(**options)
        with connection.begin():
            yield connection


@contextmanager
def ask(engine: Engine) -> Iterator[Connection]:
    """For one question by itself: what it sees is of one moment; PostgreSQL needs no transaction about it."""
    if engine.dialect.name == "sqlite":
        with read(engine) as connection:
            yield connection
        return
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT", binary=True)


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: all of it is durable when it ends, or none of it ever was."""
    with engine.connect() as connection:
        connection = connection.execution_options(write=True)
        with connection.begin():
            yield connection


def one_of(connection: Connection, column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column holds one of these. PostgreSQL takes them as one list: hundreds one by one cost more to read."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(bindparam(None, list(values), expanding=True))


def any_of(dialect: str, column: Any, name: str) -> ColumnElement[bool]:
    """Whether a column holds one of the parameter of this name, a list. For a query that is built once."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))  # type: ignore[no-any-return]
    return column.in_(bindparam(name, expanding=True))  # type: ignore[no-any-return]


def among(dialect: str, column: Column[bytes]) -> ColumnElement[bool]:
    """Whether a column of 16 bytes holds one of the parameter `among`. For a query that is built once."""
    if dialect == "postgresql":
        return column == any_(bindparam("among", type_=ARRAY(column.type)))
    return column.in_(select(asked(dialect).c.key))


def asked(dialect: str) -> Subquery:
    """The values of the parameter `among` as rows of one column, `key`."""
    if dialect == "postgresql":
        return select(func.unnest(bindparam("among", type_=ARRAY(Bytes()))).label("key")).subquery("asked")
    given = bindparam("among", type_=Bytes())
    start = select(literal(1).label("start")).cte("starts", recursive=True)
    start = start.union_all(select(start.c.start + 16).where(start.c.start + 16 < func.length(given)))
    return select(func.substr(given, start.c.start, 16, type_=Bytes()).label("key")).subquery("asked")


def as_among(dialect: str, keys: Collection[bytes]) -> list[bytes] | bytes:
    """The value of that parameter. SQLite gets one, and cuts it: hundreds of values would cost more than the search."""
    return list(keys) if dialect == "postgresql" else b"".join(keys)
