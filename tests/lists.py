"""A list of people who need someone, made as if a project had led it back."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert

from app import clock, db, projects
from app.access.users import AccessGroupMember, Planner
from app.projects import APPROVED, Application
from app.use_tables import worklists
from app.worklist import store

PETRA = Planner("https://id.example", "petra", "Petra Lane", "")
GWEN = AccessGroupMember("https://id.example", "gwen", "Gwen Otto", "")
GEORGE = AccessGroupMember("https://id.example", "george", "George Pike", "")
ASTHMA = Application(
    title="Asthma reviews", summary="Who needs an asthma review.", organisation="Tamberley ICB",
    purpose="Planning", legal_basis="Regulation 3", agreement="DSA-1",
    datasets=("people", "problems", "medicines", "observations", "measures"), area="practice",
    expires_on=date(2099, 1, 1), may_lead_back=True,
)  # fmt: skip


def approved(engine: Engine, asked: Application = ASTHMA) -> UUID:
    """A project of Petra's that Gwen approved."""
    number = projects.apply(engine, PETRA, asked)
    projects.decide(engine, GWEN, number, APPROVED, "It helps people with asthma")
    return number


def led_back(engine: Engine, *people: UUID, title: str = "Two blue inhalers and no brown one") -> UUID:
    """A list with these people on it."""
    row = {
        "id": uuid4(), "project_id": approved(engine), "title": title, "why": "A preventer may be missing.",
        "requested_by": "{}", "requested_at": clock.now(), "state": "led-back",
        "led_back_at": clock.now(),
    }  # fmt: skip
    with db.write(engine) as connection:
        connection.execute(insert(worklists), row)
        store.add(connection, row["id"], people)
    return UUID(str(row["id"]))
