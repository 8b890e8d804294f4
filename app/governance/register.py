"""The public register of uses of data: what was decided, in words, as a page and as data. Pure."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from app.projects import APPROVED, AREA_WORDS, DATASET_WORDS, Application, Project
from fhir.dates import LONDON

APPLIED = {
    "type1": ("Type 1 opt-outs are applied", "Type 1 opt-outs are not applied"),
    "national": ("National data opt-outs are applied", "National data opt-outs are not applied"),
}
LEADS_BACK = "Its findings may lead back to care: the people’s own clinicians may be asked to look at their record"
NEVER_BACK = "Nobody can be led back from its data to a person"
WHO_DECIDED = "Data access group"


@dataclass(frozen=True)
class Entry:
    """One use of data as everybody may read it. Dates as YYYY-MM-DD; empty where there is none."""

    id: str
    title: str
    summary: str
    organisation: str
    purpose: str
    legal_basis: str
    agreement: str
    data: tuple[str, ...]
    area: str
    opt_outs: tuple[str, ...]
    opt_out_reason: str
    back_to_care: str
    decision: str
    decision_words: str
    decided_by: str
    decided_on: str
    starts_on: str
    ends_on: str


def entries(projects: Iterable[Project]) -> list[Entry]:
    """What is public of these projects, in their order. An application that waits is not."""
    return [entry(one) for one in projects if one.decision]


def entry(project: Project) -> Entry:
    """One project in public words. Who applied and who decided are roles here, never names."""
    decided = project.decided_at.astimezone(LONDON).date().isoformat() if project.decided_at else ""
    approved = project.decision == APPROVED
    return Entry(
        id=str(project.id),
        title=project.title,
        summary=project.summary,
        organisation=project.organisation,
        purpose=project.purpose,
        legal_basis=project.legal_basis,
        agreement=project.agreement,
        data=tuple(DATASET_WORDS[name] for name in project.datasets),
        area=AREA_WORDS[project.area],
        opt_outs=opt_outs(project),
        opt_out_reason=project.opt_out_reason,
        back_to_care=LEADS_BACK if project.may_lead_back else NEVER_BACK,
        decision="Approved" if approved else "Refused",
        decision_words=project.decision_words,
        decided_by=WHO_DECIDED,
        decided_on=decided,
        starts_on=decided if approved else "",
        ends_on=project.expires_on.isoformat() if approved else "",
    )


def opt_outs(asked: Application) -> tuple[str, str]:
    """Whether each kind of opt-out takes people out of its data."""
    return APPLIED["type1"][not asked.type1_applies], APPLIED["national"][not asked.national_applies]


def as_json(listed: Iterable[Entry]) -> list[dict[str, Any]]:
    """The register for machines."""
    return [asdict(one) for one in listed]


def as_csv(listed: Iterable[Entry]) -> str:
    """The register as a table. A cell that a spreadsheet would take for a formula is shown as words."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(Entry.__dataclass_fields__)
    for one in listed:
        writer.writerow([_cell(value) for value in asdict(one).values()])
    return table.getvalue()


def _cell(value: str | tuple[str, ...]) -> str:
    text = value if isinstance(value, str) else "; ".join(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
