"""Clinicians find a person, say why where they must, and read that person's record on one page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import ServiceUnavailable

from app import clock, db, erasures, statements
from app.access.feeds import feeds
from app.access.gate import engine, needs
from app.access.grants import REASONS, SEAL_REASONS, Grant, give_reason, grant
from app.access.permissions import Permission, may
from app.errors import BadUsage, NotAllowed, NotFound
from app.pages import add_link, after_response, error_page, render, wants_part
from app.viewer import finding, html, problems, returning, search
from app.viewer.forms import read_moment, read_search
from app.viewer.home import pressures_page
from app.viewer.look import Look, look
from app.viewer.page import ASIDE, RecordPage, aside, record_page
from app.viewer.results_page import FoundPage, FoundRow, found_page
from app.viewer.timeline import timeline
from app.viewer.whole import whole_view
from fhir.record import SECTIONS, PatientRecord, combine

bp = Blueprint("viewer", __name__)


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Find a patient", "viewer.find", lambda user: may(user, Permission.SEARCH_PATIENTS))


@bp.get("/patients")
@needs(Permission.SEARCH_PATIENTS)
def find() -> Any:
    """The empty search, with those whom this user looked at last."""
    recent = _in_words(search.recent(engine(), g.user))
    return render("viewer/search.html", form={}, errors={}, found=None, recent=recent)


@bp.post("/patients")
@needs(Permission.SEARCH_PATIENTS)
def found() -> Any:
    """Who was found. Posted, so that no name or number stands in an address."""
    asked, errors = read_search(request.form, clock.today())
    if errors:
        return render("viewer/search.html", form=request.form, errors=errors, found=None, recent=None), 422
    query = search.Query(asked.nhs_number, asked.family, asked.birth, asked.given, asked.postcode)
    results = search.find(engine(), g.user, query)
    return render("viewer/search.html", form=request.form, errors={}, found=_in_words(results), recent=None)


def _in_words(results: search.Results) -> FoundPage:
    with db.read(engine()) as connection:
        names = {feed.ods: feed.name for feed in feeds(connection)}
    return found_page(results, names, clock.now())


@bp.get("/patients/<uuid:patient_id>/confirm")
@needs(Permission.SEARCH_PATIENTS)
def confirm(patient_id: UUID) -> Any:
    """Is this the right patient?"""
    return render("viewer/confirm.html", person=_person(patient_id), patient_id=patient_id)


@bp.post("/patients/<uuid:patient_id>/open")
@needs(Permission.VIEW_RECORD)
def open_record(patient_id: UUID) -> Any:
    """Keep the reason where one was given, then on to the record."""
    if "asked" in request.form:
        try:
            give_reason(engine(), g.user, patient_id, request.form.get("reason", ""), request.form.get("words", ""))
        except BadUsage as wrong:
            return _ask_reason(patient_id, str(wrong), sealed="sealed" in request.form), 422
    return redirect(returning.page_of(patient_id, request.form.get("then", "")), 303)


@bp.get("/patients/<uuid:patient_id>/withheld")
@needs(Permission.VIEW_RECORD)
def withheld(patient_id: UUID) -> Any:
    """Why somebody must see what is withheld. The same page whether or not anything is."""
    return _ask_reason(patient_id, sealed=True)


@bp.get("/patients/<uuid:patient_id>")
@needs(Permission.VIEW_RECORD)
def record(patient_id: UUID) -> Any:
    """The record on one page, now or as it was."""
    allowed, seen, combined = _read(patient_id, "record")
    page = record_page(combined, seen, basis=allowed.basis, elsewhere=allowed.elsewhere, as_at=allowed.as_at)
    return render("viewer/record.html", page=page, html=html, search=None)


@bp.get("/patients/<uuid:patient_id>/search")
@needs(Permission.VIEW_RECORD)
def search_form(patient_id: UUID) -> Any:
    """Where the words to look for in one record are typed."""
    allowed, seen, combined = _read(patient_id, "search")
    page = record_page(combined, seen, as_at=allowed.as_at, only=())
    return render("viewer/record_search.html", page=page, search=None)


@bp.post("/patients/<uuid:patient_id>/search")
@needs(Permission.VIEW_RECORD)
def search_record(patient_id: UUID) -> Any:
    """The lines that have the words. Posted, so that no clinical word stands in an address."""
    allowed, seen, combined = _read(patient_id, "search")
    page = record_page(combined, seen, as_at=allowed.as_at, only=())
    done = finding.search(combined, seen, request.form.get("q", ""))
    part = "viewer/_record_search.html"
    shown = render("viewer/record_search.html", part=part, page=page, search=done, html=html)
    return shown, 422 if done.error and not wants_part() else 200


@bp.get("/patients/<uuid:patient_id>/timeline")
@needs(Permission.VIEW_RECORD)
def timeline_page(patient_id: UUID) -> Any:
    """Everything by date."""
    allowed, seen, combined = _read(patient_id, "timeline")
    page = record_page(combined, seen, as_at=allowed.as_at, only=())
    listed = timeline(combined, seen, request.args.get("from", 0, type=int))
    return render("viewer/timeline.html", page=page, timeline=listed, html=html)


@bp.get("/patients/<uuid:patient_id>/readings")
@needs(Permission.VIEW_RECORD)
def readings(patient_id: UUID) -> Any:
    """Blood pressures at home and elsewhere, with the average by its rule."""
    allowed, seen, combined = _read(patient_id, "home readings")
    page = record_page(combined, seen, as_at=allowed.as_at, only=())
    return render("viewer/readings.html", page=page, pressures=pressures_page(combined, seen), html=html)


@bp.get("/patients/<uuid:patient_id>/problem")
@needs(Permission.VIEW_RECORD)
def problem(patient_id: UUID) -> Any:
    """Where a reader says what is wrong with this record."""
    allowed, seen, combined = _read(patient_id, "report a problem")
    return _problem_page(record_page(combined, seen, as_at=allowed.as_at, only=()))


@bp.post("/patients/<uuid:patient_id>/problem")
@needs(Permission.VIEW_RECORD)
def report_problem(patient_id: UUID) -> Any:
    """Keep what they said, then show them that it is kept."""
    allowed, seen, combined = _read(patient_id, "report a problem")
    section, said, errors = problems.read_report(request.form)
    if errors:
        return _problem_page(record_page(combined, seen, as_at=allowed.as_at, only=()), errors=errors), 422
    number = problems.report(engine(), g.user, allowed, section, said)
    return redirect(url_for("viewer.problem_kept", patient_id=patient_id, number=number), 303)


@bp.get("/patients/<uuid:patient_id>/problem/<number>")
@needs(Permission.VIEW_RECORD)
def problem_kept(patient_id: UUID, number: str) -> Any:
    """What they said, as it is kept."""
    allowed, seen, combined = _read(patient_id, "report a problem")
    sent = problems.own_report(engine(), g.user, allowed, number)
    return _problem_page(record_page(combined, seen, only=()), sent=sent)


def _problem_page(
    page: RecordPage, errors: Mapping[str, str] | None = None, sent: problems.Problem | None = None
) -> str:
    items = [{"value": "", "text": "Choose"}, *({"value": code, "text": text} for code, text in problems.PARTS.items())]
    context: dict[str, Any] = {
        "form": request.form,
        "errors": errors or {},
        "sent": sent,
        "choices": items,
        "parts": problems.PARTS,
    }
    return render("viewer/problem.html", page=page, **context)


@bp.get("/patients/<uuid:patient_id>/erasure")
@needs(Permission.VIEW_RECORD)
def erasure(patient_id: UUID) -> Any:
    """Where a reader asks that something in this record be erased."""
    allowed, seen, combined = _read(patient_id, "ask for an erasure")
    return _erasure_page(record_page(combined, seen, only=()), allowed)


@bp.post("/patients/<uuid:patient_id>/erasure")
@needs(Permission.VIEW_RECORD)
def ask_erasure(patient_id: UUID) -> Any:
    """Keep the order, then show that it waits for a second person."""
    allowed, seen, combined = _read(patient_id, "ask for an erasure")
    asked, errors = erasures.read_form(request.form)
    page = record_page(combined, seen, only=())
    if not errors:
        try:
            erasures.ask(engine(), g.user, allowed, combined, asked)
        except BadUsage as wrong:
            errors = {"name": str(wrong)}
    return _erasure_page(page, allowed, errors, sent=not errors), 422 if errors else 200


def _erasure_page(
    page: RecordPage, allowed: Grant, errors: Mapping[str, str] | None = None, *, sent: bool = False
) -> str:
    choices = [{"value": "", "text": "Choose"}, *({"value": s.ods, "text": s.name} for s in allowed.sources)]
    context: dict[str, Any] = {"sources": choices, "reasons": erasures.REASONS, "scopes": erasures.SCOPES}
    return render("viewer/erasure.html", page=page, form=request.form, errors=errors or {}, sent=sent, **context)


@bp.get("/patients/<uuid:patient_id>/sections/<code>")
@needs(Permission.VIEW_RECORD)
def section(patient_id: UUID, code: str) -> Any:
    """One section with nothing left out: a page of its own, or in place of the shorter one."""
    if code not in SECTIONS_SHOWN:
        raise NotFound
    allowed, seen, combined = _read(patient_id, f"section {code}")
    return _section_page(combined, seen, code, allowed.as_at)


SECTIONS_SHOWN = frozenset({*ASIDE, *(module.CODE for module in SECTIONS)})


def _read(patient_id: UUID, route: str) -> tuple[Grant, Look, PatientRecord]:
    """Ask, write it down, and only then read."""
    as_at = read_moment(request.args.get("asAt"), clock.now())
    allowed = grant(engine(), g.user, Permission.VIEW_RECORD, patient_id, as_at=as_at, route=route)
    combined = combine(statements.of_patient(engine(), allowed, after_response), allowed.sources, allowed.excluded)
    return allowed, look(patient_id, as_at or clock.now(), allowed.sources, restricted=allowed.restricted), combined


def _section_page(combined: PatientRecord, seen: Look, code: str, as_at: datetime | None) -> Any:
    page = record_page(combined, seen, as_at=as_at, only=())
    if code in ASIDE:
        rows = [one for one in aside(combined, seen, whole=True) if one.code == code]
        return render("viewer/aside.html", part="viewer/_aside.html", page=page, each=rows[0] if rows else None)
    first = request.args.get("from", 0, type=int)
    view = whole_view(combined.section(code), seen, first=first, of=request.args.get("of", 0, type=int))
    return render("viewer/section.html", part="viewer/_section.html", page=page, section=view, html=html)


@bp.errorhandler(OperationalError)
def _unavailable(_: OperationalError) -> Any:
    """A search that could not be made is never mistaken for one that found nobody."""
    if request.endpoint != "viewer.found":
        return error_page(ServiceUnavailable())
    title = "The search is not available"
    return render("error.html", title=title, words=search.NOT_AVAILABLE), 503


@bp.errorhandler(NotAllowed)
def _refused(refused: NotAllowed) -> Any:
    """Where a reason would open the record, ask for it."""
    if refused.ask_reason and request.view_args and not wants_part():
        return _ask_reason(request.view_args["patient_id"]), 403
    return error_page(refused)


def _ask_reason(patient_id: UUID, error: str = "", *, sealed: bool = False) -> str:
    asked = "asked" in request.form or sealed
    return render(
        "viewer/reason.html",
        patient_id=patient_id,
        person=_person_if_known(patient_id),
        then=request.form.get("then", "") if asked else request.full_path.removesuffix("?"),
        items=[{"value": code, "text": text} for code, text in (SEAL_REASONS if sealed else REASONS).items()],
        sealed=sealed,
        error=error,
        chosen=request.form.get("reason", ""),
        words=request.form.get("words", ""),
    )


def _person(patient_id: UUID) -> FoundRow:
    return _in_words(search.Results((search.look(engine(), g.user, patient_id),))).rows[0]


def _person_if_known(patient_id: UUID) -> FoundRow | None:
    """Whose record it is, where this user could find them by searching; written down as there."""
    if not may(g.user, Permission.SEARCH_PATIENTS):
        return None
    try:
        return _person(patient_id)
    except NotFound:
        return None
