"""A delivery: one run over a source's files, unit by unit, each durable when it is counted."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, RowMapping, insert, update

from app import clock, db
from app.ingest.taking import Counts, Feed, take, waiting
from app.tables import deliveries, providers
from fhir import gate, kept_apart

Progress = Callable[[Counts], None]
LIMITS = gate.Limits()
"""How many resources of small Bundles and files are kept in one transaction, and how many bytes of them: as a unit."""


def ingest(
    engine: Engine, provider: RowMapping, paths: Iterable[Path], progress: Progress | None = None
) -> dict[str, Any]:
    """Take everything in these files and folders, each a delivery, in the order given.

    What was kept when it stops half-way stays kept; sending again changes nothing that is held. Answers the totals
    that `flask ingest --json` prints.
    """
    started = time.perf_counter()
    total, still = Counts(), 0
    for path in paths:
        still = _deliver(engine, provider, path, total, progress)
    return asdict(total) | {"waiting": still, "seconds": round(time.perf_counter() - started, 3)}


def _deliver(engine: Engine, provider: RowMapping, path: Path, total: Counts, progress: Progress | None) -> int:
    """One delivery, counted into the total. How many of the source's statements wait for their Patient after it."""
    feed, own = _begin(engine, provider), Counts()
    try:
        for unit in _together(gate.units(path, LIMITS)):
            counts = take(engine, feed, unit)
            own.add(counts)
            total.add(counts)
            if progress:
                progress(total)
    except BaseException:
        _failed(engine, feed)
        raise
    return _finish(engine, feed, own)


def set_aside(engine: Engine, provider: RowMapping, path: Path) -> None:
    """Tell in quarantine of a file that fails whenever it is tried. What was kept of it stays."""
    take(engine, _begin(engine, provider), [kept_apart.file(path, "file 1", gate.Reason.UNREADABLE)])


def _together(units: Iterable[gate.Unit]) -> Iterator[gate.Unit]:
    """Small units joined, so that what makes a commit durable is paid once for some hundreds of resources."""
    joined: gate.Unit = []
    size = 0
    for unit in units:
        more = sum(len(one.body) for one in unit)
        if joined and (len(joined) + len(unit) > LIMITS.batch or size + more > LIMITS.together):
            yield joined
            joined, size = [], 0
        joined += unit
        size += more
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


def _finish(engine: Engine, feed: Feed, total: Counts) -> int:
    now = clock.now()
    with db.write(engine) as connection:
        counted = {"received": total.received, "unchanged": total.unchanged}
        connection.execute(
            update(deliveries).where(deliveries.c.id == feed.delivery_id).values(finished_at=now, **counted)
        )
        connection.execute(update(providers).where(providers.c.ods == feed.ods).values(last_success_at=now))
        return waiting(connection, feed.ods)
