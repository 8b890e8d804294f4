"""The privacy officer decides whose sign-in it is, where two claim one NHS number. No line of the record is shown."""

from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from app.access.gate import engine, needs
from app.access.permissions import Permission, may
from app.accounts import held
from app.accounts.held import DECISIONS, Held
from app.pages import add_link, render

bp = Blueprint("held_accounts", __name__)
CHOOSE = "Choose whose sign-in it is"
CHOICES = [{"value": code, "text": words} for code, words in DECISIONS.items()]


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Held sign-ins", "held_accounts.queue", lambda user: may(user, Permission.REVIEW_ACCESS))


@bp.get("/held-sign-ins")
@needs(Permission.REVIEW_ACCESS)
def queue() -> Any:
    """Those that wait, then those that were decided."""
    return render("governance/held_accounts.html", queue=held.queue(engine(), g.user), decisions=DECISIONS)


@bp.get("/held-sign-ins/<int:number>")
@needs(Permission.REVIEW_ACCESS)
def one(number: int) -> Any:
    """One pair, and the question."""
    return _page(held.one(engine(), g.user, number))


@bp.post("/held-sign-ins/<int:number>")
@needs(Permission.REVIEW_ACCESS)
def decide(number: int) -> Any:
    """Keep the decision."""
    pair, decision = held.one(engine(), g.user, number), request.form.get("decision", "")
    if decision not in DECISIONS:
        return _page(pair, {"decision": CHOOSE}), 422
    held.decide(engine(), g.user, pair, decision)
    return redirect(url_for("held_accounts.one", number=number), 303)


def _page(pair: Held, errors: dict[str, str] | None = None) -> str:
    errors = errors or {}
    return render("governance/held_account.html", pair=pair, decisions=DECISIONS, choices=CHOICES, errors=errors)
