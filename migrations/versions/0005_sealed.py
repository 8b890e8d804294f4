"""What is kept about people is sealed: statements with a key for each source patient, other words with one key."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from app import keyring
from app.bodies import unpacked
from app.statements.sealing import Told, seal

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_ONCE = 500
BEFORE = "tokens.key"
"""The file in KEYS_DIR that held the key of the tokens. It goes on being used, and lies in the database from now on."""
WORDS = {
    "audit_events": (("seq",), ("actor", "detail")),
    "sessions": (("sid_hash",), ("data",)),
    "reasons": (("sid_hash", "patient_id"), ("words",)),
    "problems": (("seq",), ("words",)),
    "look_questions": (("seq",), ("words", "answer", "answered_by")),
}


def upgrade() -> None:
    connection = op.get_bind()
    op.create_table(
        "installation_keys",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("kek", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation_keys")),
    )
    op.create_table(
        "data_keys",
        sa.Column("subject", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kek", sa.SmallInteger()),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_data_keys")),
    )
    before = keyring.ring_of(connection).folder / BEFORE
    keyring.make_keys(connection, {keyring.TOKENS: before.read_bytes()} if before.exists() else {})
    keys = keyring.keys_of(connection)
    people = connection.scalars(sa.text("SELECT id FROM source_patients")).all()
    keyring.make_data_keys(connection, people)
    _name_people(connection, keys)
    _seal_statements(connection, keys)
    _seal_quarantine(connection, keys)
    for table, (row, columns) in WORDS.items():
        _seal_words(connection, keys, table, row, columns)
    for table in ("releases", "worklists"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("requester_key")  # who asked is told by name too


def _pages(connection: sa.Connection, table: sa.TableClause, *order: str) -> Iterator[list[Any]]:
    """All rows of a table, so many at a time, in the order of these columns."""
    by = [table.c[name] for name in order]
    last = None
    while True:
        query = sa.select(table).order_by(*by).limit(AT_ONCE)
        if last is not None:
            query = query.where(sa.tuple_(*by) > sa.tuple_(*(sa.literal(value) for value in last)))
        rows = list(connection.execute(query).all())
        if not rows:
            return
        yield rows
        last = tuple(getattr(rows[-1], name) for name in order)


def _name_people(connection: sa.Connection, keys: keyring.Keys) -> None:
    with op.batch_alter_table("source_patients") as batch:
        batch.add_column(sa.Column("name", sa.LargeBinary(16)))
    table = sa.table("source_patients", *map(sa.column, ("id", "ods", "local_id", "name")))
    change = sa.update(table).where(table.c.id == sa.bindparam("of")).values(name=sa.bindparam("new"))
    for rows in _pages(connection, table, "id"):
        connection.execute(change, [{"of": r.id, "new": keys.name(r.ods, r.local_id)} for r in rows])
    with op.batch_alter_table("source_patients") as batch:
        batch.drop_constraint("uq_source_patients_ods_local_id", type_="unique")
        batch.drop_column("local_id")
        batch.alter_column("name", existing_type=sa.LargeBinary(16), nullable=False)
        batch.create_unique_constraint(op.f("uq_source_patients_name"), ["name"])


_SAME = ("subject", "id", "source", "type", "digest", "updated", "delivery_id", "received_at", "superseded_at")


def _seal_statements(connection: sa.Connection, keys: keyring.Keys) -> None:
    op.rename_table("statements", "statements_before")
    op.drop_index("uq_statements_current", "statements_before")
    if connection.dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_statements RENAME TO pk_statements_before")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "statements",
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.Column("updated", moment),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("superseded_at", moment),
        sa.Column("codec", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("irregular", sa.Text()),
        sa.PrimaryKeyConstraint("subject", "id", name=op.f("pk_statements")),
        sqlite_with_rowid=False,
    )
    times = [sa.column(name, moment) for name in ("updated", "received_at", "superseded_at")]
    names = ("subject", "id", "key", "source", "type", "local_id", "digest", "version", "delivery_id", "codec", "body")
    before = sa.table("statements_before", *map(sa.column, names), *times, sa.column("refs"), sa.column("irregular"))
    after = sa.table(
        "statements",
        *(sa.column(c, moment) if c in {"updated", "received_at", "superseded_at"} else sa.column(c) for c in _SAME),
        *map(sa.column, ("key", "codec", "deleted", "sealed", "irregular")),
    )
    aliases = dict(connection.execute(sa.text("SELECT alias, key FROM aliases")).all())
    new_keys: dict[bytes, bytes] = dict.fromkeys(aliases.values(), b"")
    for rows in _pages(connection, before, "subject", "id"):
        sealing = keyring.data_keys_of(connection, {row.subject for row in rows})
        made = []
        for row in rows:
            body = None if row.body is None else unpacked(row.body, row.codec)
            told = Told(row.local_id, row.version, json.loads(row.refs) if row.refs else {}, body)
            codec, sealed = seal(sealing[row.subject], row.subject, row.id, told)
            key = keys.name(row.source, row.type, row.local_id)
            if row.key in new_keys:
                new_keys[row.key] = key
            same = {name: getattr(row, name) for name in (*_SAME, "irregular")}
            made.append(same | {"key": key, "codec": codec, "deleted": body is None, "sealed": sealed})
        connection.execute(sa.insert(after), made)
    op.drop_table("statements_before")
    op.create_index(
        "uq_statements_current",
        "statements",
        ["key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    connection.execute(sa.text("DELETE FROM aliases"))
    again = [
        {"alias": keys.name(f"?{alias.hex()}"), "key": new_keys[key]} for alias, key in aliases.items() if new_keys[key]
    ]
    if again:
        connection.execute(sa.text("INSERT INTO aliases (alias, key) VALUES (:alias, :key)"), again)


def _seal_quarantine(connection: sa.Connection, keys: keyring.Keys) -> None:
    table = sa.table("quarantine", *map(sa.column, ("id", "ods", "digest", "body")))
    change = sa.update(table).where(table.c.id == sa.bindparam("of")).values(body=sa.bindparam("new"))
    for rows in _pages(connection, table, "id"):
        sealed = [(r.id, keys.seal(r.body, f"quarantine|{r.ods}|{r.digest.hex()}|sealed")) for r in rows]
        connection.execute(change, [{"of": number, "new": content} for number, content in sealed])
    with op.batch_alter_table("quarantine") as batch:
        batch.alter_column("body", existing_type=sa.LargeBinary(), existing_nullable=False, new_column_name="sealed")


def _seal_words(
    connection: sa.Connection, keys: keyring.Keys, table: str, row: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    """The columns of a table, each in place of itself; what was empty stays so."""
    may_lack = {"answer", "answered_by"}
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.add_column(sa.Column(f"{column}_sealed", sa.LargeBinary()))
    uuids = {"patient_id"}
    known = [sa.column(name, sa.Uuid()) if name in uuids else sa.column(name) for name in row]
    both = [sa.column(name) for column in columns for name in (column, f"{column}_sealed")]
    own = sa.table(table, *known, *both)
    which = sa.and_(*(own.c[name] == sa.bindparam(f"of_{name}", type_=own.c[name].type) for name in row))
    change = sa.update(own).where(which).values({f"{c}_sealed": sa.bindparam(f"new_{c}") for c in columns})
    for rows in _pages(connection, own, *row):
        connection.execute(change, [_sealed_row(keys, table, one, row, columns) for one in rows])
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.drop_column(column)
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.alter_column(
                f"{column}_sealed",
                existing_type=sa.LargeBinary(),
                new_column_name=column,
                nullable=column in may_lack,
            )


def _sealed_row(
    keys: keyring.Keys, table: str, one: Any, row: tuple[str, ...], columns: tuple[str, ...]
) -> dict[str, Any]:
    values = [getattr(one, name) for name in row]
    place = "|".join([table, *(value.hex() if isinstance(value, bytes) else str(value) for value in values)])
    found = {f"of_{name}": value for name, value in zip(row, values, strict=True)}
    for column in columns:
        words = getattr(one, column)
        if table == "sessions" and words == "{}":
            found["new_data"] = b""  # it has ended
        else:
            found[f"new_{column}"] = None if words is None else keys.seal(words, f"{place}|{column}")
    return found
