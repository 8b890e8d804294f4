"""Commands, for those who run Tributary. Exit 0 done, 2 bad usage, 3 something was quarantined or does not hold."""

import csv
import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from app import audit_heads, crypto, keyring
from app.errors import TributaryError
from app.settings import Settings

IN_FILE = click.Path(exists=True, path_type=Path)
OUT = click.Path(path_type=Path)


def install(app: Flask) -> None:
    """Give the app its commands."""
    from app import backup_commands, demo_commands, export_commands, feed_commands, record_commands, staff_commands

    for command in (migrate, database, worker, keys, audit_group):
        app.cli.add_command(command)
    for module in (feed_commands, record_commands, export_commands, staff_commands, demo_commands, backup_commands):
        for command in module.COMMANDS:
            app.cli.add_command(command)


def engine() -> Engine:
    """The app's database."""
    found: Engine = current_app.extensions["engine"]
    return found


def settings() -> Settings:
    """The app's settings."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def answered(command: Callable[..., None]) -> Callable[..., None]:
    """Say in one line what went wrong, and never show a person's data in a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except TributaryError as error:
            click.echo(str(error) or "There is nothing here, or nothing you have access to.", err=True)
            sys.exit(2)
        except DBAPIError as error:
            click.echo(_database_words(error), err=True)
            sys.exit(1)

    return with_appcontext(run)


def _database_file() -> str:
    """Which file, where it is one; a server's address may hold a password."""
    url = engine().url
    return f" ({url.database})" if url.get_backend_name() == "sqlite" and url.database else ""


def _database_words(error: DBAPIError) -> str:
    """The first line of what speaks of disks and locks. Of anything else the kind only: its words may hold a value."""
    words, kind = str(error.orig), type(error.orig).__name__
    if words.startswith(("no such table", "no such column")) or kind in {"UndefinedTable", "UndefinedColumn"}:
        return "The database is not up to date: run `flask --app wsgi migrate`."
    said = words.splitlines()[0][:200] if words and isinstance(error, OperationalError) else kind
    return f"The database could not be used{_database_file()}: {said}. What was counted is kept."


@click.command()
@answered
def migrate() -> None:
    """Bring the database and the vault up to date."""
    from app.export.vault import migrate_vault
    from app.migrate import mark_real, mark_synthetic
    from app.migrate import migrate as run

    if settings().database_url.startswith("sqlite:///"):
        Path(settings().database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    run(engine())
    (mark_synthetic if settings().is_demo else mark_real)(engine())
    migrate_vault(settings())
    click.echo("The database and the vault are up to date.")


@click.group()
def database() -> None:
    """Who may connect to the database."""


@database.command()
@click.argument("role")
@answered
def allow(role: str) -> None:
    """Let a PostgreSQL role serve the site: it owns nothing, and sees what a look opens. Again after `migrate`."""
    from app.access.second_lock import let_in

    let_in(engine(), role)
    click.echo("The site may connect as that role.")


@click.command()
@click.option("--once", is_flag=True, help="Look once, then stop.")
@click.option("--every", default=10.0, show_default=True, help="Seconds between looks.")
@answered
def worker(once: bool, every: float) -> None:
    """Take what lands in INBOX/<ODS>/, make releases that wait, lead lists back to care, watch over the looks."""
    from app.worker import FAILED, look, steps, watching, work

    settings().inbox.mkdir(parents=True, exist_ok=True)
    doing, watch = steps(engine(), settings()), watching(engine(), settings())
    if not once:
        work(doing, watch, every_seconds=every)
    done = look(doing | watch)
    click.echo(", ".join(f"{count} {name}" for name, count in done.items() if count != FAILED))
    if failed := [name for name, count in done.items() if count == FAILED]:
        click.echo("could not be done: " + ", ".join(failed), err=True)
        sys.exit(2)


@click.group()
def keys() -> None:
    """The installation's keys."""


@keys.command()
@answered
def create() -> None:
    """Make the keys that are missing. Keep a copy of the folder apart from the database."""
    crypto.create_keys(settings().keys_dir)
    click.echo("The keys are there.")


@keys.command()
@click.option("--data", is_flag=True, help="New data keys as well: every statement is sealed anew.")
@click.option("--tokens", is_flag=True, help="A new key as well for what people are found by.")
@click.option("--names", is_flag=True, help="A new key as well for sources' own names of things.")
@click.option("--words", is_flag=True, help="A new key as well for what people wrote.")
@answered
def rotate(*, data: bool, **kinds: bool) -> None:
    """Make a new key-encryption key and wrap every key with it. The site goes on meanwhile.

    Stopped half-way, everything opens and is found; the same command goes on.
    """
    from app import generations
    from app.access.grants import operator_grant
    from app.statements import renew

    chosen = [kind for kind, wanted in kinds.items() if wanted]
    operator_grant(engine(), " ".join(["keys rotate", *(f"--{one}" for one in [*["data"] * data, *chosen])]))
    number = crypto.add_kek(settings().keys_dir)
    many = keyring.rewrap(engine())
    for kind in chosen:
        click.echo(f"The key of {kind} is new; {generations.change(engine(), kind)} rows were changed.")
    if data:
        click.echo(f"{renew(engine())} data keys are new.")
    click.echo(f"{many} keys are wrapped with kek-{number}.key. Older ones open older backups: keep them as long.")


@click.group("audit")
def audit_group() -> None:
    """The record of looks."""


@audit_group.command()
@answered
def verify() -> None:
    """Check that no row was changed, removed, cut off or written anew since its head was signed."""
    found = audit_heads.verify(engine(), settings())
    click.echo(f"{found.held} rows hold; up to row {found.signed} they are signed.")
    for one in found.faults:
        click.echo(f"row {one.seq}: {one.words}")
    if found.faults:
        sys.exit(3)


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_csv(header: tuple[str, ...], rows: Any) -> None:
    """A CSV table on standard output."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def moment(text: str | None) -> datetime | None:
    """An ISO date or date-time given as an option; London's time unless it says otherwise."""
    from fhir.dates import fhir_date

    if text is None:
        return None
    found = fhir_date(text)
    if found is None:
        raise click.BadParameter("give a date or date-time such as 2026-11-05T14:30:00Z")
    return found.start
