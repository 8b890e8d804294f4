"""The demo's own sign-in provider: a process of its own, on this machine only, for synthetic people only.

It is not for real use, and refuses to start anywhere else (`refuse_unless_demo`). It speaks the same strict OpenID
Connect that we ask of others: S256, nonce, exact addresses, each code once and within a minute.
"""

import hmac
import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from authlib.oauth2 import OAuth2Error
from flask import Flask, Response, jsonify, make_response, render_template, request
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app import db
from app.access.demo_users import DemoUser
from app.access.devidp_protocol import DemoClient, Server, SignedIn, discovery
from app.access.headers import FIXED, origin_of
from app.errors import NotReady
from app.settings import LOOPBACK, Settings
from app.tables import instance

COOKIE = "demo_provider"


def refuse_unless_demo(settings: Settings, engine: Engine, host: str) -> None:
    """Raises NotReady, naming all reasons, anywhere but in a demonstration with synthetic people."""
    checks = (
        ("ENVIRONMENT is not demo", settings.environment == "demo"),
        ("it would listen beyond this machine", host in LOOPBACK),
        ("the database is not marked as synthetic", _holds_synthetic_people(engine)),
        ("a real sign-in provider is configured", all(provider.is_local for provider in settings.providers)),
    )
    if reasons := [reason for reason, good in checks if not good]:
        raise NotReady("the demo's sign-in provider does not start: " + "; ".join(reasons))


def _holds_synthetic_people(engine: Engine) -> bool:
    try:
        with db.read(engine) as connection:
            kind = connection.execute(select(instance.c.value).where(instance.c.name == "data_kind")).scalar()
    except SQLAlchemyError:
        return False
    return kind == "synthetic"


def create_provider(
    users: Sequence[DemoUser],
    issuer: str,
    client_id: str,
    client_secret: str,
    redirect_uris: Sequence[str],
    post_logout_uris: Sequence[str],
) -> Flask:
    """The provider as a Flask app, with one client: our site. Its key lives and dies with it."""
    app = Flask("app.access.devidp", template_folder="../templates/devidp", static_folder=None)
    client = DemoClient(client_id, client_secret, tuple(redirect_uris), tuple(post_logout_uris))
    server = Server(app, issuer, client)
    pages = Pages(server, {user.username: user for user in users})
    for address, name, view, methods in (
        ("/.well-known/openid-configuration", "discovery", lambda: discovery(issuer), ["GET"]),
        ("/jwks", "jwks", server.public_keys, ["GET"]),
        ("/authorize", "authorize", pages.authorize, ["GET", "POST"]),
        ("/token", "token", server.create_token_response, ["POST"]),
        ("/userinfo", "userinfo", pages.user_info, ["GET", "POST"]),
        ("/end_session", "end_session", pages.end_session, ["GET", "POST"]),
        ("/style.css", "style", pages.style, ["GET"]),
    ):
        app.add_url_rule(address, name, view, methods=methods)
    app.after_request(_headers(redirect_uris))
    return app


