"""A sign-in provider tells us that somebody signed out there: their sessions here end, whichever server they are on.

OpenID Connect Back-Channel Logout 1.0, section 2.6, with everything required that it only recommends.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError

from app import clock, db
from app.access import oidc, sessions
from app.access.claims import text
from app.access.oidc import Failed
from app.access.strict import HEADERS
from app.access.users import User
from app.settings import IdentityProvider
from app.tables import logout_tokens

LARGEST = 8_192
"""Bytes that such a request may have."""
TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST_SECONDS = 300
REMEMBERED = timedelta(seconds=3 * OLDEST_SECONDS)
"""How long a token is known again: longer than it could be taken."""


@dataclass(frozen=True)
class Logout:
    """Who signed out at the provider: one session of theirs there (`sid`), or all of a `subject`."""

    issuer: str
    sid: str
    subject: str
    jti: str


def read(provider: IdentityProvider, token: str) -> Logout:
    """What a logout token says, once it is known to be the provider's, for us, and of now. Raises Failed."""
    header, claims = oidc.signed_by(provider, token)
    for why, good in _rules(header, claims, provider).items():
        if not good:
            raise Failed(why)
    return Logout(provider.issuer, text(claims, "sid"), text(claims, "sub"), text(claims, "jti"))


def _rules(header: Mapping[str, Any], claims: Mapping[str, Any], provider: IdentityProvider) -> dict[str, bool]:
    now, events = int(clock.now().timestamp()), claims.get("events")
    timed = all(type(claims.get(name)) is int for name in ("iat", "exp"))
    told = [name for name in ("sid", "sub") if name in claims]
    return {
        "header": set(header) <= HEADERS,
        "type": str(header.get("typ", "")).lower().removeprefix("application/") == TYPE,
        "issuer": claims.get("iss") == provider.issuer,
        "audience": claims.get("aud") in (provider.client_id, [provider.client_id]),
        "times": timed,
        "issued_at": timed and now - OLDEST_SECONDS <= claims["iat"] <= now + oidc.LEEWAY_SECONDS,
        "expired": timed and now < claims["exp"] + oidc.LEEWAY_SECONDS,
        "event": isinstance(events, dict) and isinstance(events.get(EVENT), dict),
        "nonce": "nonce" not in claims,  # an ID token has one: it must never count as a logout token
        "jti": text(claims, "jti") != "",
        "nobody": bool(told) and all(text(claims, name) for name in told),
    }


def end_sessions(engine: Engine, told: Logout) -> list[User]:
    """End the sessions that this is about, once; whose they were. Raises Failed for a token that came before."""
    now, jti = clock.now(), sha256(json.dumps([told.issuer, told.jti]).encode()).digest()
    try:
        with db.write(engine) as connection:
            connection.execute(delete(logout_tokens).where(logout_tokens.c.until < now))
            connection.execute(insert(logout_tokens), {"jti": jti, "until": now + REMEMBERED})
            return sessions.end_told(connection, told.issuer, sid=told.sid, subject=told.subject)
    except IntegrityError:
        raise Failed("replayed") from None
