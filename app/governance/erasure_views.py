"""The privacy officer decides on orders to erase. No page shows what an entry says."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from app import erasures
from app.access.gate import engine, needs
from app.access.permissions import Permission, may
from app.errors import BadUsage
from app.pages import add_link, render
from app.projects import read_decision

bp = Blueprint("erasure", __name__)


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Erasures", "erasure.listed", lambda user: may(user, Permission.DECIDE_ON_ERASURE))


@bp.get("/erasures")
@needs(Permission.DECIDE_ON_ERASURE)
def listed() -> Any:
    """Every order, those that wait first."""
    orders = erasures.listed(engine(), g.user)
    return render("governance/erasures.html", orders=orders, reasons=erasures.REASONS)


@bp.get("/erasures/<uuid:order_id>")
@needs(Permission.DECIDE_ON_ERASURE)
def consider(order_id: UUID) -> Any:
    """One order, and the form of the decision."""
    return _page(order_id, {})


@bp.post("/erasures/<uuid:order_id>")
@needs(Permission.DECIDE_ON_ERASURE)
def decide(order_id: UUID) -> Any:
    """Keep the decision; what is approved is erased at once."""
    decision, words, errors = read_decision(request.form)
    if not errors:
        try:
            erasures.decide(engine(), g.user, order_id, decision, words)
        except BadUsage as wrong:
            errors = {"decision": str(wrong)}
    if errors:
        return _page(order_id, errors), 422
    return redirect(url_for("erasure.listed"), 303)


def _page(order_id: UUID, errors: dict[str, str]) -> str:
    order, entry = erasures.get(engine(), g.user, order_id)
    known: dict[str, Any] = {"reasons": erasures.REASONS, "scopes": erasures.SCOPES}
    return render("governance/erasure.html", order=order, entry=entry, errors=errors, form=request.form, **known)
