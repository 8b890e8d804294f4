"""A patient signs in, adds blood pressures, sees, changes and removes them: through HTTP, without JavaScript."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import audit, clock, create_app, db
from app.access.users import Planner
from app.portal.joining import welcome
from app.settings import Settings
from app.tables import audit_events
from tests.browsing import SignIn, claims, csrf, person, staff, words
from tests.feeding import GP, Sender, patient
from tests.installation import demo_settings
from tests.signing_in import Browser, demo_provider, doors

NOW = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
NEW = "/my/readings/new"
GOOD = {"systolic": "137", "diastolic": "84", "pulse": "71", "taken_at": "2026-07-01T08:15", "note": "After a walk"}
SAFETY = "No one checks these readings straight away. If you feel unwell, do not wait: call 111, or 999"


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with clock.stopped_at(NOW):
        yield


@pytest.fixture
def browser(sign_in: SignIn, asha: UUID, sender: Sender) -> FlaskClient:
    """Asha's own, signed in."""
    welcome(sender.engine, person(), claims())
    return sign_in(person())


def hidden(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))


def send(browser: FlaskClient, page: str = NEW, **form: str) -> TestResponse:
    """Open a form, fill it in, and send it."""
    return browser.post(page, data=hidden(browser.get(page)) | form)


def read(browser: FlaskClient, page: str = "/my/readings") -> str:
    return words(browser.get(page))


def reading_of(answer: TestResponse) -> str:
    assert answer.status_code == 303, words(answer)
    return answer.location.removesuffix("/saved")


def test_two_readings_are_added_saved_and_seen(browser: FlaskClient) -> None:
    form = browser.get(NEW)
    assert SAFETY in words(form)
    assert 'value="2026-07-01T08:30"' in form.text
    answer = send(browser, **GOOD, systolic2="133", diastolic2="82")
    page = browser.get(reading_of(answer) + "/saved")
    assert "Your reading is saved" in words(page)
    assert SAFETY in words(page) and "Call 999 if you also have any of these" in words(page)
    shown = read(browser)
    assert "1 July 2026 AM 8:16am 133/82 Second You typed it" in shown
    assert "AM 8:15am 137/84 First 71 After a walk You typed it Change" in shown
    assert "2 blood pressure readings" in shown
    assert "Latest: 133/82 mmHg, 1 July 2026, 8:16am" in read(browser, "/my")


def test_errors_stand_at_the_top_and_beside_their_fields_and_what_was_typed_stays(browser: FlaskClient) -> None:
    page = send(browser, **GOOD | {"systolic": "1370", "taken_at": "2026-03-29T01:30"})
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    for field in ("systolic", "taken_at"):
        assert f'href="#{field}"' in page.text and f'id="{field}-error"' in page.text
    assert 'value="1370"' in page.text and 'value="84"' in page.text and "After a walk</textarea>" in page.text
    assert "You have no readings" in read(browser)


def test_an_emergency_is_asked_about_once_and_kept_as_typed(browser: FlaskClient) -> None:
    asked = send(browser, **GOOD | {"systolic": "260", "diastolic": "140"})
    assert asked.status_code == 200
    assert "Is this what your monitor showed?" in words(asked)
    assert "A top number of 260 is higher" in words(asked) and "call 111, or 999" in words(asked)
    assert "You have no readings" in read(browser)
    again = browser.post(NEW, data=hidden(asked) | {"edit": "yes"})
    assert again.status_code == 200 and 'value="260"' in again.text and "Error" not in again.text
    other = browser.post(NEW, data=hidden(asked) | {"systolic": "270"})
    assert "A top number of 270" in words(other), "the answer was about another value"
    assert browser.post(NEW, data=hidden(asked)).status_code == 303
    assert "260/140" in read(browser)


def test_the_same_form_sent_twice_makes_one_reading_and_leads_to_the_same_page(browser: FlaskClient) -> None:
    form = hidden(browser.get(NEW)) | GOOD
    first, second = (browser.post(NEW, data=form) for _ in range(2))
    assert first.location == second.location
    other = browser.post(NEW, data=form | {"systolic": "138"})
    assert other.status_code == 409 and "saved already" in words(other)
    assert read(browser).count("137/84 71") == 1 and "138/84" not in read(browser)


def test_a_form_without_a_key_is_one_reading_too(browser: FlaskClient) -> None:
    token = {"csrf": csrf(browser.get(NEW))}
    first, second = (browser.post(NEW, data=GOOD | token) for _ in range(2))
    assert first.location == second.location


def test_a_reading_is_changed_and_what_was_there_is_kept_struck(browser: FlaskClient) -> None:
    reading = reading_of(send(browser, **GOOD))
    form = browser.get(reading + "/change")
    assert SAFETY in words(form) and 'value="137"' in form.text and 'value="2026-07-01T08:15"' in form.text
    page = browser.get(send(browser, reading + "/change", **GOOD | {"systolic": "127"}).location)
    assert "Your reading is changed" in words(page)
    shown = read(browser)
    assert "AM 8:15am 127/84 71 After a walk You typed it. Changed 1 July 2026, 8:30am" in shown
    assert "Show removed and changed (1)" in shown
    assert "137/84 mmHg, pulse 71, 1 July 2026, 8:15am: After a walk Changed by you, 1 July 2026, 8:30am" in shown
    assert re.search(r"<del>137/84", browser.get("/my/readings").text)


def test_a_change_is_checked_and_asked_about_like_a_new_reading(browser: FlaskClient) -> None:
    page = reading_of(send(browser, **GOOD)) + "/change"
    assert send(browser, page, **GOOD | {"systolic": "x"}).status_code == 422
    asked = send(browser, page, **GOOD | {"systolic": "230"})
    assert "Is this what your monitor showed?" in words(asked)
    assert browser.post(page, data=hidden(asked)).status_code == 303
    assert "230/84" in read(browser)


