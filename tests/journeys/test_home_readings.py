"""Home readings on the clinician's page, through HTTP and without scripts."""

from datetime import datetime, timedelta
from uuid import UUID

from app import clock
from fhir import home
from tests.browsing import SignIn, staff, words
from tests.feeding import Json, Sender, patient, register


def reading(taken: datetime, upper: int) -> Json:
    head = home.observation_head(f"r{taken:%d%H%M}", patient="asha", taken=taken, recorded=taken)
    return home.blood_pressure(head, systolic=upper, diastolic=84)


def test_they_are_on_the_page_with_their_average_and_on_a_page_of_their_own(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    register(sender.engine, home.PATIENT, kind=home.PATIENT, name="The patient", categories="demographics results")
    start = clock.now().replace(hour=9, minute=0) - timedelta(days=6)
    times = [start + timedelta(days=d, hours=h, minutes=m) for d in range(5) for h in (0, 10) for m in (0, 1)]
    nameless = {name: value for name, value in patient("asha").items() if name not in {"name", "address"}}
    told = sender.send(home.PATIENT, nameless, *(reading(one, 137) for one in times))
    assert (told["stored"], told["quarantined"], told["irregular"]) == (21, 0, 0)
    browser = sign_in(staff())
    page = browser.get(f"/patients/{asha}")
    assert 'id="home-readings"' in page.text
    assert "Home average 137/84 mmHg" in words(page)
    assert "PATEL, Asha" in words(page)
    whole = browser.get(f"/patients/{asha}/readings")
    assert words(whole).count("In the average") == 16
    assert 'class="pressures"' in whole.text


def test_without_any_it_is_said_that_this_means_nothing(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    assert 'id="home-readings"' not in browser.get(f"/patients/{asha}").text
    assert "This does not mean that none was measured" in words(browser.get(f"/patients/{asha}/readings"))
