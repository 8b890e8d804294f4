"""What sources do not show in a section, and why: withheld, not reached, late, not connected, or nothing recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import phrases
from app.viewer import words
from app.viewer.look import Look, Named
from fhir.absence import SectionState
from fhir.record import UNNAMED, Section

HIDING = (
    SectionState.WITHHELD,
    SectionState.UNAVAILABLE,
    SectionState.IN_TRANSIT,
    SectionState.AWAITING_FILING,
)
"""States in which a source may hold lines that are not shown."""
_WORST_FIRST = (
    *HIDING,
    SectionState.EMPTY_WITH_REASON,
    SectionState.NOTHING_RECORDED,
    SectionState.NOT_CONNECTED,
)
_WITHOUT_ITEMS = frozenset((*HIDING, SectionState.NOT_CONNECTED))


@dataclass(frozen=True, slots=True)
class Notice:
    """What some sources do not show in this section, and why. `later`: only what they recorded lately is missing."""

    state: SectionState
    words: str
    sources: tuple[Named, ...]
    later: bool = False

    @property
    def names(self) -> bool:
        """Whether its sources are named after its words: where there are any, and they are not already in them."""
        return bool(self.sources) and self.state is not SectionState.UNAVAILABLE


def notices(section: Section, look: Look) -> tuple[Notice, ...]:
    """For each state that is not "has items", which sources are in it and what that means; then who is late.

    Worst first.
    """
    found = []
    for state in _WORST_FIRST:
        if sources := [ods for ods, said in section.states.items() if said is state]:
            found.append(Notice(state, _notice(state, section, look), _named(sources, look)))
    if late := [ods for ods, said in section.states.items() if said not in _WITHOUT_ITEMS and look.is_late(ods)]:
        said = f"{not_reached(late, look)}; later items may be missing"
        found.append(Notice(SectionState.UNAVAILABLE, said, _named(late, look), later=True))
    return tuple(found)


def hidden(sections: Sequence[Section], look: Look) -> tuple[Notice, ...]:
    """Who may hold more of these sections than is shown, in one notice for each reason. Worst first."""
    told = [notice for section in sections for notice in notices(section, look)]
    found = []
    for state in HIDING:
        own = {one.mark for notice in told if notice.state is state for one in notice.sources}
        if any(notice.state is state for notice in told):
            missed = f"{not_reached(own, look)}; items may be missing" if state is SectionState.UNAVAILABLE else ""
            found.append(Notice(state, missed or words.empty("", state), _named(own, look)))
    return tuple(found)


def in_short(found: Iterable[Notice]) -> tuple[str, ...]:
    """The notices as words alone, where no source is marked."""
    return tuple(
        f"{one.words} {phrases.listed(tuple(named.name for named in one.sources))}" if one.names else one.words
        for one in found
    )


def _named(sources: Iterable[str], look: Look) -> tuple[Named, ...]:
    return tuple(sorted((look.source(one) for one in sources if one != UNNAMED), key=lambda one: one.name))


def not_reached(sources: Iterable[str], look: Look) -> str:
    """`Elm Surgery not reached since 09:12; Oak Hospital has never delivered`."""
    since = {s.ods: s.late_since or s.last_success for s in look.sources}
    return "; ".join(
        f"{look.name(ods)} not reached since {look.since(since[ods])}"
        if since.get(ods)
        else f"{look.name(ods)} has never delivered"
        for ods in sorted(sources)
    )


def _notice(state: SectionState, section: Section, look: Look) -> str:
    match state:
        case SectionState.UNAVAILABLE:
            silent = [ods for ods, said in section.states.items() if said is state]
            return f"{section.title} unavailable – {not_reached(silent, look)}"
        case SectionState.NOTHING_RECORDED:
            return "Nothing recorded here by"
        case SectionState.NOT_CONNECTED:
            return "Not connected to this record for this section"
    return words.empty(section.title, state)
