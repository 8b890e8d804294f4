"""What sign-in providers, and not people, ask of us: our public keys, and to end sessions."""

import logging
from typing import Any

from flask import Blueprint, current_app, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from app import audit
from app.access import back_channel, gate, oidc
from app.access.client_key import public_keys
from app.access.gate import for_providers, open_to_all
from app.access.grants import actor
from app.errors import NotFound

bp = Blueprint("providers", __name__)
log = logging.getLogger(__name__)
FORM = "application/x-www-form-urlencoded"


@bp.get("/auth/keys")
@open_to_all
def keys() -> Any:
    """The public keys by which providers know us."""
    return jsonify(public_keys(current_app.extensions["oidc"].values()))


@bp.post("/auth/<name>/logout")
@for_providers
def logout(name: str) -> Any:
    """Somebody signed out at the provider: end their sessions. 400 for whatever is not exactly that."""
    if (provider := oidc.provider_named(name)) is None:
        raise NotFound
    try:
        told = back_channel.read(provider, _token())
        ended = back_channel.end_sessions(gate.engine(), told)
    except oidc.Failed as failed:
        log.warning("logout_token_refused", extra={"provider": name, "why": failed.why})
        return jsonify(error="invalid_request"), 400
    for user in ended:
        detail = {"provider": name, "by": "provider"}
        audit.append(gate.engine(), audit.Event("sign-out", "done", actor(user), detail=detail))
    return "", 200


def _token() -> str:
    """The one token of a small form. Raises Failed."""
    request.max_content_length = back_channel.LARGEST
    try:
        given = request.form.getlist("logout_token") if request.mimetype == FORM else []
    except RequestEntityTooLarge:
        raise oidc.Failed("too_large") from None
    if len(given) != 1:
        raise oidc.Failed("not_one_token")
    return given[0]
