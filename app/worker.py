"""What runs beside the site: takes what lands, makes releases, leads lists back to care; and watches over the record of
looks, at the same time, as a large feed takes hours. No step stops another."""

import logging
import time
from collections.abc import Callable, Mapping
from math import inf
from threading import Thread
from typing import NoReturn

from sqlalchemy import Engine

from app import audit_heads, crypto
from app.errors import NotReady
from app.export import cohorts, releases, vault
from app.governance.watching import watch
from app.ingest.worker import take_landed
from app.projects import APPROVED
from app.retention import let_go
from app.settings import Settings

log = logging.getLogger(__name__)
Step = Callable[[], int]
FAILED, HOUR = -1, 3600


def steps(engine: Engine, settings: Settings) -> dict[str, Step]:
    """What is to be done at each look, in this order; each gives how much it has done."""
    return {
        "files taken": lambda: _files(engine, settings),
        "releases made": lambda: _releases(engine, settings),
        "lists led back": lambda: _lists(engine, settings),
        "rows let go": _hourly(lambda: let_go(engine, settings)),
    }


def _hourly(step: Step) -> Step:
    """At the first look, and then no more than once an hour: it reads whole tables."""
    last = -inf

    def due() -> int:
        nonlocal last
        if time.monotonic() - last < HOUR:
            return 0
        last = time.monotonic()
        return step()

    return due


def watching(engine: Engine, settings: Settings) -> dict[str, Step]:
    """What keeps watch over the record of looks, whatever else is being done."""
    return {"heads signed": lambda: audit_heads.sign(engine, settings), "alerts raised": lambda: watch(engine)}


def _files(engine: Engine, settings: Settings) -> int:
    return take_landed(engine, settings.inbox, is_demo=settings.is_demo)


def _releases(engine: Engine, settings: Settings) -> int:
    releases.sweep(engine, settings.releases_dir)
    if not releases.in_state(engine, releases.REQUESTED):
        return 0
    with vault.open_vault(settings) as opened:
        return releases.make_waiting(engine, opened, settings)


def _lists(engine: Engine, settings: Settings) -> int:
    """Only here is the key read that leads back. Where it is kept elsewhere, lists wait."""
    if not cohorts.in_state(engine, APPROVED):
        return 0
    try:
        private_key = crypto.open_way_back(settings.keys_dir)
    except NotReady:
        log.warning("lists_wait_for_key")
        return 0
    with vault.open_vault(settings) as opened:
        return cohorts.lead_back_waiting(engine, opened, private_key)


def look(doing: Mapping[str, Step]) -> dict[str, int]:
    """Every step once: how much each has done, FAILED for one that could not."""
    return {name: _safely(name, step) for name, step in doing.items()}


def _safely(name: str, step: Step) -> int:
    try:
        return step()
    except Exception as error:  # one step must never stop the others
        log.error("worker_step_failed", extra={"step": name, "error": type(error).__name__})
        return FAILED


def work(*groups: Mapping[str, Step], every_seconds: float) -> NoReturn:
    """Look for ever, at each group by itself."""
    first, *others = groups
    for group in others:
        Thread(target=_work, args=(group, every_seconds), daemon=True).start()
    _work(first, every_seconds)


def _work(doing: Mapping[str, Step], every_seconds: float) -> NoReturn:
    while True:
        look(doing)
        time.sleep(every_seconds)
