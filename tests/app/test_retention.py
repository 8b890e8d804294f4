"""What is past its time goes by itself; nothing clinical does, and nothing of the record of looks."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import audit, clock
from app.access import look_questions, sessions
from app.access.grants import OperatorGrant, give_reason, grant
from app.access.looks import looks_grant
from app.access.permissions import Permission
from app.access.users import PrivacyOfficer
from app.errors import NotFound
from app.ingest.taking import refused_bytes
from app.portal.joining import welcome
from app.retention import let_go
from app.viewer import problems
from tests.browsing import claims, person
from tests.feeding import COUNCIL, GP, Sender, clinician, condition, patient
from tests.installation import demo_settings

OFFICER = PrivacyOfficer("https://id.example", "p1", "Pat Quill", "")
KEPT = ("statements", "facts", "links", "audit_events", "tokens", "quarantine")


@pytest.fixture
def held(sender: Sender) -> dict[str, int]:
    """A session with a reason, a problem, an answered question, something refused; how many rows of each table stay."""
    sender.send(GP, patient("1"), condition("c1", of="1"), condition("c1", of="1", words="Gout"), "{refused")
    whom = sender.person_of(GP, "1")
    assert whom
    welcome(sender.engine, person(), claims())
    pending = sessions.hash_of(sessions.begin(sender.engine))
    who = sessions.SignIn(clinician(COUNCIL), "staff", "")
    cookie = sessions.sign_in(sender.engine, who, instead_of=pending, lasts=timedelta(hours=1))
    user = clinician(COUNCIL, session=sessions.hash_of(cookie).hex())
    give_reason(sender.engine, user, whom, "other", "She fell")
    seen = grant(sender.engine, user, Permission.VIEW_RECORD, whom)
    problems.report(sender.engine, user, seen, "problems", "Not hers")
    own = looks_grant(sender.engine, person(), Permission.VIEW_OWN_ACCESS_LOG, whom)
    look_questions.ask(sender.engine, person(), own, seen.seq, "Why?")
    look_questions.answer(sender.engine, OFFICER, look_questions.queue(sender.engine, OFFICER)[0], "She came in")
    return {table: sender.count(table) for table in KEPT}


def after(sender: Sender, database_url: str, tmp_path: Path, days: int, **changes: int) -> int:
    settings = replace(demo_settings(database_url, tmp_path), **changes)
    with clock.stopped_at(clock.now() + timedelta(days=days)):
        return let_go(sender.engine, settings)


def test_before_its_time_nothing_goes(sender: Sender, held: dict[str, int], database_url: str, tmp_path: Path) -> None:
    assert after(sender, database_url, tmp_path, 29) == 0
    assert (sender.count("sessions"), sender.count("reasons"), sender.count("problems")) == (2, 1, 1)


def test_sessions_go_with_their_reasons_and_refused_bytes_go_alone(
    sender: Sender, held: dict[str, int], database_url: str, tmp_path: Path
) -> None:
    assert after(sender, database_url, tmp_path, 31) == 2
    assert (sender.count("sessions"), sender.count("reasons")) == (0, 0)
    assert refused_bytes(sender.engine, OperatorGrant(0), 1) == b"{refused"
    assert after(sender, database_url, tmp_path, 91) == 1
    with pytest.raises(NotFound, match="no longer kept"):
        refused_bytes(sender.engine, OperatorGrant(0), 1)
    assert {table: sender.count(table) for table in KEPT} == held
    assert sender.send(GP, "{refused")["quarantined"] == 1
    assert sender.count("quarantine") == held["quarantine"], "it is known again"


def test_words_go_only_where_a_period_is_set(
    sender: Sender, held: dict[str, int], database_url: str, tmp_path: Path
) -> None:
    after(sender, database_url, tmp_path, 36_500)
    assert (sender.count("problems"), sender.count("look_questions")) == (1, 1)
    assert after(sender, database_url, tmp_path, 366, keep_words_days=365) == 2
    assert (sender.count("problems"), sender.count("look_questions")) == (0, 0)
    assert {table: sender.count(table) for table in KEPT} == held, "and nothing clinical ever"
    assert audit.verify(sender.engine)[1] is None
