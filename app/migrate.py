"""Bring a database up to date, and keep the demo's people and real ones apart."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from app import db
from app.errors import BadUsage, NotReady
from app.tables import instance

FOLDER = Path(__file__).parent.parent / "migrations"
VAULT_FOLDER = FOLDER / "vault"


def migrate(engine: Engine, folder: Path = FOLDER) -> None:
    """Run every migration that the database has not had; nothing where it is up to date."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    with db.write(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


MADE_FOR_DEMO = "This database was made for the demo: production needs one of its own"
HOLDS_REAL = "This database holds real people's data: the demo needs one of its own"


def refuse_other_kind(engine: Engine, *, is_demo: bool) -> None:
    """Raise NotReady where the demo would open real people's database, or production the demo's.

    One that was never migrated, or does not answer, holds nothing to show: it is let pass, as `migrate` needs it.
    """
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and not Path(file).exists():
        return
    try:
        with db.read(engine) as connection:
            found = connection.scalar(_KIND)
    except DBAPIError:
        return
    finally:
        engine.dispose()  # no worker inherits a connection
    if found == ("real" if is_demo else "synthetic"):
        raise NotReady(HOLDS_REAL if is_demo else MADE_FOR_DEMO)


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
