"""A release is approved by a second person and pulled, by its planner or their program: without scripts."""

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app import audit, clock, db
from app.access.users import AccessGroupMember, Planner
from app.export.release_page import in_bytes
from app.settings import Settings
from app.use_tables import export_tokens, opt_out_lists, projects
from tests import audited
from tests.browsing import SignIn, csrf, post, staff, words
from tests.feeding import Sender
from tests.installation import demo_settings
from tests.lists import GEORGE, PETRA, approved
from tests.sealed import FILES, MEASURED, checked

PEOPLE = FILES["people.csv"][0]


@pytest.fixture
def outbox(database_url: str, tmp_path: Path) -> Path:
    settings: Settings = demo_settings(database_url, tmp_path)
    return settings.releases_dir


@pytest.fixture
def project(sender: Sender) -> UUID:
    return approved(sender.engine)


@pytest.fixture
def release(sender: Sender, outbox: Path, project: UUID) -> str:
    """The address of a release of Petra's that waits for a second person."""
    return f"/exports/{checked(sender.engine, outbox, PETRA, project)}"


@pytest.fixture
def open_release(sign_in: SignIn, release: str) -> str:
    assert post(sign_in(GEORGE), release, f"{release}/decide", decision="approved", words="Safe").status_code == 303
    return release


def token(browser: FlaskClient, project: UUID) -> str:
    made = post(browser, "/exports/tokens", "/exports/tokens", name="monthly", project=str(project), days="30")
    return made.text.split('class="secret">')[1].split("<")[0]


def events(sender: Sender, kind: str) -> list[dict[str, str]]:
    return [event["detail"] for event in audited.events(sender.engine, kind)]


# ---------------------------------------------------------------- the second person
def test_nothing_is_pulled_before_a_second_person_approved_it(sign_in: SignIn, sender: Sender, release: str) -> None:
    petra, george = sign_in(PETRA), sign_in(GEORGE)
    waiting = petra.get(release)
    assert "Waits for a second person" in words(waiting) and "people.csv" in words(waiting)
    assert f"{release}/people.csv" not in waiting.text
    assert petra.get(f"{release}/people.csv").status_code == 404
    assert f'href="{release}"' in george.get("/exports").text
    shown = words(george.get(release))
    assert "Passed identifiers: nobody of the whole population is named" in shown
    assert "National data opt-outs 15" in shown and "a code of too few people *" in shown and "40,000" in shown
    missing = post(george, release, f"{release}/decide", decision="approved", words="")
    assert missing.status_code == 422 and "Say what the decision rests on" in words(missing)
    assert post(george, release, f"{release}/decide", decision="approved", words="Safe").location == "/exports"
    assert "Asthma reviews" not in words(george.get("/exports"))
    page = petra.get(release)
    assert f'href="{release}/people.csv"' in page.text and "Safe" in words(page)


def test_no_hash_or_size_tells_a_planner_what_they_may_not_see_yet(sign_in: SignIn, release: str) -> None:
    """A table of measures is a few rounded numbers: whoever has its hash tries them out."""
    hashed, size = sha256(PEOPLE).hexdigest(), in_bytes(len(PEOPLE))
    petra, george = sign_in(PETRA), sign_in(GEORGE)
    waiting = words(petra.get(release))
    assert hashed not in waiting and size not in waiting and "00" * 32 not in waiting
    assert hashed in words(george.get(release))
    post(george, release, f"{release}/decide", decision="approved", words="Safe")
    assert hashed in words(petra.get(release)) and size in words(petra.get(release))


def test_nobody_approves_what_they_asked_for(sign_in: SignIn, release: str) -> None:
    twice = AccessGroupMember(PETRA.issuer, PETRA.subject, PETRA.name, "")
    assert post(sign_in(twice), release, f"{release}/decide", decision="approved", words="Mine").status_code == 403
    petra = sign_in(PETRA)
    assert post(petra, release, f"{release}/decide", decision="approved", words="Mine").status_code == 403


