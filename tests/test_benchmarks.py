"""The benchmarks work: at the smallest size, without a clock in any assertion."""

import json
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import audit, export, ingest, keys, page, portal
from tests.benchmarks.__main__ import show
from tests.benchmarks.stage import Figure, Stage
from tests.postgres import Postgres


def smallest(folder: Path) -> Stage:
    return Stage(folder, Postgres(folder), people=3, crowd=4, sizes=(60,), looks=10, runs=1, databases=("sqlite",))


def test_the_page_of_each_size_is_measured_alone_and_in_a_crowd(tmp_path):
    found = list(page.figures(smallest(tmp_path)))
    assert {f.params["people"] for f in found if f.name == "page.p95_ms"} == {1, 4}
    assert {f.name for f in found} >= {"page.p50_ms", "combine.ms", "page.read_ms", "page.render_ms", "page.audit_ms"}
    assert all(f.value is not None and f.value > 0 for f in found)


def test_a_process_of_its_own_takes_a_feed_and_tells_where_the_time_went(tmp_path):
    stage = smallest(tmp_path)
    first, again = ingest._runs(stage, "sqlite", stage.region(3), "parts")
    assert first["stored"] > 100
    assert first["unchanged"] == 0
    assert again["unchanged"] == again["received"] == first["received"]
    assert first["gate"] + first["link"] < first["cpu"]


def test_readings_sent_to_a_real_server_are_each_kept_once_and_seen(tmp_path):
    found = list(portal.figures(replace(smallest(tmp_path), submissions=20)))
    assert [f.name for f in found] == ["portal.submit_p95_ms", "portal.submit_p95_ms", "portal.visible_p95_s"]
    assert [f.params.get("at_once") for f in found] == [8, 20, None]


def test_a_process_of_its_own_makes_a_release_and_tells_what_it_cost(tmp_path):
    stage = replace(smallest(tmp_path), people=40)
    found = {f.name: f.value for f in export.figures(stage) if f.params["people"] == 40}
    assert set(found) >= {"export.rows_per_cpu_s", "export.release_rate", "export.peak_mb"}
    assert all(value > 0 for value in found.values())


def test_a_chain_of_looks_is_checked_from_end_to_end(tmp_path):
    stage = replace(smallest(tmp_path), chain=7)
    found = audit._verified(stage, stage._migrated(f"sqlite:///{tmp_path / 'chain.db'}"), "sqlite")
    assert found.params["rows"] == 7
    assert found.value > 0


def test_every_key_is_wrapped_anew(tmp_path):
    [found] = keys.figures(replace(smallest(tmp_path), data_keys=10))
    assert found.params["keys"] == keys.AT_ONCE + 3 + 1, "of source patients, the installation's, and nobody's"


def test_a_figure_is_one_line_and_one_that_is_missing_says_why(capsys):
    figure = Figure("ingest.rate", None, "resources/CPU-s", {"feed": "synthea"}, "skipped: not here")
    assert json.loads(figure.line)["why"] == "skipped: not here"
    show(figure)
    assert "skipped: not here" in capsys.readouterr().out
    plain = json.loads(Figure("start.seconds", 0.5, "s", {"db": "sqlite"}).line)
    assert plain == {"name": "start.seconds", "value": 0.5, "unit": "s", "params": {"db": "sqlite"}}
