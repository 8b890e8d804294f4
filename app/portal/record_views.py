"""A person reads their own record: what may be shown to them, in plain words, with who says it."""

from typing import Any

from flask import Blueprint, g, request
from flask.blueprints import BlueprintSetupState

from app import statements
from app.access.gate import engine, needs
from app.access.grants import grant
from app.access.permissions import Permission, may
from app.errors import NotFound
from app.identity.accounts import own_patient
from app.pages import add_link, render
from app.portal import record_words as words
from app.portal.record_page import Names, names_of, own_record, own_section, shown_sources
from fhir.absence import Source
from fhir.record import PatientRecord, combine

bp = Blueprint("own_record", __name__)


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(
        state.app, "What is in your record", "own_record.record", lambda user: may(user, Permission.VIEW_OWN_RECORD)
    )


@bp.get("/my/record")
@needs(Permission.VIEW_OWN_RECORD)
def record() -> Any:
    """The whole record in short."""
    combined, sources, names = _read("record")
    return render("portal/record.html", page=own_record(combined, sources, names), words=words)


@bp.get("/my/record/<code>")
@needs(Permission.VIEW_OWN_RECORD)
def section(code: str) -> Any:
    """One section with nothing left out, so many lines at a time."""
    if code not in words.TITLES:
        raise NotFound
    combined, _, names = _read(f"section {code}")
    shown = own_section(combined.section(code), names, first=request.args.get("from", 0, type=int))
    return render("portal/record_section.html", section=shown, words=words, restricted=names.restricted)


def _read(route: str) -> tuple[PatientRecord, list[Source], Names]:
    """Ask, write it down, and only then read."""
    person = own_patient(engine(), g.user)
    allowed = grant(engine(), g.user, Permission.VIEW_OWN_RECORD, person, route=route)
    said = statements.of_patient(engine(), allowed)
    sources = shown_sources(allowed.sources, {one.source for one in said})
    return combine(said, sources), sources, names_of(sources, restricted=allowed.restricted)
