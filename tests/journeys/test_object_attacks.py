"""Attacks on whose record is shown (C30-C48 of the access design), each by its number.

Elsewhere: C29, I1 and I2 `test_oracle.py` and `test_hidden_or_absent.py`; C32 `test_break_glass.py`; C36 and C37
`tests/app/ingest`, as nothing but feeds takes resources; C39 and C40 `test_policy.py` and `test_sharing.py`; C47
`test_policy.py`, as no delegation comes yet. There is no FHIR API: of C33, C35 and C38 what concerns pages is tried;
the limit that C31 asks for is tried in `test_pace.py`.
"""

import re
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

import pytest

from app import clock, db
from app.access import sharing
from app.access.sharing import Rule
from app.access.users import AccessGroupMember, DataQualityLead, Planner, PrivacyOfficer
from app.tables import providers
from tests.accounts import account_of
from tests.audited import events
from tests.browsing import SignIn, csrf, post, words
from tests.feeding import ASHA, BEN, COUNCIL, GP, TRUST, Sender, clinician, condition, patient
from tests.journeys.test_hidden_or_absent import masked

PARAMETERS = (
    "_has:Observation:patient:code=1", "subject:Patient.name=Patel", "_include=*", "_revinclude=*", "_filter=code eq 1",
    "_contained=both", "_elements=code", "_sort=-code", "_total=accurate", "_summary=count", "category=sensitive-hiv",
)  # fmt: skip


@pytest.fixture
def ben(sender: Sender) -> UUID:
    """Known to the trust alone."""
    sender.send(
        TRUST, patient("b1", BEN, name=[{"family": "Reed", "given": ["Ben"]}]), condition("b2", "b1", "CanaryBen")
    )
    found = sender.person_of(TRUST, "b1")
    assert found
    return found


def test_c30_an_id_changed_anywhere_opens_nobody_elses_record_and_is_written_down(
    sign_in: SignIn, sender: Sender, asha: UUID, ben: UUID
) -> None:
    browser = sign_in(clinician(GP))
    own = browser.get(f"/patients/{asha}").text
    for path in sorted(set(re.findall(rf'(?:href|action|hx-get)="(/patients/{asha}[^"#]*)"', own))):
        answer = browser.get(path.replace(str(asha), str(ben)))
        assert "CanaryBen" not in answer.text, path
        assert answer.status_code in (403, 404, 405) or "/withheld" in path or "/confirm" in path, path
    assert {(e["outcome"], e["patient_id"]) for e in events(sender.engine, "view-record")[-3:]} == {("refused", ben)}


def test_c30_a_form_for_one_person_sent_for_another_opens_only_the_other_whom_it_names(
    sign_in: SignIn, asha: UUID, ben: UUID
) -> None:
    browser = sign_in(clinician(COUNCIL))
    form = {"csrf": csrf(browser.get(f"/patients/{asha}")), "asked": "1", "reason": "urgent"}
    answer = browser.post(f"/patients/{asha}/open", data=form | {"then": f"/patients/{ben}", "patient_id": str(ben)})
    assert answer.headers["Location"] == f"/patients/{asha}"
    assert browser.get(f"/patients/{ben}").status_code == 403


def test_c31_one_patients_sign_in_reads_no_other_record_by_counting(
    sign_in: SignIn, sender: Sender, asha: UUID, ben: UUID
) -> None:
    me = sign_in(account_of(sender))
    for number in range(1, 60):
        reading = f"{UUID(int=number)}-1"
        for path in (f"/my/readings/{number}/saved", f"/my/readings/{reading}/change", f"/my/record/{number}",
                     f"/my/access-log/{number}/ask", f"/patients/{UUID(int=number)}", f"/patients/{ben}"):  # fmt: skip
            answer = me.get(path)
            assert "CanaryBen" not in answer.text
            assert answer.status_code in (403, 404) or "/ask" in path, path


