"""What runs beside the site: takes what lands, makes releases, leads lists back to care. No step stops another."""

import logging
import time
from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from app import crypto
from app.errors import NotReady
from app.export import cohorts, vault
from app.ingest.worker import take_landed
from app.projects import APPROVED
from app.settings import Settings

log = logging.getLogger(__name__)
Step = Callable[[Engine, Settings], int]


def _files(engine: Engine, settings: Settings) -> int:
    return take_landed(engine, crypto.open_keys(settings.keys_dir), settings.inbox, is_demo=settings.is_demo)


def _lists(engine: Engine, settings: Settings) -> int:
    """Only here is the key read that leads back. Where it is kept elsewhere, lists wait."""
    if not cohorts.in_state(engine, APPROVED):
        return 0
    try:
        private_key = crypto.open_way_back(settings.keys_dir)
    except NotReady:
        log.warning("lists_wait_for_key")
        return 0
    return cohorts.lead_back_waiting(engine, vault.open_vault(settings), private_key)


STEPS: Mapping[str, Step] = {"files taken": _files, "lists led back": _lists}
FAILED = -1


def look(engine: Engine, settings: Settings, steps: Mapping[str, Step] = STEPS) -> dict[str, int]:
    """Every step once: how much each has done, FAILED for one that could not."""
    return {name: _safely(name, step, engine, settings) for name, step in steps.items()}


def _safely(name: str, step: Step, engine: Engine, settings: Settings) -> int:
    try:
        return step(engine, settings)
    except Exception as error:  # one step must never stop the others
        log.error("worker_step_failed", extra={"step": name, "error": type(error).__name__})
        return FAILED


def work(engine: Engine, settings: Settings, *, every_seconds: float) -> None:
    """Look for ever."""
    settings.inbox.mkdir(parents=True, exist_ok=True)
    while True:
        look(engine, settings)
        time.sleep(every_seconds)
