"""Who looks, when, and at whose statements: what the words of a page depend on beside the record itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.viewer import formats, words
from fhir.absence import Source
from fhir.dates import LONDON


@dataclass(frozen=True, slots=True)
class Named:
    """A source as the page names it; `mark` is its code."""

    mark: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one record. For a restricted person the grant has already hidden which source is which."""

    patient_id: UUID
    now: datetime
    sources: tuple[Source, ...]
    names: Mapping[str, Named]
    restricted: bool = False

    def source(self, ods: str) -> Named:
        """The source under its name; one that is not registered under its code."""
        return self.names.get(ods) or Named(ods, ods, "")

    def name(self, ods: str) -> str:
        """The words under which a source is shown."""
        return self.source(ods).name

    def is_late(self, ods: str) -> bool:
        """Whether a source has sent nothing for longer than it should."""
        return any(source.ods == ods and source.late_since for source in self.sources)

    def since(self, moment: datetime | None) -> str:
        """`14:02` today, else `05-Mar-2026 14:02`."""
        if moment is None:
            return "never"
        local = moment.astimezone(LONDON)
        if local.date() == self.now.astimezone(LONDON).date():
            return f"{local:%H:%M}"
        return formats.moment(moment)


def look(patient_id: UUID, now: datetime, sources: Sequence[Source], *, restricted: bool = False) -> Look:
    """A look at one record. Two sources of one name are told apart by number."""
    seen: dict[str, int] = {}
    names = {}
    for source in sources:
        seen[source.name] = seen.get(source.name, 0) + 1
        again = f" {seen[source.name]}" if seen[source.name] > 1 else ""
        names[source.ods] = Named(source.ods, source.name + again, words.kind(source.kind))
    return Look(patient_id, now, tuple(sources), names, restricted)
