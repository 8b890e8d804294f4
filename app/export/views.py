"""Planners ask for releases and pull them; a second person decides on each before it can be pulled."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, send_file, url_for
from flask.blueprints import BlueprintSetupState

from app import clock, db, projects
from app.access.feeds import feeds
from app.access.gate import engine, needs, or_token, settings
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import BadUsage, NotFound
from app.export import cohorts, home_page, measure_table, release_page, releases, tokens
from app.export.measures import MEASURES
from app.pages import add_link, render

bp = Blueprint("export", __name__)
MEASURE_TITLES = {name: measure.title for name, measure in MEASURES.items()}


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Releases", "export.home", lambda user: may(user, Permission.SEE_RELEASES))


@bp.get("/exports")
@needs(Permission.SEE_RELEASES)
def home() -> Any:
    """A planner's own projects with their releases; for those who decide, what waits for a second person."""
    return _waiting() if may(g.user, Permission.DECIDE_ON_DATA_USE) else _own()


def _own(error: str = "") -> str:
    own = [_work(one) for one in projects.listed(engine(), of=g.user)]
    errors = {"releases": error} if error else {}
    return render("export/home.html", own=own, errors=errors, **_words())


def _work(project: projects.Project) -> home_page.Work:
    found, lists = releases.of_project(engine(), project.id), cohorts.of_project(engine(), project.id)
    return home_page.work(project, found, lists, cohorts.progress(engine(), project.id), clock.today())


def _waiting() -> str:
    found, lists = releases.in_state(engine(), releases.CHECKED), cohorts.in_state(engine(), cohorts.REQUESTED)
    titles = {one.id: one.title for one in projects.listed(engine())}
    return render("export/waiting.html", releases=found, cohorts=lists, titles=titles, **_words())


def _words() -> dict[str, Any]:
    now = clock.now()
    return {"kinds": release_page.KINDS, "state": lambda release: release_page.state_words(release, now)}


@bp.post("/exports/<uuid:project_id>/releases")
@needs(Permission.USE_EXPORTS)
def ask(project_id: UUID) -> Any:
    """Ask for a release. The worker makes it."""
    try:
        made = releases.request(engine(), g.user, project_id, request.form.get("kind", ""))
    except BadUsage as wrong:
        return _own(str(wrong)), 422
    return redirect(url_for("export.release", release_id=made), 303)


@bp.get("/exports/<uuid:release_id>")
@needs(Permission.SEE_RELEASES)
def release(release_id: UUID) -> Any:
    """One release: what the gate said, its files, and how to pull and cite them."""
    return _release(*_seen(release_id))


def _seen(release_id: UUID) -> tuple[releases.Release, projects.Project]:
    """A release with its project, for those who decide and the planner whose project it is. Raises NotFound."""
    found = releases.get(engine(), release_id)
    project = projects.get(engine(), found.project_id)
    if not _decides(g.user) and project.id not in {one.id for one in projects.listed(engine(), of=g.user)}:
        raise NotFound
    return found, project


def _decides(user: User) -> bool:
    return may(user, Permission.DECIDE_ON_DATA_USE)


def _release(found: releases.Release, project: projects.Project, errors: dict[str, str] | None = None) -> str:
    decides = _decides(g.user)
    page = release_page.release_page(found, project, settings().site_url, clock.now(), decides=decides)
    context: dict[str, Any] = {"page": page, "decides": decides, "form": request.form}
    try:
        file = measure_table.opened(engine(), g.user, found, settings().releases_dir)
    except BadUsage as wrong:
        file, errors = None, {"files": str(wrong)}
    context["tables"] = measure_table.read(file, MEASURE_TITLES, _practices())
    return render("export/release.html", errors=errors or {}, **context)


def _practices() -> dict[str, str]:
    with db.read(engine()) as connection:
        return {feed.ods: feed.name for feed in feeds(connection)}


@bp.post("/exports/<uuid:release_id>/decide")
@needs(Permission.DECIDE_ON_DATA_USE)
def decide(release_id: UUID) -> Any:
    """Approve or refuse what the gate let through."""
    decision, words, errors = projects.read_decision(request.form)
    if errors:
        return _release(*_seen(release_id), errors), 422
    try:
        releases.decide(engine(), g.user, release_id, decision, words)
    except BadUsage as wrong:
        return _release(*_seen(release_id), {"decision": str(wrong)}), 422
    return redirect(url_for("export.home"), 303)


def _holder(words: str, address: dict[str, Any]) -> User | None:
    return tokens.holder(engine(), words, address["release_id"])


@bp.get("/exports/<uuid:release_id>/<name>")
@needs(Permission.USE_EXPORTS)
@or_token(_holder)
def file(release_id: UUID, name: str) -> Response:
    """One file of an approved release, written down before a byte goes out."""
    opened = releases.open_file(engine(), g.user, release_id, name, outbox=settings().releases_dir)
    known = releases.files_of(releases.get(engine(), release_id))[name]
    answer = send_file(
        opened, release_page.mime_of(name), as_attachment=True, download_name=name, etag=str(known["sha256"])
    )
    if answer.status_code == 200:
        answer.content_length = int(known["bytes"])
    return answer
