"""A clinician opens what is withheld for one of three reasons: for an hour, watched, and told to whom it is about."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app import clock
from tests.accounts import account_of
from tests.audited import events
from tests.browsing import SignIn, post, words
from tests.feeding import BEN, GP, TRUST, Sender, clinician, condition, patient

DISSENT = {
    "resourceType": "Consent", "id": "no", "status": "active", "scope": {"coding": [{"code": "patient-privacy"}]},
    "category": [{"text": "Dissent"}], "patient": {"reference": "Patient/7"}, "provision": {"type": "deny"},
}  # fmt: skip


@pytest.fixture
def sealed(sender: Sender, asha: UUID) -> UUID:
    """The trust holds one statement that is sealed and one that is locked."""
    for code in ("Sealed", "Locked"):
        label = {"meta": {"security": [{"code": code.upper()}]}}
        sender.send(TRUST, condition(code.lower(), "7", f"Canary{code}", **label))
    return asha


def break_seal(browser: FlaskClient, person: UUID, reason: str = "consent") -> int:
    page = f"/patients/{person}/withheld"
    return post(browser, page, f"/patients/{person}/open", asked="yes", sealed="yes", reason=reason).status_code


def seen(browser: FlaskClient, person: UUID) -> set[str]:
    page = browser.get(f"/patients/{person}").text
    return {word for word in ("CanarySealed", "CanaryLocked") if word in page}


def test_two_clicks_and_a_reason_open_what_is_sealed_and_nothing_locked(sign_in: SignIn, sealed: UUID) -> None:
    browser = sign_in(clinician(GP))
    record = browser.get(f"/patients/{sealed}").text
    assert (seen(browser, sealed), f"/patients/{sealed}/withheld" in record) == (set(), True)
    asked = words(browser.get(f"/patients/{sealed}/withheld"))
    for reason in ("The patient consents", "The law requires it", "The public interest"):
        assert reason in asked
    assert break_seal(browser, sealed) == 303
    assert seen(browser, sealed) == {"CanarySealed"}


def test_a_reason_of_another_kind_or_none_opens_no_seal(sign_in: SignIn, sealed: UUID) -> None:
    browser = sign_in(clinician(GP))
    assert break_seal(browser, sealed, "") == 422
    assert break_seal(browser, sealed, "urgent") == 303
    assert seen(browser, sealed) == set()


def test_c32_it_is_for_this_session_alone(sign_in: SignIn, sealed: UUID) -> None:
    browser, other = sign_in(clinician(GP)), sign_in(clinician(GP))
    break_seal(browser, sealed)
    assert (seen(browser, sealed), seen(other, sealed)) == ({"CanarySealed"}, set())


def test_i8_it_is_for_this_person_alone(sign_in: SignIn, sealed: UUID, sender: Sender) -> None:
    label = {"meta": {"security": [{"code": "SEALED"}]}}
    sender.send(GP, patient("2", BEN))
    sender.send(TRUST, patient("8", BEN), condition("c8", "8", "CanarySealed", **label))
    ben = sender.person_of(GP, "2")
    assert ben
    browser = sign_in(clinician(GP))
    break_seal(browser, sealed)
    assert seen(browser, ben) == set()


def test_it_ends_after_an_hour_in_a_session_that_goes_on(sign_in: SignIn, sealed: UUID) -> None:
    start = clock.now()
    with clock.stopped_at(start):
        browser = sign_in(clinician(GP))
        break_seal(browser, sealed)
    for minutes, expected in ((14, {"CanarySealed"}), (28, {"CanarySealed"}), (42, {"CanarySealed"}),
                              (56, {"CanarySealed"}), (61, set())):  # fmt: skip
        with clock.stopped_at(start + timedelta(minutes=minutes)):
            assert seen(browser, sealed) == expected, minutes


def test_a_refusal_to_share_is_overridden_by_it(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    sender.send(TRUST, condition("c9", "7", "CanarySealed"), DISSENT)
    browser = sign_in(clinician(GP))
    assert seen(browser, asha) == set()
    break_seal(browser, asha, "public-interest")
    assert seen(browser, asha) == {"CanarySealed"}


def test_every_such_look_is_an_alert_and_the_person_reads_of_it(sign_in: SignIn, sealed: UUID, sender: Sender) -> None:
    browser = sign_in(clinician(GP))
    break_seal(browser, sealed)
    seen(browser, sealed)
    look = events(sender.engine, "view-record")[-1]
    assert look["detail"]["alerts"] == ["seal broken"]
    assert look["detail"]["basis"] == "registered with your practice; reason given: The patient consents"
    assert "Patel" not in str(look["detail"])
    own = words(sign_in(account_of(sender)).get("/my/access-log"))
    assert "Opened the record, with what is withheld from others" in own
    assert "This person is registered with their practice. Reason given: The patient consents" in own
    assert "Gave a reason for opening what is withheld" in own


def test_the_way_to_it_is_the_same_whether_or_not_anything_is_withheld(
    sign_in: SignIn, sender: Sender, asha: UUID
) -> None:
    browser = sign_in(clinician(GP))
    before = browser.get(f"/patients/{asha}/withheld")
    sender.send(TRUST, condition("c9", "7", meta={"security": [{"code": "SEALED"}]}))
    after = browser.get(f"/patients/{asha}/withheld")
    assert (before.status_code, before.text.count("<")) == (after.status_code, after.text.count("<"))
