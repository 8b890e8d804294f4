"""What is hidden from a reader is as if it were not there: status, words, counts, order, length and questions asked.

Two people whose records differ in nothing but what is hidden; every page of theirs, compared byte for byte without
what is different of any two people (names, numbers, keys) and of any two answers (the form's word, the nonce).
"""

import re
from itertools import zip_longest
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from app.access.facts import Kind
from app.access.labels import OF_LABEL
from app.access.users import User
from fhir.record import SECTIONS
from tests.accounts import account_of
from tests.browsing import SignIn, csrf
from tests.feeding import ASHA, BEN, COUNCIL, GP, TRUST, Json, Sender, clinician, condition, patient

ABOUT = (
    "", "/search", "/timeline", "/readings", "/problem", "/withheld", "/confirm", "/sections/withdrawn",
    "/sections/not-interpretable", "/sections/nonsense", "?asAt=2026-11-01", *(f"/sections/{m.CODE}" for m in SECTIONS),
)  # fmt: skip
CODES = {kind: code for code, kind in OF_LABEL.items()} | {Kind.CONFIDENTIAL: "R"}
SEALS = [Kind.SEALED, Kind.LOCKED, Kind.HIV, Kind.CONFIDENTIAL]
MASKED = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r'(name="csrf" value="|nonce="|nonce-)[^"\']+'), r"\1WORD"),
    (re.compile(r'"X-CSRF-Token": ?"[^"]+"|X-CSRF-Token&#34;: ?&#34;[^&]+'), "WORD"),
    (re.compile(r"/(gc?|tc?|s)[12]\b"), r"/\1"),
    (re.compile(r"Printed \d\d-\w{3}-\d{4} \d\d:\d\d"), "Printed"),
    (re.compile(r"PATEL|REEDY"), "FAMILY"),
    (re.compile(r"Patel|Reedy"), "Family"),
    (re.compile(r"999.?000.?00(18|26)|9990000018|9990000026"), "NUMBER"),
    (re.compile(r"data-(?:line|statement)=\"[^\"]+\"|id=\"line-[^\"]+\"|#line-[^\"]+"), "LINE"),
)


def masked(response: TestResponse) -> tuple[int, str, str]:
    """Status, headers and page, without what differs of any two people or answers."""
    page, headers = response.text, str(sorted(h for h in response.headers if h[0] != "Set-Cookie"))
    for what, instead in MASKED:
        page, headers = what.sub(instead, page), what.sub(instead, headers)
    return response.status_code, headers, page


def about(of: str, number: str, family: str) -> list[tuple[str, Json]]:
    """What a practice, a trust and a council say of somebody, nothing of it hidden."""
    name = {"name": [{"family": family, "given": ["Kim"]}]}
    return [
        (GP, patient(f"g{of}", number, **name)),
        (GP, condition(f"gc{of}", f"g{of}", "Asthma")),
        (TRUST, patient(f"t{of}", number, **name)),
        (TRUST, condition(f"tc{of}", f"t{of}", "Gout")),
        (COUNCIL, patient(f"s{of}", number, **name)),
    ]


def hidden(of: str, label: Json) -> list[Json]:
    """Of many kinds, none of them one that must be told of."""
    subject = {"subject": {"reference": f"Patient/t{of}"}} | label
    text = {"code": {"text": "CanaryHidden"}}
    return [
        condition(f"h1{of}", f"t{of}", "CanaryHidden", **label),
        {"resourceType": "Observation", "id": f"h2{of}", "status": "final", **text, **subject},
        {"resourceType": "Procedure", "id": f"h3{of}", "status": "completed", **text, **subject},
        {"resourceType": "Encounter", "id": f"h4{of}", "status": "finished", "class": {"code": "AMB"}, **subject},
        {"resourceType": "DocumentReference", "id": f"h5{of}", "status": "current", "description": "CanaryHidden",
         "content": [{"attachment": {"title": "CanaryHidden"}}], **subject},
        {"resourceType": "CarePlan", "id": f"h6{of}", "status": "active", "intent": "plan", "title": "CanaryHidden",
         **subject},
        condition(f"h7{of}", f"t{of}", "CanaryHidden", verificationStatus={"coding": [{"code": "entered-in-error"}]},
                  **label),
        {"resourceType": "Basic", "id": f"h8{of}", **text, **subject},
    ]  # fmt: skip


class Questions:
    """How often the database was asked."""

    def __init__(self, engine: Engine) -> None:
        self.many = 0
        event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.many += 1


