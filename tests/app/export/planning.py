"""A planner, a member of the access group, and a project that they have agreed on."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from app import projects
from app.access.users import AccessGroupMember, Planner
from app.projects import APPROVED, Application

PETRA = Planner("https://id.example", "petra", "Petra Lane", "")
OTTO = Planner("https://id.example", "otto", "Otto Lind", "")
GWEN = AccessGroupMember("https://id.example", "gwen", "Gwen Otto", "")
EVERYTHING = Application(
    title="Asthma reviews", summary="Who needs an asthma review.", organisation="Tamberley ICB",
    purpose="Planning", legal_basis="Regulation 3", agreement="DSA-1",
    datasets=("people", "problems", "medicines", "observations", "measures"),
    area="deprivation", expires_on=date(2099, 1, 1),
)  # fmt: skip


def approved(engine: Engine, **changes: Any) -> UUID:
    """A project of Petra's that Gwen approved."""
    number = projects.apply(engine, PETRA, replace(EVERYTHING, **changes))
    projects.decide(engine, GWEN, number, APPROVED, "Benefits people with asthma")
    return number
