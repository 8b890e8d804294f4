"""The privacy officer's search of the record of looks. Posted, so that neither a number nor a name is in an address."""

from typing import Any

from flask import Blueprint, g, request

from app.access.gate import engine, needs
from app.access.look_words import KIND_WORDS
from app.access.permissions import Permission
from app.governance.looks_search import Asked, Found, read_form, search
from app.pages import render

bp = Blueprint("looks_search", __name__)
FIELDS = ("nhs_number", "staff", "organisation", "kind", "since", "until")


@bp.get("/access-review/search")
@needs(Permission.REVIEW_ACCESS)
def form() -> Any:
    """What can be searched by."""
    return _page()


@bp.post("/access-review/search")
@needs(Permission.REVIEW_ACCESS)
def found() -> Any:
    """A page of what was found."""
    asked, errors = read_form(request.form)
    if errors:
        return _page(errors=errors), 422
    return _page(search(engine(), g.user, asked), asked)


def _page(result: Found | None = None, asked: Asked | None = None, errors: dict[str, str] | None = None) -> str:
    kept = {name: request.form.get(name, "") for name in FIELDS}
    if asked and asked.by_look:
        kept["by_look"] = str(asked.by_look)
    kinds = [{"value": str(kind), "text": words} for kind, words in KIND_WORDS.items()]
    context: dict[str, Any] = {"result": result, "kept": kept, "kind_items": kinds, "errors": errors or {}}
    return render("governance/looks_search.html", **context)
