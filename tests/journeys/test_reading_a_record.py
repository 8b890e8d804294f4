"""A clinician searches one record and reads it by date: through HTTP, without JavaScript."""

from uuid import UUID

from app import clock
from tests.audited import events
from tests.browsing import SignIn, csrf, post, staff, words
from tests.feeding import COUNCIL, GP, Sender, condition


def looks(sender: Sender) -> list[tuple[str, str, str]]:
    """(kind, outcome, route) of every look at somebody's record, in order."""
    rows = [row for row in events(sender.engine) if row["patient_id"]]
    return [(row["kind"], row["outcome"], row["detail"].get("route", "")) for row in rows]


def test_the_words_are_found_with_their_sources_and_what_was_asked_is_written_nowhere(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    browser = sign_in(staff())
    sender.send(GP, condition("c3", of="1", words="Gout"))
    found = post(browser, f"/patients/{asha}", f"/patients/{asha}/search", q="ASTHMA")
    assert found.status_code == 200
    assert "Showing 1 of 3 lines" in words(found)
    assert "Sources differ" in words(found)
    assert "PATEL, Asha" in words(found)
    assert "Gout" not in words(found)
    assert looks(sender)[-1] == ("view-record", "allowed", "search")
    assert "asthma" not in str(events(sender.engine)).lower()


def test_a_search_answers_with_a_page_and_its_part(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    form = {"q": "asthma", "csrf": csrf(browser.get(f"/patients/{asha}"))}
    page = browser.post(f"/patients/{asha}/search", data=form)
    part = browser.post(f"/patients/{asha}/search", data=form, headers={"HX-Request": "true"})
    assert "<html" in page.text
    assert "<html" not in part.text
    assert part.text.strip() in page.text
    nothing = post(browser, f"/patients/{asha}", f"/patients/{asha}/search", q=" ")
    assert (nothing.status_code, "Enter one or more words" in words(nothing)) == (422, True)


def test_nothing_found_is_not_said_to_be_nothing(sign_in: SignIn, asha: UUID) -> None:
    found = post(sign_in(staff()), f"/patients/{asha}", f"/patients/{asha}/search", q="diabetes")
    assert "This does not mean that there is nothing" in words(found)


def test_a_search_and_a_timeline_of_the_past_know_nothing_later(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    before = clock.now().isoformat().replace("+00:00", "Z")
    sender.send(GP, condition("c9", of="1", words="Gout", onsetDateTime="2015-02"))
    browser = sign_in(staff())
    then = post(browser, f"/patients/{asha}", f"/patients/{asha}/search?asAt={before}", q="gout")
    assert "Showing 0 of 2 lines" in words(then)
    assert "not the current record" in words(then)
    assert "Showing 1 of 3 lines" in words(post(browser, f"/patients/{asha}", f"/patients/{asha}/search", q="gout"))
    assert "Gout" not in words(browser.get(f"/patients/{asha}/timeline?asAt={before}"))


def test_the_timeline_is_a_look_of_its_own_and_whole(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    sender.send(GP, condition("c9", of="1", words="Gout", onsetDateTime="2015-02"))
    read = words(sign_in(staff()).get(f"/patients/{asha}/timeline"))
    assert "Timeline 3 lines" in read
    assert read.index("Feb-2015 1 line Gout") < read.index("Asthma")
    assert looks(sender)[-1] == ("view-record", "allowed", "timeline")


def test_without_a_relationship_neither_opens(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    browser = sign_in(staff(COUNCIL))
    page = f"/patients/{asha}"
    searched = post(browser, page, f"{page}/search", q="asthma")
    for answer in (browser.get(f"{page}/timeline"), browser.get(f"{page}/search"), searched):
        assert answer.status_code == 403
        assert "Asthma" not in words(answer)
    assert {outcome for kind, outcome, _ in looks(sender) if kind == "view-record"} == {"refused"}
