"""A planner sends a list of codes back to care; a second person decides on it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for

from app import projects
from app.access.gate import engine, needs
from app.access.permissions import Permission
from app.export import cohorts
from app.pages import render

bp = Blueprint("cohorts", __name__)


@bp.get("/exports/<uuid:project_id>/cohort")
@needs(Permission.USE_EXPORTS)
def form(project_id: UUID) -> Any:
    """Where the codes are pasted, with a title and why it helps."""
    return _form(cohorts.leading_back(engine(), g.user, project_id), {})


@bp.post("/exports/<uuid:project_id>/cohort")
@needs(Permission.USE_EXPORTS)
def send(project_id: UUID) -> Any:
    """Keep the list for a second person."""
    project = cohorts.leading_back(engine(), g.user, project_id)
    sent = request.files["file"].read() if "file" in request.files else b""
    asked, errors = cohorts.read_form(request.form, sent)
    if asked is None:
        return _form(project, errors), 422
    cohorts.ask(engine(), g.user, project_id, asked)
    return redirect(url_for("export.home"), 303)


def _form(project: projects.Project, errors: dict[str, str]) -> str:
    return render("export/cohort.html", project=project, form=request.form, errors=errors, most=cohorts.MOST)


@bp.get("/exports/cohorts/<uuid:cohort_id>/decide")
@needs(Permission.DECIDE_ON_DATA_USE)
def consider(cohort_id: UUID) -> Any:
    """One list: what it is for and how long it is, without its codes."""
    return _consider(cohorts.get(engine(), cohort_id), {})


@bp.post("/exports/cohorts/<uuid:cohort_id>/decide")
@needs(Permission.DECIDE_ON_DATA_USE)
def decide(cohort_id: UUID) -> Any:
    """Approve or refuse the list."""
    decision, words, errors = projects.read_decision(request.form)
    if errors:
        return _consider(cohorts.get(engine(), cohort_id), errors), 422
    cohorts.decide(engine(), g.user, cohort_id, decision, words)
    return redirect(url_for("export.home"), 303)


def _consider(cohort: cohorts.Cohort, errors: dict[str, str]) -> str:
    project = projects.get(engine(), cohort.project_id)
    context: dict[str, Any] = {"cohort": cohort, "project": project, "form": request.form}
    return render("export/cohort_decide.html", errors=errors, waits=cohort.state == cohorts.REQUESTED, **context)
