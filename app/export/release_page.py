"""A release in words: its state, what the gate said, its files, and how a program pulls and cites them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from app.export.releases import CHECKED, FAILED, MEASURES, REQUESTED, ROWS, Release, files_of
from app.projects import APPROVED, REFUSED, Project
from fhir.dates import fhir_date

KINDS = {ROWS: "Rows, one for each fact", MEASURES: "Measures, counted by practice"}
STATES = {
    REQUESTED: "Waits to be made",
    CHECKED: "Waits for a second person",
    FAILED: "Not made: the gate let nothing through",
    APPROVED: "Approved",
    REFUSED: "Refused",
}


@dataclass(frozen=True)
class File:
    """One file of a release; `address` is empty while it cannot be pulled."""

    name: str
    count: str
    size: str
    sha256: str
    address: str


@dataclass(frozen=True)
class ReleasePage:
    """What the page of one release shows."""

    id: UUID
    title: str
    kind: str
    state: str
    facts: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, bool, str], ...]
    left_out: tuple[tuple[str, str], ...]
    files: tuple[File, ...]
    snippets: tuple[tuple[str, str], ...]
    cite: str
    may_decide: bool


def state_words(release: Release, now: datetime) -> str:
    """How far a release has come."""
    if release.state == APPROVED and not release.can_be_pulled(now):
        return "No longer kept"
    return STATES[release.state]


def release_page(release: Release, project: Project, site: str, now: datetime, *, decides: bool) -> ReleasePage:
    """The page of one release; `site` is the address of this installation.

    Its planner sees no hash and no size before it can be pulled: from these a table of rounded numbers is guessed.
    """
    base = f"{site}/exports/{release.id}"
    open_now = release.can_be_pulled(now)
    said, told = release.report, open_now or decides
    files = tuple(_file(name, one, base if open_now else "", told) for name, one in files_of(release).items())
    return ReleasePage(
        id=release.id,
        title=project.title,
        kind=KINDS[release.kind],
        state=state_words(release, now),
        facts=tuple((term, value) for term, value in _facts(release, told) if value),
        checks=tuple((str(one["name"]), bool(one["passed"]), str(one["words"])) for one in said.get("checks", ())),
        left_out=tuple(left_out(said)),
        files=files,
        snippets=_snippets(files) if open_now else (),
        cite=cite(release, project) if open_now else "",
        may_decide=release.state == CHECKED,
    )


def _facts(release: Release, told: bool) -> list[tuple[str, str]]:
    digest = release.manifest_digest.hex() if release.manifest_digest and told else ""
    return [
        ("Asked for", day(release.requested_at)),
        ("State of the data", day(release.snapshot_at)),
        ("Decided", day(release.decided_at)),
        ("What the decision rests on", release.decision_words),
        ("Can be pulled until", day(release.expires_at)),
        ("Manifest, SHA-256", digest),
    ]


def day(value: datetime | None) -> str:
    """`05-Mar-2026 14:02` in London's time; empty for none."""
    found = fhir_date(value.isoformat()) if value else None
    return found.clinical_time if found else ""


def _file(name: str, one: Mapping[str, Any], base: str, told: bool) -> File:
    return File(
        name=name,
        count=f"{one['count']:,}" if isinstance(one.get("count"), int) else "",
        size=in_bytes(int(one.get("bytes", 0))) if told else "",
        sha256=str(one.get("sha256", "")) if told else "",
        address=f"{base}/{name}" if base else "",
    )


def in_bytes(size: int) -> str:
    """`812 bytes`, `1.2 MB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


OPT_OUTS = {"type-1": "Type 1 opt-outs", "national": "National data opt-outs", "objection": "Objections to sharing"}


def left_out(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who and what is not in it, counted as far as that may be told."""
    people = [(f"People left out: {OPT_OUTS.get(kind, kind)}", str(n)) for kind, n in said.get("opted_out", {}).items()]
    rows = [(f"Left out of {one['dataset']}: {one['reason']}", str(one["count"])) for one in said.get("left_out", ())]
    return people + rows + ([("Made coarser", str(said["steps"]))] if said.get("steps") else [])


MIME = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".json": "application/json"}


def mime_of(name: str) -> str:
    """The media type of a file, by its name."""
    return MIME.get(PurePath(name).suffix, "application/octet-stream")


def _snippets(files: tuple[File, ...]) -> tuple[tuple[str, str], ...]:
    """How three common tools read the first table, with the token in the environment and in no script."""
    tables = [one for one in files if one.name.endswith((".parquet", ".csv"))]
    if not tables:
        return ()
    first = min(tables, key=lambda one: not one.name.endswith(".parquet"))
    kind = "parquet" if first.name.endswith(".parquet") else "csv"
    return (("pandas", _pandas(first, kind)), ("DuckDB", _duckdb(first)), ("R", _r(first, kind)))


def _pandas(file: File, kind: str) -> str:
    return (
        "import os, pandas\n\n"
        'key = {"Authorization": "Bearer " + os.environ["TRIBUTARY_TOKEN"]}\n'
        f'table = pandas.read_{kind}("{file.address}", storage_options=key)'
    )


def _duckdb(file: File) -> str:
    return (
        f'curl --fail --header "Authorization: Bearer $TRIBUTARY_TOKEN" --output {file.name} \\\n  {file.address}\n'
        f"duckdb -c \"FROM '{file.name}' LIMIT 10\""
    )


def _r(file: File, kind: str) -> str:
    read = f'arrow::read_parquet("{file.name}")' if kind == "parquet" else f'read.csv("{file.name}")'
    return (
        f'httr2::request("{file.address}") |>\n'
        '  httr2::req_auth_bearer_token(Sys.getenv("TRIBUTARY_TOKEN")) |>\n'
        f'  httr2::req_perform(path = "{file.name}")\ntable <- {read}'
    )


def cite(release: Release, project: Project) -> str:
    """How a report names this release, so that another can check that they hold the same."""
    digest = release.manifest_digest.hex() if release.manifest_digest else ""
    when = day(release.snapshot_at)
    return f"{project.organisation}: {project.title}. Tributary release {release.id}, data of {when}. SHA-256 {digest}"
