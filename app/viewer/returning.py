"""Which page of one person's record somebody asked for before they were asked for a reason."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import g, url_for

from app.access.gate import local_path, may_open


def page_of(patient_id: UUID, asked_for: str) -> str:
    """The page asked for where it is one of this person's own; else their record."""
    record = url_for("viewer.record", patient_id=patient_id)
    path = local_path(asked_for)
    own = urlsplit(path).path == record or path.startswith(f"{record}/")
    return path if own and may_open(g.user, path) else record
