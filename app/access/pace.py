"""How much one person may do within ten minutes, over all workers: what counts is the record of looks itself.

A stolen sign-in that walks through the numbers of a service has emptied whole portals: nobody who cares for people, and
nobody who reads their own record, does so much in so short a time.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, Engine, ScalarSelect, bindparam, or_, select

from app import audit, clock, db
from app.access.permissions import Permission
from app.access.users import User
from app.errors import TooMuch
from app.settings import Settings
from app.tables import audit_events

WINDOW = timedelta(minutes=10)
TRIES = or_(audit_events.c.outcome == "refused", audit_events.c.kind == Permission.SEARCH_PATIENTS)
"""Searches, and what was refused: there is an index of just these."""


def check(engine: Engine, settings: Settings, user: User) -> None:
    """Raises TooMuch where this person has done as much as anyone may, or has searched or been refused so often."""
    key = audit.key_of({"iss": user.issuer, "sub": user.subject})
    asked = {"key": key, "acts": settings.most_acts - 1, "tries": settings.most_tries - 1}
    with db.ask(engine) as connection:
        moments = connection.execute(_LAST, asked).one()
    if any(moment is not None and moment > clock.now() - WINDOW for moment in moments):
        raise TooMuch("You have opened or looked for a great deal in a short time. Wait ten minutes, then try again.")


def _last(many: str, *which: ColumnElement[bool]) -> ScalarSelect[object]:
    """When they did the last but so many of these: within the window, they did too many in it."""
    c = audit_events.c
    own = select(c.at).where(c.actor_key == bindparam("key"), *which)
    return own.order_by(c.seq.desc()).limit(1).offset(bindparam(many)).scalar_subquery()


_LAST = select(_last("acts"), _last("tries", TRIES))
