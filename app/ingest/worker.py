"""The daily refresh: what lands in INBOX/<ODS>/ is taken once each, then moved to INBOX/<ODS>/taken/."""

import logging
import time
from pathlib import Path

from sqlalchemy import Engine

from app.crypto import Keys
from app.ingest.delivery import ingest
from app.ingest.feeds import feed_of

log = logging.getLogger(__name__)
TAKEN, SUFFIXES = "taken", (".json", ".ndjson", ".json.gz", ".ndjson.gz")
SETTLED_SECONDS = 2.0


def landed(inbox: Path, now: float) -> list[tuple[str, Path]]:
    """(ODS, file) for each file that has settled, oldest first. One still being written waits for the next look."""
    found = [
        (path.stat().st_mtime, folder.name, path)
        for folder in sorted(p for p in inbox.glob("*") if p.is_dir())
        for path in folder.iterdir()
        if path.is_file() and path.name.endswith(SUFFIXES) and now - path.stat().st_mtime >= SETTLED_SECONDS
    ]
    return [(ods, path) for _, ods, path in sorted(found)]


def take_landed(engine: Engine, keys: Keys, inbox: Path, *, is_demo: bool) -> int:
    """One look into the inbox; how many files were taken. A file that fails stays, and the others go on."""
    taken = 0
    for ods, path in landed(inbox, time.time()):
        try:
            ingest(engine, keys, feed_of(engine, ods, is_demo=is_demo), [path])
            done = path.parent / TAKEN
            done.mkdir(exist_ok=True)
            path.rename(done / f"{time.time_ns()}-{path.name}")
        except Exception as error:  # one source's file must never stop the others
            log.error("inbox_file_not_taken", extra={"ods": ods, "error": type(error).__name__})
        else:
            taken += 1
    return taken


def work(engine: Engine, keys: Keys, inbox: Path, *, is_demo: bool, every_seconds: float) -> None:
    """Look into the inbox for ever."""
    inbox.mkdir(parents=True, exist_ok=True)
    while True:
        take_landed(engine, keys, inbox, is_demo=is_demo)
        time.sleep(every_seconds)
