"""Migrations build exactly the tables that the code speaks of, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from app.migrate import migrate
from app.use_tables import metadata


def test_migrations_build_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_primary_key_is_the_one_declared(engine: Engine) -> None:
    found = {t: inspect(engine).get_pk_constraint(t)["constrained_columns"] for t in metadata.tables}
    assert found == {name: [c.name for c in table.primary_key.columns] for name, table in metadata.tables.items()}


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
