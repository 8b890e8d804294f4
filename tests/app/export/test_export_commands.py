"""The commands of exports do what the README says, and say in words what is wrong."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from app import create_app
from app.settings import Settings
from tests.app.export import crowd
from tests.app.export.planning import approved
from tests.app.test_commands import run
from tests.feeding import ASHA, GP, Sender


@pytest.fixture
def app(settings: Settings, sender: Sender) -> Flask:
    made = create_app(settings)
    assert run(made, "migrate").exit_code == 0
    return made


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_lists_are_loaded_named_and_shown(app: Flask, tmp_path: Path) -> None:
    codes = write(tmp_path, "codes.csv", "code,term\n195967001,Asthma\n")
    areas = write(tmp_path, "areas.csv", "postcode,lsoa11,imd2019_decile\nTB1 1AA,E01000001,3\n")
    listed = write(tmp_path, "out.csv", f"{ASHA}\n")
    assert "1 codes" in run(app, "terminology", "load", codes, "--list", "asthma", "--citation", "Own, v1").output
    assert 'asthma,1,"Own, v1"' in run(app, "terminology", "list").output
    assert "1 postcodes" in run(app, "reference", "load", areas).output
    done = run(app, "optouts", "load", listed, "--polarity", "opted-out", "--valid-until", "2099-01-01")
    assert (done.exit_code, ASHA in done.output) == (0, False)
    wrong = run(app, "optouts", "load", codes, "--polarity", "may-use", "--valid-until", "2099-01-01")
    assert (wrong.exit_code, "lines 1, 2" in wrong.output) == (2, True)


def test_a_measure_without_its_lists_says_which_and_with_them_gives_exact_numbers(app: Flask, sender: Sender) -> None:
    asked = ("measure", "asthma_saba1_no_ics", "--as-of", "2026-10-31", "--unreleased", "--json")
    done = run(app, *asked)
    assert (done.exit_code, json.loads(done.stdout)["missing"]) == (3, ["asthma", "inhalers"])
    crowd.load(sender)
    told = json.loads(run(app, *asked).stdout)
    assert (told["numerator"], told["denominator"]) == (crowd.PEOPLE, crowd.PEOPLE)
    assert told["by_practice"][GP] == {"numerator": crowd.PEOPLE, "denominator": crowd.PEOPLE}
    assert told["missing"] == []
    assert run(app, "measure", "asthma_saba1_no_ics", "--json").exit_code == 2
    assert run(app, "audit", "verify").exit_code == 0


def test_an_operator_makes_a_release_that_somebody_else_decides_on(app: Flask, sender: Sender, tmp_path: Path) -> None:
    crowd.load(sender)
    project = str(approved(sender.engine))
    out = tmp_path / "out"
    done = run(app, "export", "run", "--project", project, "--out", str(out), "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["state"]) == (0, "checked")
    assert {one["name"] for one in told["files"]} == {path.name for path in out.iterdir()}
    assert run(app, "export", "run", "--project", project, "--out", str(out)).exit_code == 2


def test_where_the_gate_stops_it_no_file_is_written(app: Flask, sender: Sender, tmp_path: Path) -> None:
    crowd.load(sender, people=5)
    done = run(app, "export", "run", "--project", str(approved(sender.engine)), "--out", str(tmp_path / "out"))
    assert (done.exit_code, "FAILED  groups" in done.output) == (3, True)
    assert not (tmp_path / "out").exists()
    missing = run(app, "export", "run", "--project", str(uuid4()), "--out", str(tmp_path / "out"))
    assert missing.exit_code == 2
