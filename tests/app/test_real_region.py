"""A region that no one here wrote, day 1 then day 2, held against its truth: who is who, and nothing lost."""

import csv
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from app.access.grants import operator_grant
from app.statements import bearers, of_everyone
from fhir.record import combine
from tests.feeding import Sender, register

Known = tuple[str, str]


@pytest.fixture
def region(sender: Sender, data: Path) -> Path:
    """The 300 people of the larger region, loaded."""
    folder = data / "ics-medium"
    for day in ("day1", "day2"):
        for source in sorted((folder / day).iterdir()):
            kind, _, ods = source.name.rpartition("-")
            register(sender.engine, ods, kind=kind)
            told = sender.send_files(ods, [source])
            assert told["quarantined"] == told["irregular"] == told["waiting"] == 0
    return folder / "truth"


def pairs(people: dict[Known, object]) -> set[tuple[Known, Known]]:
    """Every two source patients of one person."""
    together = defaultdict(list)
    for one, person in people.items():
        together[person].append(one)
    return {pair for own in together.values() for pair in combinations(sorted(own), 2)}


def linked(sender: Sender) -> dict[Known, object]:
    found = bearers(sender.engine, operator_grant(sender.engine, "test"))
    return {(ods, local_id): patient_id for ods, local_id, patient_id in found}


def truth(folder: Path) -> dict[Known, object]:
    found: dict[Known, object] = {}
    for name in ("links.csv", "links_day2_changes.csv"):
        with (folder / name).open() as file:
            found |= {(r["provider"].rpartition("-")[2], r["patient"]): r["person"] for r in csv.DictReader(file)}
    return found


def test_nobody_is_linked_to_another_and_nearly_all_are_found(sender: Sender, region: Path) -> None:
    real, found = pairs(truth(region)), pairs(linked(sender))
    assert found - real == set()
    assert len(found & real) / len(real) >= 0.96


def test_every_statement_is_in_exactly_one_place(sender: Sender, region: Path) -> None:
    for _, own in of_everyone(sender.engine, operator_grant(sender.engine, "test")):
        record = combine(own)
        placed = [item.statement.id for s in record.sections for line in s.lines for item in line.items]
        placed += [one.statement.id for one in (*record.withdrawn, *record.not_interpretable)]
        assert sorted(placed) == sorted(statement.id for statement in own)
