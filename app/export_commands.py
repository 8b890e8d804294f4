"""Commands about uses of data beyond a person's own care: opt-outs, lists of codes, releases and measures."""

import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy import select

from app import db
from app.access.facts import LISTED
from app.access.grants import operator_grant
from app.cli import IN_FILE, OUT, answered, engine, moment, print_csv, print_json, settings
from app.clock import LONDON
from app.errors import BadUsage
from app.export import making, optouts, releases, terminology
from app.export.making import MEASURES, ROWS
from app.export.measures import MEASURES as MEASURES_BY_NAME
from app.export.population import snapshot
from app.export.vault import open_vault
from app.ingest.labelling import label_again
from app.use_tables import code_lists
from fhir.codes import System


@click.group("optouts")
def optouts_group() -> None:
    """Who must be in no export."""


@optouts_group.command("load")
@click.argument("file", type=IN_FILE)
@click.option("--polarity", required=True, type=click.Choice(optouts.POLARITIES), help="What being on the list means.")
@click.option("--valid-until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Its last valid day.")
@answered
def load_optouts(file: Path, polarity: str, valid_until: datetime) -> None:
    """Keep a list of the national data opt-out: NHS numbers, one a line or in the column nhs_number."""
    click.echo(f"{optouts.load(engine(), file, polarity, valid_until.date())} NHS numbers kept, as tokens")


@click.group("terminology")
def terminology_group() -> None:
    """Which codes may leave, and what measures count."""


@terminology_group.command("load")
@click.argument("file", type=IN_FILE)
@click.option(
    "--list",
    "name",
    required=True,
    help="asthma, frailty-score, sensitive-hiv …: see README; or your own.",
)
@click.option("--citation", required=True, help="Where the list comes from, with its version.")
@click.option("--system", default=str(System.SNOMED), show_default=True, help="The coding system of its codes.")
@answered
def load_terminology(file: Path, name: str, citation: str, system: str) -> None:
    """Keep a list of codes from a CSV: code,term[,class]. Codes of `sensitive` and every `sensitive-…` never leave.

    What is held is labelled anew by a list `sensitive-…`: who may see it is decided by it from then on.
    """
    many = terminology.load(engine(), file, name, citation, system)
    click.echo(f"{many} codes in the list {name}")
    if name in LISTED:
        changed = label_again(engine(), operator_grant(engine(), f"terminology load --list {name}"))
        click.echo(f"{changed} statements have other labels now.")


@terminology_group.command("list")
@answered
def list_terminology() -> None:
    """Every list that is loaded."""
    shown = ("name", "entries", "citation", "loaded_at")
    query = select(*(code_lists.c[name] for name in shown)).order_by(code_lists.c.name)
    with db.read(engine()) as connection:
        print_csv(shown, connection.execute(query).all())


@click.group("reference")
def reference_group() -> None:
    """What is known of places."""


@reference_group.command("load")
@click.argument("file", type=IN_FILE)
@answered
def load_reference(file: Path) -> None:
    """Keep the deprivation of postcodes from a CSV: postcode,lsoa11,imd2019_decile."""
    click.echo(f"{terminology.load_postcodes(engine(), file)} postcodes kept")


@click.group("export")
def export_group() -> None:
    """Releases of approved projects."""


@export_group.command("run")
@click.option("--project", "project_id", required=True, type=click.UUID, help="An approved project's number.")
@click.option("--kind", default=ROWS, show_default=True, type=click.Choice((ROWS, MEASURES)))
@click.option(
    "--out", required=True, type=OUT, help="A new or empty folder: filled only when the gate lets it through."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@answered
def run_export(project_id: UUID, kind: str, out: Path, as_json: bool) -> None:
    """Make a release now, and say what the gate found. A second person still decides whether it may be pulled."""
    if out.exists() and any(out.iterdir()):
        raise BadUsage("--out must be a new or empty folder")
    number = releases.request_for_operator(engine(), project_id, kind)
    with open_vault(settings()) as vault:
        releases.make(engine(), vault, settings(), number)
    made = releases.get(engine(), number)
    if made.state == releases.CHECKED:
        shutil.copytree(settings().releases_dir / str(number), out, dirs_exist_ok=True)
    if as_json:
        print_json({"release": number, "state": made.state, **made.report})
    else:
        click.echo(f"{made.state} {number}")
        for check in made.report["checks"]:
            click.echo(f"{'passed' if check['passed'] else 'FAILED'}  {check['name']}: {check['words']}")
    if made.state != releases.CHECKED:
        sys.exit(3)


@click.command("measure")
@click.argument("name", type=click.Choice(sorted(MEASURES_BY_NAME)))
@click.option("--as-of", help="The day on which it is asked; today unless told.")
@click.option("--unreleased", is_flag=True, required=True, help="Exact numbers, of everyone: they must not leave.")
@click.option("--json", "as_json", is_flag=True, required=True, help="Print one JSON object.")
@answered
def measure(name: str, as_of: str | None, unreleased: bool, as_json: bool) -> None:
    """The numbers of a measure before anything is suppressed. The asking is written down."""
    asked, at = MEASURES_BY_NAME[name], moment(as_of)
    seen = snapshot(engine(), None)
    told: dict[str, Any] = {"measure": name, "definition": asked.definition, "missing": asked.missing(seen.lists)}
    if not told["missing"]:
        granted = operator_grant(engine(), f"measure {name}")
        day = at.astimezone(LONDON).date() if at else None
        cells = making.count(engine(), granted, seen, {name: asked}, day).cells(name)
        told["numerator"], told["denominator"] = (sum(cell[n] for cell in cells.values()) for n in (0, 1))
        told["by_practice"] = {one: {"numerator": n, "denominator": d} for one, (n, d) in cells.items()}
    print_json(told)
    if told["missing"]:
        sys.exit(3)


COMMANDS = (optouts_group, terminology_group, reference_group, export_group, measure)
