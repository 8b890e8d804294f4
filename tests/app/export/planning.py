"""A planner, a member of the access group, and a project that they have agreed on."""

import csv
import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet
from sqlalchemy import Engine

from app import projects
from app.access.users import AccessGroupMember, Planner
from app.export import releases
from app.export.files import DICTIONARY, MANIFEST
from app.projects import APPROVED, Application

Made = tuple[releases.Release, Path]
"""A release, and the folder of its files."""
PETRA = Planner("https://id.example", "petra", "Petra Lane", "")
OTTO = Planner("https://id.example", "otto", "Otto Lind", "")
GWEN = AccessGroupMember("https://id.example", "gwen", "Gwen Otto", "")
EVERYTHING = Application(
    title="Asthma reviews", summary="Who needs an asthma review.", organisation="Tamberley ICB",
    purpose="Planning", legal_basis="Regulation 3", agreement="DSA-1",
    datasets=("people", "problems", "medicines", "observations", "measures"),
    area="deprivation", expires_on=date(2099, 1, 1),
)  # fmt: skip


def approved(engine: Engine, **changes: Any) -> UUID:
    """A project of Petra's that Gwen approved."""
    number = projects.apply(engine, PETRA, replace(EVERYTHING, **changes))
    projects.decide(engine, GWEN, number, APPROVED, "Benefits people with asthma")
    return number


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def failed(release: releases.Release) -> set[str]:
    return {check["name"] for check in release.report["checks"] if not check["passed"]}


def the_files_agree(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    named = {one["url"].rsplit("/", 1)[1]: one for one in manifest["output"]}
    assert set(named) | {MANIFEST} == {path.name for path in folder.iterdir()}
    for name, one in named.items():
        content = (folder / name).read_bytes()
        assert (one["sha256"], one["bytes"]) == (sha256(content).hexdigest(), len(content))
    columns = json.loads((folder / DICTIONARY).read_text())["datasets"]
    for path in folder.glob("*.parquet"):
        read = pyarrow.parquet.read_table(path)
        assert read.column_names == [column["name"] for column in columns[path.stem]]
        assert read.num_rows == len(table(folder, path.stem)) == named[path.name]["count"]
