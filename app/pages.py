"""How every page is made: one frame, one strict template language, and error pages that tell nothing about a person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.sansio.app import App
from flask_htmx import HTMX
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import IntegerConverter, Map

from app import clock, plain_dates
from app.errors import BadUsage, FormTooOld, NotAllowed, NotFound, NotReady, TooMuch
from fhir.dates import fhir_date

HTMX_CONFIG = {
    "historyCacheSize": 0,
    "allowEval": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "allowScriptTags": False,
}
"""htmx may keep no copy of a patient's page, run no words as code, and speak to no other host."""

Page = tuple[int, str, str]

NOT_FOUND: Page = (
    404,
    "Page not found",
    "There is no page at this address, or none that you have access to. Check the address and try again.",
)
ERRORS: dict[int, Page] = {
    400: (400, "The request could not be understood", "Go back to the page you came from and try again."),
    403: (403, "You do not have access to this page", "If you need it for your work, ask your organisation."),
    404: NOT_FOUND,
    405: (405, "This address cannot be used in that way", "Go back to the page you came from and try again."),
    413: (413, "Too much was sent", "What was sent is larger than this page accepts."),
    500: (500, "There is a problem with the service", "Nothing was changed. Try again in a few minutes."),
    503: (503, "The service is not available", "Try again in a few minutes."),
}


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the service row: its words, where it leads, and who is offered it."""

    words: str
    endpoint: str
    offered_to: Callable[[Any], bool]


def install(app: Flask) -> None:
    """Give the app its templates, filters, error pages and the words that every page has."""
    HTMX(app)
    app.url_map.converters["int"] = _Number
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(nhsuk=Macros(), asset=asset, htmx_config=HTMX_CONFIG)
    app.jinja_env.filters.update(moment=moment, plain_moment=plain_dates.moment)
    app.context_processor(_everywhere)
    app.after_request(_headers)
    for kind in (NotAllowed, NotFound, BadUsage, NotReady, TooMuch, HTTPException):
        app.register_error_handler(kind, error_page)


class _Number(IntegerConverter):
    """A number of ours in an address. One that no database can hold leads nowhere."""

    def __init__(self, addresses: Map) -> None:
        super().__init__(addresses, max=2**63 - 1)


def add_link(app: App, words: str, endpoint: str, offered_to: Callable[[Any], bool]) -> None:
    """Put an entry into the service row, for the signed-in people to whom it is offered."""
    app.extensions.setdefault("links", []).append(Link(words, endpoint, offered_to))


def render(template: str, part: str | None = None, **context: Any) -> str:
    """The whole page; or, for an htmx request that is neither boosted nor a history restore, only its named part."""
    return render_template(part if part and wants_part() else template, **context)


def after_response(work: Callable[[], None]) -> None:
    """Do something once the reader has their page."""

    @after_this_request
    def put_off(response: Response) -> Response:
        response.call_on_close(work)
        return response


def wants_part() -> bool:
    """Whether the browser will swap what we answer into a page that is already open."""
    htmx = HTMX()
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


class Macros:
    """The NHS service manual's components: `nhsuk.input(id="family", …)`.

    They read names that may be missing, which our own strict templates refuse, so they have an environment of
    their own.
    """

    def __init__(self) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("nhsuk_frontend_jinja"),
            undefined=jinja2.ChainableUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        folder = "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
        module = self._templates.get_template(f"nhsuk/components/{folder}/macro.jinja").module
        macro = getattr(module, name)

        def component(**params: Any) -> Markup:
            return Markup(macro(params))  # noqa: S704 - made by an autoescaping environment

        return component


def asset(name: str) -> str:
    """The address of a static file, with a mark that changes when its content does."""
    return url_for("static", filename=name, v=_mark(name))


@lru_cache(maxsize=64)
def _mark(name: str) -> str:
    path = Path(__file__).parent / "static" / name
    return sha256(path.read_bytes()).hexdigest()[:8] if path.exists() else "0"


def moment(value: datetime | None) -> str:
    """`05-Mar-2026 14:02` in London's time."""
    shown = fhir_date(value.isoformat()) if value else None
    return shown.clinical_time if shown else "Not recorded"


def _everywhere() -> dict[str, Any]:
    """What every page has. Only people who work at an organisation get the full-width frame."""
    user = g.get("user")
    links = _links(user) if user else []
    return {
        "user": user,
        "csrf": getattr(g.get("session"), "csrf", ""),
        "staff": getattr(user, "org", None) is not None,
        "signed_in_as": signed_in_as(user) if user else "",
        "links": links,
        "now": clock.now(),
    }


def signed_in_as(user: Any) -> str:
    """`Dr Ann Lee · General practitioner · Elm Surgery`."""
    return " · ".join(words for words in (user.name, user.role_name, getattr(user, "org_name", "")) if words)


def _links(user: Any) -> list[tuple[str, str]]:
    """The (words, address) pairs of the service row for this person."""
    found: list[Link] = current_app.extensions.get("links", [])
    return [(link.words, url_for(link.endpoint)) for link in found if link.offered_to(user)]


def _headers(response: Response) -> Response:
    """A page and its part have one address: say so. And no browser keeps a copy of a page about a person."""
    if request.endpoint != "static":
        response.vary.add("HX-Request")
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def error_page(error: Exception) -> Response:
    """The page of an error: its status, safe words, and nothing of a person."""
    code, title, words = _page(error)
    response = make_response(render_template("error.html", title=title, words=words), code)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    if wants_part():
        # htmx 2 leaves the old part in place after an error, stale: a whole new page shows the error instead.
        if request.method == "GET":
            response.headers["HX-Redirect"] = request.full_path.rstrip("?")
        else:
            response.headers["HX-Refresh"] = "true"
    return response


def _page(error: Exception) -> Page:
    """The status and words of an error. Words of our own errors are safe to show; of others none are shown."""
    match error:
        case FormTooOld():
            return (403, "This page was open for too long", str(error))
        case NotAllowed():
            return (403, "You do not have access to this page", str(error))
        case NotFound():
            return NOT_FOUND
        case TooMuch():
            return (429, "You have done a lot in a short time", str(error))
        case BadUsage():
            return (400, "Something in the address or form cannot be used", str(error))
        case NotReady():
            return ERRORS[503]
        case HTTPException():
            code = error.code or 500
            return ERRORS.get(code, (code, *ERRORS[400 if code < 500 else 500][1:]))
    return ERRORS[500]
