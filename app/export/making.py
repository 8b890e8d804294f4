"""How a release is made: read once, keep on disk by random letters, make coarser, write, hold the files to the gate."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Engine, select

from app import clock, db, statements
from app.access.grants import OperatorGrant
from app.errors import NotReady
from app.export import checks, dictionary, files, identifiers, ladder, measures, optouts, suppress, terminology
from app.export.checks import Check, Known
from app.export.dictionary import Column
from app.export.earlier import earlier_tables
from app.export.files import DICTIONARY, MANIFEST, Written
from app.export.measures import Case, Tally
from app.export.population import Snapshot, everyone, snapshot
from app.export.report import Report, counted, left_out
from app.export.rows import READERS, PersonRow, Row, Subject
from app.export.spool import Spool
from app.export.vault import Vault
from app.projects import Project
from app.tables import patients
from fhir.record import RULES_VERSION

T = TypeVar("T")
RULES = "1"
AT_ONCE = 50
ROWS, MEASURES = "rows", "measures"


@dataclass(frozen=True)
class Job:
    """One release on its way: whose, of what kind, and the folder that becomes it."""

    engine: Engine
    vault: Vault
    granted: OperatorGrant
    project: Project
    release_id: UUID
    kind: str
    folder: Path


def build(job: Job) -> Report:
    """Make the files in the folder, and say what the gate found. Raises NotReady where opt-outs cannot be known."""
    seen = snapshot(job.engine, job.project)
    columns, counts, steps, tables = _rows(job, seen) if job.kind == ROWS else _measures(job, seen)
    files.write_json(job.folder / DICTIONARY, dictionary.described(columns))
    written = _described(job.folder, counts)
    files.write_json(job.folder / MANIFEST, _manifest(job, seen, written))
    sealed = files.described(job.folder, MANIFEST, "manifest", 1)
    known = Known(columns, terminology.allowed(seen.lists), seen.practices)
    found = [*_gate(job, seen, known, written), *_differencing(job, tables)]
    opted_out = {kind: len(people) for kind, people in seen.opted_out.items()}
    excluded = optouts.digest_of(seen.excluded)
    return Report(found, [*written, sealed], opted_out, seen.left_out, steps, excluded, tables, seen.at)


Made = tuple[dict[str, tuple[Column, ...]], dict[str, int], str, list[dict[str, Any]]]
"""Columns and number of rows of each table, what was made coarser, and what measures rest on."""


# ------------------------------------------------------------------ rows
@dataclass
class _Counts:
    """What must be known of all rows before any leaves: people by group, and people by code."""

    groups: Counter[ladder.Group]
    codes: Counter[tuple[str, str, str]]


def _rows(job: Job, seen: Snapshot) -> Made:
    datasets = [name for name in READERS if name in job.project.datasets]
    spool, counts = Spool(job.folder / "spool"), _Counts(Counter(), Counter())
    codes, sensitive = terminology.allowed(seen.lists), terminology.sensitive(seen.lists)
    people = everyone(job.engine, job.granted, seen, job.project.area)
    while batch := list(islice(people, AT_ONCE)):
        letters = job.vault.pseudonyms(job.project.id, [patient_id for patient_id, _, _ in batch])
        for patient_id, record, about in batch:
            subject = Subject(letters[patient_id], about, codes, sensitive, seen.today, seen.left_out)
            for name in datasets:
                own = list(READERS[name](subject, record))
                _count(counts, name, own)
                spool.add(name, own)
    spool.close()
    found = ladder.climb(counts.groups, job.project.least_group, job.project.area)
    columns = {name: _columns(name, found, seen) for name in datasets}
    written = {name: _write(job, seen, spool, name, columns[name], found, counts) for name in datasets}
    rmtree(job.folder / "spool")
    return columns, written, found.said if "people" in datasets else "", []


def _count(counts: _Counts, dataset: str, rows: Sequence[Row]) -> None:
    counts.groups.update(ladder.group_of(row) for row in rows if isinstance(row, PersonRow))
    counts.codes.update({(dataset, row.system, row.code) for row in rows if not isinstance(row, PersonRow)})


def _columns(name: str, found: ladder.Ladder, seen: Snapshot) -> tuple[Column, ...]:
    return dictionary.people(found, tuple(sorted(seen.practices))) if name == "people" else dictionary.EVERY[name]


def _write(
    job: Job,
    seen: Snapshot,
    spool: Spool,
    name: str,
    columns: Sequence[Column],
    found: ladder.Ladder,
    counts: _Counts,
) -> int:
    """The table of a data set, without rare codes and with people as coarse as they had to become."""
    least = job.project.least_group
    rare = {key for key, many in counts.codes.items() if many < least}

    def leaving(rows: Iterable[Row]) -> Iterator[Sequence[Any]]:
        for row in rows:
            if isinstance(row, PersonRow):
                yield row.person, *found.of(row)
            elif (name, row.system, row.code) in rare:
                seen.left_out[name, "a code of too few people"] += 1
            else:
                yield tuple(getattr(row, field) for field in row.__struct_fields__)

    return files.write_table(job.folder, name, columns, (list(leaving(rows)) for rows in spool.batches(name)))


# ------------------------------------------------------------------ measures
def _measures(job: Job, seen: Snapshot) -> Made:
    asked = {name: one for name, one in measures.MEASURES.items() if not one.missing(seen.lists)}
    tally = count(job.engine, job.granted, seen, asked)
    rows = [(name, *_row(row)) for name in asked for row in suppress.table(tally.cells(name))]
    first, *rest = dictionary.MEASURES
    columns = (replace(first, allowed=tuple(asked)), *rest)
    written = files.write_table(job.folder, MEASURES, columns, [rows])
    tables = [
        {"measure": name, "definition": one.digest(seen.lists), "cells": tally.cells(name)}
        for name, one in asked.items()
    ]
    lacking = sorted({lost for one in measures.MEASURES.values() for lost in one.missing(seen.lists)})
    return (
        {MEASURES: columns},
        {MEASURES: written},
        "lists not loaded: " + ", ".join(lacking) if lacking else "",
        tables,
    )


def _row(row: suppress.Shown) -> Sequence[Any]:
    return row.practice, row.numerator, row.denominator, row.percent, row.suppressed


def count(
    engine: Engine, granted: OperatorGrant, seen: Snapshot, asked: dict[str, measures.Measure], as_of: Any = None
) -> Tally:
    """Ask measures about everyone who may be counted."""
    tally = Tally(asked, seen.practices)
    for _, record, about in everyone(engine, granted, seen, "practice"):
        tally.add(Case(record, about, seen.lists, as_of or seen.today))
    return tally


# ------------------------------------------------------------------ files and gate
def _described(folder: Path, counts: dict[str, int]) -> list[Written]:
    names = [(f"{name}.{kind}", name, many) for name, many in counts.items() for kind in ("csv", "parquet")]
    return [files.described(folder, *one) for one in (*names, (DICTIONARY, "dictionary", 1))]


def _manifest(job: Job, seen: Snapshot, written: Sequence[Written]) -> dict[str, Any]:
    """Names as in FHIR Bulk Data Access. Lists are named by their hash: where they come from is in the register."""
    address = f"/exports/{job.release_id}"
    return {
        "transactionTime": seen.at.isoformat(timespec="seconds"),
        "request": address,
        "requiresAccessToken": True,
        "project": str(job.project.id),
        "output": [
            {
                "type": one.type,
                "url": f"{address}/{one.name}",
                "count": one.count,
                "sha256": one.sha256,
                "bytes": one.bytes,
            }
            for one in written
        ],
        "deleted": [],
        "error": [],
        "suppressed": left_out(seen.left_out),
        "optouts_applied": counted({kind: len(people) for kind, people in seen.opted_out.items()}),
        "rule_versions": {"export": RULES, "record": RULES_VERSION, "least_group": job.project.least_group},
        "code_lists": {name: own.digest for name, own in sorted(seen.lists.items())},
    }


def _gate(job: Job, seen: Snapshot, known: Known, written: Sequence[Written]) -> Iterator[Check]:
    """Every check; the opt-outs are asked for again, as somebody may have opted out while this was made."""
    least, folder = job.project.least_group, job.folder
    yield optouts_hold(job.engine, job.project, optouts.digest_of(seen.excluded), seen.at)
    yield checks.only_listed_values(folder, known)
    yield checks.no_long_numbers(folder)
    yield checks.no_identifier(_named(job))
    if job.kind == MEASURES:
        yield checks.cells_are_safe(folder)
    else:
        if "people" in known.columns:
            yield checks.groups_are_large(folder, least)
        if "observations" in known.columns:
            yield checks.numbers_are_coarse(folder)
        yield checks.codes_are_common(folder, least)
        yield checks.in_order_of_chance(folder)
    yield checks.files_are_as_told(folder, written)


def _named(job: Job) -> Counter[str]:
    phrases = identifiers.Phrases(checks.said(job.folder))
    with db.read(job.engine) as connection:
        keys = connection.execution_options(yield_per=1000).scalars(select(patients.c.id))
        return identifiers.hits(phrases, statements.identities(job.engine, job.granted), keys)


def optouts_hold(engine: Engine, project: Project, before: str, at: datetime | None) -> Check:
    """The opt-outs are still known, and are those that were applied; `at`: when. Later newcomers are in no release."""
    try:
        with db.read(engine) as connection:
            now = optouts.excluded(connection, project, clock.today())
            now -= optouts.newcomers(connection, at) if at else set()
    except NotReady as error:
        return Check("opt-outs", False, str(error))
    same = optouts.digest_of(now) == before
    return Check("opt-outs", same, "known and applied" if same else "somebody opted out, or back in, in the meantime")


def _differencing(job: Job, tables: Sequence[dict[str, Any]]) -> Iterator[Check]:
    if not tables:
        return
    close = [
        one["measure"]
        for one in tables
        if any(suppress.too_close(one["cells"], before) for before in earlier_tables(job.engine, one["measure"]))
    ]
    words = "a group of 1 to 7 people could be told from an earlier table: " + ", ".join(close)
    yield Check("differencing", not close, words if close else "no earlier table is that close")