class Pages:
    """What people see of the provider: one form, and the end."""

    def __init__(self, server: Server, users: Mapping[str, DemoUser]) -> None:
        self.server = server
        self.users = users

    def authorize(self) -> Response:
        """Check what the site asks before anybody types a password; then the form; then back with a code."""
        try:
            grant = self.server.get_consent_grant()
        except OAuth2Error as error:
            return self._not_understood(error)
        who = self._who()
        if who is None:
            return make_response(
                render_template("sign_in.html", users=self.users.values(), wrong=request.method == "POST")
            )
        answer: Response = self.server.create_authorization_response(grant=grant, grant_user=who)
        word = secrets.token_urlsafe(32)
        self.server.signed_in.put(word, who)
        answer.set_cookie(COOKIE, word, httponly=True, samesite="Lax")
        return answer

    def _not_understood(self, error: OAuth2Error) -> Response:
        """Back to the site with the error, but only to an address that is known to be the site's."""
        if error.redirect_uri:
            answer: Response = self.server.handle_error_response(None, error)
            return answer
        return make_response(render_template("refused.html"), 400)

    def _who(self) -> SignedIn | None:
        """Who sits there: by their password, or because they gave it a moment ago and the site does not ask again."""
        if request.method == "POST":
            user = self.users.get(request.form.get("username", "").strip())
            given = request.form.get("password", "").strip()
            if user and hmac.compare_digest(given.encode("utf-8", "replace"), user.password.encode()):
                return SignedIn(user, int(time.time()))
            return None
        if "login" in request.args.get("prompt", "").split():
            return None
        return self.server.signed_in.get(request.cookies.get(COOKIE, ""))

    def style(self) -> Response:
        """The look of the form."""
        return Response(render_template("style.css"), mimetype="text/css")

    def user_info(self) -> Response:
        """What is known about the bearer of an access token."""
        kind, _, word = request.headers.get("Authorization", "").partition(" ")
        user = self.server.tokens.get(word) if kind.lower() == "bearer" else None
        if user is None:
            return Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return jsonify(user.claims)

    def end_session(self) -> Response:
        """Forget this browser, and back to the site where that can be trusted."""
        self.server.signed_in.take(request.cookies.get(COOKIE, ""))
        answer: Response = self.server.create_endpoint_response("end_session")
        if answer is None or answer.status_code >= 400:
            answer = make_response(render_template("signed_out.html"))
        answer.delete_cookie(COOKIE)
        return answer


def _headers(redirect_uris: Sequence[str]) -> Callable[[Response], Response]:
    back = " ".join(sorted({origin_of(uri) for uri in redirect_uris}))
    policy = f"default-src 'none'; style-src 'self'; form-action 'self' {back}; frame-ancestors 'none'; base-uri 'none'"

    fixed = {name: value for name, value in FIXED.items() if name != "Server"}

    def put(response: Response) -> Response:
        response.headers.update({**fixed, "Content-Security-Policy": policy, "Cache-Control": "no-store"})
        return response

    return put


class QuietHandler(WSGIRequestHandler):
    """Serves without writing addresses to a log (they hold codes), and without naming its version."""

    def version_string(self) -> str:
        return "demo"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@dataclass(frozen=True)
class Site:
    """The one site that the demo's provider serves: where it is, and how it proves itself."""

    url: str
    providers: tuple[str, ...]
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def redirect_uris(self) -> list[str]:
        """One address to come back to for each of the site's doors."""
        return [f"{self.url}/auth/{name}/callback" for name in self.providers]


def server_for(
    users: Sequence[DemoUser], site: Site, settings: Settings, engine: Engine, *, port: int, host: str = "127.0.0.1"
) -> BaseWSGIServer:
    """The provider, listening and threaded, still to be served; raises NotReady anywhere but in the demo."""
    refuse_unless_demo(settings, engine, host)
    app = create_provider(
        users, f"http://{host}:{port}", site.client_id, site.client_secret, site.redirect_uris, [site.url + "/"]
    )
    return make_server(host, port, app, threaded=True, request_handler=QuietHandler)


def run(users: Sequence[DemoUser], site: Site, settings: Settings, *, port: int, host: str = "127.0.0.1") -> None:
    """Serve the demo's sign-in until the process ends."""
    engine = db.engine_for(settings.database_url)
    server = server_for(users, site, settings, engine, port=port, host=host)
    engine.dispose()
    server.serve_forever()


def main() -> None:
    """`python -m app.access.devidp`: users, site and port come as JSON on standard input, so that no password is
    on disk or in the list of processes; settings come from the environment."""
    given = json.load(sys.stdin)
    site = Site(**{**given["site"], "providers": tuple(given["site"]["providers"])})
    users = [DemoUser(**user) for user in given["users"]]
    run(users, site, Settings.from_env(), port=given["port"])


if __name__ == "__main__":
    main()
