"""The example region beside the project: what its providers had sent after the second day, person by person."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir.exact import decode
from fhir.statement import Resource, Statement
from tests.build import say

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CONTEXT = {"Organization", "Practitioner", "PractitionerRole", "Location", "Medication"}

Held = dict[tuple[str, str, str], Resource]
"""What each provider holds now, by provider, type and local id."""


def folder(name: str) -> Path:
    """The data set, or a visible skip where it is not beside the project."""
    found = DATA / name
    if not found.exists():
        pytest.skip(f"the data set {name} is not beside the project")
    return found


def people(name: str) -> dict[str, list[Statement]]:
    """Each person's current statements after day 1 and day 2, joined as the truth says."""
    held, names = _held(folder(name))
    linked = {(row["provider"], row["patient"]): row["person"] for row in rows(name, "links.csv")}
    linked |= {(row["provider"], row["patient"]): row["person"] for row in rows(name, "links_day2_changes.csv")}
    context: dict[str, dict[str, Resource]] = {}
    for (provider, type_, local_id), resource in held.items():
        if type_ in CONTEXT:
            context.setdefault(provider, {})[f"{type_}/{local_id}"] = resource
    found: dict[str, list[Statement]] = {}
    for (provider, type_, local_id), resource in held.items():
        if type_ not in CONTEXT:
            patient = local_id if type_ == "Patient" else _patient(provider, resource, names)
            said = say(provider, resource, context=context.get(provider))
            found.setdefault(linked[provider, patient], []).append(said)
    return found


def _held(root: Path) -> tuple[Held, dict[tuple[str, str], str]]:
    held: Held = {}
    names: dict[tuple[str, str], str] = {}
    for day in ("day1", "day2"):
        for path in sorted((root / day).glob("*/*")):
            provider = path.parent.name
            for one in _documents(path):
                for entry in one["entry"] if one["resourceType"] == "Bundle" else [{"resource": one}]:
                    _apply(held, names, provider, entry)
    return held, names


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".ndjson" in path.suffixes:
        yield from (decode(row) for row in raw.splitlines() if row.strip())
    else:
        yield decode(raw)


def _apply(held: Held, names: dict[tuple[str, str], str], provider: str, entry: dict[str, Any]) -> None:
    request = entry.get("request", {})
    if request.get("method") == "DELETE":
        type_, local_id = request["url"].split("/")
        del held[provider, type_, local_id]
        return
    resource = entry["resource"]
    held[provider, resource["resourceType"], resource["id"]] = resource
    if "fullUrl" in entry:
        names[provider, entry["fullUrl"]] = resource["id"]


def _patient(provider: str, resource: Resource, names: dict[tuple[str, str], str]) -> str:
    reference = (resource.get("subject") or resource["patient"])["reference"]
    return names.get((provider, reference)) or reference.split("/")[-1]


def rows(name: str, file: str) -> list[dict[str, str]]:
    """A table of the truth."""
    with (folder(name) / "truth" / file).open(newline="") as opened:
        return list(csv.DictReader(opened))


def facts(name: str, file: str) -> list[dict[str, Any]]:
    """A list of the truth, one JSON object a line."""
    return [json.loads(row) for row in (folder(name) / "truth" / file).read_text().splitlines()]
