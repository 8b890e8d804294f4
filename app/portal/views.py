"""A patient adds blood pressure readings, sees them, and changes or removes them. Everything works without scripts."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from app import clock, plain_dates
from app.access.gate import engine, needs
from app.access.grants import Grant, grant
from app.access.permissions import Permission, may
from app.errors import NotFound
from app.identity.accounts import number_of, own_patient
from app.pages import add_link, render
from app.portal import forms, store
from app.portal.averages import average_words, picture
from app.portal.history import SAVED, history
from app.portal.ranges import RANGES
from app.portal.readings import Reading, local_ids
from app.portal.store import Came, Outcome

bp = Blueprint("portal", __name__)


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    for words, endpoint in (("Your health record", "portal.home"), ("Your readings", "portal.readings")):
        add_link(state.app, words, endpoint, lambda user: may(user, Permission.VIEW_OWN_RECORD))


@bp.get("/my")
@needs(Permission.VIEW_OWN_RECORD)
def home() -> Any:
    """Where a patient begins."""
    own = store.history(engine(), _allowed("home"))
    return render("portal/home.html", history=history(own, None))


@bp.get("/my/readings")
@needs(Permission.VIEW_OWN_RECORD)
def readings() -> Any:
    """Every reading, as a picture and in a table, with what was changed or removed."""
    allowed = _allowed("readings")
    own = store.history(engine(), allowed)
    page = history(own, number_of(engine(), g.user), everything="all" in request.args)
    return render("portal/readings.html", history=page, picture=picture(own), average=average_words(own))


@bp.get("/my/readings/new")
@needs(Permission.ADD_OWN_READING)
def new() -> Any:
    """The empty form, with its own key: however often it is sent, it makes one reading."""
    own_patient(engine(), g.user)
    return _new_page({"taken_at": plain_dates.typed(clock.now()), "key": str(uuid4())})


@bp.post("/my/readings/new")
@needs(Permission.ADD_OWN_READING)
def add() -> Any:
    """Keep what was typed; or ask, or say what cannot be used."""
    given, errors = forms.read(request.form, clock.now())
    if errors or "edit" in request.form:
        return _new_page(request.form, errors), 422 if errors else 200
    if asked := _still_asked(given):
        return asked
    allowed = _allowed("reading", Permission.ADD_OWN_READING)
    key, timed = forms.key_of(request.form), forms.is_timed(request.form)
    return _after(store.add(engine(), allowed, g.user.account, key, given, timed=timed))


def _new_page(form: Any, errors: forms.Errors | None = None) -> str:
    return render("portal/new.html", form=form, errors=errors or {}, action=url_for("portal.add"))


def _still_asked(given: tuple[forms.Measured, ...]) -> Any:
    """The page that asks about what is unlikely; nothing where it was answered for these very values."""
    asked = forms.unlikely(given, clock.now())
    word = forms.bound(request.form, asked)
    if not asked or request.form.get("confirmed") == word:
        return None
    kept = forms.typed(request.form) | {name: request.form.get(name, "") for name in ("key", "version")}
    shown = [(one.said, one.pulse, plain_dates.moment(one.taken)) for one in given]
    return render("portal/unlikely.html", asked=asked, kept=kept, word=word, given=shown, action=request.path)


def _after(outcome: Outcome) -> Any:
    """On to the page that shows what is kept; the same form sent again leads there too."""
    if outcome.came is Came.OTHERWISE:
        return render("portal/otherwise.html", reading=outcome.reading), 409
    return redirect(url_for("portal.saved", reading=outcome.reading), 303)


@bp.get("/my/readings/<reading>/saved")
@needs(Permission.VIEW_OWN_RECORD)
def saved(reading: str) -> Any:
    """What is kept of one form, and what to do now."""
    own = _session(_allowed("reading saved"), reading)
    page = history([one for one in own if not one.is_removed], None)
    state = next(one.now.status for one in own if one.id == reading)
    title, then = SAVED[state]
    return render("portal/saved.html", days=page.days, title=title, then=then)


@bp.get("/my/readings/<reading>/change")
@needs(Permission.ADD_OWN_READING)
def changing(reading: str) -> Any:
    """The form with what is held."""
    now = _one(_allowed("reading"), reading).now
    told = now.measured
    form = {name: str(getattr(told, name) or "") for name in (*RANGES, "note")}
    return _change_page(reading, form | {"taken_at": plain_dates.typed(told.taken), "version": str(now.number)})


@bp.post("/my/readings/<reading>/change")
@needs(Permission.ADD_OWN_READING)
def change(reading: str) -> Any:
    """Keep a new version; or ask, or say what cannot be used."""
    held = _held(_allowed("reading"), reading).now.measured
    given, errors = forms.read_one(request.form, clock.now(), held.taken)
    if errors or "edit" in request.form:
        return _change_page(reading, request.form, errors), 422 if errors else 200
    if asked := _still_asked(given):
        return asked
    allowed, seen = _allowed("change", Permission.ADD_OWN_READING), request.form.get("version", type=int)
    return _after(store.change(engine(), allowed, g.user.account, reading, given[0], seen=seen))


def _change_page(reading: str, form: Any, errors: forms.Errors | None = None) -> str:
    return render("portal/change.html", reading=reading, form=form, errors=errors or {}, action=request.path)


@bp.get("/my/readings/<reading>/remove")
@needs(Permission.ADD_OWN_READING)
def removing(reading: str) -> Any:
    """Are you sure?"""
    own = history([_one(_allowed("reading"), reading)], None)
    return render("portal/remove.html", days=own.days)


@bp.post("/my/readings/<reading>/remove")
@needs(Permission.ADD_OWN_READING)
def remove(reading: str) -> Any:
    """Take it back. Its values are kept, struck through."""
    allowed = _allowed("remove", Permission.ADD_OWN_READING)
    return _after(store.remove(engine(), allowed, g.user.account, reading))


def _allowed(route: str, permission: Permission = Permission.VIEW_OWN_RECORD) -> Grant:
    """The person's own record, written down first. Raises NotAllowed while their account is linked to none."""
    return grant(engine(), g.user, permission, own_patient(engine(), g.user), route=route)


def _one(allowed: Grant, reading: str) -> Reading:
    """One reading that counts. Raises NotFound on any other."""
    found = _held(allowed, reading)
    if found.is_removed:
        raise NotFound
    return found


def _held(allowed: Grant, reading: str) -> Reading:
    """One reading, also where it was removed. Raises NotFound on any other."""
    return next(one for one in _session(allowed, reading) if one.id == reading)


def _session(allowed: Grant, reading: str) -> list[Reading]:
    """A reading and that of the same form."""
    key = forms.key_of({"key": reading.rpartition("-")[0]})
    found = store.history(engine(), allowed, local_ids(key)) if key else []
    if reading not in {one.id for one in found}:
        raise NotFound
    return found
