"""What a list made from the whole record cannot hold: whose lines of which sections are withheld or not reached."""

from dataclasses import dataclass

from app.viewer import words
from app.viewer.look import Look, Named
from app.viewer.notices import HIDING, notices
from fhir.absence import SectionState
from fhir.record import PatientRecord


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why these sources' lines of these sections are not in the list."""

    state: SectionState
    words: str
    sources: tuple[Named, ...]
    sections: str


def unseen(record: PatientRecord, look: Look) -> tuple[Unseen, ...]:
    """One for each reason and set of sources, the worst first, so that no list seems to be whole when it is not."""
    found: dict[tuple[SectionState, bool, tuple[Named, ...]], list[str]] = {}
    for section in record.sections:
        for notice in notices(section, look):
            if notice.state in HIDING:
                found.setdefault((notice.state, notice.later, notice.sources), []).append(section.title)
    order = {state: n for n, state in enumerate(HIDING)}
    return tuple(
        Unseen(state, _words(state), sources, ("later items of " if later else "") + _sections(titles, record))
        for (state, later, sources), titles in sorted(found.items(), key=lambda one: (order[one[0][0]], one[0][1]))
    )


def _words(state: SectionState) -> str:
    return words.NOT_REACHED if state is SectionState.UNAVAILABLE else words.empty("", state)


def _sections(titles: list[str], record: PatientRecord) -> str:
    return "all sections" if len(titles) == len(record.sections) else "; ".join(titles)
