"""Bring a database up to date, and keep the demo's people and real ones apart."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from app import db
from app.errors import BadUsage, NotReady
from app.keyring import keys_of
from app.tables import instance

Answer = TypeVar("Answer")

FOLDER = Path(__file__).parent.parent / "migrations"
VAULT_FOLDER = FOLDER / "vault"


def migrate(engine: Engine, folder: Path = FOLDER, *, to: str = "head") -> None:
    """Run every migration that the database has not had, or those up to one; nothing where it is up to date."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    with _without_foreign_keys(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes. SQLite changes a table by building it anew, which what points to it must let pass;
    at the end nothing may point to what is not there (https://sqlite.org/lang_altertable.html, section 7)."""
    if engine.dialect.name != "sqlite":
        with db.write(engine) as connection:
            yield connection
        return
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            connection = connection.execution_options(write=True)
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise NotReady("the migration would leave rows that point to nothing: nothing was changed")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


MADE_FOR_DEMO = "This database was made for the demo: production needs one of its own"
HOLDS_REAL = "This database holds real people's data: the demo needs one of its own"


def refuse_other_kind(engine: Engine, *, is_demo: bool) -> None:
    """Raise NotReady where the demo would open real people's database, or production the demo's.

    One that was never migrated, or does not answer, holds nothing to show: it is let pass, as `migrate` needs it.
    """
    if _asked(engine, lambda connection: connection.scalar(_KIND)) == ("real" if is_demo else "synthetic"):
        raise NotReady(HOLDS_REAL if is_demo else MADE_FOR_DEMO)


def refuse_other_keys(engine: Engine) -> None:
    """Raise NotReady where KEYS_DIR does not open what this database holds. One that holds nothing is let pass."""
    _asked(engine, keys_of)


def _asked(engine: Engine, ask: Callable[[Connection], Answer]) -> Answer | None:
    """The answer of a database that was migrated; None of one that was not, or is not there."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and not Path(file).exists():
        return None
    try:
        with db.read(engine) as connection:
            return ask(connection)
    except DBAPIError:
        return None
    finally:
        engine.dispose()  # no worker inherits a connection


_KIND = select(instance.c.value).where(instance.c.name == "data_kind")


def mark_synthetic(engine: Engine) -> None:
    """Say for ever that this database holds synthetic people only. Refused where anything is held already."""
    with db.write(engine) as connection:
        found = connection.scalar(_KIND)
        if found == "unset":
            connection.execute(instance.update().where(instance.c.name == "data_kind").values(value="synthetic"))
        elif found != "synthetic":
            raise BadUsage(HOLDS_REAL)


def mark_real(engine: Engine) -> None:
    """Say for ever that this database holds real people. Refused where it holds synthetic ones."""
    with db.write(engine) as connection:
        found = connection.scalar(_KIND)
        if found == "unset":
            connection.execute(instance.update().where(instance.c.name == "data_kind").values(value="real"))
        elif found != "real":
            raise BadUsage(MADE_FOR_DEMO)
