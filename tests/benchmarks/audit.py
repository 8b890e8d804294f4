"""How many looks a second can be written down, when eight processes write at once; and how many can be checked."""

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from uuid import UUID

from app import audit, db
from app.db import engine_for
from app.keyring import attach
from tests.benchmarks.stage import Figure, Stage, percentile, settle

WRITERS = 8
AT_ONCE = 5_000
_ACTOR = {"iss": "https://id.example", "sub": "1", "name": "Dr Grace Hall", "role": "GP", "session": "0" * 64}
_PERSON = UUID(int=1)


def figures(stage: Stage) -> Iterator[Figure]:
    """The rate over all writers, and how long the unlucky one in a hundred waits."""
    for kind in stage.databases:
        with stage.database(kind) as url:
            spawn = multiprocessing.get_context("spawn")
            start = time.time() + 4
            with ProcessPoolExecutor(WRITERS, mp_context=spawn) as writers:
                told = zip(*[(url, stage.keys(), start, stage.looks)] * WRITERS, strict=True)
                done = list(writers.map(_write, *told))
        waits = [wait for _, own in done for wait in own]
        seconds = max(end for end, _ in done) - start
        params = {"db": kind, "writers": WRITERS}
        yield Figure("audit.views_per_s", len(waits) / seconds, "looks/s", params)
        yield Figure("audit.p99_ms", percentile(waits, 0.99) * 1000, "ms", params)
        with stage.database(kind) as url:
            yield _verified(stage, url, kind)


def _verified(stage: Stage, url: str, kind: str) -> Figure:
    """How fast a chain of looks is checked from its first row to its last. They are written many at a time."""
    engine = stage.engine(url)
    packed = audit.pack(_event().items)
    for first in range(0, stage.chain, AT_ONCE):
        with db.write(engine) as connection:
            for _ in range(min(AT_ONCE, stage.chain - first)):
                audit._append(connection, _event(), packed)
    settle(engine)
    started = time.perf_counter()
    held, broken = audit.verify(engine)
    seconds = time.perf_counter() - started
    engine.dispose()
    if broken or held != stage.chain:
        raise RuntimeError(f"the chain does not hold at {broken}")
    return Figure("audit.verify_rows_per_s", held / seconds, "rows/s", {"db": kind, "rows": held})


def _event() -> audit.Event:
    return audit.Event("view-record", "allowed", _ACTOR, _PERSON, {"route": "record"}, range(0, 1000, 5), range(5))


def _write(url: str, keys: Path, start: float, looks: int) -> tuple[float, list[float]]:
    """When this writer was done, and how long each look took to write down. All start together."""
    engine = attach(engine_for(url), keys)
    event = _event()
    with engine.connect():
        pass
    time.sleep(max(0, start - time.time()))
    waits = []
    for _ in range(looks):
        began = time.perf_counter()
        audit.append(engine, event)
        waits.append(time.perf_counter() - began)
    engine.dispose()
    return time.time(), waits
