"""A clinician sees which of their people are on a list, opens one record at a time, and says what came of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from app import audit
from app.access.gate import engine, needs
from app.access.grants import REASONS, actor, reason_in_words
from app.access.permissions import Permission, may
from app.errors import BadUsage
from app.pages import add_link, render
from app.viewer import search
from app.viewer.formats import day
from app.worklist import store
from app.worklist.items import OUTCOMES, Item, State, by_list

bp = Blueprint("worklist", __name__)
AT_ONCE = 50


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Worklist", "worklist.listed", lambda user: may(user, Permission.USE_WORKLIST))


@bp.get("/worklist")
@needs(Permission.USE_WORKLIST)
def listed() -> Any:
    """Those of their own people who are on a list. No name before the record was opened."""
    everyone = store.seen_by(engine(), g.user)
    waiting = [item for item in everyone if item.state != State.CLOSED]
    closed = [item for item in everyone if item.state == State.CLOSED][:AT_ONCE]
    first = max(request.args.get("from", 0, type=int), 0)
    shown = waiting[first : first + AT_ONCE]
    following = first + AT_ONCE if len(waiting) > first + AT_ONCE else None
    context: dict[str, Any] = {"lists": by_list(shown), "closed": closed, "names": _names(shown), "key": _key()}
    return render("worklist/list.html", count=len(waiting), first=first, following=following, **_words(), **context)


@bp.get("/worklist/<uuid:item_id>")
@needs(Permission.USE_WORKLIST)
def item(item_id: UUID) -> Any:
    """Why this person is on a list, and the form to open their record or to close the item. Shows nothing of them."""
    return _page(store.one(engine(), g.user, item_id))


@bp.post("/worklist/<uuid:item_id>/open")
@needs(Permission.USE_WORKLIST)
def open_item(item_id: UUID) -> Any:
    """Write down who opens this record and why, then on to the record."""
    found = store.one(engine(), g.user, item_id)
    try:
        reason = reason_in_words(request.form.get("reason", ""), request.form.get("words", ""))
    except BadUsage as wrong:
        return _page(found, {"reason": str(wrong)}), 422
    store.take(engine(), g.user, item_id, reason)
    return redirect(url_for("viewer.record", patient_id=found.patient_id), 303)


@bp.post("/worklist/<uuid:item_id>/close")
@needs(Permission.USE_WORKLIST)
def close(item_id: UUID) -> Any:
    """Keep what came of it."""
    try:
        store.close(engine(), g.user, item_id, request.form.get("outcome", ""))
    except BadUsage as wrong:
        return _page(store.one(engine(), g.user, item_id), {"outcome": str(wrong)}), 422
    return redirect(url_for("worklist.listed"), 303)


def _page(found: Item, errors: dict[str, str] | None = None) -> str:
    stage = f"worklist/_{found.stage(_key())}.html"
    context: dict[str, Any] = {"item": found, "names": _names([found]), "stage": stage, "form": request.form}
    return render("worklist/item.html", errors=errors or {}, **_words(), **context)


def _words() -> dict[str, Any]:
    reasons, outcomes = _choices(REASONS), _choices(OUTCOMES)
    return {"reasons": reasons, "outcomes": outcomes, "outcome_words": OUTCOMES}


def _choices(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": code, "text": text} for code, text in words.items()]


def _key() -> bytes | None:
    return audit.key_of(actor(g.user))


def _names(items: Sequence[Item]) -> dict[UUID, tuple[str, str]]:
    """Who those are that this user has opened and not closed: name and birth date."""
    mine = [one.patient_id for one in items if one.is_mine(_key())]
    return {one.patient_id: (one.name, day(one.born)) for one in search.named(engine(), g.user, mine)}
