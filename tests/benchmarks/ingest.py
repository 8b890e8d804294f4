"""How fast feeds are taken, from the gate to what is durable, and how much memory that needs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.ingest import feeds
from tests.benchmarks.stage import SYNTHEA, Figure, Stage, median

PER_S, US = "resources/CPU-s", "µs CPU/resource"


def figures(stage: Stage) -> Iterator[Figure]:
    """For each database and feed: new, the same again, and four times as many people."""
    for kind in stage.databases:
        yield from _feed(stage, {"db": kind, "feed": "uk", "people": stage.people}, stage.region(stage.people))
        if SYNTHEA.exists():
            yield from _feed(stage, {"db": kind, "feed": "synthea"}, None)
        else:
            yield Figure(
                "ingest.rate", None, PER_S, {"db": kind, "feed": "synthea"}, f"skipped: no {SYNTHEA.name} here"
            )
        many = 4 * stage.people
        run = _runs(stage, kind, stage.region(many), "whole")[0]
        params = {"db": kind, "feed": "uk", "people": many, "resources": run["received"]}
        yield Figure("ingest.rate", run["received"] / run["cpu"], PER_S, params)
        yield Figure("ingest.peak_mb", run["peak_mb"], "MB", params)


def _feed(stage: Stage, params: dict[str, Any], region: Path | None) -> Iterator[Figure]:
    done = [_runs(stage, params["db"], region, "whole") for _ in range(stage.runs)]
    first, again = [run[0] for run in done], [run[1] for run in done]
    size = first[0]["received"]
    params = params | {"resources": size}
    yield Figure("ingest.rate", median([size / run["cpu"] for run in first]), PER_S, params)
    yield Figure("ingest.wall_rate", median([size / run["wall"] for run in first]), "resources/s", params)
    yield Figure("ingest.unchanged_rate", median([size / run["cpu"] for run in again]), PER_S, params)
    yield Figure("ingest.peak_mb", median([run["peak_mb"] for run in first]), "MB", params)
    parts = _runs(stage, params["db"], region, "parts")[0]
    rest = parts["cpu"] - parts["gate"] - parts["link"]
    for name, seconds in (("gate", parts["gate"]), ("link", parts["link"]), ("store", rest)):
        yield Figure(f"ingest.{name}_us", seconds / size * 1e6, US, params)


def _runs(stage: Stage, kind: str, region: Path | None, what: str) -> list[dict[str, Any]]:
    """The feed into an empty database, and again, each in a process of its own."""
    folders = sorted((region / "day1").iterdir()) if region else [SYNTHEA]
    with stage.database(kind) as url:
        if region:
            engine = stage.engine(url)
            feeds.load(engine, region / "providers.csv")
            engine.dispose()
        first, again = (stage.child(url, "ingest_once", what, *folders) for _ in range(2))
    if again["unchanged"] + again["quarantined"] != again["received"]:
        raise RuntimeError(f"the same feed again was not unchanged: {again}")
    return [first, again]
