"""What a planner finds leads back to care: through two people, to those who care for somebody now, one at a time."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import islice, product
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import audit, clock, create_app, crypto, db, worker
from app.access.users import AccessGroupMember
from app.export import cohorts
from app.export.vault import Vault, migrate_vault, open_vault
from app.settings import Settings
from app.use_tables import projects, worklist_cohorts, worklist_items
from tests.accounts import account_of
from tests.audited import events
from tests.browsing import SignIn, csrf, post, staff, words
from tests.feeding import BEN, COUNCIL, GP, TRUST, Sender, condition, patient
from tests.installation import demo_settings
from tests.lists import ASTHMA, GEORGE, PETRA, approved, led_back

TITLE, WHY = "Two blue inhalers and no brown one", "A preventer may be missing: please review."


@pytest.fixture
def settings(sender: Sender, database_url: str, tmp_path: Path) -> Settings:
    made = demo_settings(database_url, tmp_path)
    migrate_vault(made)
    return made


@pytest.fixture
def vault(settings: Settings) -> Iterator[Vault]:
    with open_vault(settings) as opened:
        yield opened


@pytest.fixture
def ben(sender: Sender) -> UUID:
    """Known to the council alone, which cares for nobody here."""
    born = {"name": [{"family": "Okoro", "given": ["Ben"]}], "birthDate": "1948-02-02"}
    sender.send(COUNCIL, patient("9", number=BEN, **born), condition("c9", of="9"))
    found = sender.person_of(COUNCIL, "9")
    assert found
    return found


def sent(browser: FlaskClient, project: UUID, codes: list[str], **changes: str) -> TestResponse:
    page = f"/exports/{project}/cohort"
    return post(browser, page, page, **{"title": TITLE, "why": WHY, "codes": "\n".join(codes)} | changes)


def decision_page(sender: Sender) -> str:
    [waiting] = cohorts.in_state(sender.engine, cohorts.REQUESTED)
    return f"/exports/cohorts/{waiting.id}/decide"


def decided(browser: FlaskClient, sender: Sender, decision: str = "approved") -> TestResponse:
    page = decision_page(sender)
    assert f'href="{page}"' in browser.get("/exports").text
    return post(browser, page, page, decision=decision, words="It helps them")


def lists_led_back(sender: Sender, settings: Settings) -> int:
    return worker.look(worker.steps(sender.engine, settings))["lists led back"]


def count(sender: Sender, table: object) -> int:
    with db.read(sender.engine) as connection:
        return len(connection.execute(select(table)).all())  # type: ignore[call-overload]


# ---------------------------------------------------------------- the whole way
def test_from_a_planners_list_to_the_record_that_one_clinician_opens(
    sign_in: SignIn, sender: Sender, settings: Settings, vault: Vault, asha: UUID, ben: UUID
) -> None:
    project = approved(sender.engine)
    codes = list(vault.pseudonyms(project, [asha, ben]).values())
    petra, gp, council = sign_in(PETRA), sign_in(staff()), sign_in(staff(COUNCIL, "Joan Price"))
    assert sent(petra, project, [*codes, "z" * 28]).location == "/exports"
    assert lists_led_back(sender, settings) == 0
    assert "Waits for a second person" in words(petra.get("/exports"))
    assert decided(sign_in(GEORGE), sender).status_code == 303
    assert (lists_led_back(sender, settings), lists_led_back(sender, settings)) == (1, 0)
    assert (count(sender, worklist_cohorts), count(sender, worklist_items)) == (0, 2)
    shown = words(petra.get("/exports"))
    assert "With clinicians 7 or fewer 7 or fewer 7 or fewer" in shown

    listed = gp.get("/worklist")
    assert TITLE in words(listed) and WHY in words(listed) and "Asthma reviews" in words(listed)
    assert "Name not shown Not opened" in words(listed)
    assert "PATEL" not in listed.text and str(asha) not in listed.text
    assert "Nobody in your organisation’s care is on a list now." in words(council.get("/worklist"))

    page = listed.text.split('href="/worklist/')[1].split('"')[0]
    before = gp.get(f"/worklist/{page}")
    assert "PATEL" not in before.text and str(asha) not in before.text
    refused = post(gp, f"/worklist/{page}", f"/worklist/{page}/open")
    assert refused.status_code == 422 and "Choose a reason" in words(refused)
    opened = post(gp, f"/worklist/{page}", f"/worklist/{page}/open", reason="planned")
    assert (opened.status_code, opened.location) == (303, f"/patients/{asha}")
    assert "PATEL, Asha" in words(gp.get(opened.location))
    assert "PATEL, Asha born 01-May-1960" in words(gp.get("/worklist"))
    colleague = sign_in(staff(name="Dr Ann Other"))
    assert "Opened by Dr Grace Hall" in words(colleague.get("/worklist"))
    assert "PATEL" not in colleague.get("/worklist").text
    assert post(gp, f"/worklist/{page}", f"/worklist/{page}/close", outcome="contacted").status_code == 303
    assert f"{TITLE}: Contacted" in words(gp.get("/worklist"))

    with db.read(sender.engine) as connection:
        rows = [row for row in connection.execute(audit.about(asha)).mappings() if row["kind"] != "search-patients"]
        about = [(row["kind"], row["outcome"], audit.said(connection, row)[1]) for row in rows]
    told = [(kind, outcome, detail.get("worklist")) for kind, outcome, detail in about]
    assert told == [
        ("view-record", "allowed", TITLE), ("view-record", "allowed", None), ("worklist-item", "closed", TITLE),
    ]  # fmt: skip
    assert about[0][2]["reason"] == "Direct care – planned"
    assert audit.verify(sender.engine)[1] is None


def test_the_person_reads_who_opened_their_record_from_which_list_and_why(
    sign_in: SignIn, sender: Sender, asha: UUID
) -> None:
    led_back(sender.engine, asha, title=TITLE)
    gp = sign_in(staff())
    page = "/worklist/" + gp.get("/worklist").text.split('href="/worklist/')[1].split('"')[0]
    post(gp, page, f"{page}/open", reason="other", words="Asthma review")
    gp.get("/worklist")
    post(gp, page, f"{page}/close", outcome="contacted")
    log = words(sign_in(account_of(sender)).get("/my/access-log"))
    assert f"Opened the record from a worklist: {TITLE}. Reason given: Asthma review." in log
    assert "Saw this person’s name on a worklist, after opening the record from it" in log
    assert "Closed an item of a worklist about this person" in log


def test_no_code_and_no_number_is_in_the_audit_or_in_a_log(
    sign_in: SignIn, sender: Sender, settings: Settings, vault: Vault, asha: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    project = approved(sender.engine)
    [code] = vault.pseudonyms(project, [asha]).values()
    browser = sign_in(PETRA)
    assert sent(browser, project, [code, "not a code"]).status_code == 422
    sent(browser, project, [code])
    decided(sign_in(GEORGE), sender)
    lists_led_back(sender, settings)
    rows = events(sender.engine)
    assert code not in str(rows) + caplog.text
    assert [row["outcome"] for row in rows if row["kind"] == "cohort"] == ["requested", "approved", "led-back"]


# ---------------------------------------------------------------- what a planner may send
MANY = ["".join(letters) for letters in islice(product("abcdefghijklmnopqrstuvwxyz", repeat=28), 5_001)]


@pytest.mark.parametrize(
    ("changes", "codes", "said"),
    [
        ({"title": ""}, ["a" * 28], "Enter a title"),
        ({"why": ""}, ["a" * 28], "how this helps the people"),
        ({}, [], "Paste the codes"),
        ({}, ["a" * 28, "9990000018"], "Line 2 is not a code"),
        ({}, MANY, "can have 5,000 codes: this has 5,001"),
    ],
    ids=["no title", "no reason", "no codes", "no code", "too many"],
)
def test_a_list_that_cannot_be_used_is_refused_in_words(
    sign_in: SignIn, sender: Sender, changes: dict[str, str], codes: list[str], said: str
) -> None:
    refused = sent(sign_in(PETRA), approved(sender.engine), codes, **changes)
    assert refused.status_code == 422 and said in words(refused)
    assert "9990000018" not in refused.text.split("<textarea")[0]
    assert count(sender, worklist_cohorts) == 0


def test_a_code_stands_in_no_words_and_a_short_list_is_told_to_who_decides(sign_in: SignIn, sender: Sender) -> None:
    """The words are kept, and read beside the record of whoever is on the list."""
    project = approved(sender.engine)
    petra = sign_in(PETRA)
    refused = sent(petra, project, ["z" * 28], title=f"About {'z' * 28}")
    assert refused.status_code == 422 and "Leave codes of people out of the words" in words(refused)
    sent(petra, project, [letter * 28 for letter in "abcdefg"])
    assert "This list is short" in words(sign_in(GEORGE).get(decision_page(sender)))
    decided(sign_in(GEORGE), sender, "refused")
    sent(petra, project, [letter * 28 for letter in "abcdefgh"])
    assert "This list is short" not in words(sign_in(GEORGE).get(decision_page(sender)))


def test_a_list_comes_as_a_file_too_and_each_code_once(sign_in: SignIn, sender: Sender) -> None:
    project, browser = approved(sender.engine), sign_in(PETRA)
    page = f"/exports/{project}/cohort"
    file = (BytesIO(("\ufeff" + "a" * 28 + "\r\n" + "b" * 28 + "\r\n" + "a" * 28).encode()), "codes.txt")
    form = {"csrf": csrf(browser.get(page)), "title": TITLE, "why": WHY, "codes": "", "file": file}
    assert browser.post(page, data=form, content_type="multipart/form-data").status_code == 303
    assert count(sender, worklist_cohorts) == 2


def test_a_project_that_may_lead_nobody_back_has_no_such_page(sign_in: SignIn, sender: Sender) -> None:
    project = approved(sender.engine, replace(ASTHMA, may_lead_back=False))
    browser = sign_in(PETRA)
    assert browser.get(f"/exports/{project}/cohort").status_code == 404
    assert browser.get(f"/exports/{uuid4()}/cohort").status_code == 404
    assert "Send a list back to care" not in words(browser.get("/exports"))


# ---------------------------------------------------------------- who decides, and what is kept
def test_nobody_decides_on_their_own_list_and_a_refused_one_is_forgotten(sign_in: SignIn, sender: Sender) -> None:
    project = approved(sender.engine)
    sent(sign_in(PETRA), project, ["a" * 28])
    twice = AccessGroupMember(PETRA.issuer, PETRA.subject, PETRA.name, "")
    assert decided(sign_in(twice), sender).status_code == 403
    assert decided(sign_in(GEORGE), sender, "refused").status_code == 303
    assert count(sender, worklist_cohorts) == 0
    assert "Refused: It helps them" in words(sign_in(PETRA).get("/exports"))


def test_without_the_key_that_leads_back_the_list_waits(
    sign_in: SignIn, sender: Sender, settings: Settings, vault: Vault, asha: UUID
) -> None:
    project = approved(sender.engine)
    sent(sign_in(PETRA), project, list(vault.pseudonyms(project, [asha]).values()))
    decided(sign_in(GEORGE), sender)
    key = settings.keys_dir / crypto.WAY_BACK_FILE
    away = key.rename(settings.keys_dir / "elsewhere")
    assert lists_led_back(sender, settings) == 0
    assert count(sender, worklist_cohorts) == 1
    away.rename(key)
    assert lists_led_back(sender, settings) == 1


def test_a_key_that_does_not_fit_leads_to_nobody_and_the_list_waits(
    sign_in: SignIn, sender: Sender, settings: Settings, vault: Vault, asha: UUID
) -> None:
    project = approved(sender.engine)
    sent(sign_in(PETRA), project, list(vault.pseudonyms(project, [asha]).values()))
    decided(sign_in(GEORGE), sender)
    assert cohorts.lead_back_waiting(sender.engine, vault, bytes(31) + b"\x01") == 0
    assert (count(sender, worklist_cohorts), count(sender, worklist_items)) == (1, 0)


def test_a_list_of_a_project_that_is_over_leads_to_nobody_and_is_forgotten(
    sign_in: SignIn, sender: Sender, settings: Settings, vault: Vault, asha: UUID
) -> None:
    project = approved(sender.engine)
    sent(sign_in(PETRA), project, list(vault.pseudonyms(project, [asha]).values()))
    decided(sign_in(GEORGE), sender)
    with db.write(sender.engine) as connection:
        connection.execute(update(projects).values(expires_on=clock.today() - timedelta(days=1)))
    assert lists_led_back(sender, settings) == 0
    assert (count(sender, worklist_cohorts), count(sender, worklist_items)) == (0, 0)
    assert "Not led back: the project was over" in words(sign_in(PETRA).get("/exports"))
    assert sent(sign_in(PETRA), project, ["a" * 28]).status_code == 404


def test_codes_of_another_project_lead_to_nobody(
    sign_in: SignIn, sender: Sender, settings: Settings, vault: Vault, asha: UUID
) -> None:
    first, second = approved(sender.engine), approved(sender.engine)
    sent(sign_in(PETRA), second, list(vault.pseudonyms(first, [asha]).values()))
    decided(sign_in(GEORGE), sender)
    assert lists_led_back(sender, settings) == 1
    assert count(sender, worklist_items) == 0
    assert "With clinicians 7 or fewer" in words(sign_in(PETRA).get("/exports"))


def test_one_list_that_fails_stops_no_other_and_no_step_stops_another(
    sign_in: SignIn, sender: Sender, settings: Settings, vault: Vault, asha: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = approved(sender.engine)
    [code] = vault.pseudonyms(project, [asha]).values()
    for codes in (["b" * 28], [code]):
        sent(sign_in(PETRA), project, codes)
        decided(sign_in(GEORGE), sender)
    lead_back = Vault.lead_back

    def broken(own: Vault, key: bytes, project_id: UUID, letters: list[str]) -> dict[str, UUID]:
        if "b" * 28 in letters:
            raise OSError("disk full")
        return lead_back(own, key, project_id, letters)

    monkeypatch.setattr(Vault, "lead_back", broken)
    assert lists_led_back(sender, settings) == 1
    monkeypatch.setattr(Vault, "lead_back", lead_back)
    doing = worker.steps(sender.engine, settings) | {"files taken": _fails}
    assert worker.look(doing) == {
        "files taken": worker.FAILED,
        "releases made": 0,
        "lists led back": 1,
        "rows let go": 0,
    }


def _fails() -> int:
    raise RuntimeError


def test_the_workers_command_says_what_it_has_done(sender: Sender, database_url: str, tmp_path: Path) -> None:
    run = create_app(demo_settings(database_url, tmp_path)).test_cli_runner()
    done = run.invoke(args=["worker", "--once"])
    assert (done.exit_code, done.stdout) == (
        0,
        "0 files taken, 0 releases made, 0 lists led back, 0 rows let go, 0 heads signed, 0 alerts raised\n",
    )


# ---------------------------------------------------------------- nobody else
def test_somebody_elses_item_is_not_there(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    led_back(sender.engine, asha)
    page = sign_in(staff()).get("/worklist").text.split('href="/worklist/')[1].split('"')[0]
    other = sign_in(staff(TRUST, "Dr Omar Shah"))
    word = csrf(other.get("/worklist"))
    answers = []
    with clock.stopped_at(clock.now()):  # every page says when it was made
        for number in (page, str(uuid4())):
            got = other.get(f"/worklist/{number}")
            opened = other.post(f"/worklist/{number}/open", data={"csrf": word, "reason": "planned"})
            closed = other.post(f"/worklist/{number}/close", data={"csrf": word, "outcome": "contacted"})
            assert {got.status_code, opened.status_code, closed.status_code} == {404}
            answers.append(got.text)
    assert answers[0] == answers[1]


def test_a_reason_given_for_the_record_opens_no_item(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    led_back(sender.engine, asha)
    council = sign_in(staff(COUNCIL, "Joan Price"))
    post(council, f"/patients/{asha}", f"/patients/{asha}/open", asked="1", reason="urgent")
    assert council.get(f"/patients/{asha}").status_code == 200
    assert "Nobody in your organisation’s care" in words(council.get("/worklist"))


def test_a_planner_who_calls_a_clinicians_pages_is_refused(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    led_back(sender.engine, asha)
    page = sign_in(staff()).get("/worklist").text.split('href="/worklist/')[1].split('"')[0]
    for browser in (sign_in(PETRA), sign_in(GEORGE)):
        word = csrf(browser.get("/data-uses"))
        for path in ("/worklist", f"/worklist/{page}", f"/patients/{asha}"):
            assert browser.get(path).status_code == 403
        opened = browser.post(f"/worklist/{page}/open", data={"csrf": word, "reason": "planned"})
        assert opened.status_code == 403 and str(asha) not in opened.text


def test_a_form_of_another_site_opens_nothing_and_reading_the_page_neither(
    sign_in: SignIn, sender: Sender, asha: UUID
) -> None:
    led_back(sender.engine, asha)
    browser = sign_in(staff())
    page = browser.get("/worklist").text.split('href="/worklist/')[1].split('"')[0]
    assert browser.get(f"/worklist/{page}/open").status_code == 405
    assert browser.post(f"/worklist/{page}/open", data={"reason": "planned"}).status_code == 403
    assert "Name not shown Not opened" in words(browser.get("/worklist"))


def test_counts_for_the_planner_are_too_coarse_to_ask_of_one_person() -> None:
    assert {cohorts.coarse(n) for n in range(8)} == {"7 or fewer"}
    assert [cohorts.coarse(n) for n in (8, 12, 13, 5000)] == ["about 10", "about 10", "about 15", "about 5,000"]


def test_a_record_of_the_own_practice_alone_is_led_to_by_its_practice(
    sign_in: SignIn, sender: Sender, ben: UUID
) -> None:
    sender.send(GP, patient("2", number=BEN, name=[{"family": "Okoro", "given": ["Ben"]}], birthDate="1948-02-02"))
    led_back(sender.engine, ben)
    assert "Name not shown Not opened" in words(sign_in(staff()).get("/worklist"))
