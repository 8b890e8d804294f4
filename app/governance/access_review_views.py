"""The privacy officer's pages: who looked at a record, and what people ask about looks at theirs."""

from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from app.access import look_questions
from app.access.gate import engine, needs
from app.access.look_questions import Question
from app.access.looks import look, looks_grant
from app.access.permissions import Permission, may
from app.governance.access_review import NOT_VALID, Reviewed, find, opened, review
from app.pages import add_link, render

bp = Blueprint("access_review", __name__)
MISSING = "Write the answer that the person will read"


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Access review", "access_review.start", lambda user: may(user, Permission.REVIEW_ACCESS))


@bp.get("/access-review")
@needs(Permission.REVIEW_ACCESS)
def start() -> Any:
    """The search, and the questions that wait for an answer. They name who asked: opening it is written down."""
    opened(engine(), g.user)
    return _page()


@bp.post("/access-review")
@needs(Permission.REVIEW_ACCESS)
def found() -> Any:
    """Who looked. Posted, so that no NHS number stands in an address."""
    typed, older = request.form.get("nhs_number", ""), request.form.get("older") == "1"
    grants = find(engine(), g.user, typed)
    if grants is None:
        return _page(errors={"nhs_number": NOT_VALID}), 422
    return _page(review(engine(), grants, typed, older=older))


@bp.get("/access-review/questions/<int:number>")
@needs(Permission.REVIEW_ACCESS)
def question(number: int) -> Any:
    """One question with the look that it is about."""
    return _question_page(look_questions.question(engine(), g.user, number))


@bp.post("/access-review/questions/<int:number>")
@needs(Permission.REVIEW_ACCESS)
def answer(number: int) -> Any:
    """Keep the answer."""
    asked = look_questions.question(engine(), g.user, number)
    words, errors = look_questions.read_words(request.form, MISSING)
    if errors:
        return _question_page(asked, errors), 422
    look_questions.answer(engine(), g.user, asked, words)
    return redirect(url_for("access_review.question", number=number), 303)


@bp.post("/access-review/questions/<int:number>/looks")
@needs(Permission.REVIEW_ACCESS)
def all_looks(number: int) -> Any:
    """Every look at the record of the person who asked."""
    asked = look_questions.question(engine(), g.user, number)
    allowed = looks_grant(engine(), g.user, Permission.REVIEW_ACCESS, asked.patient_id)
    return _page(review(engine(), [allowed], "", older=True))


def _page(reviewed: Reviewed | None = None, errors: dict[str, str] | None = None) -> str:
    queue = look_questions.queue(engine(), g.user)
    template, form = "governance/access_review.html", request.form
    return render(template, reviewed=reviewed, errors=errors or {}, form=form, queue=queue)


def _question_page(asked: Question, errors: dict[str, str] | None = None) -> str:
    allowed = looks_grant(engine(), g.user, Permission.REVIEW_ACCESS, asked.patient_id)
    about = look(engine(), allowed, asked.about)
    return render("governance/look_question.html", asked=asked, look=about, form=request.form, errors=errors or {})
