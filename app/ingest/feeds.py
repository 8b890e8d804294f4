"""Feeds: who may send what, for what purpose. Outside the demo an unregistered source is refused."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from app import clock, db
from app.access.feeds import DIRECT_CARE
from app.errors import BadUsage
from app.tables import providers
from fhir.record import SECTIONS

COLUMNS = ("ods", "name", "kind", "controller", "purpose", "legal_basis", "categories", "interval_hours")
CATEGORIES = frozenset(module.CODE for module in SECTIONS)


def load(engine: Engine, path: Path) -> int:
    """Register or change feeds from a CSV with the columns of COLUMNS; all of it or none. How many it names."""
    rows = _rows(path)
    problems = [f"line {n}: {words}" for n, row in enumerate(rows, start=2) if (words := _problem(row))]
    if problems:
        raise BadUsage("; ".join(problems))
    with db.write(engine) as connection:
        for row in rows:
            register(connection, {name: row[name].strip() for name in COLUMNS})
    return len(rows)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error, OSError):
        raise BadUsage("the file of feeds must be a CSV table in UTF-8") from None


def _problem(row: Mapping[str, str | None]) -> str:
    if missing := [name for name in COLUMNS if not (row.get(name) or "").strip()]:
        return "no " + ", ".join(missing)
    if not _is_ods(row["ods"] or ""):
        return "ods must be 1 to 20 letters and digits"
    if unknown := sorted(set((row["categories"] or "").split()) - CATEGORIES):
        return "unknown categories " + ", ".join(unknown)
    hours = (row["interval_hours"] or "").strip()
    return "" if hours.isascii() and hours.isdecimal() and int(hours) > 0 else "interval_hours must be a whole number"


def _is_ods(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= 20


def register(connection: Connection, feed: Mapping[str, str]) -> None:
    """Add a feed, or change what it is registered for; what it delivered stays."""
    values = {**feed, "interval_hours": int(feed["interval_hours"])}
    changed = connection.execute(update(providers).where(providers.c.ods == feed["ods"]).values(values))
    if not changed.rowcount:
        new = {"registered_at": clock.now(), "held": 0, "failures": 0}
        connection.execute(insert(providers), values | new)


def unregistered(ods: str) -> dict[str, str]:
    """What the demo takes an unregistered source to be."""
    if not _is_ods(ods):
        raise BadUsage("the source must be an ODS code: 1 to 20 letters and digits")
    return {
        "ods": ods,
        "name": f"Provider {ods}",
        "kind": "unknown",
        "controller": f"Provider {ods}",
        "purpose": DIRECT_CARE,
        "legal_basis": "demonstration with synthetic people",
        "categories": " ".join(sorted(CATEGORIES)),
        "interval_hours": "24",
    }


def feed_of(engine: Engine, ods: str, *, is_demo: bool) -> RowMapping:
    """The feed of a source. In the demo an unknown one is registered; in production it is refused."""
    query = select(providers).where(providers.c.ods == ods)
    with db.read(engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is not None:
        return row
    if not is_demo:
        raise BadUsage(f"no feed is registered for {ods}: see `flask providers load`")
    with db.write(engine) as connection:
        register(connection, unregistered(ods))
        return connection.execute(query).mappings().one()


def listed(engine: Engine) -> Iterable[RowMapping]:
    """Every feed, by ODS code."""
    with db.read(engine) as connection:
        return connection.execute(select(providers).order_by(providers.c.ods)).mappings().all()
