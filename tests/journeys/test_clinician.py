"""A clinician finds a person, opens the record, and reads it: through HTTP, without JavaScript."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select

from app import audit, clock, db
from app.access.users import Planner
from app.tables import audit_events
from tests.audited import events
from tests.browsing import SignIn, csrf, post, staff, words
from tests.feeding import ASHA, COUNCIL, GP, TRUST, Sender, condition, patient


def test_by_number_to_the_right_patient_to_the_record(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    found = post(browser, "/patients", "/patients", nhs_number=f" {ASHA[:3]} {ASHA[3:6]} {ASHA[6:]} ")
    assert "PATEL, Asha" in words(found)
    assert f'href="/patients/{asha}/confirm"' in found.text
    confirm = browser.get(f"/patients/{asha}/confirm")
    assert "Is this the right patient?" in words(confirm)
    opened = post(browser, f"/patients/{asha}/confirm", f"/patients/{asha}/open")
    assert (opened.status_code, opened.location) == (303, f"/patients/{asha}")
    page = browser.get(opened.location)
    assert page.status_code == 200
    assert "PATEL, Asha" in words(page)
    assert "Asthma" in words(page)
    assert "Sources differ" in words(page)
    assert page.headers["Cache-Control"] == "no-store"


def test_by_name_and_date_of_birth(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    found = post(browser, "/patients", "/patients", family="patel", birth="1 5 1960")
    assert f"/patients/{asha}/confirm" in found.text


def test_a_number_that_is_not_valid_and_one_that_nobody_has_are_told_apart(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    wrong = post(browser, "/patients", "/patients", nhs_number="9990000019")
    nobody = post(browser, "/patients", "/patients", nhs_number="9990000085")
    assert wrong.status_code == 422
    assert nobody.status_code == 200
    assert words(wrong) != words(nobody)


def test_without_a_relationship_a_reason_is_asked_for_kept_and_written_down(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    browser = sign_in(staff(COUNCIL, "Joan Price"))
    asked = browser.get(f"/patients/{asha}")
    assert asked.status_code == 403
    assert "Asthma" not in words(asked)
    assert "PATEL, Asha Born 01-May-1960" in words(asked)
    page, to = f"/patients/{asha}", f"/patients/{asha}/open"
    assert post(browser, page, to, asked="1").status_code == 422
    assert post(browser, page, to, asked="1", reason="other", words=" ").status_code == 422
    assert post(browser, page, to, asked="1", reason="urgent").status_code == 303
    assert "Asthma" in words(browser.get(page))
    with db.read(sender.engine) as connection:
        rows = connection.execute(select(audit_events).order_by(audit_events.c.seq)).mappings().all()
    seen = [("view-record", "refused"), ("search-patients", "allowed")]
    assert [(row["kind"], row["outcome"]) for row in rows if row["patient_id"]] == [
        *seen,
        *seen,
        ("search-patients", "allowed"),
        *seen,
        ("search-patients", "allowed"),
        *seen,
        ("reason", "given"),
        ("view-record", "allowed"),
    ]
    assert audit.verify(sender.engine) == (len(rows), None)


def test_a_reason_leads_to_the_page_and_the_moment_that_were_asked_for(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff(COUNCIL))
    page = f"/patients/{asha}/timeline?asAt={clock.now().isoformat().replace('+00:00', 'Z')}"
    asked = browser.get(page)
    to = re.search(r'name="then" value="([^"]+)"', asked.text)
    assert to
    form = {"asked": "1", "reason": "urgent", "then": unescape(to[1])}
    done = post(browser, page, f"/patients/{asha}/open", **form)
    assert done.location == page
    assert "not the current record" in words(browser.get(done.location))


@pytest.mark.parametrize(
    "to", ["", "//evil.example", "https://evil.example/", "/patients", "/patients/{other}", "/patients/{own}evil",
           "/patients/{own}/../../patients", "/patients/{own}/open", "/patients/{own}/no/such/page", "/logout"]
)  # fmt: skip
def test_a_reason_leads_to_no_page_but_one_of_this_person(sign_in: SignIn, asha: UUID, to: str) -> None:
    browser, page = sign_in(staff(COUNCIL)), f"/patients/{asha}"
    form = {"asked": "1", "reason": "urgent", "then": to.format(own=asha, other=UUID(int=1))}
    assert post(browser, page, f"{page}/open", **form).location == page


def test_c55_a_reason_keeps_no_character_that_nobody_sees(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    browser, page = sign_in(staff(COUNCIL)), f"/patients/{asha}"
    post(browser, page, f"{page}/open", asked="1", reason="other", words="Fell\x1b[2J \u202eeman\u200b today\x00")
    [event] = events(sender.engine, "reason")
    assert event["detail"]["words"] == "Fell[2J eman today"
    browser.get(page)
    assert "Fell[2J eman today" in str(events(sender.engine, "view-record")[-1]["detail"])


def test_a_reason_is_for_this_session_this_person_and_one_hour(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff(COUNCIL))
    post(browser, f"/patients/{asha}", f"/patients/{asha}/open", asked="1", reason="urgent")
    assert browser.get(f"/patients/{asha}").status_code == 200
    assert sign_in(staff(COUNCIL)).get(f"/patients/{asha}").status_code == 403
    with clock.stopped_at(clock.now() + timedelta(minutes=14)):
        assert browser.get(f"/patients/{asha}").status_code == 200


def test_the_record_as_it_was(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    before = clock.now()
    sender.send(GP, condition("c9", of="1", words="Gout"))
    browser = sign_in(staff())
    then = browser.get(f"/patients/{asha}?asAt={before.isoformat().replace('+00:00', 'Z')}")
    assert "Gout" not in words(then)
    assert "not the current record" in words(then)
    assert "Gout" in words(browser.get(f"/patients/{asha}"))
    for bad in ("yesterday", "2026-13-45", "<script>"):
        refused = browser.get(f"/patients/{asha}", query_string={"asAt": bad})
        assert refused.status_code == 400
        assert bad not in refused.text


def test_a_planner_opens_no_record_and_sees_the_same_page_for_everyone(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(Planner("https://id.example", "p", "Petra Lane", ""))
    real, none = browser.get(f"/patients/{asha}"), browser.get(f"/patients/{UUID(int=1)}")
    assert (real.status_code, words(real)) == (none.status_code, words(none)) == (403, words(none))


def test_nobody_signed_in_sees_nothing(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff()).application.test_client()
    for path in (f"/patients/{asha}", "/patients", f"/patients/{asha}/sections/results"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (303, "/login")


def test_every_line_says_its_source_and_every_section_its_state(sign_in: SignIn, asha: UUID) -> None:
    page = sign_in(staff()).get(f"/patients/{asha}").text
    sections = dict(re.findall(r'data-section="([^"]+)" data-state="([^"]+)"', page))
    assert sections["problems"] == "has-items"
    assert sections["allergies"] == "nothing-recorded"
    assert {GP, TRUST} <= set(re.findall(r'data-source="([^"]+)"', page))
    assert "data-line" in page


def test_a_section_is_a_page_and_a_part(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    page = browser.get(f"/patients/{asha}/sections/problems")
    part = browser.get(f"/patients/{asha}/sections/problems", headers={"HX-Request": "true"})
    assert "<html" in page.text
    assert "<html" not in part.text
    assert part.text.strip() in page.text
    assert "HX-Request" in page.headers["Vary"]
    assert browser.get(f"/patients/{asha}/sections/nonsense").status_code == 404


@pytest.mark.parametrize("code", ["withdrawn", "not-interpretable"])
def test_where_nothing_is_set_aside_page_and_part_say_so(sign_in: SignIn, asha: UUID, code: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        answer = sign_in(staff()).get(f"/patients/{asha}/sections/{code}", headers=headers)
        assert (answer.status_code, "There are no such entries" in answer.text) == (200, True)


def test_one_who_died_is_shown_so(sign_in: SignIn, sender: Sender) -> None:
    sender.send(GP, patient("1", deceasedDateTime="2026-02-03"))
    page = sign_in(staff()).get(f"/patients/{sender.person_of(GP, '1')}")
    assert "Died 03-Feb-2026" in words(page)


def test_hostile_text_is_shown_as_text(sign_in: SignIn, sender: Sender) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="x">{{7*7}}'
    sender.send(GP, patient("1"), condition("c1", of="1", words=evil))
    page = sign_in(staff()).get(f"/patients/{sender.person_of(GP, '1')}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in unescape(page)


def test_a_form_from_elsewhere_is_refused(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    assert browser.post("/patients", data={"nhs_number": ASHA}).status_code == 403
    token = csrf(browser.get("/patients"))
    forged = browser.post(
        "/patients", data={"nhs_number": ASHA, "csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert forged.status_code == 403


def test_every_answer_carries_the_headers_that_protect_it(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    for path in ("/", "/patients", f"/patients/{asha}", "/nowhere", "/healthz"):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_session_that_has_been_idle_is_over(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    with clock.stopped_at(datetime.now(UTC) + timedelta(minutes=16)):
        assert browser.get(f"/patients/{asha}").status_code == 303
