"""A release is asked for by one person and approved by another, and only then pulled."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, update

from app import audit, clock, db, projects
from app.access.users import AccessGroupMember
from app.errors import BadUsage, NotAllowed, NotFound
from app.export import releases
from app.export.optouts import digest_of
from app.export.releases import CHECKED, MEASURES
from app.projects import APPROVED, REFUSED
from app.use_tables import releases as table
from tests.app.export.planning import GWEN, OTTO, PETRA, approved

TODAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
ONE = {"name": "people.csv", "type": "people", "count": 12, "sha256": "", "bytes": 5}
REPORT = json.dumps({"files": [ONE], "excluded": digest_of([])})
FREE = {"national_applies": False, "opt_out_reason": "Regulation 3 notice"}


def checked(engine: Engine, outbox: Path, **changes: object) -> UUID:
    """A release of Petra's that the gate let through, with one file."""
    number = releases.request(engine, PETRA, approved(engine, **FREE, **changes))
    with db.write(engine) as connection:
        connection.execute(update(table).where(table.c.id == number).values(state=CHECKED, report=REPORT))
    (outbox / str(number)).mkdir(parents=True)
    (outbox / str(number) / "people.csv").write_text("rows\n")
    return number


def test_a_release_is_pulled_once_a_second_person_approved_it(engine: Engine, tmp_path: Path) -> None:
    number = checked(engine, tmp_path)
    with pytest.raises(NotFound):
        releases.open_file(engine, PETRA, number, "people.csv", outbox=tmp_path)
    releases.decide(engine, GWEN, number, APPROVED, "As agreed")
    before, _ = audit.verify(engine)
    with releases.open_file(engine, PETRA, number, "people.csv", outbox=tmp_path) as file:
        assert audit.verify(engine) == (before + 1, None)
        assert file.read() == b"rows\n"
    with pytest.raises(BadUsage):
        releases.decide(engine, GWEN, number, REFUSED, "Changed my mind")


def test_nobody_approves_what_they_asked_for_nor_without_the_role(engine: Engine, tmp_path: Path) -> None:
    number = checked(engine, tmp_path)
    with pytest.raises(NotAllowed):
        releases.decide(engine, PETRA, number, APPROVED, "Mine")
    with pytest.raises(NotAllowed, match="second person"):
        releases.decide(engine, AccessGroupMember(PETRA.issuer, PETRA.subject, "Petra", ""), number, APPROVED, "Mine")
    with pytest.raises(BadUsage):
        releases.decide(engine, GWEN, number, APPROVED, " ")


def test_what_the_gate_did_not_see_cannot_be_approved(engine: Engine) -> None:
    number = releases.request(engine, PETRA, approved(engine))
    with pytest.raises(BadUsage):
        releases.decide(engine, GWEN, number, APPROVED, "Quickly")


@pytest.mark.parametrize("name", ["../people.csv", "other.csv", "", "manifest.json/../people.csv"])
def test_only_the_planner_of_the_project_pulls_and_only_what_the_manifest_names(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    number = checked(engine, tmp_path)
    releases.decide(engine, GWEN, number, APPROVED, "As agreed")
    with pytest.raises(NotFound):
        releases.open_file(engine, PETRA, number, name, outbox=tmp_path)
    with pytest.raises(NotFound):
        releases.open_file(engine, OTTO, number, "people.csv", outbox=tmp_path)
    with pytest.raises(NotFound):
        releases.open_file(engine, PETRA, uuid4(), "people.csv", outbox=tmp_path)
    with pytest.raises(NotAllowed):
        releases.open_file(engine, GWEN, number, "people.csv", outbox=tmp_path)


def test_after_a_month_or_the_end_of_the_project_nothing_is_pulled(engine: Engine, tmp_path: Path) -> None:
    with clock.stopped_at(TODAY):
        long = checked(engine, tmp_path)
        short = checked(engine, tmp_path, expires_on=date(2026, 11, 10))
        for number in (long, short):
            releases.decide(engine, GWEN, number, APPROVED, "As agreed")
    for number, days, there in ((long, 29, True), (long, 31, False), (short, 8, True), (short, 9, False)):
        with clock.stopped_at(TODAY + timedelta(days=days)):
            if there:
                releases.open_file(engine, PETRA, number, "people.csv", outbox=tmp_path).close()
            else:
                with pytest.raises(NotFound):
                    releases.open_file(engine, PETRA, number, "people.csv", outbox=tmp_path)


def test_only_what_the_project_was_approved_for_is_asked_for(engine: Engine) -> None:
    people_only = approved(engine, datasets=("people",))
    with pytest.raises(BadUsage):
        releases.request(engine, PETRA, people_only, MEASURES)
    with pytest.raises(NotFound):
        releases.request(engine, OTTO, people_only)
    with pytest.raises(NotAllowed):
        releases.request(engine, GWEN, people_only)
    first = releases.request(engine, PETRA, people_only)
    assert [one.id for one in releases.of_project(engine, people_only)] == [first]
    assert projects.get(engine, people_only).datasets == ("people",)
