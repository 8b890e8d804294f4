"""How fast a release is made, from the records to files that the gate let through, and how much memory that needs."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from app import projects
from app.access.users import AccessGroupMember, Planner
from app.demo import load_lists
from app.export import releases
from app.export.vault import migrate_vault
from app.ingest import feeds
from app.projects import APPROVED, Application
from tests.benchmarks.stage import Figure, Stage, median, settle

PLANNER = Planner("https://id.example", "planner", "Petra Lane", "")
MEMBER = AccessGroupMember("https://id.example", "member", "Gwen Otto", "")
ASKED = Application(
    title="Benchmark", summary="How long it takes.", organisation="Tamberley ICB", purpose="Planning",
    legal_basis="Regulation 3", agreement="DSA-1", datasets=projects.DATASETS, area="deprivation",
    expires_on=date(2099, 1, 1),
)  # fmt: skip


def figures(stage: Stage) -> Iterator[Figure]:
    """Each database, and four times as many people: memory must not grow with them."""
    for kind in stage.databases:
        for people, runs in ((stage.people, stage.runs), (4 * stage.people, 1)):
            with stage.database(kind) as url:
                project = _prepared(stage, url, people)
                params = {"db": kind, "people": people}
                yield from _made(stage, url, project, runs, params)


def _prepared(stage: Stage, url: str, people: int) -> UUID:
    """A loaded region, its lists, and an approved project."""
    region = stage.region(people)
    settings = stage.settings(url)
    engine = stage.engine(url)
    migrate_vault(settings)
    feeds.load(engine, region / "providers.csv")
    stage.child(url, "ingest_once", "whole", *sorted((region / "day1").iterdir()))
    load_lists(engine, region)
    number = projects.apply(engine, PLANNER, ASKED)
    projects.decide(engine, MEMBER, number, APPROVED, "to be measured")
    settle(engine)
    engine.dispose()
    return number


def _made(stage: Stage, url: str, project: UUID, runs: int, params: dict[str, object]) -> Iterator[Figure]:
    done = [stage.child(url, "export_once", _asked(stage, url, project, releases.ROWS)) for _ in range(runs)]
    measured = stage.child(url, "export_once", _asked(stage, url, project, releases.MEASURES))
    rows = done[0]["rows"]
    params = params | {"rows": rows}
    yield Figure("export.rows_per_cpu_s", median([run["rows"] / run["cpu"] for run in done]), "rows/CPU-s", params)
    yield Figure("export.release_rate", median([run["rows"] / run["wall"] for run in done]), "rows/s", params)
    yield Figure("export.release_s", median([run["wall"] for run in done]), "s", params)
    yield Figure("export.measures_s", measured["wall"], "s", params)
    yield Figure("export.peak_mb", median([run["peak_mb"] for run in done]), "MB", params)


def _asked(stage: Stage, url: str, project: UUID, kind: str) -> UUID:
    engine = stage.engine(url)
    try:
        return releases.request(engine, PLANNER, project, kind)
    finally:
        engine.dispose()
