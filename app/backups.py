"""Copies of the database and the vault while the site goes on, and bringing them back. PostgreSQL has tools of its own.

A copy is as sealed as what it was made of. The keys are not in it: without KEYS_DIR nobody reads it.
"""

import json
import os
import sqlite3
from contextlib import closing
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from app import clock
from app.errors import BadUsage
from app.settings import Settings

DATABASE, VAULT, MANIFEST = "tributary.db", "vault.db", "backup.json"
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database: left over from another one it would be read into this."""


def back_up(settings: Settings, folder: Path) -> dict[str, Any]:
    """Copy both databases into a new folder; what is said of them. The folder appears whole, or not at all.

    The vault comes last: it may know codes that no release has yet, but not lack one. Raises BadUsage where the folder
    is there already, or the databases are not SQLite's.
    """
    files = _files(settings)
    if folder.exists():
        raise BadUsage(f"{folder} is there already: a backup never replaces another")
    making = folder.with_name(f".{folder.name}.part")
    making.mkdir(mode=0o700, parents=True)
    at = clock.now().isoformat(timespec="seconds")
    for name, path in files.items():
        _copy(path, making / name)
    told = {"made_at": at, "files": {name: _hash(making / name) for name in files}}
    (making / MANIFEST).write_text(json.dumps(told, indent=1))
    for name in (*files, MANIFEST):
        _durable(making / name)
    making.rename(folder)
    _durable(folder.parent)
    return told


def restore(settings: Settings, folder: Path) -> dict[str, Any]:
    """Put the copies of a folder in place; what was said of them. The backup itself is left as it is.

    Raises BadUsage where a database is there already, or a copy is not what was made.
    """
    files = _files(settings)
    try:
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise BadUsage(f"{folder} holds no whole backup") from None
    for name, path in files.items():
        for one in (path, *(path.with_name(path.name + end) for end in BESIDE)):
            if one.exists():
                raise BadUsage(f"{one} is there already: move it away first")
        if not (folder / name).exists() or _hash(folder / name) != told["files"].get(name):
            raise BadUsage(f"{folder / name} is not the copy that was made")
    for name, path in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_name(f".{path.name}.part")
        making.unlink(missing_ok=True)
        _copy(folder / name, making)
        _durable(making)
        making.rename(path)
        _durable(path.parent)
    return told


def _files(settings: Settings) -> dict[str, Path]:
    found = {}
    for name, url in ((DATABASE, settings.database_url), (VAULT, settings.vault_url)):
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite" or not parsed.database:
            raise BadUsage("PostgreSQL is backed up by its own tools: see README")
        found[name] = Path(parsed.database)
    return found


def _copy(path: Path, to: Path) -> None:
    """By SQLite's online backup: a consistent state, whoever writes meanwhile. Raises BadUsage where it is damaged."""
    if not path.exists():
        raise BadUsage(f"{path} is not there")
    to.touch(mode=0o600)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
        said = target.execute("PRAGMA integrity_check").fetchone()[0]
        target.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
    if said != "ok":
        raise BadUsage(f"{path} is damaged: {said}")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _durable(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
