"""One person on a list, as a clinician sees them before and after opening the record. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.errors import BadUsage


class State(StrEnum):
    """How far an item has come."""

    NEW = "new"
    OPENED = "opened"
    CLOSED = "closed"


OUTCOMES = {
    "contacted": "Contacted",
    "in-hand": "Already in hand",
    "not-appropriate": "Not appropriate",
    "other": "Other",
}


@dataclass(frozen=True)
class Item:
    """One person on one list. `opened_key` is the audit's key of whoever opened it last."""

    id: UUID
    patient_id: UUID = field(repr=False)
    worklist_id: UUID
    title: str
    why: str
    project: str
    since: datetime
    state: State
    opened_by: str
    opened_key: bytes | None
    opened_at: datetime | None
    outcome: str
    closed_at: datetime | None

    def is_mine(self, key: bytes | None) -> bool:
        """Whether it is in the hands of the one with this key: opened by them, and not closed."""
        return self.state == State.OPENED and self.opened_key == key

    def stage(self, key: bytes | None) -> str:
        """What the one with this key can do with it: `new`: open it, `mine`: close it, `closed`: nothing more."""
        return "closed" if self.state == State.CLOSED else "mine" if self.is_mine(key) else "new"


@dataclass(frozen=True)
class Listed:
    """One list with those of its items that somebody may see."""

    title: str
    why: str
    project: str
    since: datetime
    items: tuple[Item, ...]


def by_list(items: Iterable[Item]) -> list[Listed]:
    """Items under their lists, in the order in which they come."""
    lists: dict[UUID, list[Item]] = {}
    for item in items:
        lists.setdefault(item.worklist_id, []).append(item)
    return [_listed(own) for own in lists.values()]


def _listed(own: Sequence[Item]) -> Listed:
    first = own[0]
    return Listed(first.title, first.why, first.project, first.since, tuple(own))


def closing(item: Item, key: bytes | None, outcome: str) -> str:
    """The outcome under which somebody may close it. Raises BadUsage where they may not, or gave none."""
    if item.state == State.CLOSED:
        raise BadUsage("This has been closed already")
    if not item.is_mine(key):
        raise BadUsage("Open the record before you close this")
    if outcome not in OUTCOMES:
        raise BadUsage("Choose what came of it")
    return outcome
