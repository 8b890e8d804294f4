"""Social care and social context: support plans and packages, housing, smoking, work, family life.

What belongs here is decided in topics.py, by the words and category that the source gave.
One line: the same words on the same day, as several sources tell of it.
A habit told of on two days is two lines beside each other.
"""

from collections.abc import Hashable

from fhir import encounters, observations, plans
from fhir.elements import plain
from fhir.item import Item
from fhir.line import Line, line, newest_first
from fhir.same import events
from fhir.statement import Statement
from fhir.topics import is_social

CODE = "social-care"
TITLE = "Social care and social context"
PRSB = "social-context"
IPS = "29762-2"
TYPES = frozenset({"Observation", "CarePlan", "Goal", "ServiceRequest", "Task"})

_OF_HABITS = ("value", "unit", "components", "absent reason", "interpretation")
DIFFERENCES = tuple(dict.fromkeys((*_OF_HABITS, *plans.DIFFERENCES, *encounters.DIFFERENCES)))
_READERS = {"Observation": observations.read, "ServiceRequest": encounters.read, "Task": encounters.read}


def claims(statement: Statement) -> bool:
    """What speaks of social care."""
    return is_social(statement)


def read(statement: Statement) -> Item:
    """Read as what it is (a result, a plan, a request), shown here."""
    return _READERS.get(statement.type, plans.read)(statement)


def keys(item: Item) -> list[Hashable]:
    """The same words on the same day."""
    return [(item.statement.type, plain(item.text), item.when.text if item.when else "")] if item.text else []


def lines(items: list[Item]) -> list[Line]:
    """Current before past, newest first."""
    return newest_first(line(group, DIFFERENCES) for group in events(items, keys))
