"""Commands about feeds: registering them, taking what they send, and what was refused."""

import sys
from dataclasses import astuple
from pathlib import Path

import click
from sqlalchemy import select

from app import db, demo, statements
from app.access import sharing as agreements
from app.access.grants import operator_grant
from app.cli import IN_FILE, OUT, answered, engine, print_csv, print_json, settings
from app.errors import BadUsage
from app.ingest import delivery, feeds
from app.ingest.taking import Counts, refused_bytes
from app.tables import quarantine


@click.group()
def providers() -> None:
    """Who may send what, and for what purpose."""


@providers.command("load")
@click.argument("csv_file", type=IN_FILE)
@answered
def load_providers(csv_file: Path) -> None:
    """Register feeds from a CSV: ods,name,kind,controller,purpose,legal_basis,categories,interval_hours."""
    click.echo(f"{feeds.load(engine(), csv_file)} feeds registered")
    if settings().is_demo:
        demo.agree(engine())


@providers.command("list")
@answered
def list_providers() -> None:
    """Every feed, with how fresh it is."""
    shown = (*feeds.COLUMNS, "last_delivery_at", "last_success_at", "held", "failures")
    print_csv(shown, ([row[name] for name in shown] for row in feeds.listed(engine())))


@click.group()
def sharing() -> None:
    """What each organisation agreed to show to whom."""


@sharing.command("load")
@click.argument("csv_file", type=IN_FILE)
@answered
def load_sharing(csv_file: Path) -> None:
    """Keep rules in place of all others: provider,category,recipient,effect,from,until,agreement.

    A category is a section of the record or *; a recipient an ODS code, a kind of organisation or *; an effect allow or
    deny, which overrides; a day is YYYY-MM-DD or nothing.
    """
    operator_grant(engine(), "sharing load")
    many = agreements.load(engine(), csv_file)
    click.echo(f"{many} rules are in force from their days on. A council shows nothing without one.")


@sharing.command("list")
@answered
def list_sharing() -> None:
    """Every rule."""
    with db.read(engine()) as connection:
        rows = agreements.rules(connection)
    print_csv(agreements.COLUMNS, (astuple(rule) for rule in rows))


@click.command()
@click.option("--source", required=True, help="The sender's ODS code.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("paths", nargs=-1, required=True, type=IN_FILE)
@answered
def ingest(source: str, as_json: bool, paths: tuple[Path, ...]) -> None:
    """Take Bundles (.json), bulk .ndjson, either .gz, or folders of them."""
    feed = feeds.feed_of(engine(), source, is_demo=settings().is_demo)
    totals = delivery.ingest(engine(), feed, paths, None if as_json else _show)
    if as_json:
        print_json(totals)
    else:
        click.echo("\n" + ", ".join(f"{name} {value}" for name, value in totals.items()))
    if totals["quarantined"]:
        sys.exit(3)


def _show(counts: Counts) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{counts.received} resources", nl=False, err=True)


@click.command("quarantine")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--show", type=int, help="Print the bytes of one, by its id: they may be about a person.")
@answered
def list_quarantine(as_json: bool, show: int | None) -> None:
    """What was refused, where and why. No personal value is printed, unless one is asked for."""
    if show is not None:
        grant = operator_grant(engine(), f"quarantine --show {show}")
        sys.stdout.buffer.write(refused_bytes(engine(), grant, show))
        return
    shown = ("id", "ods", "position", "reason", "words", "at")
    query = select(*(quarantine.c[name] for name in shown)).order_by(quarantine.c.id)
    with db.read(engine()) as connection:
        rows = connection.execute(query).mappings().all()
    if as_json:
        for row in rows:
            print_json(dict(row))
    else:
        print_csv(shown, ([row[name] for name in shown] for row in rows))


@click.command("links")
@click.option("--csv", "as_csv", is_flag=True, required=True, help="Print a CSV table.")
@answered
def list_links(as_csv: bool) -> None:
    """Who is who now: the person of every source patient."""
    grant = operator_grant(engine(), "links")
    print_csv(("provider", "patient", "person_key"), sorted(statements.bearers(engine(), grant)))


@click.command()
@click.option("--people", default=200, show_default=True, type=click.IntRange(1, 450_000))
@click.option("--seed", default=1, show_default=True)
@click.option("--thin", is_flag=True, help="About 20 statements a person, for large regions.")
@click.option("--out", required=True, type=OUT)
@answered
def synth(people: int, seed: int, thin: bool, out: Path) -> None:
    """Write a synthetic region: feeds, a second day of changes, and the truth about them."""
    from app.synth.region import write_region

    if out.exists() and any(out.iterdir()):
        raise BadUsage("--out must be a new or empty folder")
    write_region(out, people, seed, thin=thin)
    click.echo(f"{people} people written")


COMMANDS = (providers, sharing, ingest, list_quarantine, list_links, synth)
