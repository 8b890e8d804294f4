"""Those whom a clinician looked at last, and a search that could not be made: without JavaScript, on both databases."""

import re

from werkzeug.test import TestResponse

from app.db import engine_for
from tests.audited import events
from tests.browsing import SignIn, csrf, post, staff, words
from tests.feeding import COUNCIL, GP, Json, Sender, patient


def someone(n: int, **changes: object) -> Json:
    """A person like nobody else: `Family3`, born on a day of their own."""
    name = [{"family": f"Family{n}", "given": ["Kim"]}]
    return patient(str(n), number="", name=name, birthDate=f"19{50 + n}-01-02", **changes)


def recent(page: str) -> list[str]:
    """The family names in the list, in order."""
    return re.findall(r">FAMILY(\d+), Kim, born", page.split('id="recent"')[1])


def people(sender: Sender, many: int) -> list[str]:
    sender.send(GP, *(someone(n) for n in range(many)))
    return [str(sender.person_of(GP, str(n))) for n in range(many)]


def open_them(browser, patients: list[str]) -> None:
    for one in patients:
        post(browser, f"/patients/{one}", f"/patients/{one}/open", asked="1", reason="urgent")
        assert browser.get(f"/patients/{one}").status_code == 200


def test_the_last_ten_people_whose_record_was_opened_stand_on_the_search_page(sign_in: SignIn, sender: Sender) -> None:
    everyone = people(sender, 12)
    browser = sign_in(staff())
    assert "You have not opened a record here yet" in words(browser.get("/patients"))
    open_them(browser, [*everyone, everyone[5]])
    assert recent(browser.get("/patients").text) == ["5", "11", "10", "9", "8", "7", "6", "4", "3", "2"]


def test_they_are_the_users_own_in_whatever_session_and_only_those_whom_the_policy_let_in(
    sign_in: SignIn, sender: Sender
) -> None:
    first, second, _ = people(sender, 3)
    open_them(sign_in(staff()), [first])
    open_them(sign_in(staff(name="Dr Ann Other")), [second])
    again = sign_in(staff())
    again.get(f"/patients/{second}/confirm")
    assert sign_in(staff(COUNCIL)).get(f"/patients/{second}").status_code == 403
    assert recent(again.get("/patients").text) == ["0"]


def test_reading_their_names_is_written_down_and_names_them_only_by_key(sign_in: SignIn, sender: Sender) -> None:
    (one,) = people(sender, 1)
    browser = sign_in(staff())
    browser.get("/patients")
    open_them(browser, [one])
    browser.get("/patients")
    written = [event["detail"] for event in events(sender.engine, "search-patients")]
    assert written == [{"by": "recent patients", "found": [one]}]


def test_two_who_could_be_taken_for_each_other_are_marked(sign_in: SignIn, sender: Sender) -> None:
    sender.send(GP, someone(1), someone(2, gender="male") | {"name": [{"family": "Family1", "given": ["Kit"]}]})
    browser = sign_in(staff())
    open_them(browser, [str(sender.person_of(GP, n)) for n in ("1", "2")])
    assert words(browser.get("/patients")).count("Similar patient – check date of birth and address") == 2


def namesake(n: int) -> Json:
    """One of many of the same surname and birthday, each with a first name and a place of their own."""
    letters = "".join("abcdefghij"[int(digit)] for digit in str(n))
    address = [{"line": [f"{n} Long Lane"], "postalCode": f"TB{n % 9 + 1} {n % 8 + 1}AB"}]
    return patient(str(n), number="", name=[{"family": "Owusu", "given": [f"Ama{letters}"]}], address=address)


def found(browser, **form: str) -> TestResponse:
    return post(browser, "/patients", "/patients", family="Owusu", birth="1 5 1960", **form)


def test_more_than_twenty_are_not_listed_but_narrowed_and_nobody_is_named(sign_in: SignIn, sender: Sender) -> None:
    browser = sign_in(staff())
    sender.send(GP, *map(namesake, range(20)))
    listed = found(browser)
    assert "20 patients found" in words(listed)
    assert words(listed).count("Similar patient – check date of birth and address") == 20
    sender.send(GP, namesake(20))
    many = found(browser)
    assert "Add more details" in words(many)
    assert "OWUSU" not in words(many)
    assert "1 patient found" in words(found(browser, given="Amac"))
    assert [len(event["detail"]["found"]) for event in events(sender.engine, "search-patients")] == [20, 0, 1]


def test_who_is_alone_with_their_name_is_not_marked(sign_in: SignIn, sender: Sender) -> None:
    sender.send(GP, namesake(1), someone(3))
    assert "Similar patient" not in words(found(sign_in(staff())))


def test_a_search_that_could_not_be_made_is_not_one_that_found_nobody(sign_in: SignIn, sender: Sender) -> None:
    browser = sign_in(staff())
    form = {"csrf": csrf(browser.get("/patients")), "nhs_number": "9990000018", "by": "number"}
    nobody = browser.post("/patients", data=form)
    browser.application.extensions["engine"] = engine_for("postgresql://nobody@127.0.0.1:1/none")
    unmade = browser.post("/patients", data=form)
    assert (nobody.status_code, unmade.status_code) == (200, 503)
    assert "No patient found" in words(nobody)
    assert "The search is not available" in words(unmade)
    assert "does not mean that the patient has no record" in words(unmade)
    assert "9990000018" not in unmade.text
    assert browser.get("/patients").status_code == 503
