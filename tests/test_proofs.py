"""The long proofs work: at the smallest size."""

from pathlib import Path

import pytest

from tests.benchmarks.stage import Stage
from tests.postgres import Postgres
from tests.proofs import audit, misuse, planted


def test_c51_a_reader_killed_at_any_moment_has_shown_nothing_that_is_not_written_down(
    tmp_path: Path, postgres: Postgres
) -> None:
    found = list(audit.figures(Stage(tmp_path, postgres), tried={"sqlite": 3, "postgresql": 3}, kills=4))
    assert {f.value for f in found if f.name == "audit.attacks_located"} == {100}
    assert {f.params["attack"] for f in found if f.name == "audit.attacks_located"} >= {"rewrite_from", "cut_the_tail"}
    killed = [f for f in found if f.name != "audit.attacks_located"]
    assert [(f.name, f.value) for f in killed] == 2 * [("audit.released_unaudited", 0), ("audit.broken_by_kills", 0)]
    assert all(f.params["released"] >= 4 for f in killed)


def test_planted_misuse_is_found_and_false_alarms_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PEOPLE", 150), ("STAFF", 9), ("EACH", 2)):
        monkeypatch.setattr(planted, name, value)
    found = list(misuse.figures(Stage(tmp_path, Postgres(tmp_path)), seeds=(1,)))
    by_rule = {f.params["rule"]: f.value for f in found if f.name == "misuse.recall"}
    assert by_rule.keys() == {*planted.PLANTS, "all"}
    assert by_rule["no-encounter"] == by_rule["same-surname"] == 100
    [false] = [f.value for f in found if f.name == "misuse.false_alarms"]
    assert false is not None and 0 < false < 100