def pair(sender: Sender, label: Json) -> tuple[UUID, UUID]:
    """One with hidden statements, one without."""
    everything = [*about("1", ASHA, "Patel"), *about("2", BEN, "Reedy")]
    for source in (GP, TRUST, COUNCIL):
        more = hidden("1", label) if source == TRUST else []
        sender.send(source, *(resource for ods, resource in everything if ods == source), *more)
    first, second = sender.person_of(GP, "g1"), sender.person_of(GP, "g2")
    assert first
    assert second
    return first, second


def same(browser: FlaskClient, paths: tuple[str, str]) -> None:
    answers = [masked(browser.get(path)) for path in paths]
    assert "CanaryHidden" not in answers[0][2]
    assert answers[0][:2] == answers[1][:2], paths[0]
    different = [pair for pair in zip_longest(*(answer[2].split(">") for answer in answers)) if pair[0] != pair[1]]
    assert different == [], paths[0]


@pytest.mark.parametrize("kind", SEALS)
def test_a_record_with_hidden_statements_is_like_one_without(sign_in: SignIn, sender: Sender, kind: Kind) -> None:
    """C29, I7, 4.5."""
    people = pair(sender, {"meta": {"security": [{"code": CODES[kind]}]}})
    for user in (clinician(GP), clinician(COUNCIL)):
        browser = sign_in(user)
        for path in ABOUT:
            same(browser, (f"/patients/{people[0]}{path}", f"/patients/{people[1]}{path}"))
    cleared = sign_in(clinician(TRUST))
    give_reason(cleared, people[0])
    assert "CanaryHidden" in cleared.get(f"/patients/{people[0]}").text


def give_reason(browser: FlaskClient, person: UUID) -> None:
    word = csrf(browser.get(f"/patients/{person}"))
    assert (
        browser.post(f"/patients/{person}/open", data={"csrf": word, "asked": "1", "reason": "urgent"}).status_code
        == 303
    )


def test_searching_within_a_record_finds_no_hidden_word(sign_in: SignIn, sender: Sender) -> None:
    people = pair(sender, {"meta": {"security": [{"code": "SEALED"}]}})
    browser = sign_in(clinician(GP))
    for asked in ("CanaryHidden", "Gout", "", "a"):
        found = []
        for person in people:
            page = f"/patients/{person}/search"
            found.append(masked(browser.post(page, data={"csrf": csrf(browser.get(page)), "q": asked})))
        assert found[0] == found[1], asked


def test_the_database_is_asked_as_often(sign_in: SignIn, sender: Sender, engine: Engine) -> None:
    """The time that an answer takes: the same questions, of which none reads what is hidden."""
    people = pair(sender, {"meta": {"security": [{"code": "SEALED"}]}})
    browser = sign_in(clinician(GP))
    app_engine = browser.application.extensions["engine"]
    asked = Questions(app_engine)
    counts = []
    for person in people:
        browser.get(f"/patients/{person}")
        before = asked.many
        browser.get(f"/patients/{person}")
        counts.append(asked.many - before)
    assert counts[0] == counts[1]


def test_a_hidden_allergy_says_that_it_is_hidden_and_not_how_many_are(sign_in: SignIn, sender: Sender) -> None:
    first, second = pair(sender, {"meta": {"security": [{"code": "SEALED"}]}})
    label = {"resourceType": "AllergyIntolerance", "meta": {"security": [{"code": "LOCKED"}]}}
    sender.send(TRUST, condition("a1", "t1", "CanaryHidden") | label,
                *(condition(f"b{n}", "t2", "CanaryHidden") | label for n in range(3)))  # fmt: skip
    browser = sign_in(clinician(GP))
    for path in ABOUT:
        same(browser, (f"/patients/{first}{path}", f"/patients/{second}{path}"))
    page = browser.get(f"/patients/{first}").text
    assert "Allergies withheld" in page
    assert "Items excluded due to confidentiality and/or patient preferences." in page


def test_what_a_person_is_not_shown_of_their_own_record_is_as_if_it_were_not_there(
    sign_in: SignIn, sender: Sender
) -> None:
    def pages(user: User) -> list[tuple[int, str, str]]:
        browser = sign_in(user)
        paths = ("/my", "/my/record", *(f"/my/record/{module.CODE}" for module in SECTIONS))
        return [masked(browser.get(path)) for path in paths]

    everything = about("1", ASHA, "Patel")
    for source in (GP, TRUST, COUNCIL):
        sender.send(source, *(resource for ods, resource in everything if ods == source))
    own = account_of(sender)
    before = pages(own)
    sender.send(TRUST, *hidden("1", {"meta": {"security": [{"code": "NOPAT"}]}}))
    after = pages(own)
    assert [page for page in after if "CanaryHidden" in page[2]] == []
    for one, other in zip(before, after, strict=True):
        assert one == other
