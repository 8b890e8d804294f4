"""A key of the installation is changed while the site goes on: some rows at a time, each batch whole or not at all.

Stopped anywhere, everything is found and opens, and the next run goes on from there. Hashes are made from the hashes
that are there, so that neither what they were made of need be read, nor a list be loaded again.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Table,
    bindparam,
    delete,
    insert,
    literal,
    select,
    true,
    tuple_,
    update,
)

from app import counters, db
from app.access.second_lock import refuse_locked
from app.keyring import CHANGING, LEAVING, NAMES, TOKENS, WORDS, Keys, add_key, keys_of, mark
from app.tables import (
    aliases,
    context_labels,
    gists,
    held_accounts,
    look_questions,
    problems,
    quarantine,
    reasons,
    sessions,
    source_patients,
    statements,
)
from app.tables import tokens as found_by
from app.use_tables import alert_decisions, erasures, lookers, opt_outs, staff

AT_ONCE = 500
PAUSE = 0.1
"""Seconds between batches: SQLite has no queue, and whoever waits to write looks again only so often."""
Rows = Sequence[Any]
HASHED: tuple[tuple[Table, tuple[Column[Any], ...]], ...] = (
    (source_patients, (source_patients.c.name,)),
    (statements, (statements.c.key,)),
    (aliases, (aliases.c.alias, aliases.c.key)),
)
"""What is named with the key of names. Aliases come last: where they lead to has its new name then."""
SEALED: dict[Table, tuple[tuple[str, ...], tuple[str, ...]]] = {
    sessions: (("sid_hash",), ("data",)),
    reasons: (("sid_hash", "patient_id"), ("words",)),
    problems: (("seq",), ("words",)),
    look_questions: (("seq",), ("words", "answer", "answered_by")),
    held_accounts: (("seq",), ("words", "decided_by")),
    erasures: (("id",), ("words", "asked_by", "decision_words", "decided_by")),
    alert_decisions: (("seq",), ("words",)),
    lookers: (("actor_key", "org"), ("words",)),
    staff: (("actor_key", "org"), ("words",)),
    quarantine: (("ods", "digest"), ("sealed",)),
}
"""What is sealed with the key of words: the columns that say where a seal stands, and those that are sealed.

The record of looks is not among them. It is added to, never changed: what was written stays under the key of then.
"""


def change(engine: Engine, kind: str) -> int:
    """Change the key of this kind, or go on with a change that was stopped. How many rows were changed."""
    refuse_locked(engine, "A change of keys")
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        if keys_of(connection).states[kind] is None:
            add_key(connection, kind)
            if kind == NAMES:
                _name_labels(connection)
    many = {TOKENS: _tokens, NAMES: _names, WORDS: _words}[kind](engine)
    _mark(engine, kind, None)
    return many


def _mark(engine: Engine, kind: str, state: str | None) -> None:
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        mark(connection, kind, state)


def _each(
    engine: Engine,
    columns: Iterable[Column[Any]],
    which: Callable[[Keys], Any],
    do: Callable[[Connection, Keys, Rows], None],
) -> int:
    """Do it to these rows of a table, in the order of its primary key, when it is nobody else's turn. How many."""
    columns = list(columns)
    by = list(columns[0].table.primary_key)
    last, many = None, 0
    while True:
        with db.write(engine) as connection:
            counters.wait_turn(connection)
            keys = keys_of(connection)
            query = select(*columns).where(which(keys)).order_by(*by).limit(AT_ONCE).with_for_update()
            if last is not None:
                query = query.where(tuple_(*by) > tuple_(*(literal(v, c.type) for c, v in zip(by, last, strict=True))))
            rows = connection.execute(query).all()
            if not rows:
                return many
            do(connection, keys, rows)
        time.sleep(PAUSE)
        last = [getattr(rows[-1], column.name) for column in by]
        many += len(rows)


# ------------------------------------------------------------------ by which people are found
def _tokens(engine: Engine) -> int:
    """The new ones are added, then all are found by these at once, then the old ones go."""
    both, many = (found_by, opt_outs), 0
    with db.read(engine) as connection:
        is_adding = keys_of(connection).states[TOKENS] == CHANGING
    if is_adding:
        for table in both:
            many += _each(engine, table.c, _compared(table), _adding(table))
        _mark(engine, TOKENS, LEAVING)
    for table in both:
        _each(engine, table.c, _left(table), _leaving(table))
    return many


