"""What those who run or test the site ask of it: can it work, and whom to tell of a weakness. Nothing of anybody."""

from datetime import timedelta

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import clock, db
from app.access.gate import open_to_all, settings
from app.errors import NotFound
from app.tables import audit_head

bp = Blueprint("health", __name__)
LASTS = timedelta(days=180)


@bp.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    """200 where the database answers and the audit chain can be read, else 503."""
    try:
        with db.read(current_app.extensions["engine"]) as connection:
            connection.execute(select(audit_head.c.seq)).one()
    except SQLAlchemyError:
        return jsonify(status="the database does not answer"), 503
    return jsonify(status="ok")


@bp.get("/.well-known/security.txt")
@open_to_all
def security_txt() -> ResponseReturnValue:
    """Whom to tell of a weakness (RFC 9116)."""
    contact = settings().security_contact
    if not contact:
        raise NotFound
    lines = (f"Contact: {contact}", f"Expires: {clock.now() + LASTS:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: en")
    return "".join(f"{line}\n" for line in lines), {"Content-Type": "text/plain; charset=utf-8"}
