"""Bring a database up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select

from app import db
from app.errors import BadUsage
from app.tables import instance

FOLDER = Path(__file__).parent.parent / "migrations"


def migrate(engine: Engine) -> None:
    """Run every migration that the database has not had; nothing where it is up to date."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    with db.write(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def mark_synthetic(engine: Engine) -> None:
    """Say for ever that this database holds synthetic people only. Refused where anything is held already."""
    with db.write(engine) as connection:
        found = connection.scalar(select(instance.c.value).where(instance.c.name == "data_kind"))
        if found == "unset":
            connection.execute(instance.update().where(instance.c.name == "data_kind").values(value="synthetic"))
        elif found != "synthetic":
            raise BadUsage("This database holds real people's data: the demo needs one of its own")


def mark_real(engine: Engine) -> None:
    """Say for ever that this database holds real people. Refused where it holds synthetic ones."""
    with db.write(engine) as connection:
        found = connection.scalar(select(instance.c.value).where(instance.c.name == "data_kind"))
        if found == "unset":
            connection.execute(instance.update().where(instance.c.name == "data_kind").values(value="real"))
        elif found != "real":
            raise BadUsage("This database was made for the demo: production needs one of its own")