def _compared(table: Table) -> Callable[[Keys], Any]:
    return lambda keys: table.c.generation == keys.found_by


def _left(table: Table) -> Callable[[Keys], Any]:
    return lambda keys: table.c.generation < keys.found_by


def _adding(table: Table) -> Callable[[Connection, Keys, Rows], None]:
    own = tuple_(*table.primary_key)

    def add(connection: Connection, keys: Keys, rows: Rows) -> None:
        following = keys.found_by + 1
        new = [
            row._asdict() | {"token": keys.next_token(row.token, following), "generation": following} for row in rows
        ]
        there = select(*table.primary_key).where(
            own.in_([tuple(one[c.name] for c in table.primary_key) for one in new])
        )
        known = {tuple(row) for row in connection.execute(there)}  # what came since, or before it was stopped
        fresh = [one for one in new if tuple(one[c.name] for c in table.primary_key) not in known]
        if fresh:
            connection.execute(insert(table), fresh)

    return add


def _leaving(table: Table) -> Callable[[Connection, Keys, Rows], None]:
    own = tuple_(*table.primary_key)

    def leave(connection: Connection, keys: Keys, rows: Rows) -> None:
        gone = [tuple(getattr(row, c.name) for c in table.primary_key) for row in rows]
        connection.execute(delete(table).where(own.in_(gone)))

    return leave


# ------------------------------------------------------------------ sources' own names of things
def _names(engine: Engine) -> int:
    """Gists say by name where nothing was: they go before and after, and are made again when somebody looks."""
    _forget_gists(engine)
    many = sum(_each(engine, _named(table, hashed), _older(table), _naming(table, hashed)) for table, hashed in HASHED)
    _forget_gists(engine)
    return many


def _name_labels(connection: Connection) -> None:
    """The few things that are labelled as sensitive have their new names from the start: nobody looks for two."""
    keys = keys_of(connection)
    rows = [row._asdict() | {"key": keys.next_name(row.key)} for row in connection.execute(select(context_labels))]
    connection.execute(delete(context_labels))
    if rows:
        connection.execute(insert(context_labels), rows)


def _forget_gists(engine: Engine) -> None:
    with db.write(engine) as connection:
        connection.execute(delete(gists))


def _named(table: Table, hashed: Iterable[Column[Any]]) -> list[Column[Any]]:
    return list(dict.fromkeys([*table.primary_key, *hashed]))


def _older(table: Table) -> Callable[[Keys], Any]:
    return lambda keys: table.c.generation < keys.generation


def _naming(table: Table, hashed: Sequence[Column[Any]]) -> Callable[[Connection, Keys, Rows], None]:
    own = [column == bindparam(f"of_{column.name}") for column in table.primary_key]
    values: dict[Any, Any] = {column: bindparam(f"new_{column.name}") for column in hashed}

    def name(connection: Connection, keys: Keys, rows: Rows) -> None:
        told = [
            {f"of_{c.name}": getattr(row, c.name) for c in table.primary_key}
            | {f"new_{c.name}": keys.next_name(getattr(row, c.name)) for c in hashed}
            for row in rows
        ]
        query = update(table).where(*own).values(values | {table.c.generation: keys.generation})
        connection.execute(query, told)

    return name


# ------------------------------------------------------------------ what people wrote
def _words(engine: Engine) -> int:
    return sum(_each(engine, table.c, lambda _: true(), _sealing(table)) for table in SEALED)


def place(table: Table, row: Any, column: str) -> str:
    """Where a seal stands: `table|row|column`."""
    values = (getattr(row, name) for name in SEALED[table][0])
    return "|".join([table.name, *(v.hex() if isinstance(v, bytes) else str(v) for v in values), column])


def _sealing(table: Table) -> Callable[[Connection, Keys, Rows], None]:
    own = [column == bindparam(f"of_{column.name}") for column in table.primary_key]
    columns = SEALED[table][1]

    def seal(connection: Connection, keys: Keys, rows: Rows) -> None:
        told = []
        for row in rows:
            kept = {name: content for name in columns if (content := getattr(row, name))}
            new = {name: keys.sealed_anew(content, place(table, row, name)) for name, content in kept.items()}
            if new != kept:
                every = {f"new_{name}": new.get(name, getattr(row, name)) for name in columns}
                told.append({f"of_{c.name}": getattr(row, c.name) for c in table.primary_key} | every)
        if told:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
            connection.execute(update(table).where(*own).values(values), told)

    return seal
