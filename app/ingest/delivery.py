"""A delivery: one run over a source's files, unit by unit, each durable when it is counted."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, RowMapping, insert, update

from app import clock, db
from app.crypto import Keys
from app.ingest.taking import Counts, Feed, take, waiting
from app.tables import deliveries, providers
from fhir import gate

Progress = Callable[[Counts], None]
TOGETHER = 500
"""How many resources of small Bundles and files are kept in one transaction."""


def ingest(
    engine: Engine, keys: Keys, provider: RowMapping, paths: Iterable[Path], progress: Progress | None = None
) -> dict[str, Any]:
    """Take everything in these files and folders. What was kept when it stops half-way stays kept; sending again
    changes nothing that is held. Answers the totals that `flask ingest --json` prints."""
    started = time.perf_counter()
    feed = _begin(engine, provider)
    total = Counts()
    try:
        for unit in _together(unit for path in paths for unit in gate.units(path)):
            total.add(take(engine, keys, feed, unit))
            if progress:
                progress(total)
    except BaseException:
        _failed(engine, feed)
        raise
    return _finish(engine, feed, total) | {"seconds": round(time.perf_counter() - started, 3)}


def _together(units: Iterable[gate.Unit]) -> Iterator[gate.Unit]:
    """Small units joined, so that what makes a commit durable is paid once for some hundreds of resources."""
    joined: gate.Unit = []
    for unit in units:
        if joined and len(joined) + len(unit) > TOGETHER:
            yield joined
            joined = []
        joined += unit
    if joined:
        yield joined


def _begin(engine: Engine, provider: RowMapping) -> Feed:
    now = clock.now()
    nothing = dict.fromkeys(("received", "stored", "unchanged", "updated", "irregular", "quarantined"), 0)
    with db.write(engine) as connection:
        row = connection.execute(insert(deliveries).values(ods=provider["ods"], started_at=now, **nothing))
        own = providers.c.ods == provider["ods"]
        connection.execute(update(providers).where(own).values(last_delivery_at=now))
    number = row.inserted_primary_key
    return Feed.of(provider, int(number[0]) if number else 0)


def _failed(engine: Engine, feed: Feed) -> None:
    with db.write(engine) as connection:
        own = providers.c.ods == feed.ods
        connection.execute(update(providers).where(own).values(failures=providers.c.failures + 1))


def _finish(engine: Engine, feed: Feed, total: Counts) -> dict[str, Any]:
    now = clock.now()
    with db.write(engine) as connection:
        counted = {"received": total.received, "unchanged": total.unchanged}
        connection.execute(
            update(deliveries).where(deliveries.c.id == feed.delivery_id).values(finished_at=now, **counted)
        )
        connection.execute(update(providers).where(providers.c.ods == feed.ods).values(last_success_at=now))
        still = waiting(connection, feed.ods)
    return asdict(total) | {"waiting": still}
