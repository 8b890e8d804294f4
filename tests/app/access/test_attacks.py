"""Every attack on signing in that we know of has a test that carries its number.

C1 to C11 are lies in what a provider answers; C12 to C16 answers that are planted or sent again; C17 to C19 a provider
that is down, slow or changes its keys; C20 and C21 ways off the site and planted sessions; C22 to C25 roles, levels and
accounts that are not somebody's; C26 false words that somebody signed out; C27 and C28 the demo's provider elsewhere,
and forged hosts.
"""

import re
from pathlib import Path

KNOWN = {f"C{n}" for n in range(1, 29)}
TESTS = Path(__file__).parents[2]


def test_every_known_attack_has_a_test() -> None:
    files = [TESTS / "hostile.py", *(TESTS / "app" / "access").glob("*.py"), *(TESTS / "app" / "accounts").glob("*.py")]
    named = {n for path in files if path != Path(__file__) for n in re.findall(r"\bC\d+\b", path.read_text())}
    assert named >= KNOWN, KNOWN - named
