"""The worker judges each look once; what it keeps of it says nothing of anybody."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text

from app import audit, clock, db
from app.access.grants import grant
from app.access.permissions import Permission
from app.access.policy import Reason
from app.access.users import Clinician
from app.errors import BadUsage, NotAllowed
from app.governance import staff_list, watching
from app.governance.watching import watch
from app.use_tables import alerts
from tests.audited import events
from tests.feeding import ASHA, BEN, COUNCIL, GP, TRUST, Sender, condition, patient

STAFF = "issuer,subject,org,family,given,birth_date,nhs_number,address,postcode\n"


def clinician(name: str = "Dr Grace Hall", org: str = GP) -> Clinician:
    return Clinician("https://id.example", name, name, "", org, f"Org {org}", "General practitioner")


def look(sender: Sender, user: Clinician, whom: UUID, reason: str = "") -> None:
    given = Reason(reason) if reason else None
    grant(sender.engine, user, Permission.VIEW_RECORD, whom, route="record", reason=given)


def rules(engine: Engine) -> list[str]:
    with db.read(engine) as connection:
        return list(connection.scalars(select(alerts.c.rule).order_by(alerts.c.id)))


@pytest.fixture
def asha(sender: Sender) -> UUID:
    sender.send(GP, patient("1"), condition("c1", of="1"))
    found = sender.person_of(GP, "1")
    assert found
    return found


def test_each_look_is_judged_once_and_sections_of_one_look_are_one(sender: Sender, asha: UUID) -> None:
    assert watch(sender.engine) == 0
    for _ in range(3):
        look(sender, clinician("Dr Ravi Patel"), asha)
    look(sender, clinician(), asha)
    assert (watch(sender.engine), watch(sender.engine)) == (1, 0)
    assert rules(sender.engine) == ["same-surname"]
    with clock.stopped_at(clock.now() + timedelta(days=1)):
        look(sender, clinician("Dr Ravi Patel"), asha)
        assert watch(sender.engine) == 1


def test_a_reason_is_an_alert_and_a_refusal_none(sender: Sender, asha: UUID) -> None:
    stranger = clinician("Joan Price", COUNCIL)
    with pytest.raises(NotAllowed):
        look(sender, stranger, asha)
    assert watch(sender.engine) == 0
    look(sender, stranger, asha, reason="Direct care – urgent")
    assert watch(sender.engine) == 2
    assert rules(sender.engine) == ["reason-given", "no-encounter"]


def test_an_encounter_of_lately_tells_the_reason_from_curiosity(sender: Sender, asha: UUID) -> None:
    day = clock.today().isoformat()
    stay = {"resourceType": "Encounter", "id": "e1", "status": "finished", "subject": {"reference": "Patient/7"},
            "class": {"code": "IMP"}, "period": {"start": day, "end": day}}  # fmt: skip
    sender.send(TRUST, patient("7"), stay)
    look(sender, clinician("Dr Omar Shah", TRUST), asha, reason="Discharge letter")
    watch(sender.engine)
    assert rules(sender.engine) == ["reason-given"]


def test_what_is_kept_names_nobody_and_the_reading_is_written_down(
    sender: Sender, asha: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    look(sender, clinician("Dr Ravi Patel"), asha)
    watch(sender.engine)
    with db.read(sender.engine) as connection:
        kept = str([dict(row) for row in connection.execute(select(alerts)).mappings()])
        told = connection.execute(text("SELECT * FROM lookers")).all()
    for secret in ("Patel", "Ravi", ASHA, str(asha), asha.hex, "1960-05"):
        assert secret not in kept + caplog.text
        assert secret.encode() not in b"".join(bytes(row.words) for row in told)
    assert events(sender.engine, "operator")[-1]["detail"] == {"command": "watch"}
    assert "alert_raised" in caplog.text
    assert watch(sender.engine) == 0 and len(events(sender.engine, "operator")) == 1, "its own rows are no looks"


def test_a_list_of_staff_finds_oneself_ones_home_and_a_colleague(sender: Sender, asha: UUID, tmp_path: Path) -> None:
    lines = [
        f"https://id.example,Dr Grace Hall,{GP},Hall,Grace,1980-02-03,,1 Mill Lane,TB1 2AB",
        f"https://id.example,Ann Patel,{GP},Patel,Asha,1960-05-01,{ASHA},1 Mill Lane,TB1 2AB",
        f"https://id.example,Dr Omar Shah,{TRUST},Shah,Omar,1970-01-01,,9 High Street,TB9 9ZZ",
    ]
    (tmp_path / "staff.csv").write_text(STAFF + "\n".join(lines))
    assert staff_list.load(sender.engine, tmp_path / "staff.csv") == 3
    for name in ("Dr Grace Hall", "Ann Patel"):
        look(sender, clinician(name), asha)
    look(sender, clinician("Dr Omar Shah", TRUST), asha, reason="Direct care – urgent")
    watch(sender.engine)
    assert sorted(rules(sender.engine)) == ["colleague", "no-encounter", "own-record", "reason-given", "same-address"]
    with db.read(sender.engine) as connection:
        kept = b"".join(bytes(one) for one in connection.execute(text("SELECT words FROM staff")).scalars())
    assert b"Patel" not in kept and ASHA.encode() not in kept


@pytest.mark.parametrize(
    ("text_", "said"),
    [("issuer,subject\n", "no column org"), (STAFF + "https://id.example,,X,Hall,,,,,\n", "line 2: no subject")],
)
def test_a_list_that_cannot_be_used_is_refused_whole(engine: Engine, tmp_path: Path, text_: str, said: str) -> None:
    (tmp_path / "staff.csv").write_text(text_)
    with pytest.raises(BadUsage, match=said):
        staff_list.load(engine, tmp_path / "staff.csv")


def test_a_person_who_is_not_here_any_more_stops_nothing(sender: Sender, asha: UUID) -> None:
    look(sender, clinician(), asha)
    sender.send(GP, patient("1", BEN, name=[{"family": "Reed", "given": ["Tom"]}], birthDate="1950-02-03"))
    assert watch(sender.engine) == 0


def test_many_rows_are_judged_some_at_a_time(sender: Sender, asha: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AT_ONCE", 2)
    for name in ("A Patel", "B Patel", "C Patel"):
        look(sender, clinician(name), asha)
        audit.append(sender.engine, audit.Event("sent-on", "done", {"name": "nightly job"}, asha))
    assert watch(sender.engine) == 3
