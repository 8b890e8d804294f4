"""Nothing of a person is shown that could not be written down before; and what was shown, they see at once."""

import time
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app import audit
from app.access.users import PrivacyOfficer
from tests.accounts import account_of
from tests.browsing import SignIn, csrf, staff, words
from tests.feeding import ASHA, Sender

OFFICER = PrivacyOfficer("https://id.example", "priya", "Priya Nair", "")
SECRETS = ("Asthma", "PATEL", "Patel, Asha", "TB1 2AB", "Mill Lane", "01-May-1960")


def full(engine: Engine) -> None:
    """From now on no row of the record of looks can be added, as on a disk that is full."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            words = "CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            connection.execute(text(words))
            return
        body = "BEGIN RAISE EXCEPTION 'disk is full' USING ERRCODE = 'disk_full'; END"
        connection.execute(text(f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
        trigger = "CREATE TRIGGER full_disk BEFORE INSERT ON audit_events FOR EACH STATEMENT"
        connection.execute(text(f"{trigger} EXECUTE FUNCTION full_disk()"))


@pytest.mark.parametrize(
    "page",
    ["/patients/{asha}", "/patients/{asha}/sections/problems", "/patients/{asha}/timeline", "/patients/{asha}/confirm"],
    ids=lambda page: f"C52-{page}",
)
def test_a_clinician_is_shown_nothing_that_cannot_be_written_down(
    sign_in: SignIn, asha: UUID, sender: Sender, page: str
) -> None:
    doctor = sign_in(staff())
    before = doctor.get(page.format(asha=asha))
    assert before.status_code == 200 and any(secret in before.text for secret in SECRETS)
    full(sender.engine)
    answer = doctor.get(page.format(asha=asha))
    assert answer.status_code in {500, 503}
    assert not [secret for secret in SECRETS if secret in answer.text]


def test_c52_nor_is_whom_a_search_found_nor_a_person_their_own_record_nor_the_officer_a_list(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    doctor, me, officer = sign_in(staff()), sign_in(account_of(sender)), sign_in(OFFICER)
    doctor.get(f"/patients/{asha}")
    forms = {browser: csrf(browser.get(page)) for browser, page in ((doctor, "/patients"), (officer, "/access-review"))}
    full(sender.engine)
    answers = [
        doctor.post("/patients", data={"csrf": forms[doctor], "nhs_number": ASHA}),
        officer.post("/access-review", data={"csrf": forms[officer], "nhs_number": ASHA}),
        me.get("/my/record"),
        me.get("/my/access-log"),
        me.get("/my"),
    ]
    assert {answer.status_code for answer in answers} <= {500, 503}
    assert not [secret for secret in SECRETS for answer in answers if secret in answer.text]
    assert not [answer for answer in answers[1:] if "Dr Grace Hall" in answer.text]


def test_c56_a_person_sees_a_look_within_five_seconds_and_machines_do_not_drown_it(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    me, doctor = sign_in(account_of(sender)), sign_in(staff())
    for _ in range(300):
        audit.append(sender.engine, audit.Event("sent-on", "done", {"name": "nightly job"}, asha))
    doctor.get(f"/patients/{asha}")
    since = time.monotonic()
    page = me.get("/my/access-log")
    assert time.monotonic() - since < 5
    people = words(page).split("Automatic systems")[0]
    assert "Dr Grace Hall" in people
    assert "nightly job" not in people
