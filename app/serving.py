"""What must hold before the site serves anybody. Commands run without it: with them it is put right."""

import logging
import os

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app import db
from app.access.second_lock import passes_by
from app.access.sensitive import lists_loaded
from app.errors import NotReady
from app.settings import Settings

log = logging.getLogger(__name__)

OWNER = "DATABASE_URL (of a role that owns no table and is no superuser: see `flask database allow`)"
NO_LISTS = "no list of sensitive codes is loaded (`flask terminology load --list sensitive-…`)"


def is_command() -> bool:
    """Whether this process runs a `flask` command, and serves nobody."""
    return os.environ.get("FLASK_RUN_FROM_CLI") == "true"


def refuse_unready(engine: Engine, settings: Settings) -> None:
    """Raise NotReady with all that production lacks. The demo says it in the log, and goes on."""
    missing = [words for words, lacks in ((OWNER, passes_by(engine)), (NO_LISTS, not _has_lists(engine))) if lacks]
    engine.dispose()  # no worker inherits a connection
    if settings.is_demo:
        for words in missing:
            log.warning("served_without", extra={"missing": words})
    elif missing:
        raise NotReady("not safe to serve: " + "; ".join(missing))


def _has_lists(engine: Engine) -> bool:
    try:
        with db.read(engine) as connection:
            return bool(lists_loaded(connection))
    except DBAPIError:
        return False
