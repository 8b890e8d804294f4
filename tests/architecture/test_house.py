"""The house stays as it was drawn: imports, names, sizes, and a README that does not lie."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from app import backup_commands, demo_commands, export_commands, feed_commands, record_commands, staff_commands
from app.cli import audit_group, database, keys, migrate, worker
from app.export import dictionary
from fhir import documents, encounters, plans, social
from fhir.record import SECTIONS

ROOT = Path(__file__).parents[2]
MODULES = sorted(p for folder in ("app", "fhir") for p in (ROOT / folder).rglob("*.py"))
DRAWERS = {"utils", "helpers", "common", "misc", "util"}


def test_imports_go_downwards_only() -> None:
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_the_name_fhir_is_ours_and_the_librarys_at_once() -> None:
    assert importlib.import_module("fhir.record").combine
    assert importlib.import_module("fhir.resources.R4B").get_fhir_model_class("Patient")


def test_there_are_no_drawers() -> None:
    assert not [p for p in MODULES if p.stem in DRAWERS]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is_and_stays_readable(path: Path) -> None:
    source = path.read_text()
    assert ast.get_docstring(ast.parse(source)), "no docstring"
    assert len(source.splitlines()) <= 400, "too long for one subject"


def commands() -> set[str]:
    found: set[str] = set()
    everything = (migrate, database, worker, keys, audit_group, *feed_commands.COMMANDS, *record_commands.COMMANDS)
    others = (export_commands, staff_commands, demo_commands, backup_commands)
    for one in (*everything, *(command for module in others for command in module.COMMANDS)):
        inner = one.commands if isinstance(one, click.Group) else {}
        found |= {f"{one.name} {name}" for name in inner} or {str(one.name)}
    return found


def test_the_readme_names_every_command_and_no_other() -> None:
    text = (ROOT / "README.md").read_text()
    table = text.split("## Commands")[1].split("## Run it")[0]
    named = {
        " ".join(w for w in re.split(r"[ \[]", cell) if w and w.islower() and "-" not in w[:1] and w.isalpha())
        for row in table.splitlines()
        if row.startswith("| `")
        for cell in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert named == commands()


def rule(module: ModuleType) -> str:
    """The sentence of its docstring that says what makes two statements one line."""
    (found,) = re.findall(r"^One line: (.*?\.)$", module.__doc__ or "", re.DOTALL | re.MULTILINE)
    return " ".join(found.split())


def kinds(module: ModuleType) -> str:
    """What its statements may differ in; what it has from other sections is named by these."""
    others = {plans: (documents,), social: (plans, encounters)}.get(module, ())
    known = {kind for other in others for kind in other.DIFFERENCES}
    own = ", ".join(kind for kind in module.DIFFERENCES if kind not in known)
    return "; ".join((own, *(f"as {other.TITLE}" for other in others)))


def test_the_readme_says_what_makes_one_line_and_what_a_difference() -> None:
    rows = [f"| {m.TITLE} | {rule(m).rstrip('.')} | {kinds(m)} |" for m in SECTIONS]
    table = "\n".join(("| section | one line | may differ in |", "|---|---|---|", *rows))
    assert table in (ROOT / "README.md").read_text(), f"the table is now:\n{table}"


def test_the_readme_says_which_columns_leave() -> None:
    columns = {name: [one.name for one in own] for name, own in dictionary.EVERY.items()}
    rows = [f"| {name} | {', '.join(own)} |" for name, own in columns.items()]
    table = "\n".join(("| data set | columns |", "|---|---|", *rows))
    assert table in (ROOT / "README.md").read_text(), f"the table is now:\n{table}"


def test_every_setting_of_the_environment_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    source = (ROOT / "app" / "settings.py").read_text()
    for name in set(re.findall(r'env\.get\(\s*"([A-Z_]+)"', source)):
        assert name in text, name


def test_nothing_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace").replace("/realms/root/realms/", "")  # of an issuer
        for word in ("/work/", "files.pythonhosted", "registry.npmjs", "deb.debian.org", "/root/"):
            assert word not in text, f"{word} in {name}"