def test_c33_parameters_of_a_search_change_nothing(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    sender.send(TRUST, condition("h1", "7", "CanaryHidden", meta={"security": [{"code": "SEALED"}]}))
    browser = sign_in(clinician(GP))
    for path in (f"/patients/{asha}", f"/patients/{asha}/sections/problems"):
        plain = masked(browser.get(path))
        for parameter in PARAMETERS:
            answer = masked(browser.get(f"{path}?{parameter}"))
            assert answer[0] == 200
            assert "CanaryHidden" not in answer[2]
            assert len(answer[2].replace(parameter, "")) - len(plain[2]) in range(-400, 400), parameter


@pytest.mark.parametrize(
    "written",
    ["{0}/../{1}", "%2e%2e/patients/{1}", "{1}%2f", "urn:uuid:{1}", "{1}/", "{1};x", "{1}%00", "//{1}", "http://x/{1}"],
)
def test_c34_an_address_written_otherwise_is_the_same_or_none(
    sign_in: SignIn, asha: UUID, ben: UUID, written: str
) -> None:
    browser = sign_in(clinician(GP))
    for ids in ((asha, ben), (asha, str(ben).upper()), (asha, ben.hex)):
        answer = browser.get("/patients/" + written.format(*ids), follow_redirects=True)
        assert answer.status_code in (308, 403, 404)
        assert "CanaryBen" not in answer.text


def test_c35_who_else_takes_part_makes_nobodys_record_theirs(
    sign_in: SignIn, sender: Sender, asha: UUID, ben: UUID
) -> None:
    """An appointment of Ben, with Asha's doctor, that Asha's patient number points to as well."""
    sender.send(TRUST, {
        "resourceType": "Appointment", "id": "p1", "status": "booked", "description": "CanaryBen",
        "participant": [{"actor": {"reference": "Patient/b1"}, "status": "accepted"},
                        {"actor": {"reference": "Practitioner/d1"}, "status": "accepted"}],
        "basedOn": [{"reference": "Patient/7"}],
    })  # fmt: skip
    assert "CanaryBen" not in sign_in(clinician(GP)).get(f"/patients/{asha}").text


def test_c38_no_page_serves_a_file(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    sender.send(TRUST, {
        "resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": {"reference": "Patient/7"},
        "description": "Letter", "content": [{"attachment": {"url": "Binary/b1", "title": "Letter"}}],
    })  # fmt: skip
    browser = sign_in(clinician(GP))
    assert "Binary/b1" not in re.findall(r'href="([^"]+)"', browser.get(f"/patients/{asha}").text)
    for path in ("/Binary/b1", f"/patients/{asha}/Binary/b1", "/DocumentReference/d1"):
        assert browser.get(path).status_code == 404


def test_c41_what_is_taken_away_is_gone_at_the_next_request(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    sender.send(COUNCIL, patient("9"), condition("c9", "9", "CanaryCouncil"))
    browser = sign_in(clinician(GP))
    page = f"/patients/{asha}"
    assert "CanaryCouncil" in browser.get(page).text
    sharing.keep(sender.engine, [])
    assert "CanaryCouncil" not in browser.get(page).text
    sender.send(GP, patient("1", active=False))
    assert browser.get(page).status_code == 403
    with db.write(sender.engine) as connection:
        connection.execute(providers.update().where(providers.c.ods == GP).values(purpose="planning"))
    post(browser, page, f"{page}/open", asked="1", reason="urgent")
    assert browser.get(page).status_code == 403


def test_c42_the_method_a_suffix_and_htmx_change_no_decision(sign_in: SignIn, asha: UUID, ben: UUID) -> None:
    browser = sign_in(clinician(GP))
    for person, status in ((asha, 200), (ben, 403)):
        page = f"/patients/{person}"
        assert browser.get(page, headers={"HX-Request": "true"}).status_code == status
        assert browser.head(page).status_code == status
        assert browser.get(page, headers={"X-HTTP-Method-Override": "POST"}).status_code == status
        assert browser.options(page).text == ""
        assert browser.get(f"{page}.json").status_code == 404
        assert browser.post(page).status_code in (403, 405)


def test_c43_an_unknown_person_is_like_one_whom_one_may_not_see(sign_in: SignIn, sender: Sender, ben: UUID) -> None:
    """Whom a search would name is named on the page that asks for a reason; whom it would not is as if unknown.

    Bound: the middle answer of either takes no more than one and a half times that of the other.
    """
    sharing.keep(sender.engine, [Rule(TRUST, "*", "mental", "allow")])
    browser = sign_in(clinician(GP))
    taken: dict[UUID, list[float]] = {ben: [], (unknown := uuid4()): []}
    for person in (ben, unknown) * 30:
        start = perf_counter()
        answer = browser.get(f"/patients/{person}")
        taken[person].append(perf_counter() - start)
        assert answer.status_code == 403
    assert masked(browser.get(f"/patients/{ben}")) == masked(browser.get(f"/patients/{unknown}"))
    slow, fast = sorted((median(taken[ben]), median(taken[unknown])), reverse=True)
    assert slow < 1.5 * fast


def test_c44_a_search_does_not_tell_what_is_special_about_somebody(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    browser = sign_in(clinician(GP))

    def found() -> tuple[int, str, str]:
        return masked(post(browser, "/patients", "/patients", nhs_number=ASHA))

    before = found()
    sender.send(TRUST, patient("7", meta={"security": [{"code": "VIP"}, {"code": "EMP"}]}),
                condition("h1", "7", "CanaryHidden", meta={"security": [{"code": "LOCKED"}]}))  # fmt: skip
    assert found() == before


@pytest.mark.parametrize("said", ["", "   ", "\u200b", "x" * 10_000])
def test_c45_a_reason_that_is_none_opens_nothing(sign_in: SignIn, ben: UUID, said: str) -> None:
    browser = sign_in(clinician(GP))
    assert (
        post(browser, f"/patients/{ben}", f"/patients/{ben}/open", asked="1", reason="other", words=said).status_code
        == 422
    )
    assert browser.get(f"/patients/{ben}").status_code == 403


def test_c45_a_reason_in_words_is_text_given_again_is_one_and_every_look_by_it_is_an_alert(
    sign_in: SignIn, sender: Sender, ben: UUID
) -> None:
    browser = sign_in(clinician(GP))
    for said in ("<script>alert(1)</script>", "Fell"):
        post(browser, f"/patients/{ben}", f"/patients/{ben}/open", asked="1", reason="other", words=said)
    page = browser.get(f"/patients/{ben}")
    assert (page.status_code, "<script>alert" in page.text, "Fell" in words(page)) == (200, False, True)
    assert events(sender.engine, "view-record")[-1]["detail"]["alerts"] == ["reason given"]


def test_c45_a_look_at_a_colleague_is_an_alert_that_names_nobody(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    sender.send(TRUST, patient("7", meta={"security": [{"code": "EMP"}]}))
    sign_in(clinician(GP)).get(f"/patients/{asha}")
    detail = events(sender.engine, "view-record")[-1]["detail"]
    assert detail["alerts"] == ["staff"]
    assert not re.search(r"Patel|999|1960|TB1", str(detail))


def test_c46_nobody_opens_what_is_another_kinds(sign_in: SignIn, sender: Sender, asha: UUID) -> None:
    others = [kind("https://id.example", kind.__name__, "Somebody", "") for kind in
              (Planner, DataQualityLead, PrivacyOfficer, AccessGroupMember)]  # fmt: skip
    own = account_of(sender)
    for user in (own, *others):
        for path in (f"/patients/{asha}", "/patients", f"/patients/{asha}/timeline", "/worklist"):
            assert sign_in(user).get(path).status_code == 403, (user, path)
    for user in (clinician(GP), *others):
        for path in ("/my", "/my/record", "/my/access-log"):
            assert sign_in(user).get(path).status_code == 403, (user, path)


def test_c48_a_council_asks_for_what_no_rule_shows_it_and_gets_no_hint(sign_in: SignIn, sender: Sender) -> None:
    denied = [Rule(TRUST, "*", "social", "deny"), Rule(COUNCIL, "*", "*", "allow")]
    pages = []
    for known in (False, True):
        if known:
            sender.send(TRUST, patient("7"), condition("c2", "7", "CanaryTrust"))
        else:
            sender.send(COUNCIL, patient("9"), {"resourceType": "CareTeam", "id": "t", "status": "active",
                                                "subject": {"reference": "Patient/9"}})  # fmt: skip
            sharing.keep(sender.engine, denied)
        person = sender.person_of(COUNCIL, "9")
        browser = sign_in(clinician(COUNCIL))
        with clock.stopped_at(clock.now()):
            pages.append([masked(browser.get(f"/patients/{person}{path}")) for path in ("", "/sections/problems")])
    assert pages[0] == pages[1]
