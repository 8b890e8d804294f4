"""Signing in and out, and the front page."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from app import audit
from app.access import gate, oidc, sessions
from app.access.claims import Claims, Refused, text
from app.access.gate import open_to_all
from app.access.grants import actor
from app.access.permissions import Permission, may
from app.access.shapes import shape_of, user_from
from app.access.users import (
    DataQualityLead,
    PatientUser,
    User,
)
from app.errors import NotFound
from app.pages import render
from app.settings import IdentityProvider

bp = Blueprint("access", __name__)
log = logging.getLogger(__name__)
MOST_STARTED = 10
PatientSignIn = Callable[[PatientUser, Claims], None]
"""`app.extensions["patient_sign_in"]`: links a patient's account to a record, or raises Refused."""

COMING: dict[type[User], str] = {
    DataQualityLead: "Here you will be able to review which records belong to the same person.",
}
OWN_PAGES = {
    Permission.SEARCH_PATIENTS: "/patients",
    Permission.VIEW_OWN_RECORD: "/my",
    Permission.USE_EXPORTS: "/exports",
    Permission.DECIDE_ON_DATA_USE: "/data-uses",
    Permission.REVIEW_ACCESS: "/access-review",
}
NOT_IN = "You are not signed in"
NOT_BEGUN = "This sign-in was not begun in this browser, or was used already. Please sign in again."
NOT_FINISHED = "The sign-in was not finished. Please sign in again."
NOT_TRUSTED = "The answer of the sign-in provider could not be trusted, so you are not signed in. Please try again."
NOT_REACHED = "The sign-in provider does not answer. Please try again in a few minutes."
NOT_TOLD = "The service that you signed in with could not be told."
NO_SIGN_OUT = "The service that you signed in with gives us no way to sign you out there."
ENDED = {
    "idle": "You were signed out because nothing was done for a while.",
    "too long": "You were signed out because you had been signed in for a long time.",
    "held": "You were signed out because another account claims the same NHS number.",
    "provider": "You were signed out because you signed out of the service that you sign in with.",
}
OTHER_PERSON = "You are still signed in as yourself. To go on as somebody else, sign out first."
UNSAVED = "What you sent is not saved. Sign in and send it again."


@bp.get("/")
@open_to_all
def home() -> Any:
    """What this is; those signed in go to their own page."""
    if g.user and (own := own_page(g.user)) != "/":
        return gate.go(own)
    return render("access/home.html", coming=COMING.get(type(g.user), ""))


def own_page(user: User) -> str:
    """Where somebody begins: the front page says so while their own page is still to come."""
    return next((page for permission, page in OWN_PAGES.items() if may(user, permission)), "/")


@bp.get("/login")
@open_to_all
def login() -> Any:
    """The ways in."""
    if g.user:
        return gate.go(own_page(g.user))
    if g.session is None:
        gate.remember(ended=g.ended)
    why, unsaved = ENDED.get(g.session.data.get("ended", ""), ""), g.session.data.get("unsaved", False)
    return render("access/login.html", doors=_doors(), why=f"{why} {UNSAVED}".strip() if unsaved else why)


def _doors() -> list[tuple[str, str]]:
    """Each provider's name, and the words on its button."""
    configured: list[IdentityProvider] = list(current_app.extensions["oidc"].values())
    providers = sorted(configured, key=lambda provider: provider.kind != "staff")
    kinds = [provider.kind for provider in providers]
    words = {"staff": "Sign in as a member of staff", "patient": "Sign in as a patient"}
    return [(p.name, words[p.kind] + (f" with {p.name}" if kinds.count(p.kind) > 1 else "")) for p in providers]


@bp.post("/login")
@open_to_all
def start() -> Any:
    """Off to the chosen provider."""
    if g.user:
        return gate.go(own_page(g.user))
    return _start(_provider(request.form.get("provider", "")))


@bp.get("/login/again")
@open_to_all
def again() -> Any:
    """Why somebody who is signed in is asked to sign in once more."""
    if g.user is None:
        return gate.go("/login")
    return render("access/again.html", unsaved=UNSAVED if g.session.data.get("unsaved") else "")


@bp.post("/login/again")
@open_to_all
def start_again() -> Any:
    """Off to the provider where they signed in. Until they are back they stay signed in as they are."""
    return _start(_provider(g.session.provider)) if g.user else gate.go("/login")


def _provider(name: str) -> IdentityProvider:
    if (provider := oidc.provider_named(name)) is None:
        raise NotFound("There is no such way to sign in.")
    return provider


