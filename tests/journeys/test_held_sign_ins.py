"""The privacy officer decides whose sign-in it is, where two claim one NHS number: through HTTP, on both databases."""

from uuid import UUID

import pytest

from app.access.claims import Refused
from app.access.users import PrivacyOfficer
from app.portal.joining import welcome
from tests.accounts import account_of
from tests.browsing import SignIn, claims, csrf, person, post, staff, words
from tests.feeding import ASHA, Sender

OFFICER = PrivacyOfficer("https://id.example", "priya", "Priya Nair", "")
QUEUE = "/held-sign-ins"


def contested(sender: Sender) -> None:
    """Somebody else comes with her number."""
    with pytest.raises(Refused):
        welcome(sender.engine, person("somebody-else"), claims())


def test_two_sign_ins_are_held_and_the_officer_decides(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    """C24."""
    first = account_of(sender)
    me = sign_in(first)
    assert me.get("/my").status_code == 200
    contested(sender)
    assert me.get("/my").headers["Location"] == "/login"
    assert "another account claims the same NHS number" in words(me.get("/login"))

    officer = sign_in(OFFICER)
    assert "Held sign-ins" in officer.get("/access-review").text
    queue = officer.get(QUEUE)
    assert "(waiting)" in queue.text
    address = queue.text.split('href="' + QUEUE)[2].split('"')[0]
    page = officer.get(QUEUE + address)
    assert ASHA in page.text and "Asthma" not in page.text and "Patel" not in page.text
    assert post(officer, QUEUE + address, QUEUE + address, decision="").status_code == 422
    assert post(officer, QUEUE + address, QUEUE + address, decision="all").status_code == 422
    assert post(officer, QUEUE + address, QUEUE + address, decision="first").status_code == 303
    decided = words(officer.get(QUEUE + address))
    assert "Priya Nair: Only the first sign-in is theirs" in decided and "Whose are they?" not in decided

    welcome(sender.engine, first, claims())
    me = sign_in(first)
    assert me.get("/my").status_code == 200
    said = words(me.get("/my/access-log"))
    assert "Tried to link another sign-in to the record: neither opens it until the privacy officer decides" in said
    assert "Decided which sign-in opens this record" in said


def test_without_any_the_page_says_so_and_what_is_not_there_is_not_found(sign_in: SignIn, asha: UUID) -> None:
    officer = sign_in(OFFICER)
    assert "No sign-in is held." in words(officer.get(QUEUE))
    assert officer.get(f"{QUEUE}/7").status_code == 404


def test_nobody_else_reads_or_decides(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    account_of(sender)
    contested(sender)
    for user in (staff(), person()):
        browser = sign_in(user)
        assert browser.get(QUEUE).status_code == 403
        word = csrf(browser.get("/no-such-page"))
        assert browser.post(f"{QUEUE}/1", data={"csrf": word, "decision": "second"}).status_code == 403
