"""Released measures as tables that people read: by practice, from hidden and rounded numbers only."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from app import audit, clock
from app.access.grants import actor
from app.access.permissions import Permission, may
from app.access.users import User
from app.export.releases import CHECKED, MEASURES, Release, open_file
from app.projects import APPROVED

FILE = "measures.csv"
HIDDEN, ALL = "*", "all"


@dataclass(frozen=True)
class Row:
    """One practice: people counted, people asked about, and the rate of these two."""

    practice: str
    numerator: str
    denominator: str
    rate: str


@dataclass(frozen=True)
class MeasureTable:
    """One measure."""

    title: str
    rows: tuple[Row, ...]


def tables(lines: Iterable[str], titles: Mapping[str, str], practices: Mapping[str, str]) -> list[MeasureTable]:
    """The tables of a file of measures, with its codes put into words. Pure."""
    read = csv.DictReader(lines)
    return [
        MeasureTable(titles.get(name, name), tuple(_row(row, practices) for row in rows))
        for name, rows in groupby(read, key=lambda row: row["measure"])
    ]


def _row(row: Mapping[str, str], practices: Mapping[str, str]) -> Row:
    practice = row["practice"]
    name = "All practices, of what is shown" if practice == ALL else practices.get(practice, practice)
    asked_nobody = row["denominator"] == "0"
    rate = "Nobody asked about" if asked_nobody else f"{row['percent']}%" if row["percent"] else HIDDEN
    return Row(name, row["numerator"] or HIDDEN, row["denominator"] or HIDDEN, rate)


def opened(engine: Engine, user: User, release: Release, outbox: Path) -> BinaryIO | None:
    """The measures of a release, for its planner once it can be pulled and for those who decide on it. Written down."""
    if release.kind != MEASURES or release.state not in {CHECKED, APPROVED}:
        return None
    if may(user, Permission.DECIDE_ON_DATA_USE):
        path = outbox / str(release.id) / FILE
        if not path.exists():
            return None
        detail = {"project": str(release.project_id), "release": str(release.id), "file": FILE}
        audit.append(engine, audit.Event("export-seen", "allowed", actor(user), detail=detail))
        return path.open("rb")
    if not release.can_be_pulled(clock.now()):
        return None
    return open_file(engine, user, release.id, FILE, outbox=outbox)


def read(file: BinaryIO | None, titles: Mapping[str, str], practices: Mapping[str, str]) -> list[MeasureTable]:
    """The tables of an open file, which is closed; none where there is no file."""
    if file is None:
        return []
    with TextIOWrapper(file, encoding="utf-8", newline="") as text:
        return tables(text, titles, practices)
