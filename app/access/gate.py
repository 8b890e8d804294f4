"""The front door of every page: who is asking, may this kind of user come here, and did they mean to.

Closed by default: every endpoint says what it `needs` or that it is `open_to_all`; with one unmarked the app does not
start.
"""

import hmac
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from app import clock
from app.access import pace, sessions, step_up
from app.access.headers import harden
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import FormTooOld, NotAllowed, NotFound, NotReady
from app.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])
MARK, TOKEN_MARK = "access_mark", "access_token"
OPEN, SIGNED = "open to all", "signed by a sign-in provider"
OPEN_ENDPOINTS = frozenset({"static", "healthz"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})
LONGEST_PATH = 500


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a view: only for kinds of user with this permission."""

    def mark(view: View) -> View:
        setattr(view, MARK, permission)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view: for anyone, signed in or not."""
    setattr(view, MARK, OPEN)
    return view


def for_providers(view: View) -> View:
    """Mark a view: sign-in providers post to it, with a signed token of their own. No cookie and no session count."""
    setattr(view, MARK, SIGNED)
    return view


ReadToken = Callable[[str, dict[str, Any]], User | None]
BEARER = "bearer "


def or_token(read: ReadToken) -> Callable[[View], View]:
    """Mark a view: a program may read it with `Authorization: Bearer …` in place of a session.

    `read` gives whose token it is for that very address, or None: then the answer is the same, whatever is wrong.
    """

    def mark(view: View) -> View:
        setattr(view, TOKEN_MARK, read)
        return view

    return mark


def mark_of(app: Flask, endpoint: str) -> Permission | str | None:
    """What an endpoint needs: a permission, OPEN, or None where nobody has said."""
    if endpoint in OPEN_ENDPOINTS:
        return OPEN
    mark: Permission | str | None = getattr(app.view_functions.get(endpoint), MARK, None)
    return mark


def check_endpoints(app: Flask) -> None:
    """Refuse to start while any endpoint does not say who may use it; names them all."""
    unmarked = sorted({rule.endpoint for rule in app.url_map.iter_rules() if not mark_of(app, rule.endpoint)})
    if unmarked:
        raise NotReady("endpoints that do not say who may use them: " + ", ".join(unmarked))


def install(app: Flask, settings: Settings) -> None:
    """Put the gate in front of every request, and the security headers behind every answer."""
    app.before_request(_enter)
    app.after_request(_leave)
    app.extensions["hardened"] = harden(settings)


def csrf() -> str:
    """The word that this browser's forms must bring; empty before there is a session."""
    session = g.get("session")
    return session.csrf if session else ""


def engine() -> Engine:
    """The app's database."""
    found: Engine = current_app.extensions["engine"]
    return found


