"""From an application to a person’s own clinician: everybody’s part, without scripts, on both databases."""

import csv
import io
import json
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app import audit, projects, worker
from app.export.vault import migrate_vault
from app.settings import Settings
from tests.app.export import crowd
from tests.browsing import SignIn, post, staff, words
from tests.feeding import COUNCIL, GP, Sender
from tests.installation import demo_settings
from tests.journeys.test_planner import ANSWERS, APPLY
from tests.lists import GEORGE, GWEN, PETRA


@pytest.fixture
def settings(sender: Sender, database_url: str, tmp_path: Path) -> Settings:
    made = demo_settings(database_url, tmp_path)
    migrate_vault(made)
    return made


def applied_and_approved(planner: FlaskClient, decider: FlaskClient, sender: Sender) -> UUID:
    for name, answers in ANSWERS.items():
        page = f"{APPLY}/{name}"
        assert post(planner, page, page, **answers).status_code == 303
    assert post(planner, f"{APPLY}/check", f"{APPLY}/check").location == "/exports"
    project = projects.listed(sender.engine)[0].id
    page = f"/data-uses/{project}/decide"
    assert post(decider, page, page, decision="approved", words="It helps people with asthma").status_code == 303
    return project


def look(sender: Sender, settings: Settings) -> dict[str, int]:
    return worker.look(worker.steps(sender.engine, settings))


def pulled(browser: FlaskClient, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers, buffered=True)
    assert answer.status_code == 200, words(answer)
    return answer.text


def links(browser: FlaskClient, page: str, start: str) -> list[str]:
    """Where the links of a page lead that begin so."""
    return [part.split('"')[0] for part in browser.get(page).text.split('href="') if part.startswith(start)]


def test_a_planner_finds_people_whom_only_their_own_clinician_meets(
    sign_in: SignIn, sender: Sender, settings: Settings
) -> None:
    crowd.load(sender)
    petra, gwen, george = sign_in(PETRA), sign_in(GWEN), sign_in(GEORGE)
    project = applied_and_approved(petra, gwen, sender)

    release = post(petra, "/exports", f"/exports/{project}/releases", kind="rows").location
    assert look(sender, settings)["releases made"] == 1
    assert "Waits for a second person" in words(petra.get(release))
    assert petra.get(f"{release}/problems.csv").status_code == 404
    shown = words(george.get(release))
    assert "Passed identifiers" in shown and "Failed" not in shown
    assert post(george, release, f"{release}/decide", decision="approved", words="Nothing in it names anybody")

    rows = list(csv.DictReader(io.StringIO(pulled(petra, f"{release}/problems.csv"))))
    made = post(petra, "/exports/tokens", "/exports/tokens", name="review", project=str(project), days="7")
    key = "Bearer " + made.text.split('class="secret">')[1].split("<")[0]
    machine = petra.application.test_client()
    assert pulled(machine, f"{release}/problems.csv", Authorization=key).splitlines()[1:]
    manifest = json.loads(pulled(machine, f"{release}/manifest.json", Authorization=key))
    assert {one["url"] for one in manifest["output"]} >= {f"{release}/problems.parquet"}

    codes = sorted({row["person"] for row in rows if row["code"] == "195967001"})[:9]
    page = f"/exports/{project}/cohort"
    sent = {"title": "Asthma, no preventer", "why": "Please review.", "codes": "\n".join(codes)}
    assert post(petra, page, page, **sent).location == "/exports"
    [decide] = links(george, "/exports", "/exports/cohorts/")
    assert post(george, decide, decide, decision="approved", words="It helps them").status_code == 303
    assert look(sender, settings)["lists led back"] == 1
    assert "With clinicians about 10 7 or fewer 7 or fewer" in words(petra.get("/exports"))

    gp, council = sign_in(staff(GP)), sign_in(staff(COUNCIL, "Joan Price"))
    listed = gp.get("/worklist")
    assert words(listed).count("Name not shown") == 9
    assert "Crowd" not in listed.text and not any(code in listed.text for code in codes)
    assert "Asthma, no preventer" not in council.get("/worklist").text
    item = links(gp, "/worklist", "/worklist/")[0]
    record = post(gp, item, f"{item}/open", reason="planned").location
    assert "CROWDSON" in words(gp.get(record))
    assert words(gp.get("/worklist")).count("Name not shown") == 8
    assert audit.verify(sender.engine)[1] is None


def test_measures_are_asked_for_made_decided_on_and_read_as_a_table(
    sign_in: SignIn, sender: Sender, settings: Settings
) -> None:
    crowd.load(sender)
    petra, gwen, george = sign_in(PETRA), sign_in(GWEN), sign_in(GEORGE)
    project = applied_and_approved(petra, gwen, sender)
    release = post(petra, "/exports", f"/exports/{project}/releases", kind="measures").location
    assert look(sender, settings)["releases made"] == 1
    shown = words(george.get(release))
    assert "Asthma: a reliever, no preventer" in shown and "Provider Y90001" in shown and "People counted" in shown
    assert post(george, release, f"{release}/decide", decision="approved", words="Safe").status_code == 303
    assert "* hides a number that is too small" in words(petra.get(release))


def test_when_the_gate_lets_nothing_through_the_planner_reads_why(
    sign_in: SignIn, sender: Sender, settings: Settings
) -> None:
    crowd.load(sender, people=3)
    petra, gwen = sign_in(PETRA), sign_in(GWEN)
    project = applied_and_approved(petra, gwen, sender)
    release = post(petra, "/exports", f"/exports/{project}/releases", kind="rows").location
    look(sender, settings)
    told = words(petra.get(release))
    assert "Not made: the gate let nothing through" in told and "Failed" in told
    assert petra.get(f"{release}/people.csv").status_code == 404
