"""A person reads who looked at their record; the privacy officer reads the same: through HTTP, on both databases."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from app import audit, clock
from app.access import look_questions
from app.access.looks import looks_grant
from app.access.permissions import Permission
from app.access.users import PrivacyOfficer
from tests.accounts import account_of, toms
from tests.browsing import SignIn, csrf, post, staff, words
from tests.feeding import ASHA, BEN, COUNCIL, GP, Sender, condition, patient
from tests.lists import led_back

OFFICER = PrivacyOfficer("https://id.example", "priya", "Priya Nair", "")
LOG, REVIEW = "/my/access-log", "/access-review"


def rows(page: str) -> list[tuple[str, str]]:
    """(number, words) of each look on a page, without what is only there to ask about it."""
    found = re.findall(r'data-look="(\d+)">(.*?)</li>', page, re.DOTALL)
    kept = [
        (number, re.sub(r'<p><a .*?</p>|<div class="nhsuk-inset.*?</div>', "", inner, flags=re.DOTALL))
        for number, inner in found
    ]
    return [(number, " ".join(re.sub(r"<[^>]+>", " ", inner).split())) for number, inner in kept]


def reviewed(browser, **more: str) -> str:
    return post(browser, REVIEW, REVIEW, nhs_number=ASHA, **more).text


def look_around(sender: Sender, sign_in: SignIn, asha: UUID) -> None:
    """A doctor finds and reads her; a social worker is refused, then gives a reason."""
    doctor, worker = sign_in(staff()), sign_in(staff(COUNCIL, "Joan Price"))
    post(doctor, "/patients", "/patients", nhs_number=ASHA)
    doctor.get(f"/patients/{asha}")
    doctor.get(f"/patients/{asha}/sections/medications")
    worker.get(f"/patients/{asha}")
    post(worker, f"/patients/{asha}", f"/patients/{asha}/open", asked="1", reason="other", words="Home visit today")
    worker.get(f"/patients/{asha}")


def test_a_person_sees_who_when_what_and_why_and_the_officer_sees_the_very_same(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    look_around(sender, sign_in, asha)
    me = sign_in(account_of(sender))
    mine = me.get(LOG)
    said = words(mine)
    assert "Dr Grace Hall , General practitioner, Org Y90001" in said
    assert "Searched by NHS number. This person was in the list." in said
    assert "Opened the record. This person is registered with their practice." in said
    assert "Opened part of the record: medicines." in said
    assert (
        "Tried to open the record and was not let in. They are not caring for this person, and gave no reason." in said
    )
    assert "Reason given: Home visit today." in said
    officer = rows(reviewed(sign_in(OFFICER)))
    (newest, reviewing), *theirs = officer
    assert "Reviewed who looked at the record" in reviewing
    assert theirs == rows(mine.text)
    again = rows(me.get(LOG).text)
    assert (newest, reviewing) in again


def test_neither_sees_a_clinical_word_or_another_person(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    sender.send(
        GP, patient("2", BEN, name=[{"family": "Reed", "given": ["Tom"]}]), condition("c8", of="2", words="Gout")
    )
    look_around(sender, sign_in, asha)
    for page in (sign_in(account_of(sender)).get(LOG).text, reviewed(sign_in(OFFICER))):
        for secret in ("Asthma", "Gout", "Reed", "REED", str(sender.person_of(GP, "2")), "1960-05", "May-1960"):
            assert secret not in page


def test_a_doctors_own_words_are_not_shown_where_they_speak_of_what_is_withheld(sign_in: SignIn, asha: UUID) -> None:
    worker = sign_in(staff(COUNCIL, "Joan Price"))
    said = "Section 47 enquiry: child protection"
    post(worker, f"/patients/{asha}", f"/patients/{asha}/open", asked="1", reason="other", words=said)
    worker.get(f"/patients/{asha}")
    page = reviewed(sign_in(OFFICER))
    assert "enquiry" not in page
    assert "kept but not shown here" in page


def test_it_says_when_nobody_looked(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    said = words(sign_in(account_of(sender)).get(LOG))
    assert "Nobody looked at this record in the last 12 months." in said
    assert "No automatic system looked at this record in the last 12 months." in said


def test_twelve_months_are_shown_and_older_on_request(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    sign_in(staff()).get(f"/patients/{asha}")
    user = account_of(sender)
    with clock.stopped_at(clock.now() + timedelta(days=400)):
        me, officer = sign_in(user), sign_in(OFFICER)
        assert "Dr Grace Hall" not in me.get(LOG).text
        assert "Dr Grace Hall" in me.get(f"{LOG}?older=1").text
        first = reviewed(officer)
        assert "Dr Grace Hall" not in first
        assert "Show older entries" in first
        assert "Dr Grace Hall" in reviewed(officer, older="1")


def test_what_is_not_recognised_goes_to_the_officer_who_answers(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    sign_in(staff()).get(f"/patients/{asha}")
    me, officer = sign_in(account_of(sender)), sign_in(OFFICER)
    ((number, _), *_) = rows(me.get(LOG).text)
    ask = f"{LOG}/{number}/ask"
    assert post(me, ask, ask, words=" ").status_code == 422
    assert post(me, ask, ask, words="I was never there.\n<b>Who</b> is this?").status_code == 303
    assert "<b>Who</b>" not in me.get(ask).text
    assert "has not answered yet" in words(me.get(LOG))
    waiting = officer.get(REVIEW)
    (question,) = re.findall(r"/access-review/questions/\d+", waiting.text)
    page = officer.get(question)
    assert "I was never there." in words(page)
    assert "Asked by Asha Patel" in words(page)
    assert "Dr Grace Hall" in words(page)
    assert "Dr Grace Hall" in post(officer, question, f"{question}/looks").text
    assert post(officer, question, question, words="").status_code == 422
    assert post(officer, question, question, words="She covers for your doctor.").status_code == 303
    assert "She covers for your doctor." in words(me.get(LOG))
    assert "(answered)" in words(officer.get(REVIEW))
    assert audit.verify(sender.engine)[1] is None


def test_a_question_sent_twice_is_one_and_the_answer_reaches_the_person(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    sign_in(staff()).get(f"/patients/{asha}")
    user = account_of(sender)
    me, officer = sign_in(user), sign_in(OFFICER)
    ((number, _), *_) = rows(me.get(LOG).text)
    ask = f"{LOG}/{number}/ask"
    form = {"csrf": csrf(me.get(ask)), "words": "Who is\x00 \u202ethis?"}
    assert {me.post(ask, data=form).status_code for _ in range(3)} == {303}
    [question] = re.findall(r"/access-review/questions/\d+", officer.get(REVIEW).text)
    assert "Who is this?" in words(officer.get(question))
    post(officer, question, question, words="She covers for your doctor.")
    assert "She covers for your doctor." in words(me.get(LOG))
    form = {"csrf": csrf(officer.get(REVIEW)), "words": "Something else."}
    assert officer.post(question, data=form).status_code == 303
    assert "She covers for your doctor." in words(me.get(LOG)) and "Something else" not in words(me.get(LOG))
    assert sender.count("audit_events", "kind IN ('look-question', 'look-answer')") == 2


def test_a_question_sent_twice_at_once_is_one(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    sign_in(staff()).get(f"/patients/{asha}")
    user = account_of(sender)
    allowed = looks_grant(sender.engine, user, Permission.VIEW_OWN_ACCESS_LOG, asha)

    def send(about: int) -> None:
        look_questions.ask(sender.engine, user, allowed, about, "Who is this?")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, [1] * 8))
    assert sender.count("look_questions") == 1


def test_a_number_that_no_look_can_have_is_no_page(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    me, officer = sign_in(account_of(sender)), sign_in(OFFICER)
    for number in (0, 2**63 - 1, 2**63, 10**30):
        assert me.get(f"{LOG}/{number}/ask").status_code == 404
        assert officer.get(f"{REVIEW}/questions/{number}").status_code == 404


def test_nobody_asks_about_a_look_at_somebody_else(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    sender.send(GP, patient("2", BEN, name=[{"family": "Reed", "given": ["Tom"]}], birthDate="1950-02-03"))
    tom = sender.person_of(GP, "2")
    assert tom and tom != asha
    sign_in(staff()).get(f"/patients/{tom}")
    his = toms(sender)
    ((number, _), *_) = rows(sign_in(his).get(LOG).text)
    me = sign_in(account_of(sender))
    assert me.get(f"{LOG}/{number}/ask").status_code == 404
    assert me.get(f"{LOG}/{number}/ask").text.count("Reed") == 0


def test_the_officer_learns_nothing_of_a_number_that_nobody_has(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    officer = sign_in(OFFICER)
    assert post(officer, REVIEW, REVIEW, nhs_number="123").status_code == 422
    assert "Nobody here has this NHS number" in words(post(officer, REVIEW, REVIEW, nhs_number=BEN))
    assert sender.count("audit_events", "kind = 'review-access'") == 1


def test_only_the_person_and_the_officer_come_here(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    me, doctor, officer = sign_in(account_of(sender)), sign_in(staff()), sign_in(OFFICER)
    assert [browser.get(LOG).status_code for browser in (me, doctor, officer)] == [200, 403, 403]
    assert [browser.get(REVIEW).status_code for browser in (me, doctor, officer)] == [403, 403, 200]
    assert officer.get(f"/patients/{asha}").status_code == 403


def test_of_a_restricted_person_names_that_tell_where_are_left_out_for_whoever_holds_their_telephone(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    sign_in(staff()).get(f"/patients/{asha}")
    worker, record = sign_in(staff(COUNCIL, "Joan Price")), f"/patients/{asha}"
    for given in ({"reason": "other", "words": "Moves to Harbour House"}, {"reason": "urgent"}):
        post(worker, record, f"{record}/open", asked="1", **given)
        worker.get(record)
    led_back(sender.engine, asha, title="Patients of Elm Surgery")
    doctor = sign_in(staff())
    [item] = re.findall(r'href="(/worklist/[^"]+)"', doctor.get("/worklist").text)
    post(doctor, item, f"{item}/open", reason="planned")
    sender.send(GP, patient("1") | {"meta": {"security": [{"code": "R"}]}})
    mine, officer = sign_in(account_of(sender)).get(LOG).text, reviewed(sign_in(OFFICER))
    assert "Dr Grace Hall" not in mine
    assert "Org Y90001" not in mine
    assert "Harbour" not in mine and "Harbour House" in officer
    assert "Elm" not in mine and "Elm Surgery" in officer
    assert "Direct care – urgent" in mine and "Direct care – planned" in mine
    assert "General practitioner" in mine
    assert "Org Y90001" in officer
    assert [number for number, _ in rows(mine)] == [number for number, _ in rows(officer)][1:]
