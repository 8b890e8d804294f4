"""What this record does not include: the sources that are late, silent, withheld or not connected; and all sources."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.viewer import words
from app.viewer.look import Look
from fhir.absence import Source
from fhir.record import PatientRecord

EXPECTED = ("gp", "acute", "community", "mental", "social")
"""The kinds of organisation whose absence a reader must be told of (PRSB core information standard)."""


RESTRICTED = (
    "This person's whereabouts are protected: "
    "addresses, phone numbers, places and names of organisations are not shown."
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is not here. `mark` names the source it speaks of, where there is one."""

    mark: str
    words: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source in the table of all sources."""

    mark: str
    name: str
    kind: str
    last: str
    held: str
    state: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is not here, in full; what is on time, in one line; and the table of all sources."""

    rows: tuple[Gap, ...]
    received: tuple[tuple[str, str, str], ...]
    table: tuple[SourceRow, ...]


def gaps(record: PatientRecord, look: Look, elsewhere: Sequence[Source]) -> Gaps:
    """The gaps of this record now. `elsewhere` are connected sources that do not know the person."""
    fine = [s for s in look.sources if s.last_success and not s.late_since and not s.withheld]
    table = [_row(s, look, record.held.get(s.ods, 0), _state(s)) for s in look.sources]
    if not look.restricted:
        table += [_elsewhere(s, look) for s in elsewhere]
    return Gaps(
        rows=tuple(_rows(look, elsewhere)),
        received=tuple((look.source(s.ods).mark, look.name(s.ods), look.since(s.last_success)) for s in fine),
        table=tuple(table),
    )


def _rows(look: Look, elsewhere: Sequence[Source]) -> Iterator[Gap]:
    if look.restricted:
        yield Gap("", RESTRICTED)
    for source in look.sources:
        named = look.source(source.ods)
        if source.withheld:
            yield Gap(named.mark, f"{named.name}: {words.WITHHELD}")
        elif source.last_success is None:
            yield Gap(named.mark, f"{named.name} has never delivered to this record.")
        elif source.late_since:
            yield Gap(named.mark, f"{named.name} is late: nothing received since {look.since(source.late_since)}.")
    connected = {s.kind for s in (*look.sources, *elsewhere)}
    if not look.restricted:
        for kind in EXPECTED:
            if kind not in connected:
                yield Gap("", f"{words.kind(kind)} is not connected to this record.")


def _state(source: Source) -> str:
    if source.withheld:
        return "Withheld from you"
    if source.last_success is None:
        return "Never delivered"
    return "Late" if source.late_since else "Received on time"


def _row(source: Source, look: Look, held: int, state: str) -> SourceRow:
    named = look.source(source.ods)
    return SourceRow(named.mark, named.name, named.kind, look.since(source.last_success), f"{held:,}", state)


def _elsewhere(source: Source, look: Look) -> SourceRow:
    last = look.since(source.last_success)
    return SourceRow(source.ods, source.name, words.kind(source.kind), last, "0", "Has sent nothing about this person")
