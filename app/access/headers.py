"""What every answer tells the browser, so that it runs nothing of others, shows us in no frame and keeps no page."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Response, request

from app.settings import Settings

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Server": "tributary",
}
LEAVING = ("/login", "/auth/")
AN_HOUR = 3600
A_YEAR = 31_536_000


def harden(settings: Settings) -> Callable[[Response], Response]:
    """The function that puts the headers on an answer, for this installation."""
    fixed = {**FIXED, "Content-Security-Policy": content_policy(settings)}
    leaving = content_policy(settings, leaving=True)
    if not settings.is_demo:
        fixed["Strict-Transport-Security"] = f"max-age={2 * A_YEAR}; includeSubDomains"

    def put(response: Response) -> Response:
        response.headers.update(fixed)
        if request.path.startswith(LEAVING):
            response.headers["Content-Security-Policy"] = leaving
        response.vary.add("HX-Request")
        kept = request.path.startswith("/static/") and response.status_code in {200, 304}
        lasts = A_YEAR if "v" in request.args else AN_HOUR  # an address with a mark of its content never changes
        response.headers["Cache-Control"] = f"public, max-age={lasts}" if kept else "no-store"
        return response

    return put


def content_policy(settings: Settings, *, leaving: bool = False) -> str:
    """What a page may load and where its forms may lead: ourselves, and the sign-in providers.

    `leaving`: a page from whose form somebody leaves to sign in. Providers pass people on (NHS login to another host of
    its own, Entra to an organisation's), and Chromium holds every host on that way against the page that they left.
    """
    own = ("script", "style", "img", "font", "connect")
    anywhere = {"https:"} if leaving and not settings.is_demo else set()
    providers = sorted({origin_of(provider.issuer) for provider in settings.providers} | anywhere)
    return "; ".join(
        [
            "default-src 'none'",
            *(f"{kind}-src 'self'" for kind in own),
            " ".join(["form-action 'self'", *providers]),
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


def origin_of(url: str) -> str:
    """Scheme and host of an address, as a policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
