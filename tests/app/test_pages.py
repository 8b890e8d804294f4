"""The frame of every page: page or part, error pages that tell nothing, and no silent typos in templates."""

from pathlib import Path

import pytest
from flask import Flask, abort, render_template_string
from jinja2 import UndefinedError
from markupsafe import escape

from app import pages
from app.errors import BadUsage, NotAllowed, NotFound, NotReady

TEMPLATES = Path(pages.__file__).parent / "templates"
SECRET = "SMITH 943 476 5919"


@pytest.fixture
def app():
    made = Flask("app")
    pages.install(made)
    errors = {
        "refused": NotAllowed(), "missing": NotFound(SECRET), "wrong": BadUsage("asAt must be a date"),
        "unready": NotReady(SECRET), "broken": RuntimeError(SECRET),
    }  # fmt: skip

    @made.get("/<name>")
    def fail(name):
        raise errors[name] if name in errors else abort(404)

    @made.get("/page")
    def page():
        return pages.render("error.html", part="error_part.html", title="Whole", words="…")

    made.jinja_env.loader = _with_part(made.jinja_env.loader)
    return made


def _with_part(loader):
    from jinja2 import ChoiceLoader, DictLoader

    return ChoiceLoader([DictLoader({"error_part.html": "<p>{{ title }}</p>"}), loader])


@pytest.mark.parametrize(
    ("path", "status"), [("/refused", 403), ("/missing", 404), ("/wrong", 400), ("/unready", 503), ("/broken", 500)]
)
def test_an_error_page_tells_nothing_of_a_person(app, path, status):
    answer = app.test_client().get(path)
    assert answer.status_code == status
    assert SECRET not in answer.text
    assert "<h1" in answer.text


def test_unknown_and_hidden_pages_look_the_same(app):
    client = app.test_client()
    assert client.get("/missing").data == client.get("/no-such-page").data


def test_a_wrong_method_says_which_are_right(app):
    answer = app.test_client().post("/page")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("headers", "whole"),
    [
        ({}, True),
        ({"HX-Request": "true"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, True),
    ],
)
def test_htmx_gets_the_part_and_everyone_else_the_page(app, headers, whole):
    answer = app.test_client().get("/page", headers=headers)
    assert ("<html" in answer.text) is whole
    assert "HX-Request" in answer.headers["Vary"]


def test_an_error_in_place_of_a_part_brings_a_whole_new_page(app):
    answer = app.test_client().get("/broken?a=1", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/broken?a=1"


def test_a_name_that_is_missing_is_never_shown_as_nothing(app):
    with app.test_request_context("/"), pytest.raises(UndefinedError):
        render_template_string("{{ no_such_name }}")


def test_the_nhs_components_escape_what_they_are_given(app):
    with app.test_request_context("/"):
        shown = render_template_string('{{ nhsuk.input(id="a", name="a", label={"text": words}) }}', words="<b>")
    assert escape("<b>") in shown
    assert "<b>" not in shown


def test_every_page_tells_htmx_to_keep_nothing_and_run_nothing(app):
    shown = app.test_client().get("/page").text
    for setting in ("historyCacheSize", "allowEval", "selfRequestsOnly", "allowScriptTags"):
        assert setting in shown


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_places_and_does_not_think(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 120
    for banned in (
        "{% elif",
        "style=",
        "onclick",
        "<script>",
        "accesskey",
        "None",
        "|safe",
        "click here",
        "up to date",
    ):
        assert banned not in text
