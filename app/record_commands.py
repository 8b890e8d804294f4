"""Commands about records: one as a user may see it, and a digest of all."""

from dataclasses import asdict
from hashlib import sha256
from uuid import UUID

import click
from sqlalchemy import Engine

from app import db, demo, statements
from app.access.grants import grant, operator_grant
from app.access.permissions import Permission
from app.access.policy import Reason
from app.access.searching import search_grant
from app.access.users import User
from app.cli import answered, engine, moment, print_csv, print_json, settings
from app.errors import BadUsage, NotFound
from app.identity.search import by_number
from app.viewer.problems import all_reports
from fhir import nhs_number
from fhir.record import combine
from fhir.record import digest as record_digest
from fhir.record_json import record_json

REASON = Reason("asked for on the command line")


@click.command()
@click.option("--nhs-number", "number", required=True)
@click.option("--as", "username", required=True, help="One of the demo's users; gp@ODS acts at another organisation.")
@click.option("--as-at", help="The record as it was at this date or time.")
@click.option("--json", "as_json", is_flag=True, required=True, help="Print one JSON object.")
@answered
def record(number: str, username: str, as_at: str | None, as_json: bool) -> None:
    """The combined record of one person, as that user may see it. The look is written down."""
    if not settings().is_demo:
        raise BadUsage("only the demo has users whom a command may act for: sign in to the site")
    user = demo.user_named(username)
    patient_id = _the_one(engine(), user, number)
    granted = grant(
        engine(), user, Permission.VIEW_RECORD, patient_id, as_at=moment(as_at), route="flask record", reason=REASON
    )
    print_json(record_json(combine(statements.of_patient(engine(), granted), granted.sources, granted.excluded)))


def _the_one(database: Engine, user: User, number: str) -> UUID:
    """The person of that number; where sources contradict each other, the one whom most of them mean."""
    parsed = nhs_number.parse(number)
    if parsed is None:
        raise BadUsage("that is not a valid NHS number")
    with db.read(database) as connection:
        found = by_number(connection, user, parsed)
    known = statements.demographics_of(database, search_grant(database, user, "nhs number", found))
    if not known:
        raise NotFound("nobody here has that NHS number")
    return max(known, key=lambda one: (len(known[one]), str(one)))


@click.command()
@click.option("--as-at", help="Of the records as they were at this date or time.")
@answered
def digest(as_at: str | None) -> None:
    """SHA-256 of every combined record, in order, and of all: equal data gives equal digests, however it arrived."""
    granted = operator_grant(engine(), "digest")
    each = sorted(record_digest(combine(own)) for _, own in statements.of_everyone(engine(), granted, moment(as_at)))
    for one in each:
        click.echo(one)
    click.echo(f"all {sha256(''.join(each).encode()).hexdigest()}")


@click.command("problems")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@answered
def list_problems(as_json: bool) -> None:
    """What readers reported as wrong with records, and who. Their own words may name people. It is written down."""
    found = all_reports(engine(), operator_grant(engine(), "problems"))
    if as_json:
        for one in found:
            print_json({**asdict(one), "reporter": dict(one.reporter)})
    else:
        header = ("number", "at", "person_key", "section", "as_at", "by", "org", "words")
        rows = (
            (p.number, p.at, p.patient_id, p.section, p.as_at, p.reporter["name"], p.reporter["org"], p.words)
            for p in found
        )
        print_csv(header, rows)


COMMANDS = (record, digest, list_problems)
