"""What a planner types becomes an application, or words beside each field."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from app.governance import applying

TODAY = date(2026, 11, 5)
ANSWERS: dict[str, dict[str, str | list[str]]] = {
    "project": {"title": "Asthma reviews", "summary": "Who needs one.", "organisation": "Tamberley", "purpose": "Plan"},
    "law": {"legal_basis": "Article 9(2)(h)", "agreement": "DSA-1", "expires_on-day": "31", "expires_on-month": "3",
            "expires_on-year": "2027"},
    "data": {"datasets": ["people", "medicines"], "area": "deprivation", "least_group": "10"},
    "people": {"type1_applies": "yes", "national_applies": "yes", "may_lead_back": "yes"},
}  # fmt: skip


def read(page: str, **changes: str | list[str]) -> applying.Read:
    return applying.PAGES[page][1](MultiDict(ANSWERS[page] | changes), TODAY)


def test_the_pages_answered_make_an_application() -> None:
    draft = {page: read(page)[0] for page in applying.PAGES}
    assert all(read(page)[1] == {} for page in applying.PAGES)
    asked = applying.application(draft)
    assert (asked.title, asked.datasets, asked.expires_on) == (
        "Asthma reviews",
        ("people", "medicines"),
        date(2027, 3, 31),
    )
    assert asked.may_lead_back and asked.type1_applies and asked.least_group == 10


@pytest.mark.parametrize(
    ("page", "changes", "field"),
    [
        ("project", {"title": "  "}, "title"),
        ("project", {"summary": "x" * 2001}, "summary"),
        ("law", {"expires_on-day": "31", "expires_on-month": "2"}, "expires_on-day"),
        ("law", {"expires_on-year": "2025"}, "expires_on-day"),
        ("law", {"expires_on-year": "99999999999999999999"}, "expires_on-day"),
        ("data", {"datasets": ["names"]}, "datasets"),
        ("data", {"area": ""}, "area"),
        ("data", {"least_group": "9"}, "least_group"),
        ("data", {"least_group": "ten"}, "least_group"),
        ("people", {"type1_applies": ""}, "type1_applies"),
        ("people", {"national_applies": "no"}, "opt_out_reason"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(page: str, changes: dict[str, str], field: str) -> None:
    assert list(read(page, **changes)[1]) == [field]


@pytest.mark.parametrize("page", applying.PAGES)
def test_kept_answers_come_back_into_the_form_as_they_were_typed(page: str) -> None:
    answers, _ = read(page)
    assert applying.PAGES[page][1](applying.as_typed(answers), TODAY) == (answers, {})


def test_a_reason_is_forgotten_once_both_opt_outs_are_applied() -> None:
    assert read("people", opt_out_reason="Old words")[0]["opt_out_reason"] == ""


def test_the_next_question_is_the_first_without_an_answer() -> None:
    draft = {"project": read("project")[0], "data": read("data")[0]}
    assert applying.unanswered(draft) == "law"
    assert applying.unanswered({page: {} for page in applying.PAGES}) == ""
