"""More than 100,000 requests of everybody to everywhere: none may show what a second policy or the audit does not."""

from collections.abc import Iterator
from random import Random

from app import create_app
from tests.benchmarks.stage import Figure, Stage
from tests.feeding import Sender
from tests.oracle import Oracle, asked
from tests.postgres import as_site

TIMES = 60_000


def figures(stage: Stage, *, times: int = TIMES) -> Iterator[Figure]:
    """For each database: how many canaries were shown, and of how many that was wrong. PostgreSQL behind its lock."""
    for kind in stage.databases:
        with stage.database(kind) as url:
            engine = stage.engine(url)
            folder = stage.folder / f"sent-{kind}"
            folder.mkdir()
            settings = stage.settings(as_site(engine, url) if kind == "postgresql" else url)
            oracle = Oracle(create_app(settings), Sender(engine, folder), Random(times)).begin()
            for _ in asked(oracle, times):
                pass
            params = {"db": kind, "requests": oracle.counts["requests"], "shown": oracle.counts["shown"]}
            for name in ("foreign", "not audited", "missing", "failed", "opened"):
                many = sum(1 for one in oracle.wrong if one.startswith(name))
                yield Figure(f"access.{name.replace(' ', '_')}", many, "canaries", params)
            for one in oracle.wrong[:20]:
                yield Figure("access.wrong", None, "", params, one)
            engine.dispose()