def _start(provider: IdentityProvider, *, ask_again: bool = True) -> Any:
    try:
        url, state, started = oidc.start(provider, ask_again=ask_again)
    except oidc.Failed as failed:
        return _failed(provider, failed)

    def keep(data: sessions.Data) -> None:
        newest = list(data.get("started", {}).items())[1 - MOST_STARTED :]
        data["started"] = dict(newest) | {state: oidc.remembered(started)}

    sessions.change(gate.engine(), g.session.sid_hash, keep)
    return gate.go(url)


@bp.get("/auth/<name>/callback")
@open_to_all
def callback(name: str) -> Any:
    """Back from the provider: everything is checked, then a new session begins."""
    provider = _provider(name)
    started = _take(request.args.get("state", ""))
    if started is None or started.provider != provider.name:
        return _refused(provider, "state", NOT_BEGUN)
    try:
        answer = oidc.finish(provider, started, request.args.to_dict())
        user = user_from(answer.claims, provider)
    except oidc.Failed as failed:
        return _failed(provider, failed)
    except Refused as refused:
        return _other_door(provider, refused)
    if g.user and (g.user.issuer, g.user.subject) != (user.issuer, user.subject):
        return _refused(provider, "other_person", OTHER_PERSON, title="You signed in as somebody else")
    try:
        _check_account(user, answer)
    except Refused as refused:
        return _refused(provider, "account", refused.words)
    return _welcome(provider, user, answer)


def _check_account(user: User, answer: oidc.Answer) -> None:
    """A patient comes in only where their verified details lead to one record. Raises Refused."""
    if isinstance(user, PatientUser):
        check: PatientSignIn = current_app.extensions["patient_sign_in"]
        check(user, answer.claims)


def _take(state: str) -> oidc.Started | None:
    """The sign-in under way of this browser with that state: each can be taken once."""
    if g.session is None:
        return None
    taken = sessions.change(gate.engine(), g.session.sid_hash, lambda data: data.get("started", {}).pop(state, None))
    return oidc.Started(**taken) if taken else None


def _welcome(provider: IdentityProvider, user: User, answer: oidc.Answer) -> Response:
    return_to = g.session.data.get("return_to", "/")
    level = shape_of(provider).level(answer.claims, provider)
    who = sessions.SignIn(user, provider.name, answer.id_token, text(answer.claims, "sid") or None, level)
    lasts = timedelta(hours=gate.settings().absolute_hours)
    gate.new_cookie(sessions.sign_in(gate.engine(), who, instead_of=g.session.sid_hash, lasts=lasts))
    _write_down("sign-in", g.user, provider.name)
    page = gate.local_path(return_to)
    return gate.go(page if page != "/" and gate.may_open(user, page) else own_page(user))


def _write_down(kind: str, user: User, provider: str) -> None:
    audit.append(gate.engine(), audit.Event(kind, "done", actor(user), detail={"provider": provider}))


def _other_door(provider: IdentityProvider, refused: Refused) -> Any:
    """Somebody came through the wrong door: where the same issuer has theirs, begin again there; else say why not."""
    for other in current_app.extensions["oidc"].values():
        if refused.kind == other.kind and other.issuer == provider.issuer:
            return _start(other, ask_again=False)
    if refused.can_prove:
        log.warning("sign_in_refused", extra={"provider": provider.name, "why": "not_proven"})
        return render("access/prove.html", words=refused.words, provider=provider.name), 403
    return _refused(provider, "claims", refused.words)


def _failed(provider: IdentityProvider, failed: oidc.Failed) -> Any:
    if not failed.reachable:
        return _refused(provider, failed.why, NOT_REACHED, status=503)
    return _refused(provider, failed.why, NOT_FINISHED if failed.why == "provider_said_error" else NOT_TRUSTED)


def _refused(provider: IdentityProvider, why: str, words: str, status: int = 403, title: str = NOT_IN) -> Any:
    """A page that says so. Whoever was signed in before still is; nobody else is now."""
    log.warning("sign_in_refused", extra={"provider": provider.name, "why": why})
    return render("access/refused.html", title=title, words=words), status


@bp.post("/logout")
@open_to_all
def logout() -> Any:
    """Sign out here at once, and at the provider where it offers that."""
    session = g.session
    if session is None or session.user is None:
        return gate.go("/")
    sessions.end(gate.engine(), session.sid_hash, "signed out")
    _write_down("sign-out", session.user, session.provider)
    gate.forget_cookie()
    provider = oidc.provider_named(session.provider)
    if provider and (url := oidc.sign_out_url(provider, session.id_token)):
        return gate.go(url)
    offers = provider is not None and shape_of(provider).signs_out
    return render("access/signed_out.html", why=NOT_TOLD if offers else NO_SIGN_OUT)
