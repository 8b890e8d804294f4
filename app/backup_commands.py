"""Commands that copy the databases and bring them back."""

import sys
from pathlib import Path

import click

from app import audit_heads, backups
from app.access.grants import operator_grant
from app.cli import IN_FILE, OUT, answered, engine, settings


@click.command()
@click.argument("folder", type=OUT)
@answered
def backup(folder: Path) -> None:
    """Copy the database and the vault into a new FOLDER, while the site goes on. SQLite only."""
    operator_grant(engine(), "backup")
    told = backups.back_up(settings(), folder)
    click.echo(f"{', '.join(told['files'])} are copied as they were at {told['made_at']} or later.")
    click.echo("Not in it: the keys (KEYS_DIR), AUDIT_HEADS, releases and what waits in INBOX.")


@click.command()
@click.argument("folder", type=IN_FILE)
@answered
def restore(folder: Path) -> None:
    """Put the copies in FOLDER in place, where nothing is yet, and check the record of looks. Stop the site first."""
    told = backups.restore(settings(), folder)
    click.echo(f"{', '.join(told['files'])} are as they were at {told['made_at']} or later.")
    found = audit_heads.verify(engine(), settings())
    click.echo(f"{found.held} rows of the record of looks hold; up to row {found.signed} they are signed.")
    for one in found.faults:
        click.echo(f"row {one.seq}: {one.words}")
    if found.faults:
        sys.exit(3)
    operator_grant(engine(), f"restore of {told['made_at']}")


COMMANDS = (backup, restore)