def settings() -> Settings:
    """The app's settings."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def _enter() -> Response | None:
    g.user, g.session, g.cookie = None, None, None
    if "\0" in request.path:  # PostgreSQL cannot even be asked for it
        raise NotFound
    mark = mark_of(current_app, request.endpoint) if request.endpoint else OPEN
    if request.endpoint in OPEN_ENDPOINTS or mark == SIGNED:
        return None
    if not _by_token():
        _load()
    if mark != OPEN and g.user is None:
        return _to_sign_in()
    if request.method not in SAFE_METHODS:
        _check_forged()
    if isinstance(mark, Permission) and not may(g.user, mark):
        raise NotAllowed
    if isinstance(mark, Permission) and g.session and not _is_enough(mark, g.session):
        return _to_sign_in_again()
    if g.user is not None and isinstance(mark, Permission) and (request.view_args or request.method == "POST"):
        pace.check(engine(), settings(), g.user)
    return None


def _is_enough(permission: Permission, session: sessions.Session) -> bool:
    return step_up.is_enough(permission, session.level, session.began_at, clock.now())


def _to_sign_in_again() -> Response:
    """Off to the page that asks somebody to sign in again, remembering which page was asked for."""
    unsaved = request.method not in {"GET", "HEAD"}
    asked_for = {"return_to": local_path(_asked_for()), "unsaved": unsaved}
    sessions.change(engine(), g.session.sid_hash, lambda held: held.update(asked_for))
    return go("/login/again")


def _by_token() -> bool:
    """Whether a program asks with a token where that is possible. Its cookies do not count, and it gets no session."""
    read: ReadToken | None = getattr(current_app.view_functions.get(request.endpoint or ""), TOKEN_MARK, None)
    given = request.headers.get("Authorization", "")
    if read is None or request.method != "GET" or not given.lower().startswith(BEARER):
        return False
    g.user = read(given[len(BEARER) :].strip(), request.view_args or {})
    if g.user is None:
        raise NotFound
    return True


def _load() -> None:
    cookie = request.cookies.get(sessions.cookie_name(settings()), "")
    g.session = sessions.load(engine(), cookie)
    g.user = g.session.user if g.session else None
    g.ended = "" if g.session else sessions.ended_why(engine(), cookie)
    if g.session and request.headers.get("X-Background") != "1":
        sessions.seen(engine(), g.session)


def _check_forged() -> None:
    """A form must come from our own page in this browser: the session's word, and the browser's own account of it."""
    sent = request.form.get("csrf") or request.headers.get("X-CSRF-Token", "")
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:
        raise NotAllowed("This form was sent from another site. Open the page here and try again.")
    if not csrf() or not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf().encode()):
        raise FormTooOld("What you sent is not saved. Open the page again and send it once more.")


def _to_sign_in() -> Response:
    """Off to the sign-in page, remembering (here, not in the address) which page was asked for.

    A form sent from another site brings no cookie: it must not end who is signed in. One of ours whose session has
    ended does, and is not kept.
    """
    sent = request.method not in {"GET", "HEAD"}
    if g.ended or not sent:
        remember(return_to=local_path(_asked_for()), ended=g.ended, unsaved=sent)
    return go("/login", status=401 if is_htmx() else 303)


def is_htmx() -> bool:
    """Whether htmx asks for this, and not the browser itself."""
    return request.headers.get("HX-Request") == "true"


def go(url: str, *, status: int = 303) -> Response:
    """Send the browser elsewhere: with a redirect, or in the words that htmx understands."""
    if is_htmx():
        return Response(status=204 if status == 303 else status, headers={"HX-Redirect": url})
    return Response(status=303, headers={"Location": url})


def _asked_for() -> str:
    """The page asked for; for htmx the page that it was asked from, where that is one of ours."""
    if not is_htmx():
        return request.full_path.removesuffix("?")
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    return current.path if current.netloc == urlsplit(settings().site_url).netloc else "/"


def local_path(path: str) -> str:
    """The path where it stays on this site, else `/`: browsers read `//host` and `/\\host` as another site."""
    odd = not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable()
    return "/" if odd or len(path) > LONGEST_PATH or " " in path else path


def may_open(user: User, path: str) -> bool:
    """Whether this kind of user may open the page at a local path."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(urlsplit(path).path, method="GET")
    except HTTPException:
        return False
    mark = mark_of(current_app, str(endpoint))
    return may(user, mark) if isinstance(mark, Permission) else mark == OPEN


def remember(**data: Any) -> None:
    """Keep something for the time before sign-in, in a pending session; begins one where there is none."""
    if g.session is None or g.session.user is not None:
        new_cookie(sessions.begin(engine(), data))
    else:
        sessions.change(engine(), g.session.sid_hash, lambda held: held.update(data))


def new_cookie(cookie: str) -> None:
    """From now on this browser is this session; the cookie goes out with the answer."""
    g.cookie = cookie
    g.session = sessions.load(engine(), cookie)
    g.user = g.session.user if g.session else None


def forget_cookie() -> None:
    """From now on this browser is nobody."""
    g.cookie, g.session, g.user = "", None, None


def _leave(response: Response) -> Response:
    cookie = g.get("cookie")
    name, secure = sessions.cookie_name(settings()), not settings().is_demo
    if cookie:
        response.set_cookie(name, cookie, httponly=True, secure=secure, samesite="Lax", path="/")
    elif cookie == "":
        response.delete_cookie(name, httponly=True, secure=secure, samesite="Lax", path="/")
    harden_response: Callable[[Response], Response] = current_app.extensions["hardened"]
    return harden_response(response)
