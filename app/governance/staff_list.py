"""What organisations say of their staff as people, so that a look at oneself, at home or at a colleague can be found.

A list replaces what its organisations said before. It lies sealed, and only the worker reads it.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from app import audit, db
from app.errors import BadUsage
from app.governance.misuse import Named, named
from app.keyring import keys_of
from app.use_tables import staff
from fhir.codes import System

COLUMNS = ("issuer", "subject", "org", "family", "given", "birth_date", "nhs_number", "address", "postcode")
NEEDED = ("issuer", "subject", "org", "family")


def load(engine: Engine, path: Path) -> int:
    """Keep a list of staff in place of what was known of its organisations; how many. Raises BadUsage."""
    rows = list(_rows(path))
    with db.write(engine) as connection:
        keys = keys_of(connection)
        connection.execute(delete(staff).where(staff.c.org.in_({org for _, org, _ in rows})))
        kept = [
            {"actor_key": key, "org": org, "words": keys.seal(json.dumps(said), _place(key, org))}
            for key, org, said in {(key, org): (key, org, said) for key, org, said in rows}.values()
        ]
        if kept:
            connection.execute(insert(staff), kept)
    return len(kept)


def _rows(path: Path) -> Iterator[tuple[bytes, str, dict[str, Any]]]:
    """(actor's key, organisation, Patient resource) of each line."""
    try:
        table = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError:
        raise BadUsage("the list is not in UTF-8") from None
    if missing := [name for name in COLUMNS if name not in (table.fieldnames or ())]:
        raise BadUsage("the list has no column " + ", ".join(missing))
    for number, row in enumerate(table, start=2):
        told = {name: (row[name] or "").strip() for name in COLUMNS}
        if empty := [name for name in NEEDED if not told[name]]:
            raise BadUsage(f"line {number}: no {', '.join(empty)}")
        key = audit.key_of({"iss": told["issuer"], "sub": told["subject"]})
        yield key or b"", told["org"].upper(), _as_patient(told)


def _as_patient(told: dict[str, str]) -> dict[str, Any]:
    """As a source would tell of them, so that they are read by the same rules."""
    return {
        "identifier": [{"system": System.NHS_NUMBER, "value": told["nhs_number"]}],
        "name": [{"family": told["family"], "given": told["given"].split()}],
        "birthDate": told["birth_date"],
        "address": [{"line": [told["address"]], "postalCode": told["postcode"]}],
    }


def listed_staff(connection: Connection) -> dict[tuple[bytes, str], Named]:
    """Everybody on the lists, by actor's key and organisation."""
    keys = keys_of(connection)
    rows = connection.execute(select(staff)).all()
    opened = {(row.actor_key, row.org): keys.open(row.words, _place(row.actor_key, row.org)) for row in rows}
    return {who: named([json.loads(said)]) for who, said in opened.items()}


def _place(actor_key: bytes, org: str) -> str:
    return f"staff|{actor_key.hex()}|{org}|words"
