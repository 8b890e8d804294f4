"""A clinician reports what is wrong with a record: through HTTP, without JavaScript, on both databases."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from app import audit, clock, create_app
from app.access.grants import operator_grant
from app.viewer.problems import all_reports
from tests.audited import events
from tests.browsing import SignIn, post, staff, words
from tests.feeding import COUNCIL, Sender
from tests.installation import demo_settings

WRONG = "It says asthma since 2012.\nThe patient says <2010>."


def test_a_report_is_kept_shown_listed_and_written_down(
    sign_in: SignIn, asha: UUID, sender: Sender, database_url: str, tmp_path: Path
) -> None:
    browser = sign_in(staff())
    page = f"/patients/{asha}/problem"
    assert "Report a problem with this record" in words(browser.get(f"/patients/{asha}"))
    done = post(browser, page, page, section="problems", wrong=WRONG)
    assert done.status_code == 303
    kept = browser.get(done.location)
    assert "Your report is kept" in words(kept)
    assert "It says asthma since 2012. The patient says <2010>." in words(kept)
    assert "PATEL, Asha" in words(kept)

    settings = demo_settings(database_url, tmp_path)
    run = create_app(settings).test_cli_runner()
    [told] = [json.loads(line) for line in run.invoke(args=["problems", "--json"]).stdout.splitlines()]
    assert (told["section"], told["words"], told["patient_id"]) == ("problems", WRONG, str(asha))
    assert told["reporter"]["name"] == "Dr Grace Hall"
    assert str(told["number"]) in done.location
    assert "It says asthma" in run.invoke(args=["problems"]).stdout

    [event] = events(sender.engine, "problem")
    assert "problems" in str(events(sender.engine, "operator"))
    assert (event["outcome"], event["patient_id"], event["detail"]["section"]) == (
        "reported",
        asha,
        "problems",
    )
    assert "asthma" not in str(event["detail"])
    assert audit.verify(sender.engine)[1] is None


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"section": "problems", "wrong": "  "}, "Say what is wrong"),
        ({"section": "problems", "wrong": "\u202e\u200b"}, "Say what is wrong"),
        ({"section": "nonsense", "wrong": WRONG}, "Choose which part"),
        ({"section": "problems", "wrong": "x" * 2001}, "2,000 characters or fewer"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_kept(
    sign_in: SignIn, asha: UUID, sender: Sender, form: dict[str, str], said: str
) -> None:
    page = f"/patients/{asha}/problem"
    refused = post(sign_in(staff()), page, page, **form)
    assert refused.status_code == 422
    assert said in words(refused)
    assert "<title>Error: " in refused.text
    assert " ".join(form["wrong"].split()) in words(refused)
    assert sender.count("problems") == 0


def test_a_report_about_an_earlier_state_says_which(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    page = f"/patients/{asha}/problem?asAt={clock.now().isoformat().replace('+00:00', 'Z')}"
    assert post(sign_in(staff()), page, page, section="other", wrong=WRONG).status_code == 303
    [event] = events(sender.engine, "problem")
    assert event["detail"]["as_at"]


def test_only_its_reporter_reads_a_report_here_and_a_stranger_reports_nothing(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    page = f"/patients/{asha}/problem"
    kept = post(sign_in(staff()), page, page, section="problems", wrong=WRONG).location
    other = sign_in(staff(name="Dr Ann Other"))
    assert other.get(kept).status_code == 404
    assert other.get(f"{page}/1").status_code == 404
    stranger = sign_in(staff(COUNCIL))
    assert post(stranger, page, page, section="problems", wrong=WRONG).status_code == 403
    assert sender.count("problems") == 1


def test_c55_a_report_keeps_its_lines_and_no_character_that_nobody_sees(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    page = f"/patients/{asha}/problem"
    post(sign_in(staff()), page, page, section="other", wrong="First\r\nsecond\x1b[31m \u2066third\u2069\x07")
    [kept] = all_reports(sender.engine, operator_grant(sender.engine, "test"))
    assert kept.words == "First\nsecond[31m third"


@pytest.mark.parametrize("number", ["99999999999999999999999", "9" * 5000, "x", "-1", "1.0", "²"])
def test_a_report_of_no_possible_number_is_not_found(sign_in: SignIn, asha: UUID, number: str) -> None:
    assert sign_in(staff()).get(f"/patients/{asha}/problem/{number}").status_code == 404
