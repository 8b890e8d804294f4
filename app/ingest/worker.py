"""The daily refresh: what lands in INBOX/<ODS>/ is taken once each, then moved to INBOX/<ODS>/taken/."""

import logging
import time
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from app.errors import TributaryError
from app.ingest.delivery import ingest, set_aside
from app.ingest.feeds import feed_of

log = logging.getLogger(__name__)
TAKEN, ASIDE = "taken", "set-aside"
SETTLED_SECONDS, UNFINISHED_SECONDS = 2.0, 3600.0
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart")
MOST_TRIES = 5
_NOT_ITS_FAULT = (OperationalError, InterfaceError, TributaryError, OSError)
"""The database, the disk or the settings: the same file will be taken when they are well again."""


def landed(inbox: Path, now: float) -> list[tuple[str, Path]]:
    """(ODS, file) for each file that has settled, oldest first. One still being written waits for the next look."""
    found = [
        (path.stat().st_mtime, folder.name, path)
        for folder in sorted(p for p in inbox.glob("*") if p.is_dir())
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".") and now - path.stat().st_mtime >= _settled_after(path)
    ]
    return [(ods, path) for _, ods, path in sorted(found)]


def _settled_after(path: Path) -> float:
    """Seconds without a change. Some senders give a file its name only when all of it is there."""
    return UNFINISHED_SECONDS if path.name.lower().endswith(_UNFINISHED) else SETTLED_SECONDS


def take_landed(engine: Engine, inbox: Path, *, is_demo: bool) -> int:
    """One look into the inbox; how many files were taken.

    After a file that fails nothing later of its source is taken, or the older would come last and count as newer; the
    other sources go on. One that fails again and again by itself is set aside, so that its source goes on too.
    """
    taken, stopped = 0, set()
    for ods, path in landed(inbox, time.time()):
        if ods in stopped:
            continue
        try:
            feed = feed_of(engine, ods, is_demo=is_demo)
            if _tries(path) < MOST_TRIES:
                ingest(engine, feed, [path])
                _move(path, TAKEN)
                taken += 1
            else:
                set_aside(engine, feed, path)
                _move(path, ASIDE)
                log.error("inbox_file_set_aside", extra={"ods": ods})
        except Exception as error:  # one source's file must never stop the others
            stopped.add(ods)
            many = _tries(path)
            if not isinstance(error, _NOT_ITS_FAULT):
                many += 1
                _note(path).write_text(str(many))
            log.error("inbox_file_not_taken", extra={"ods": ods, "error": type(error).__name__, "tries": many})
    return taken


def _note(path: Path) -> Path:
    """Beside a file that was tried in vain: how often. So it counts however the worker is started."""
    return path.with_name(f".{blake2b(path.name.encode(), digest_size=16).hexdigest()}.tries")


def _tries(path: Path) -> int:
    note = _note(path)
    return int(note.read_text() or 0) if note.exists() else 0


def _move(path: Path, folder: str) -> None:
    done = path.parent / folder
    done.mkdir(exist_ok=True)
    path.rename(done / f"{time.time_ns()}-{path.name}")
    _note(path).unlink(missing_ok=True)