def test_a_reading_is_removed_after_a_question_and_kept_struck(browser: FlaskClient) -> None:
    reading = reading_of(send(browser, **GOOD))
    assert "Do you want to remove this reading?" in read(browser, reading + "/remove")
    page = browser.get(send(browser, reading + "/remove").location)
    assert "Your reading is removed" in words(page)
    shown = read(browser)
    assert "You have no readings" in shown and "137/84 mmHg" in shown and "Removed by you" in shown
    assert browser.get(reading + "/change").status_code == 404
    assert browser.get(reading + "/remove").status_code == 404


def test_what_is_removed_in_one_window_is_not_changed_in_another(browser: FlaskClient) -> None:
    reading = reading_of(send(browser, **GOOD))
    form = hidden(browser.get(reading + "/change"))
    gone = browser.get(send(browser, reading + "/remove").location)
    assert "It no longer counts." in words(gone) and "can see it in your record from now on" not in words(gone)
    answer = browser.post(reading + "/change", data=form | GOOD | {"systolic": "127"})
    assert answer.status_code == 409 and "What you sent now is not saved" in words(answer)
    assert "127/84" not in read(browser)


def test_where_a_form_cannot_be_kept_that_is_said_with_the_words_for_an_emergency(browser: FlaskClient) -> None:
    old = browser.post(NEW, data=GOOD | {"csrf": "of a session that is over"})
    assert old.status_code == 403 and "You do not have access" not in words(old)
    assert "open for too long What you sent is not saved" in words(old) and SAFETY in words(old)
    gone = browser.get("/my/readings/%00/change")
    assert gone.status_code == 404 and "call 111" not in words(browser.get("/nothing-here"))


def test_a_note_is_shown_as_text(browser: FlaskClient) -> None:
    send(browser, **GOOD | {"note": "<script>alert(1)</script>"})
    page = browser.get("/my/readings").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_reading_is_on_the_clinicians_page_at_once(browser: FlaskClient, sign_in: SignIn, asha: UUID) -> None:
    send(browser, **GOOD)
    page = sign_in(staff()).get(f"/patients/{asha}/sections/results")
    assert "137/84" in words(page) and "The patient" in words(page)


def test_every_look_and_every_reading_is_written_down_first(browser: FlaskClient, sender: Sender, asha: UUID) -> None:
    send(browser, **GOOD)
    browser.get("/my/readings")
    with db.read(sender.engine) as connection:
        query = select(audit_events.c.kind, audit_events.c.outcome, audit_events.c.patient_id)
        rows = connection.execute(query.order_by(audit_events.c.seq)).all()
    assert [tuple(row) for row in rows] == [
        ("account", "linked", asha),
        ("add-own-reading", "allowed", asha),
        ("view-own-record", "allowed", asha),
    ]
    assert audit.verify(sender.engine)[1] is None


def test_somebody_else_sees_and_changes_nothing_of_it(browser: FlaskClient, sign_in: SignIn) -> None:
    reading = reading_of(send(browser, **GOOD))
    stranger = sign_in(person("stranger"))
    for page in ("/my", "/my/readings", NEW, reading + "/change", reading + "/saved"):
        answer = stranger.get(page)
        assert answer.status_code == 403 and "not linked to a record" in words(answer)
    for user in (staff(), Planner("https://id.example", "p", "Petra Lane", "")):
        assert sign_in(user).get("/my/readings").status_code == 403
    assert browser.get("/my/readings/nonsense/saved").status_code == 404
    assert browser.get(f"/my/readings/{UUID(int=1)}-1/change").status_code == 404


def test_whoever_has_no_record_any_more_is_told_so(browser: FlaskClient, sender: Sender) -> None:
    with db.write(sender.engine) as connection:
        connection.exec_driver_sql("UPDATE links SET until = since")
    answer = browser.post(NEW, data=hidden(browser.get("/login", follow_redirects=True)) | GOOD)
    assert answer.status_code == 403


@pytest.mark.parametrize("page", ["/my", "/my/readings", NEW])
def test_nobody_signed_in_is_led_to_the_ways_in(browser: FlaskClient, page: str) -> None:
    assert browser.application.test_client().get(page).location == "/login"


# ---------------------------------------------------------------- the whole way in
Site = Callable[[], Browser]


@pytest.fixture
def site(sender: Sender, database_url: str, tmp_path: Path) -> Iterator[Site]:
    """The whole site with the demo's own sign-in provider, listening."""
    with demo_provider() as issuer:
        plain = demo_settings(database_url, tmp_path)
        settings = Settings(**vars(plain) | {"providers": doors(issuer)})
        app = create_app(settings)
        yield lambda: Browser(app)
        app.extensions["engine"].dispose()


def test_from_the_door_to_a_saved_reading(sender: Sender, site: Site) -> None:
    with clock.stopped_at(datetime.now(UTC)):
        sender.send(GP, patient("1", birthDate="1961-02-03"))
        asha = site()
        assert asha.sign_in("patient", door="patient").headers["Location"] == "/my"
        assert "Your health record" in words(asha.site.get("/my"))
        when = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
        answer = send(asha.site, **GOOD | {"taken_at": when})
        assert "Your reading is saved" in words(asha.site.get(answer.location))
        kept = sender.count("sessions", "data LIKE '%9990000018%' OR data LIKE '%1961-02-03%'")
        assert kept == 0
        tom = site()
        answer = tom.sign_in("patient2", door="patient")
        assert answer.status_code == 403
        assert "could not match your details to one record" in words(answer)
        assert tom.site.get("/my").location == "/login"
