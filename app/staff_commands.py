"""Commands about staff as people: only what finds a look at oneself, at home or at a colleague."""

from pathlib import Path

import click

from app.access.grants import operator_grant
from app.cli import IN_FILE, answered, engine
from app.governance import staff_list


@click.group("staff")
def staff_group() -> None:
    """What organisations say of their staff."""


@staff_group.command()
@click.argument("file", type=IN_FILE)
@answered
def load(file: Path) -> None:
    """Keep a list of staff (CSV), in place of what was known of its organisations."""
    operator_grant(engine(), "staff load")
    click.echo(f"{staff_list.load(engine(), file)} members of staff kept, sealed")


COMMANDS = (staff_group,)
