"""A person reads their own record, without scripts, on both databases: nothing that is withheld is anywhere in it."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app import audit, clock
from app.portal.record_words import SOME, TITLES
from fhir.record import SECTIONS
from tests.accounts import account_of, toms
from tests.browsing import SignIn, person, staff, words
from tests.canaries import Canaries
from tests.feeding import BEN, COUNCIL, GP, TRUST, Json, Sender, condition, patient

RECORD = "/my/record"
PAGES = (RECORD, *(f"{RECORD}/{code}" for code in TITLES), "/my/access-log", "/my/access-log?older=1")


def everything(browser: FlaskClient) -> str:
    """Every page of theirs, with its headers."""
    answers = [browser.get(page) for page in PAGES]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(f"{answer.headers}{answer.text}" for answer in answers)


def of_asha(resource: Json, local_id: str) -> Json:
    whose = "patient" if resource["resourceType"] in {"AllergyIntolerance", "RelatedPerson"} else "subject"
    return {"id": local_id, whose: {"reference": "Patient/1"}, **resource}


WITHHELD: tuple[Json, ...] = (
    {"resourceType": "Condition", "code": {"text": "Sexual abuse CanaryA"}},
    {"resourceType": "Condition", "code": {"text": "CanaryB"}, "meta": {"security": [{"code": "NOPAT"}]}},
    {"resourceType": "Condition", "code": {"text": "CanaryC"}, "note": [{"text": "Do not disclose to patient"}]},
    {"resourceType": "Flag", "status": "active", "code": {"text": "Safeguarding CanaryD"}},
    {"resourceType": "Flag", "status": "active", "code": {"text": "Violent: CanaryE"}},
    {"resourceType": "RelatedPerson", "name": [{"text": "CanaryF"}]},
    {"resourceType": "Observation", "status": "preliminary", "code": {"text": "CanaryG"}, "valueString": "CanaryH"},
    {"resourceType": "DiagnosticReport", "status": "partial", "code": {"text": "CanaryI"}},
    {"resourceType": "DocumentReference", "status": "current", "docStatus": "preliminary", "description": "CanaryJ",
     "content": [{"attachment": {"title": "CanaryK"}}]},
    {"resourceType": "FamilyMemberHistory", "status": "completed", "relationship": {"text": "CanaryL"}},
    {"resourceType": "AllergyIntolerance", "code": {"text": "CanaryM"}, "note": [{"text": "Third party told us"}]},
    {"resourceType": "RiskAssessment", "status": "final", "code": {"text": "Suicide risk: CanaryN"}},
)  # fmt: skip


def test_a_person_reads_what_each_source_says_in_plain_words(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    me = sign_in(account_of(sender))
    page = me.get(RECORD)
    said = words(page)
    assert "Your health conditions" in said
    assert "Provider RZ001 (hospital) and Provider Y90001 (GP practice)" in said
    assert "Asthma Organisations say different things about this." in said
    assert "Since. Provider Y90001 says: 2010. Provider RZ001 says: 2012." in said
    assert "Vaccinations Nothing is shown here. This does not mean that there is nothing." in said
    assert page.text.count(SOME) == 1 + len(TITLES)
    assert re.findall(r'data-section="([^"]+)"', page.text) == list(TITLES)
    assert page.headers["Cache-Control"] == "no-store"


def test_nothing_that_is_withheld_is_in_any_page_of_theirs_and_a_clinician_sees_it(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    before = everything(sign_in(account_of(sender)))
    sender.send(GP, *(of_asha(one, f"w{n}") for n, one in enumerate(WITHHELD)))
    doctor = sign_in(staff())
    seen = "".join(
        doctor.get(f"/patients/{asha}{path}").text for path in ("", *(f"/sections/{code}" for code in TITLES))
    )
    assert len(set(re.findall(r"Canary[A-N]", seen))) == 14
    after = everything(sign_in(account_of(sender)))
    assert "Canary" not in after
    states = r'data-section="[^"]+" data-state="[^"]+"'
    assert re.findall(states, after) == re.findall(states, before)


def test_a_labelled_resource_of_any_kind_leaves_no_word_of_it(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    canaries = Canaries()
    about = {name: {"reference": "Patient/1"} for name in ("subject", "patient", "for", "individual")}
    kinds = {kind for module in SECTIONS for kind in module.TYPES} - {"Patient"}
    for n, kind in enumerate(sorted(kinds)):
        made = canaries.resource(kind, f"l{n}")
        made |= {name: value for name, value in about.items() if name in made}
        sender.send(GP, made | {"meta": {"security": [{"code": "NOPAT"}]}})
    assert sender.count("facts", "kind = 'not-for-patient'") > 40
    shown = sorted(set(canaries.seen(everything(sign_in(account_of(sender))))))
    assert shown == []


def test_a_withheld_entry_of_a_source_that_shows_nothing_else_does_not_name_it(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    sender.send(COUNCIL, patient("9") | {"meta": {"security": [{"code": "NOPAT"}]}},
                {"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": "Safeguarding"},
                 "subject": {"reference": "Patient/9"}})  # fmt: skip
    assert sender.person_of(COUNCIL, "9") == asha
    assert f"Provider {COUNCIL}" not in everything(sign_in(account_of(sender)))
    assert f"Provider {COUNCIL}" in sign_in(staff()).get(f"/patients/{asha}").text


def test_a_source_that_is_late_is_named(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    user = account_of(sender)
    with clock.stopped_at(clock.now() + timedelta(days=3)):
        said = words(sign_in(user).get(RECORD))
    assert "We have heard nothing from Provider Y90001 since" in said
    assert "Newer information may be missing." in said


def test_long_sections_say_how_many_there_are_and_all_can_be_read(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    sender.send(GP, *(condition(f"p{n}", of="1", words=f"Problem {n:03}") for n in range(230)))
    me = sign_in(account_of(sender))
    first = me.get(RECORD)
    assert "231 conditions" in words(first)
    assert "See all 231 conditions" in words(first)
    read: list[str] = []
    address = f"{RECORD}/problems"
    while address:
        page = me.get(address).text
        read += re.findall(r"Problem \d{3}", page)
        following = re.search(r'href="([^"]+)">Next entries', page)
        address = following[1] if following else ""
    assert sorted(read) == [f"Problem {n:03}" for n in range(230)]


def test_whereabouts_of_a_restricted_person_are_not_shown_here_either(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    place = {"id": "loc", "resourceType": "Location", "name": "Mill Lane Clinic"}
    sender.send(GP, place, patient("1") | {"meta": {"security": [{"code": "R"}]}})
    shown = everything(sign_in(account_of(sender)))
    for secret in ("Mill Lane", "TB1 2AB", "Provider Y90001", GP, TRUST):
        assert secret not in shown
    assert "A GP practice" in shown
    assert "To protect where you live" in shown


def test_each_page_is_written_down_before_it_is_shown(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    me = sign_in(account_of(sender))
    me.get(RECORD)
    me.get(f"{RECORD}/results")
    assert sender.count("audit_events", "kind = 'view-own-record' AND outcome = 'allowed'") == 2
    assert audit.verify(sender.engine)[1] is None
    assert me.get(f"{RECORD}/nothing").status_code == 404


def test_somebody_elses_account_and_one_that_is_linked_to_nobody_see_nothing_of_it(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    sender.send(GP, patient("2", BEN, name=[{"family": "Reed", "given": ["Tom"]}], birthDate="1950-02-03"))
    tom = sender.person_of(GP, "2")
    assert tom and tom != asha
    his = sign_in(toms(sender)).get(RECORD)
    assert ("Asthma" in his.text, "PATEL" in his.text, his.status_code) == (False, False, 200)
    assert [sign_in(person("unlinked")).get(page).status_code for page in PAGES[:2]] == [403, 403]


@pytest.mark.parametrize("page", [RECORD, f"{RECORD}/results", "/my/access-log"])
def test_nobody_signed_in_and_no_clinician_comes_here(sign_in: SignIn, page: str) -> None:
    doctor = sign_in(staff())
    assert doctor.get(page).status_code == 403
    assert doctor.application.test_client().get(page).location == "/login"
