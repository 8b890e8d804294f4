"""Why a section shows what it shows. Absence of data is never shown as absence of disease."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SectionState(StrEnum):
    """One state per section and per source. There is no default (wording: record-page standards, CUI and UK Core)."""

    HAS_ITEMS = "has-items"
    NONE_KNOWN = "none-known"
    NOTHING_RECORDED = "nothing-recorded"
    EMPTY_WITH_REASON = "empty-with-reason"
    UNAVAILABLE = "unavailable"
    NOT_CONNECTED = "not-connected"
    WITHHELD = "withheld"
    IN_TRANSIT = "in-transit"
    AWAITING_FILING = "awaiting-filing"


@dataclass(frozen=True, slots=True)
class Source:
    """A feed as the record needs to know it: what it sends, and whether it is late.

    `late_since` is the moment of the last success of a feed that is overdue, None for one on time.
    `withheld` are the section codes that this source holds back from this reader.
    """

    ods: str
    name: str
    kind: str
    categories: frozenset[str]
    last_success: datetime | None = None
    late_since: datetime | None = None
    withheld: frozenset[str] = frozenset()
