"""Every attack that we know of has a test that carries its number; where it finds no door here, that is what is tested.

C1 to C11 are lies in what a provider answers; C12 to C16 answers that are planted or sent again; C17 to C19 a provider
that is down, slow or changes its keys; C20 and C21 ways off the site and planted sessions; C22 to C25 roles, levels and
accounts that are not somebody's; C26 false words that somebody signed out; C27 and C28 the demo's provider elsewhere,
and forged hosts; C29 to C48 ways to what is not one's own; C49 to C56 the record of looks; C57 to C73 hostile input,
the browser and the platform.
"""

import re
from pathlib import Path

KNOWN = {f"C{n}" for n in range(1, 74)}
TESTS = Path(__file__).parents[1]
NUMBER = re.compile(r"\bC\d{1,2}\b")
NAME = re.compile(r"\bdef test_((?:c\d{1,2}_)+)")


def tried() -> set[str]:
    """The numbers in the names and words of all tests."""
    texts = [path.read_text() for path in TESTS.rglob("*.py") if path != Path(__file__)]
    named = {each.upper() for text in texts for names in NAME.findall(text) for each in names.split("_") if each}
    return named.union(*(NUMBER.findall(text) for text in texts)) & KNOWN


def test_every_known_attack_is_tried() -> None:
    assert sorted(KNOWN - tried()) == []
