"""The questions of an application, page by page: what was typed becomes an application, or words beside each field."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from app.projects import AREAS, DATASETS, LEAST_GROUP, Application
from app.typed import readable

Typed = MultiDict[str, str]
Answers = dict[str, Any]
Read = tuple[Answers, dict[str, str]]
LONGEST_LINE, LONGEST_TEXT, LARGEST_GROUP = 200, 2_000, 1_000
YES, NO = "yes", "no"


def _text(form: Typed, name: str, missing: str, errors: dict[str, str], *, most: int = LONGEST_LINE) -> str:
    value = readable(form.get(name, "")).strip()
    if not value:
        errors[name] = missing
    elif len(value) > most:
        errors[name] = f"Use {most:,} characters or fewer: these are {len(value):,}"
    return value


def _project(form: Typed, today: date) -> Read:
    errors: dict[str, str] = {}
    answers = {
        "title": _text(form, "title", "Enter a title", errors),
        "summary": _text(form, "summary", "Say in plain words what the project is about", errors, most=LONGEST_TEXT),
        "organisation": _text(form, "organisation", "Enter the organisation that will use the data", errors),
        "purpose": _text(form, "purpose", "Say what the data will be used for", errors, most=LONGEST_TEXT),
    }
    return answers, errors


def _law(form: Typed, today: date) -> Read:
    errors: dict[str, str] = {}
    answers = {
        "legal_basis": _text(form, "legal_basis", "Enter the legal basis", errors),
        "agreement": _text(form, "agreement", "Enter the number of the data sharing agreement", errors),
        "expires_on": _day(form, "expires_on", today, errors),
    }
    return answers, errors


def _day(form: Typed, name: str, today: date, errors: dict[str, str]) -> str:
    """The day of three boxes as YYYY-MM-DD; empty where it is none that can be used."""
    try:
        day, month, year = (int(form.get(f"{name}-{part}", "")) for part in ("day", "month", "year"))
        found = date(year, month, day)
    except (ValueError, OverflowError):
        errors[f"{name}-day"] = "Enter a real date for the end of the project, like 31 3 2027"
        return ""
    if found <= today:
        errors[f"{name}-day"] = "The project must end on a later day than today"
    return found.isoformat()


def _data(form: Typed, today: date) -> Read:
    errors: dict[str, str] = {}
    chosen = [name for name in DATASETS if name in form.getlist("datasets")]
    if not chosen:
        errors["datasets"] = "Choose the data that you need"
    area = form.get("area", "")
    if area not in AREAS:
        errors["area"] = "Choose what the data may tell of where people live"
    return {"datasets": chosen, "area": area, "least_group": _group(form, errors)}, errors


def _group(form: Typed, errors: dict[str, str]) -> int:
    text = form.get("least_group", "").strip()
    least = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not LEAST_GROUP <= least <= LARGEST_GROUP:
        errors["least_group"] = f"Enter a whole number from {LEAST_GROUP} to {LARGEST_GROUP:,}"
    return least


def _people(form: Typed, today: date) -> Read:
    errors: dict[str, str] = {}
    answers = {
        "type1_applies": _yes(form, "type1_applies", errors),
        "national_applies": _yes(form, "national_applies", errors),
        "opt_out_reason": readable(form.get("opt_out_reason", "")).strip(),
        "may_lead_back": _yes(form, "may_lead_back", errors),
    }
    applied = answers["type1_applies"] and answers["national_applies"]
    if not errors and not applied:
        _text(form, "opt_out_reason", "Say why an opt-out does not apply: everybody can read it", errors, most=500)
    return answers | ({"opt_out_reason": ""} if applied else {}), errors


def _yes(form: Typed, name: str, errors: dict[str, str]) -> bool:
    if form.get(name) not in {YES, NO}:
        errors[name] = "Choose yes or no"
    return form.get(name) == YES


PAGES: Mapping[str, tuple[str, Callable[[Typed, date], Read]]] = {
    "project": ("About the project", _project),
    "law": ("The law and how long", _law),
    "data": ("The data", _data),
    "people": ("People's choices", _people),
}
"""Each page of questions in its order: its title, and what reads it."""


def unanswered(draft: Mapping[str, Answers]) -> str:
    """The first page without answers; empty where all have them."""
    return next((name for name in PAGES if name not in draft), "")


def application(draft: Mapping[str, Answers]) -> Application:
    """The application of a draft whose pages are all answered."""
    answers = {name: value for page in PAGES for name, value in draft[page].items()}
    parsed = {"datasets": tuple(answers["datasets"]), "expires_on": date.fromisoformat(answers["expires_on"])}
    return Application(**answers | parsed)


def as_typed(answers: Answers) -> Typed:
    """Kept answers as their form would send them, to be changed."""
    typed: Typed = MultiDict()
    for name, value in answers.items():
        if isinstance(value, bool):
            typed[name] = YES if value else NO
        elif isinstance(value, list):
            typed.setlist(name, value)
        elif name == "expires_on":
            typed.update(zip((f"{name}-{part}" for part in ("year", "month", "day")), value.split("-"), strict=True))
        else:
            typed[name] = str(value)
    return typed