def test_a_refused_release_is_never_pulled(sign_in: SignIn, release: str) -> None:
    post(sign_in(GEORGE), release, f"{release}/decide", decision="refused", words="Too small a group")
    petra = sign_in(PETRA)
    assert "Refused" in words(petra.get(release)) and "Too small a group" in words(petra.get(release))
    assert petra.get(f"{release}/people.csv").status_code == 404


# ---------------------------------------------------------------- pulling
def test_its_planner_pulls_a_file_whole_and_it_is_written_down_first(
    sign_in: SignIn, sender: Sender, open_release: str
) -> None:
    petra = sign_in(PETRA)
    pulled = petra.get(f"{open_release}/people.csv", buffered=True)
    assert pulled.status_code == 200 and pulled.data == PEOPLE
    assert pulled.headers["Content-Disposition"] == "attachment; filename=people.csv"
    assert pulled.headers["Cache-Control"] == "no-store"
    assert pulled.headers["Content-Length"] == str(len(PEOPLE))
    again = petra.get(f"{open_release}/people.csv", headers={"If-None-Match": pulled.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    assert [one["file"] for one in events(sender, "export-pulled")] == ["people.csv", "people.csv"]
    assert audit.verify(sender.engine)[1] is None


def test_no_byte_leaves_that_could_not_be_written_down(
    sign_in: SignIn, open_release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    petra = sign_in(PETRA)
    petra.application.testing = False
    petra.application.config["PROPAGATE_EXCEPTIONS"] = False

    def full(*_: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(audit, "append", full)
    refused = petra.get(f"{open_release}/people.csv")
    assert refused.status_code == 500 and b"female" not in refused.data


def test_a_program_pulls_with_a_token_and_gets_no_session(
    sign_in: SignIn, sender: Sender, project: UUID, open_release: str
) -> None:
    key = {"Authorization": f"Bearer {token(sign_in(PETRA), project)}"}
    machine = sign_in(PETRA).application.test_client()
    pulled = machine.get(f"{open_release}/people.csv", headers=key, buffered=True)
    assert pulled.status_code == 200 and pulled.data == PEOPLE
    assert "Set-Cookie" not in pulled.headers
    assert machine.get(f"{open_release}/people.csv").location == "/login"
    assert machine.head(f"{open_release}/people.csv", headers=key).status_code == 303
    assert "Never" not in words(sign_in(PETRA).get("/exports/tokens"))
    used = [one for one in events(sender, "export-token") if "release" in one]
    assert [one["release"] for one in used] == [open_release.removeprefix("/exports/")]


def ended(sign_in: SignIn, sender: Sender, project: UUID) -> str:
    browser = sign_in(PETRA)
    words_of_it = token(browser, project)
    [end] = re.findall(r'action="(/exports/tokens/[0-9a-f]+/end)"', browser.get("/exports/tokens").text)
    assert post(browser, "/exports/tokens", end).status_code == 303
    return words_of_it


def expired(sign_in: SignIn, sender: Sender, project: UUID) -> str:
    words_of_it = token(sign_in(PETRA), project)
    with db.write(sender.engine) as connection:
        connection.execute(update(export_tokens).values(expires_at=clock.now() - timedelta(seconds=1)))
    return words_of_it


def of_another_project(sign_in: SignIn, sender: Sender, project: UUID) -> str:
    return token(sign_in(PETRA), approved(sender.engine))


def of_a_project_that_is_over(sign_in: SignIn, sender: Sender, project: UUID) -> str:
    words_of_it = token(sign_in(PETRA), project)
    with db.write(sender.engine) as connection:
        yesterday = clock.today() - timedelta(days=1)
        connection.execute(update(projects).values(expires_on=yesterday).where(projects.c.id == project))
    return words_of_it


def made_up(sign_in: SignIn, sender: Sender, project: UUID) -> str:
    return "x" * 43


@pytest.mark.parametrize("bad", [made_up, ended, expired, of_another_project, of_a_project_that_is_over])
def test_whatever_is_wrong_with_a_token_the_answer_is_the_same(
    sign_in: SignIn, sender: Sender, project: UUID, open_release: str,
    bad: Callable[[SignIn, Sender, UUID], str],
) -> None:  # fmt: skip
    key = {"Authorization": f"Bearer {bad(sign_in, sender, project)}"}
    petra = sign_in(PETRA)
    answers = [
        browser.get(address, headers=key)
        for browser in (petra.application.test_client(), petra)
        for address in (f"{open_release}/people.csv", f"/exports/{uuid4()}/people.csv")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "Petra" not in answers[0].text
    assert events(sender, "export-pulled") == []


@pytest.mark.parametrize("name", ["../../keys/way-back.key", "..%2f..%2fkeys%2fway-back.key", "people.csv.part", "."])
def test_no_other_file_is_reached_by_a_name(sign_in: SignIn, open_release: str, name: str) -> None:
    assert sign_in(PETRA).get(f"{open_release}/{name}").status_code in {404, 308}


def test_nobody_else_sees_or_pulls_it(sign_in: SignIn, open_release: str) -> None:
    other = sign_in(Planner("https://id.example", "otto", "Otto Other", ""))
    assert other.get(open_release).status_code == 404
    assert other.get(f"{open_release}/people.csv").status_code == 404
    for somebody in (sign_in(GEORGE), sign_in(staff())):
        assert somebody.get(f"{open_release}/people.csv").status_code == 403
    with clock.stopped_at(clock.now()):  # every page says when it was made
        assert other.get(f"/exports/{uuid4()}").text == other.get(open_release).text


def test_its_page_says_how_to_pull_and_cite_it_with_its_own_address(sign_in: SignIn, open_release: str) -> None:
    page = words(sign_in(PETRA).get(open_release))
    for tool in ("pandas.read_csv", "duckdb", "httr2"):
        assert tool in page
    assert f"http://127.0.0.1:8000{open_release}/people.csv" in page
    assert "Tamberley ICB: Asthma reviews. Tributary release" in page


def test_a_form_sent_by_a_program_is_refused(sign_in: SignIn, project: UUID, open_release: str) -> None:
    browser = sign_in(PETRA)
    key = {"Authorization": f"Bearer {token(browser, project)}"}
    assert browser.post(f"/exports/{project}/releases", headers=key, data={"kind": "rows"}).status_code == 403
    word = csrf(browser.get("/exports"))
    machine = browser.application.test_client()
    sent = machine.post(f"/exports/{project}/releases", headers=key, data={"kind": "rows", "csrf": word})
    assert sent.location == "/login"


# ---------------------------------------------------------------- measures
def test_measures_are_read_as_a_table_by_those_who_decide_and_then_by_their_planner(
    sign_in: SignIn, sender: Sender, outbox: Path, project: UUID
) -> None:
    page = f"/exports/{checked(sender.engine, outbox, PETRA, project, MEASURED, 'measures')}"
    petra, george = sign_in(PETRA), sign_in(GEORGE)
    assert "People counted" not in words(petra.get(page))
    table = (
        "Provider Y90001 10 40 25% Y90002 * 15 * Y90003 0 0 Nobody asked about"
        " All practices, of what is shown 10 55 18.2%"
    )
    shown = words(george.get(page))
    assert table in shown and "* hides a number that is too small" in shown
    post(george, page, f"{page}/decide", decision="approved", words="Safe")
    assert table in words(petra.get(page))
    assert len(events(sender, "export-seen")) == 2  # the page, and the page whose form was sent
    assert [one["file"] for one in events(sender, "export-pulled")] == ["measures.csv"]
    with db.write(sender.engine) as connection:
        connection.execute(update(opt_out_lists).values(valid_until=clock.today() - timedelta(days=1)))
    over = words(petra.get(page))
    assert "cannot leave any more" in over and "out of date" in over and table not in over
    shutil.rmtree(outbox / page.rpartition("/")[2])
    gone = george.get(page)
    assert gone.status_code == 200 and table not in words(gone)
