"""Reads an invented region back from disk, slowly and plainly, for the tests to question."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.synth.region import write_region

Json = dict[str, Any]


@dataclass
class Region:
    """A region read back from disk, slowly and plainly."""

    out: Path
    held: dict[tuple[str, str], Json] = field(default_factory=dict)
    owner: dict[tuple[str, str], str] = field(default_factory=dict)
    changes: dict[str, list[Json]] = field(default_factory=dict)
    facts: list[Json] = field(default_factory=list)
    traps: list[Json] = field(default_factory=list)
    pages: list[Json] = field(default_factory=list)
    persons: dict[str, dict[str, str]] = field(default_factory=dict)
    links: list[dict[str, str]] = field(default_factory=list)

    def of(self, index: int, kind: str = "") -> list[tuple[str, Json]]:
        """What is held of a person: provider and resource."""
        pid = f"P{index + 1:06d}"
        found = [(provider, self.held[provider, name]) for (provider, name), who in self.owner.items() if who == pid]
        return [(provider, resource) for provider, resource in found if kind in ("", resource["resourceType"])]

    def trapped(self, kind: str) -> list[Json]:
        return [trap for trap in self.traps if trap["kind"] == kind]


def read(out: Path) -> Region:
    region = Region(out)
    for provider, resource in _first_delivery(out):
        name = f"{resource['resourceType']}/{resource['id']}"
        assert (provider, name) not in region.held, "an id is used twice within one provider"
        region.held[provider, name] = resource
    for path in sorted(out.glob("day2/*/changes.json")):
        region.changes[path.parent.name] = json.loads(path.read_text())["entry"]
    region.facts, region.traps, region.pages = (
        [json.loads(line) for line in (out / "truth" / f"{name}.ndjson").read_text().splitlines()]
        for name in ("facts", "traps", "expected_pages")
    )
    region.persons = {row["pid"]: row for row in _rows(out / "truth/persons.csv")}
    region.links = _rows(out / "truth/links.csv")
    _own(region)
    return region


def _first_delivery(out: Path) -> Iterator[tuple[str, Json]]:
    for path in sorted(out.glob("day1/*/*.ndjson")):
        for line in path.read_text().splitlines():
            body = json.loads(line)
            entries = body["entry"] if body["resourceType"] == "Bundle" else [{"resource": body}]
            urls = {e["fullUrl"]: f"Patient/{e['resource']['id']}" for e in entries[:1] if "fullUrl" in e}
            for entry in entries:
                resource = entry["resource"]
                if reference := _subject(resource):
                    resource["_about"] = urls.get(reference, reference)
                yield path.parent.name, resource


def _subject(resource: Json) -> str:
    if resource["resourceType"] == "Patient":
        return f"Patient/{resource['id']}"
    if resource["resourceType"] == "Appointment":
        return str(resource["participant"][0]["actor"]["reference"])
    return str((resource.get("subject") or resource.get("patient") or {}).get("reference", ""))


def _own(region: Region) -> None:
    patients = {(row["provider"], f"Patient/{row['patient']}"): row["person"] for row in region.links}
    for (provider, name), resource in region.held.items():
        if about := resource.pop("_about", ""):
            region.owner[provider, name] = patients[provider, about]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="package")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    out = tmp_path_factory.mktemp("region")
    write_region(out, 240, 7)
    return read(out)
