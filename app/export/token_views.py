"""A planner makes a token for a program, sees its words once, and ends it."""

from typing import Any

from flask import Blueprint, g, redirect, request, url_for

from app import clock, projects
from app.access.gate import engine, needs
from app.access.permissions import Permission
from app.export import tokens
from app.pages import render

bp = Blueprint("tokens", __name__)


@bp.get("/exports/tokens")
@needs(Permission.USE_EXPORTS)
def listed() -> Any:
    """Every token of this planner, and the form for one more."""
    return _page({"days": str(tokens.MOST_DAYS)})


@bp.post("/exports/tokens")
@needs(Permission.USE_EXPORTS)
def make() -> Any:
    """Make one. Its words are in this answer and nowhere else."""
    own = {one.id: one.expires_on for one in _live()}
    asked, errors = tokens.read_form(request.form, own, clock.today())
    if asked is None:
        return _page(request.form, errors), 422
    return _page({"days": str(tokens.MOST_DAYS)}, words=tokens.make(engine(), g.user, asked))


@bp.post("/exports/tokens/<number>/end")
@needs(Permission.USE_EXPORTS)
def end(number: str) -> Any:
    """End one, now."""
    tokens.end(engine(), g.user, number)
    return redirect(url_for("tokens.listed"), 303)


def _live() -> list[projects.Project]:
    today = clock.today()
    return [one for one in projects.listed(engine(), of=g.user) if one.is_live(today)]


def _page(form: Any, errors: dict[str, str] | None = None, words: str = "") -> str:
    now = clock.now()
    titles = {one.id: one.title for one in projects.listed(engine(), of=g.user)}
    own = tokens.of_holder(engine(), g.user)
    living, over = [one for one in own if one.is_living(now)], [one for one in own if not one.is_living(now)]
    choices = [{"value": str(one.id), "text": one.title} for one in _live()]
    context: dict[str, Any] = {"living": living, "over": over, "titles": titles, "choices": choices}
    return render("export/tokens.html", form=form, errors=errors or {}, words=words, **context)
