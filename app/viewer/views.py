"""Clinicians find a person, say why where they must, and read that person's record on one page."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from app import clock, db, statements
from app.access.feeds import feeds
from app.access.gate import engine, needs, settings
from app.access.grants import REASONS, give_reason, grant
from app.access.permissions import Permission, may
from app.crypto import open_keys
from app.errors import BadUsage, NotAllowed, NotFound
from app.pages import add_link, render
from app.viewer import html, search
from app.viewer.forms import read_moment, read_search
from app.viewer.look import Look, look
from app.viewer.page import ASIDE, aside, record_page
from app.viewer.results_page import FoundPage, found_page
from app.viewer.whole import whole_view
from fhir.record import PatientRecord, combine

bp = Blueprint("viewer", __name__)


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Find a patient", "viewer.find", lambda user: may(user, Permission.SEARCH_PATIENTS))


@bp.get("/patients")
@needs(Permission.SEARCH_PATIENTS)
def find() -> Any:
    """The empty search."""
    return render("viewer/search.html", form={}, errors={}, found=None)


@bp.post("/patients")
@needs(Permission.SEARCH_PATIENTS)
def found() -> Any:
    """Who was found. Posted, so that no name or number stands in an address."""
    asked, errors = read_search(request.form, clock.today())
    if errors:
        return render("viewer/search.html", form=request.form, errors=errors, found=None), 422
    query = search.Query(asked.nhs_number, asked.family, asked.birth, asked.given, asked.postcode)
    results = search.find(engine(), open_keys(settings().keys_dir), g.user, query)
    return render("viewer/search.html", form=request.form, errors={}, found=_in_words(results))


def _in_words(results: search.Results) -> FoundPage:
    with db.read(engine()) as connection:
        names = {feed.ods: feed.name for feed in feeds(connection)}
    return found_page(results, names, clock.now())


@bp.get("/patients/<uuid:patient_id>/confirm")
@needs(Permission.SEARCH_PATIENTS)
def confirm(patient_id: UUID) -> Any:
    """Is this the right patient?"""
    person = _in_words(search.Results((search.look(engine(), g.user, patient_id),))).rows[0]
    return render("viewer/confirm.html", person=person, patient_id=patient_id)


@bp.post("/patients/<uuid:patient_id>/open")
@needs(Permission.VIEW_RECORD)
def open_record(patient_id: UUID) -> Any:
    """Keep the reason where one was given, then on to the record."""
    if "asked" in request.form:
        try:
            give_reason(engine(), g.user, patient_id, request.form.get("reason", ""), request.form.get("words", ""))
        except BadUsage as wrong:
            return _ask_reason(patient_id, str(wrong)), 422
    return redirect(url_for("viewer.record", patient_id=patient_id), 303)


@bp.get("/patients/<uuid:patient_id>")
@needs(Permission.VIEW_RECORD)
def record(patient_id: UUID) -> Any:
    """The record on one page, now or as it was."""
    as_at = read_moment(request.args.get("asAt"), clock.now())
    try:
        allowed = grant(engine(), g.user, Permission.VIEW_RECORD, patient_id, as_at=as_at, route="record")
    except NotAllowed as refused:
        if refused.ask_reason:
            return _ask_reason(patient_id), 403
        raise
    seen = look(patient_id, as_at or clock.now(), allowed.sources, restricted=allowed.restricted)
    combined = combine(statements.of_patient(engine(), allowed), allowed.sources)
    page = record_page(combined, seen, basis=allowed.basis, elsewhere=allowed.elsewhere, as_at=as_at)
    return render("viewer/record.html", page=page, html=html)


@bp.get("/patients/<uuid:patient_id>/sections/<code>")
@needs(Permission.VIEW_RECORD)
def section(patient_id: UUID, code: str) -> Any:
    """One section with nothing left out: a page of its own, or in place of the shorter one."""
    as_at = read_moment(request.args.get("asAt"), clock.now())
    allowed = grant(engine(), g.user, Permission.VIEW_RECORD, patient_id, as_at=as_at, route=f"section {code}"[:60])
    seen = look(patient_id, as_at or clock.now(), allowed.sources, restricted=allowed.restricted)
    combined = combine(statements.of_patient(engine(), allowed), allowed.sources)
    return _section_page(combined, seen, code, as_at)


def _section_page(combined: PatientRecord, seen: Look, code: str, as_at: datetime | None) -> Any:
    page = record_page(combined, seen, as_at=as_at, only=())
    if code in ASIDE:
        rows = [one for one in aside(combined, seen, whole=True) if one.code == code]
        return render("viewer/aside.html", part="viewer/_aside.html", page=page, each=rows[0] if rows else None)
    if code not in {one.code for one in combined.sections}:
        raise NotFound
    first = request.args.get("from", 0, type=int)
    view = whole_view(combined.section(code), seen, first=first, of=request.args.get("of", ""))
    return render("viewer/section.html", part="viewer/_section.html", page=page, section=view, html=html)


def _ask_reason(patient_id: UUID, error: str = "") -> str:
    return render(
        "viewer/reason.html",
        patient_id=patient_id,
        items=[{"value": code, "text": text} for code, text in REASONS.items()],
        error=error,
        chosen=request.form.get("reason", ""),
        words=request.form.get("words", ""),
    )
