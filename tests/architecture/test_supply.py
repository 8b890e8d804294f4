"""What the project takes from others is pinned, whole and new enough, and it gives no secret of its own away."""

import re
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
LEAST = {"authlib": (1, 6, 11), "flask": (3, 1, 3), "joserfc": (1, 0, 0), "werkzeug": (3, 1, 0)}
"""The first releases without a hole that is known to matter here."""
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|\bxox[abp]-[A-Za-z0-9-]{20,}"
    r"|(?i:password|secret|api_key)\s*[:=]\s*[\"'][A-Za-z0-9+/=_-]{20,}[\"']"
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no clone: git lists no files")
    return [path for name in listed.stdout.split("\0") if name and (path := HOME / name).is_file()]


def test_c70_no_file_of_the_project_holds_a_secret() -> None:
    found = [path.name for path in tracked() if SECRETS.search(path.read_text(errors="replace"))]
    assert found == []


def test_c70_a_key_that_was_left_in_a_file_would_be_found() -> None:
    assert SECRETS.search("-----BEGIN " + "RSA PRIVATE KEY-----")
    assert SECRETS.search("client_" + 'secret = "' + "a1" * 16 + '"')


def locked() -> dict[str, tuple[tuple[int, ...], int]]:
    """Each requirement with its version and how many hashes it has."""
    text = (HOME / "requirements.lock").read_text().replace("\\\n", " ")
    found = re.findall(r"^([a-z0-9.\-_]+)==([0-9.]+)[^\n]*", text, re.MULTILINE | re.IGNORECASE)
    hashes = {line.partition("==")[0]: line.count("--hash=sha256:") for line in text.splitlines() if "==" in line}
    return {name: (tuple(map(int, version.strip(".").split("."))), hashes[name]) for name, version in found}


def test_c73_every_dependency_is_pinned_with_its_hashes() -> None:
    assert len(locked()) > 30
    assert [name for name, (_, hashes) in locked().items() if not hashes] == []


@pytest.mark.parametrize("name", LEAST)
def test_c73_what_was_mended_elsewhere_is_mended_here(name: str) -> None:
    assert locked()[name][0] >= LEAST[name]


def test_c73_what_reads_xml_unsafely_is_not_there() -> None:
    assert "lxml" not in locked() or locked()["lxml"][0] >= (6, 1, 0)
