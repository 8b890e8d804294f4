"""The long proofs work: at the smallest size, on both databases."""

from pathlib import Path

from tests.benchmarks.stage import Stage
from tests.postgres import Postgres
from tests.proofs import audit


def test_c51_a_reader_killed_at_any_moment_has_shown_nothing_that_is_not_written_down(
    tmp_path: Path, postgres: Postgres
) -> None:
    found = list(audit.figures(Stage(tmp_path, postgres), tried={"sqlite": 3, "postgresql": 3}, kills=4))
    assert {f.value for f in found if f.name == "audit.attacks_located"} == {100}
    assert {f.params["attack"] for f in found if f.name == "audit.attacks_located"} >= {"rewrite_from", "cut_the_tail"}
    killed = [f for f in found if f.name != "audit.attacks_located"]
    assert [(f.name, f.value) for f in killed] == 2 * [("audit.released_unaudited", 0), ("audit.broken_by_kills", 0)]
    assert all(f.params["released"] > 4 for f in killed)
