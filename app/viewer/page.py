"""The one page of a person's record, in words: everything the template places is made here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app import phrases
from app.viewer import formats, words
from app.viewer.alerts import Alerts, alerts
from app.viewer.banner import Banner, banner
from app.viewer.gaps import Gaps, gaps
from app.viewer.home import HomeView, home_view
from app.viewer.look import Look, Named
from app.viewer.sections import SectionView, section_view
from fhir.absence import Source
from fhir.elements import concept_text
from fhir.record import PatientRecord, SetAside

COLUMNS: tuple[tuple[str, ...], ...] = (
    ("problems", "encounters", "procedures", "immunisations"),
    ("medications", "allergies", "care-plans", "flags", "social-care"),
    ("results", "documents", "contacts", "demographics"),
)
"""Which section stands in which column, from the top."""

ASIDE = {
    "withdrawn": ("Withdrawn by their sources, or erased", "entry", "entries"),
    "not-interpretable": ("Cannot be interpreted; see the source", "such entry", "such entries"),
}
ASIDE_MOST = 20


@dataclass(frozen=True, slots=True)
class AsideRow:
    """One statement that is in no line: what it is, whose, and why it is not shown as a fact."""

    id: int
    source: Named
    text: str
    name: str
    reason: str
    received: str


@dataclass(frozen=True, slots=True)
class AsideView:
    """Statements that are in no line, with their number."""

    code: str
    title: str
    count: str
    rows: tuple[AsideRow, ...]
    showing: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The whole page."""

    patient: str
    banner: Banner
    strip: str
    basis: str
    gaps: Gaps
    alerts: Alerts
    home: HomeView | None
    columns: tuple[tuple[SectionView, ...], ...]
    aside: tuple[AsideView, ...]
    as_at: str | None

    @property
    def protected(self) -> str:
        """What no section of a restricted person's record shows; empty for anybody else."""
        return words.WHO_AND_WHERE if self.banner.restricted else ""

    @property
    def query(self) -> str:
        """What every address of an earlier state ends with."""
        return f"?asAt={self.as_at}" if self.as_at else ""


def record_page(
    record: PatientRecord,
    look: Look,
    *,
    basis: str = "",
    elsewhere: Sequence[Source] = (),
    as_at: datetime | None = None,
    only: Sequence[str] | None = None,
) -> RecordPage:
    """The page of this record. `as_at`: of an earlier state; `basis`: why they may look; `only`: not all sections."""
    known = {section.code: section for section in record.sections if only is None or section.code in only}
    placed = {code for column in COLUMNS for code in column}
    columns = (*COLUMNS[:-1], COLUMNS[-1] + tuple(code for code in known if code not in placed))
    found = alerts(record, look)
    return RecordPage(
        patient=str(look.patient_id),
        banner=banner(record, look, found),
        strip=strip(as_at),
        basis=basis,
        gaps=gaps(record, look, elsewhere),
        alerts=found,
        home=home_view(record, look),
        columns=tuple(tuple(section_view(known[code], look) for code in column if code in known) for column in columns),
        aside=aside(record, look),
        as_at=f"{as_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if as_at else None,
    )


def strip(as_at: datetime | None) -> str:
    """The clear words above an earlier state of the record; empty for the current one."""
    return f"As at {formats.moment(as_at)} – this is not the current record" if as_at else ""


def aside(record: PatientRecord, look: Look, *, whole: bool = False) -> tuple[AsideView, ...]:
    """What was withdrawn and what cannot be interpreted: collapsed, counted, and all reachable."""
    kinds = (("withdrawn", record.withdrawn), ("not-interpretable", record.not_interpretable))
    return tuple(_aside(code, found, look, whole) for code, found in kinds if found)


def _aside(code: str, found: Sequence[SetAside], look: Look, whole: bool) -> AsideView:
    title, one, many = ASIDE[code]
    shown = found if whole else found[:ASIDE_MOST]
    showing = f"Showing {len(shown)} of {len(found)}" if len(shown) < len(found) else ""
    return AsideView(code, title, phrases.counted(len(found), one, many), tuple(_row(a, look) for a in shown), showing)


def _row(one: SetAside, look: Look) -> AsideRow:
    statement = one.statement
    resource = statement.resource or {}
    named = ("code", "vaccineCode", "medicationCodeableConcept", "type", "category")
    text = next((said for name in named if (said := concept_text(resource.get(name)))), statement.type)
    return AsideRow(
        id=statement.id,
        source=look.source(statement.source),
        text=text,
        name=f"{statement.type}/{statement.local_id}",
        reason=f"{one.reason}. {words.LEFT_OUT}" if statement.left_out else one.reason,
        received=formats.moment(statement.received_at),
    )
