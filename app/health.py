"""Whether the site can do its work: for those who run it. Tells nothing about anybody."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import db
from app.access.gate import open_to_all
from app.tables import audit_head

bp = Blueprint("health", __name__)


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
