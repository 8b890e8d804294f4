"""Everybody can read what was decided about data, and nobody reads a name or what still waits."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from app.governance import register
from app.governance.page import entry_rows
from app.projects import Project

WAITING = Project(
    title="Asthma reviews", summary="Who needs one.", organisation="Tamberley ICB", purpose="Planning",
    legal_basis="Article 9(2)(h)", agreement="DSA-1", datasets=("people", "medicines"), area="practice",
    expires_on=date(2027, 3, 31), id=UUID(int=1), applicant='{"name": "Petra Lane"}', applicant_key=b"k",
    applied_at=datetime(2026, 11, 1, tzinfo=UTC), decision="", decision_words="", decided_by="", decided_at=None,
)  # fmt: skip
APPROVED = replace(
    WAITING, decision="approved", decision_words="It helps people with asthma",
    decided_by='{"name": "Gwen Otto", "role": "Data access group member"}',
    decided_at=datetime(2026, 11, 4, 23, 30, tzinfo=UTC),
)  # fmt: skip


def test_what_waits_is_not_public() -> None:
    assert register.entries([WAITING]) == []


def test_a_decision_is_public_with_its_day_and_its_words_and_without_names() -> None:
    [entry] = register.entries([APPROVED])
    assert (entry.decision, entry.decided_on, entry.starts_on, entry.ends_on) == (
        "Approved", "2026-11-04", "2026-11-04", "2027-03-31",
    )  # fmt: skip
    shown = str(entry_rows(entry)) + str(register.as_json([entry])) + register.as_csv([entry])
    assert "04-Nov-2026 by the data access group: It helps people with asthma" in shown
    assert "Petra" not in shown and "Gwen" not in shown


def test_what_was_refused_has_no_first_or_last_day() -> None:
    [entry] = register.entries([replace(APPROVED, decision="refused")])
    assert (entry.decision, entry.starts_on, entry.ends_on) == ("Refused", "", "")
    assert "Starts" not in dict(entry_rows(entry))


def test_why_an_opt_out_is_not_applied_is_public() -> None:
    [entry] = register.entries([replace(APPROVED, national_applies=False, opt_out_reason="The law requires it")])
    assert entry.opt_outs == ("Type 1 opt-outs are applied", "National data opt-outs are not applied")
    assert dict(entry_rows(entry))["Why an opt-out is not applied"] == "The law requires it"


def test_no_cell_of_the_table_is_a_formula() -> None:
    listed = register.entries([replace(APPROVED, title='=HYPERLINK("https://evil.example")', agreement="-1")])
    [row] = csv.DictReader(io.StringIO(register.as_csv(listed)))
    assert (row["title"], row["agreement"]) == ('\'=HYPERLINK("https://evil.example")', "'-1")
    assert row["data"].startswith("People: ")
