"""A region that no one here wrote becomes measures equal to its truth, and a release in which nobody of it is named."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app import clock
from app.access.grants import operator_grant
from app.crypto import open_way_back
from app.export import making, optouts, releases, terminology
from app.export.measures import MEASURES
from app.export.population import snapshot
from app.export.values import ETHNIC_GROUPS
from app.export.vault import Vault
from app.settings import Settings
from app.statements import bearers
from tests.app.export.planning import PETRA, approved
from tests.feeding import Sender, register
from tests.region import facts, rows

REGION = "ics-medium"
AFTER = datetime(2026, 11, 2, 9, tzinfo=UTC)
AS_OF = date(2026, 10, 31)
OWN = {
    "hypertension": "59621000,Essential hypertension\n38341003,Hypertension\n",
    "frailty-score": "CFS,Rockwood Clinical Frailty Scale score\n",
    "tests": "271649006,Systolic blood pressure\n271650006,Diastolic blood pressure\n27113001,Body weight\n"
    "999791000000106,Haemoglobin A1c level\n60621009,Body mass index\n",
    "medicines": "319996000,Simvastatin 10mg tablets\n320030001,Atorvastatin 20mg tablets\n",
    "problems": "55822004,Hyperlipidaemia\n162864005,Obesity\n",
}


@pytest.fixture
def region(sender: Sender, data: Path) -> Iterator[Path]:
    """The 300 people of the larger region, their lists of codes, postcodes and opt-outs."""
    folder = data / REGION
    with clock.stopped_at(AFTER):
        for day in ("day1", "day2"):
            for source in sorted((folder / day).iterdir()):
                kind, _, ods = source.name.rpartition("-")
                register(sender.engine, ods, kind=kind)
                sender.send_files(ods, [source])
        _lists(sender, data)
        terminology.load_postcodes(sender.engine, folder / "reference" / "postcode_lsoa_imd.csv")
        listed = folder / "optout" / "national-data-optout.csv"
        optouts.load(sender.engine, listed, optouts.OPTED_OUT, date(2026, 11, 9))
        yield folder


def _lists(sender: Sender, data: Path) -> None:
    shared = data / "reference" / "codelists"
    terminology.load(sender.engine, shared / "primis-covid19-vacc-uptake-ast.csv", "asthma", "PRIMIS AST")
    terminology.load(sender.engine, shared / "inhalers-dmd.csv", "inhalers", "the region's own")
    for name, lines in OWN.items():
        path = sender.folder / f"{name}.csv"
        path.write_text("code,term\n" + lines)
        system = "https://example.nhs.uk/community/assessment" if name == "frailty-score" else "http://snomed.info/sct"
        terminology.load(sender.engine, path, name, "an operator's own", system)


def truth(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "truth" / "measures.json").read_text())
    return found


def people_of(engine: Engine) -> dict[str, set[str]]:
    """Whom the truth means, by our own key: the truth's persons of each Patient."""
    named = {(r["provider"].rpartition("-")[2], r["patient"]): r["person"] for r in rows(REGION, "links.csv")}
    found: dict[str, set[str]] = {}
    for ods, local_id, patient_id in bearers(engine, operator_grant(engine, "test")):
        found.setdefault(str(patient_id), set()).add(named.get((ods, local_id), ""))
    return found


def test_measures_are_the_truth_and_a_release_names_nobody(
    sender: Sender, region: Path, vault: Vault, settings: Settings
) -> None:
    the_measures_are_the_truth(sender.engine, region)
    folder = the_release(sender.engine, vault, settings)
    those_who_opted_out_are_absent(sender.engine, vault, settings, folder, region)
    nobody_is_named(folder)


def the_measures_are_the_truth(engine: Engine, region: Path) -> None:
    told = truth(region)
    tally = making.count(engine, operator_grant(engine, "test"), snapshot(engine, None), dict(MEASURES), AS_OF)
    asthma = tally.cells("asthma_saba3_no_ics")
    expected = told["asthma_saba_without_ics"]
    assert {name: cell[0] for name, cell in asthma.items() if cell[0]} == expected["by_practice"]
    assert sum(cell[1] for cell in asthma.values()) == expected["denominator"]
    assert totals(tally, "hypertension_bp_controlled") == (24, 65)
    assert totals(tally, "hypertension_bp_controlled_home") == (24, 65)
    assert totals(tally, "frailty_cfs6")[0] == told["frail_cfs6plus"]["numerator"]
    assert totals(tally, "asthma_saba1_no_ics")[1] == expected["denominator"]


def totals(tally: Any, name: str) -> tuple[int, int]:
    cells = tally.cells(name).values()
    return sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)


def the_release(engine: Engine, vault: Vault, settings: Settings) -> Path:
    number = releases.request(engine, PETRA, approved(engine))
    releases.make(engine, vault, settings, number)
    made = releases.get(engine, number)
    assert made.state == releases.CHECKED, made.report["checks"]
    return settings.releases_dir / str(number)


def those_who_opted_out_are_absent(
    engine: Engine, vault: Vault, settings: Settings, folder: Path, region: Path
) -> None:
    with (folder / "people.csv").open(newline="") as file:
        letters = [row["person"] for row in csv.DictReader(file)]
    project = releases.get(engine, releases.in_state(engine, releases.CHECKED)[0].id).project_id
    back = vault.lead_back(open_way_back(settings.keys_dir), project, letters)
    known = people_of(engine)
    released = set().union(*(known[str(one)] for one in back.values()))
    out = set(truth(region)["national_data_optout"]["persons"])
    out |= {row["pid"] for row in rows(REGION, "persons.csv") if row["optout"] == "1" or row["dissent"] == "1"}
    registered = {row["pid"] for row in rows(REGION, "persons.csv") if row["registered"] == "1" and not row["death"]}
    assert len(out) > 15
    assert not released & out
    assert registered - out <= released
    assert len(letters) == len(back) == len(registered - out)


def nobody_is_named(folder: Path) -> None:
    """No identifier of the truth's files is in any byte that leaves, however it is written."""
    said = {path.name: path.read_bytes() for path in folder.iterdir()}
    text = " ".join(content.decode("latin-1") for content in said.values()).casefold()
    squeezed = re.sub(r"[^0-9a-z]", "", text)
    for person in rows(REGION, "persons.csv"):
        assert person["nhs"] not in squeezed
        assert f"{person['given']} {person['family']}".casefold() not in text
        assert person["line"].casefold() not in text
        assert person["birth"] not in text
        assert person["pid"].casefold() not in text
        assert person["history"] not in text
    for link in rows(REGION, "links.csv"):
        assert not link["nhs_supplied"] or link["nhs_supplied"] not in text
    columns = {word for name in ("people", "problems") for word in _cells(folder / f"{name}.csv")}
    names = {person["family"] for person in rows(REGION, "persons.csv")}
    assert not (columns - set(ETHNIC_GROUPS)) & names
    assert facts(REGION, "facts.ndjson")


def _cells(path: Path) -> set[str]:
    with path.open(newline="") as file:
        return {cell for row in csv.reader(file) for cell in row}
