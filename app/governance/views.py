"""Uses of data: who may ask, who decides, and what everybody may read of it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.datastructures import MultiDict

from app import clock, projects
from app.access import sessions
from app.access.gate import engine, needs, open_to_all
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import BadUsage, NotFound
from app.governance import applying, register
from app.governance.page import answered, entry_rows
from app.pages import add_link, render

bp = Blueprint("governance", __name__)
DRAFT = "application"


@bp.record
def _offer(state: BlueprintSetupState) -> None:
    add_link(state.app, "Uses of data", "governance.data_uses", _is_concerned)


def _is_concerned(user: User) -> bool:
    return may(user, Permission.USE_EXPORTS) or may(user, Permission.DECIDE_ON_DATA_USE)


@bp.get("/how-we-use-your-data")
@open_to_all
def how_we_use_your_data() -> Any:
    """What is done with people's data, why, by whom, and for how long."""
    return render("governance/how_we_use_your_data.html")


@bp.get("/your-choices")
@open_to_all
def your_choices() -> Any:
    """What people can refuse, and what each refusal does and does not do."""
    return render("governance/your_choices.html")


@bp.get("/data-uses")
@open_to_all
def data_uses() -> Any:
    """The register, for everybody; those who decide see first what waits for them."""
    everything = projects.listed(engine())
    waiting = [one for one in everything if not one.decision] if _decides() else []
    listed = register.entries(everything)
    return render("governance/data_uses.html", entries=listed, waiting=waiting, rows=entry_rows)


def _decides() -> bool:
    return g.user is not None and may(g.user, Permission.DECIDE_ON_DATA_USE)


@bp.get("/data-uses.json")
@open_to_all
def data_uses_json() -> Any:
    """The register for machines."""
    return jsonify(register.as_json(register.entries(projects.listed(engine()))))


@bp.get("/data-uses.csv")
@open_to_all
def data_uses_csv() -> Any:
    """The register as a table."""
    table = register.as_csv(register.entries(projects.listed(engine())))
    named = {"Content-Disposition": 'attachment; filename="data-uses.csv"'}
    return Response(table, mimetype="text/csv", headers=named)


@bp.get("/data-uses/apply")
@needs(Permission.USE_EXPORTS)
def start() -> Any:
    """What an application asks for, before the first question."""
    return render("governance/apply.html", pages=applying.PAGES, begun=bool(_draft()))


@bp.get("/data-uses/apply/<page>")
@needs(Permission.USE_EXPORTS)
def questions(page: str) -> Any:
    """One page of questions, with the answers given so far."""
    return _questions(_known(page), applying.as_typed(_draft().get(page, {"least_group": projects.LEAST_GROUP})))


@bp.post("/data-uses/apply/<page>")
@needs(Permission.USE_EXPORTS)
def answer(page: str) -> Any:
    """Keep the answers of one page in this session, then on to the next page without any."""
    answers, errors = applying.PAGES[_known(page)][1](request.form, clock.today())
    if errors:
        return _questions(page, request.form, errors), 422
    draft = sessions.change(engine(), g.session.sid_hash, lambda data: _with(data, page, answers))
    following = applying.unanswered(draft or {})
    return redirect(_at(following) if following else url_for("governance.check"), 303)


def _with(data: sessions.Data, page: str, answers: applying.Answers) -> dict[str, applying.Answers]:
    draft: dict[str, applying.Answers] = data.setdefault(DRAFT, {})
    draft[page] = answers
    return draft


def _at(page: str) -> str:
    return url_for("governance.questions", page=page)


@bp.get("/data-uses/apply/check")
@needs(Permission.USE_EXPORTS)
def check() -> Any:
    """Everything that was answered, before it is sent."""
    draft = _draft()
    if missing := applying.unanswered(draft):
        return redirect(_at(missing), 303)
    return _check(applying.application(draft))


def _check(asked: projects.Application, error: str = "") -> str:
    errors = {"answers": error} if error else {}
    return render("governance/apply_check.html", asked=asked, errors=errors, answered=answered)


@bp.post("/data-uses/apply/check")
@needs(Permission.USE_EXPORTS)
def send() -> Any:
    """Send the application to those who decide."""
    draft = _draft()
    if missing := applying.unanswered(draft):
        return redirect(_at(missing), 303)
    asked = applying.application(draft)
    try:
        projects.apply(engine(), g.user, asked)
    except BadUsage as wrong:
        return _check(asked, str(wrong)), 422
    sessions.change(engine(), g.session.sid_hash, lambda data: data.pop(DRAFT, None))
    return redirect(url_for("export.home"), 303)


@bp.get("/data-uses/<uuid:project_id>/decide")
@needs(Permission.DECIDE_ON_DATA_USE)
def consider(project_id: UUID) -> Any:
    """One application whole, and the form of the decision."""
    return _decision(projects.get(engine(), project_id), {}, {})


@bp.post("/data-uses/<uuid:project_id>/decide")
@needs(Permission.DECIDE_ON_DATA_USE)
def decide(project_id: UUID) -> Any:
    """Keep the decision, which is public from then on."""
    project = projects.get(engine(), project_id)
    decision, words, errors = projects.read_decision(request.form)
    if errors:
        return _decision(project, request.form, errors), 422
    projects.decide(engine(), g.user, project_id, decision, words)
    return redirect(url_for("governance.data_uses"), 303)


def _decision(project: projects.Project, form: Any, errors: dict[str, str]) -> str:
    who = projects.who(project.applicant)
    return render("governance/decide.html", asked=project, who=who, form=form, errors=errors, answered=answered)


def _draft() -> dict[str, applying.Answers]:
    draft: dict[str, applying.Answers] = g.session.data.get(DRAFT, {})
    return draft


def _known(page: str) -> str:
    if page not in applying.PAGES:
        raise NotFound
    return page


def _questions(page: str, form: "MultiDict[str, str]", errors: dict[str, str] | None = None) -> str:
    context: dict[str, Any] = {
        "page": page,
        "title": applying.PAGES[page][0],
        "number": f"Page {list(applying.PAGES).index(page) + 1} of {len(applying.PAGES)}",
        "form": form,
        "errors": errors or {},
        "datasets": projects.DATASET_WORDS,
        "areas": projects.AREA_WORDS,
    }
    return render(f"governance/apply_{page}.html", **context)
