"""A planner's projects in words, with all that was asked for under each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.export.cohorts import LAPSED, LED_BACK, REQUESTED, Cohort
from app.export.releases import MEASURES, ROWS, Release
from app.projects import APPROVED, REFUSED, Project
from fhir.dates import fhir_date

Counts = tuple[str, str, str]
COHORT_STATES = {
    REQUESTED: "Waits for a second person",
    APPROVED: "Approved; goes to clinicians soon",
    REFUSED: "Refused",
    LED_BACK: "With clinicians",
    LAPSED: "Not led back: the project was over",
}


@dataclass(frozen=True)
class Sent:
    """A list sent back to care; counts are empty until it was led back."""

    title: str
    state: str
    people: str
    opened: str
    closed: str


@dataclass(frozen=True)
class Work:
    """One project: its state, what may be asked for today, and what was."""

    id: UUID
    title: str
    state: str
    kinds: tuple[str, ...]
    leads_back: bool
    releases: tuple[Release, ...]
    lists: tuple[Sent, ...]


def work(
    project: Project,
    found: Sequence[Release],
    lists: Sequence[Cohort],
    progress: Mapping[UUID, Counts],
    today: date,
) -> Work:
    """What the planner sees of one project today."""
    live = project.is_live(today)
    return Work(
        id=project.id,
        title=project.title,
        state=state_of(project, today),
        kinds=kinds_of(project) if live else (),
        leads_back=live and project.may_lead_back,
        releases=tuple(found),
        lists=tuple(_sent(one, progress.get(one.id, ("", "", ""))) for one in lists),
    )


def state_of(project: Project, today: date) -> str:
    """How far an application has come."""
    last = fhir_date(project.expires_on.isoformat())
    ends = last.clinical if last else ""
    if not project.decision:
        return "Waits for a decision"
    if project.decision == REFUSED:
        return f"Refused: {project.decision_words}"
    return f"Approved until {ends}" if project.is_live(today) else f"Ended {ends}"


def kinds_of(project: Project) -> tuple[str, ...]:
    """The kinds of release that a project was approved for."""
    wanted = set(project.datasets)
    return (ROWS,) * bool(wanted - {MEASURES}) + (MEASURES,) * (MEASURES in wanted)


def _sent(cohort: Cohort, counts: Counts) -> Sent:
    words = COHORT_STATES[cohort.state]
    return Sent(cohort.title, f"{words}: {cohort.decision_words}" if cohort.state == REFUSED else words, *counts)
