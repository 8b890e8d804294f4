"""A use of data is asked for by one person and decided by another."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from app import audit, projects
from app.access.users import AccessGroupMember, Planner
from app.errors import BadUsage, NotAllowed, NotFound
from app.projects import APPROVED, REFUSED, Application

PETRA = Planner("https://id.example", "petra", "Petra Lane", "")
GWEN = AccessGroupMember("https://id.example", "gwen", "Gwen Otto", "")
ASTHMA = Application(
    title="Asthma reviews", summary="Who needs an asthma review.", organisation="Tamberley ICB",
    purpose="Planning", legal_basis="Regulation 3", agreement="DSA-1", datasets=("people", "medicines"),
    area="deprivation", expires_on=date(2099, 1, 1),
)  # fmt: skip


def test_an_application_is_live_once_a_second_person_approved_it(engine: Engine) -> None:
    number = projects.apply(engine, PETRA, ASTHMA)
    with pytest.raises(NotFound):
        projects.live(engine, PETRA, number)
    projects.decide(engine, GWEN, number, APPROVED, "Benefits people with asthma")
    project = projects.live(engine, PETRA, number)
    assert (project.title, project.datasets) == ("Asthma reviews", ("people", "medicines"))
    assert projects.who(project.decided_by)["name"] == "Gwen Otto"
    with pytest.raises(BadUsage):
        projects.decide(engine, GWEN, number, REFUSED, "Changed my mind")
    assert audit.verify(engine) == (2, None)


def test_nobody_decides_on_their_own_or_without_the_role(engine: Engine) -> None:
    number = projects.apply(engine, PETRA, ASTHMA)
    with pytest.raises(NotAllowed):
        projects.decide(engine, PETRA, number, APPROVED, "Mine")
    with pytest.raises(NotAllowed):
        projects.decide(engine, AccessGroupMember(PETRA.issuer, PETRA.subject, "Petra", ""), number, APPROVED, "Mine")
    with pytest.raises(NotAllowed):
        projects.apply(engine, GWEN, ASTHMA)


def test_a_second_account_of_the_same_name_is_no_second_person(engine: Engine) -> None:
    number = projects.apply(engine, PETRA, ASTHMA)
    last, first = PETRA.name.split()[::-1]
    with pytest.raises(NotAllowed, match="second person"):
        projects.decide(
            engine, AccessGroupMember("https://b.example", "p2", f"{last}, {first}", ""), number, APPROVED, "x"
        )
    projects.decide(engine, GWEN, number, APPROVED, "Yes")


def test_another_planner_and_a_day_too_late_find_nothing(engine: Engine) -> None:
    number = projects.apply(engine, PETRA, ASTHMA)
    projects.decide(engine, GWEN, number, APPROVED, "Yes")
    with pytest.raises(NotFound):
        projects.live(engine, Planner("https://id.example", "other", "Otto", ""), number)
    assert not projects.get(engine, number).is_live(date(2099, 1, 2))


@pytest.mark.parametrize(
    "wrong",
    [
        {"datasets": ()},
        {"datasets": ("names",)},
        {"area": "postcode"},
        {"least_group": 5},
        {"expires_on": date(2020, 1, 1)},
        {"national_applies": False},
    ],
)
def test_what_cannot_be_asked_for_is_refused(engine: Engine, wrong: dict[str, object]) -> None:
    with pytest.raises(BadUsage):
        projects.apply(engine, PETRA, replace(ASTHMA, **wrong))  # type: ignore[arg-type]
