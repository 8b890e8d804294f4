"""The privacy officer's pages of looks that a rule found: each is read and decided by itself."""

from typing import Any

from flask import Blueprint, g, redirect, request, url_for

from app.access.gate import engine, needs
from app.access.looks import look, looks_grant
from app.access.permissions import Permission
from app.governance import alerts
from app.governance.alerts import DECISIONS, STATES, Alert
from app.governance.watching import OPEN
from app.pages import render

bp = Blueprint("alerts", __name__)


@bp.get("/access-review/alerts")
@needs(Permission.REVIEW_ACCESS)
def listed() -> Any:
    """Those of one state: the waiting, unless another is asked for."""
    found = alerts.queue(engine(), g.user, request.args.get("state", OPEN))
    return render("governance/alerts.html", queue=found, states=STATES)


@bp.get("/access-review/alerts/<int:number>")
@needs(Permission.REVIEW_ACCESS)
def one(number: int) -> Any:
    """One alert with the look that it is about, and what was decided."""
    return _page(number, {})


@bp.post("/access-review/alerts/<int:number>")
@needs(Permission.REVIEW_ACCESS)
def decide(number: int) -> Any:
    """Keep the decision."""
    decision, words, errors = alerts.read_decision(request.form)
    if errors:
        return _page(number, errors), 422
    asked, _ = alerts.alert(engine(), g.user, number)
    alerts.decide(engine(), g.user, asked, decision, words)
    return redirect(url_for("alerts.one", number=number), 303)


def _page(number: int, errors: dict[str, str]) -> str:
    asked, patient_id = alerts.alert(engine(), g.user, number)
    allowed = looks_grant(engine(), g.user, Permission.REVIEW_ACCESS, patient_id)
    context: dict[str, Any] = {
        "alert": asked,
        "look": look(engine(), allowed, asked.about),
        "decided": alerts.decisions(engine(), number),
        "may_decide": _may_decide(asked),
        "decisions": DECISIONS,
    }
    return render("governance/alert.html", form=request.form, errors=errors, **context)


def _may_decide(asked: Alert) -> bool:
    return asked.state != alerts.JUSTIFIED
