"""The privacy officer searches the record of looks and decides about those that a rule found: through HTTP."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app import audit, clock
from app.access.users import PrivacyOfficer
from app.governance.watching import watch
from tests.accounts import account_of
from tests.audited import events
from tests.browsing import SignIn, post, staff, words
from tests.feeding import ASHA, BEN, COUNCIL, GP, Sender, patient

OFFICER = PrivacyOfficer("https://id.example", "priya", "Priya Nair", "")
ALERTS, SEARCH = "/access-review/alerts", "/access-review/search"
SECRETS = ("Asthma", "Patel", "PATEL", "1960-05", "May-1960", ASHA, "Mill Lane", "Reed")


@pytest.fixture
def looked(sign_in: SignIn, asha: UUID, sender: Sender) -> FlaskClient:
    """A doctor reads Asha's record and Tom's; a social worker gives a reason for hers. The officer is signed in."""
    sender.send(GP, patient("2", BEN, name=[{"family": "Reed", "given": ["Tom"]}], birthDate="1950-02-03"))
    doctor, worker = sign_in(staff()), sign_in(staff(COUNCIL, "Joan Price"))
    for whom in (asha, sender.person_of(GP, "2"), asha):
        doctor.get(f"/patients/{whom}")
    page = f"/patients/{asha}"
    post(worker, page, f"{page}/open", asked="1", reason="other", words="Home visit today")
    worker.get(page)
    worker.get(f"{page}/sections/medications")
    watch(sender.engine)
    return sign_in(OFFICER)


def alerts_on(page: str) -> list[tuple[str, str]]:
    return re.findall(r'data-alert="(\d+)" data-rule="([a-z-]+)"', page)


def test_a_reason_waits_for_the_officer_who_decides_in_words(
    looked: FlaskClient, sender: Sender, sign_in: SignIn
) -> None:
    waiting = looked.get(ALERTS)
    assert [rule for _, rule in alerts_on(waiting.text)] == ["reason-given", "no-encounter"], "sections are one look"
    assert not [one for one in (*SECRETS, "Joan", "Home visit") if one in waiting.text], "an alert names nobody"
    number, _ = alerts_on(waiting.text)[0]
    page = looked.get(f"{ALERTS}/{number}")
    said = words(page)
    assert "Joan Price" in said and "Home visit today" in said
    assert not [one for one in SECRETS if one in page.text]
    wrong = post(looked, f"{ALERTS}/{number}", f"{ALERTS}/{number}", words=" ")
    assert (wrong.status_code, "Choose what you decide" in wrong.text) == (422, True)
    for decision, why in (("follow-up", "I ask her manager."), ("justified", "She was on duty.\n<b>Seen</b>")):
        done = post(looked, f"{ALERTS}/{number}", f"{ALERTS}/{number}", decision=decision, words=why)
        assert done.status_code == 303
    page = looked.get(f"{ALERTS}/{number}")
    assert "I ask her manager." in words(page) and "<b>Seen</b>" not in page.text
    assert "Keep the decision" not in page.text
    assert (number, "reason-given") in alerts_on(looked.get(f"{ALERTS}?state=justified").text)
    assert len(alerts_on(looked.get(ALERTS).text)) == 1
    assert audit.verify(sender.engine)[1] is None
    theirs = words(sign_in(account_of(sender)).get("/my/access-log"))
    assert "Reviewed who looked at the record" in theirs, "the person sees that the officer read it"
    assert "manager" not in theirs


def test_what_is_justified_stays_so_when_a_form_is_sent_again(looked: FlaskClient, sender: Sender) -> None:
    (number, _), *_ = alerts_on(looked.get(ALERTS).text)
    page = f"{ALERTS}/{number}"
    form = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', looked.get(page).text)[0], "words": "On duty."}
    for decision in ("justified", "follow-up", "justified"):
        assert looked.post(page, data=form | {"decision": decision}).status_code == 303
    assert sender.count("alert_decisions") == 1
    assert sender.count("alerts", "state = 'justified'") == 1


def test_every_act_of_the_officer_is_written_down(looked: FlaskClient, sender: Sender) -> None:
    before = len(events(sender.engine))
    (number, _), *_ = alerts_on(looked.get(ALERTS).text)
    looked.get("/access-review")
    looked.get(f"{ALERTS}/{number}")
    post(looked, f"{ALERTS}/{number}", f"{ALERTS}/{number}", decision="justified", words="On duty.")
    post(looked, SEARCH, SEARCH, staff="Grace Hall")
    told = [(one["kind"], one["outcome"]) for one in events(sender.engine)[before:]]
    assert told == [
        ("alerts", "listed"), ("review-start", "allowed"), ("review-access", "allowed"), ("review-access", "allowed"),
        ("alert-decision", "justified"), ("looks-search", "allowed"),
    ]  # fmt: skip
    assert events(sender.engine)[-1]["detail"] == {"by": ["staff"]}


def found(browser: FlaskClient, **asked: str) -> list[str]:
    """The words of each look that a search finds."""
    page = post(browser, SEARCH, SEARCH, **asked)
    assert page.status_code == 200
    assert not [one for one in SECRETS if one in page.text.replace(f'value="{ASHA}"', "")]
    rows = re.findall(r'data-look="\d+">(.*?)</li>', page.text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_looks_are_found_by_staff_organisation_kind_time_and_person(looked: FlaskClient, sender: Sender) -> None:
    by_name = found(looked, staff="hall GRACE", kind="view-record")
    assert len(by_name) == 3
    assert [one.rsplit("Person ", 1)[1] for one in by_name] == ["1", "2", "1"], "two of them are at one person"
    assert all("Dr Grace Hall" in one for one in by_name)
    assert len(found(looked, organisation=COUNCIL)) == 5
    assert found(looked, organisation=f"org {COUNCIL}") == found(looked, organisation=COUNCIL.lower())
    assert found(looked, staff="Grace", organisation=COUNCIL) == found(looked, staff="Gracie") == []
    assert len(found(looked, kind="reason")) == 1
    theirs = [len(found(looked, nhs_number=number, kind="view-record", staff="Hall")) for number in (ASHA, BEN)]
    assert theirs == [2, 1]
    assert found(looked, nhs_number="9990000034") == []
    today = clock.today().isoformat()
    assert found(looked, since=today, until=today, staff="Hall") == found(looked, staff="Hall") != []
    assert found(looked, until="2020-01-01") == []
    ((number, _), *_) = alerts_on(looked.get(ALERTS).text)
    about = re.findall(r'name="by_look" value="(\d+)"', looked.get(f"{ALERTS}/{number}").text)[0]
    assert all("Joan Price" in one for one in found(looked, by_look=about))


def test_more_than_a_page_is_read_page_by_page(looked: FlaskClient, sender: Sender, asha: UUID) -> None:
    for _ in range(60):
        audit.append(sender.engine, audit.Event("view-record", "allowed", {"name": "nightly job"}, asha))
    seen, form = [], {"kind": "view-record"}
    while True:
        page = post(looked, SEARCH, SEARCH, **form)
        seen += re.findall(r'data-look="(\d+)"', page.text)
        if not (more := re.findall(r'name="before" value="(\d+)"', page.text)):
            break
        form["before"] = more[0]
    assert len(seen) == len(set(seen)) == 66


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Say what you search for"),
        ({"nhs_number": "123"}, "Enter a valid NHS number"),
        ({"since": "tomorrow", "staff": "Hall"}, "Enter a date"),
        ({"kind": "nonsense"}, "Say what you search for"),
    ],
)
def test_what_cannot_be_searched_by_is_said_beside_the_field(
    looked: FlaskClient, form: dict[str, str], said: str
) -> None:
    answer = post(looked, SEARCH, SEARCH, **form)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_patients_are_not_named_by_what_they_did_themselves(
    looked: FlaskClient, sign_in: SignIn, sender: Sender
) -> None:
    sign_in(account_of(sender)).get("/my/record")
    [own] = found(looked, kind="view-own-record")
    assert "Patient" in own


def test_nobody_else_comes_here(looked: FlaskClient, sign_in: SignIn, sender: Sender) -> None:
    for user in (staff(), account_of(sender)):
        browser = sign_in(user)
        assert [browser.get(page).status_code for page in (ALERTS, f"{ALERTS}/1", SEARCH)] == [403] * 3
    assert looked.get(f"{ALERTS}/999").status_code == looked.get(f"{ALERTS}?state=x").status_code == 404
