"""A person reads who looked at their record, and asks about a look that they do not recognise."""

from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from app.access import look_questions
from app.access.gate import engine, needs
from app.access.looks import LooksGrant, look, looks, looks_grant
from app.access.permissions import Permission, may
from app.identity.accounts import own_patient
from app.pages import add_link, render

bp = Blueprint("own_log", __name__)
MISSING = "Say what you do not recognise, or what you want to know"


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Who looked", "own_log.log", lambda user: may(user, Permission.VIEW_OWN_ACCESS_LOG))


@bp.get("/my/access-log")
@needs(Permission.VIEW_OWN_ACCESS_LOG)
def log() -> Any:
    """Who looked, in the last twelve months or ever."""
    allowed = _grant()
    found = looks(engine(), allowed, older=_older())
    asked = look_questions.asked_about(engine(), allowed)
    return render("portal/access_log.html", looks=found, asked=asked, older=_older(), hides=allowed.hides)


@bp.get("/my/access-log/<int:number>/ask")
@needs(Permission.VIEW_OWN_ACCESS_LOG)
def ask(number: int) -> Any:
    """Where a person asks about one look."""
    return _form(_grant(), number)


@bp.post("/my/access-log/<int:number>/ask")
@needs(Permission.VIEW_OWN_ACCESS_LOG)
def send_question(number: int) -> Any:
    """Put what they ask into the privacy officer's queue."""
    allowed = _grant()
    about = look(engine(), allowed, number)
    words, errors = look_questions.read_words(request.form, MISSING)
    if errors:
        return _form(allowed, number, errors), 422
    look_questions.ask(engine(), g.user, allowed, about.number, words)
    return redirect(url_for("own_log.ask", number=number), 303)


def _form(allowed: LooksGrant, number: int, errors: dict[str, str] | None = None) -> str:
    about = look(engine(), allowed, number)
    sent = look_questions.asked_about(engine(), allowed).get(number)
    return render("portal/ask.html", look=about, sent=sent, form=request.form, errors=errors or {})


def _grant() -> LooksGrant:
    return looks_grant(engine(), g.user, Permission.VIEW_OWN_ACCESS_LOG, own_patient(engine(), g.user))


def _older() -> bool:
    return request.args.get("older") == "1"
