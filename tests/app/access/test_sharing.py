"""What organisations agreed to show to whom: the rules, pure; then a council's record on both databases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import db, statements
from app.access import sharing
from app.access.grants import grant
from app.access.permissions import Permission
from app.access.sharing import Rule, shared
from app.errors import BadUsage
from fhir.absence import Source
from fhir.record import combine
from tests.feeding import COUNCIL, GP, TRUST, URGENT, Sender, clinician, condition, patient

BOTH = frozenset({"problems", "social-care"})
COUNCILS = Source(COUNCIL, "Council", "social", BOTH)
HOSPITAL = Source(TRUST, "Hospital", "acute", BOTH)


def seen(*rules: tuple[str, str, str], feed: Source = COUNCILS, org: str = GP, kind: str = "gp") -> set[str]:
    return set(shared(feed, org, kind, [Rule(feed.ods, *rule) for rule in rules]))


def test_without_a_rule_a_council_shows_nothing_and_the_nhs_what_it_is_registered_for() -> None:
    assert seen() == set()
    assert seen(feed=HOSPITAL) == BOTH
    assert seen(org=COUNCIL, kind="social") == BOTH


@pytest.mark.parametrize("recipient", [GP, "gp", "*"])
def test_a_rule_names_an_organisation_a_kind_or_everyone(recipient: str) -> None:
    assert seen(("social-care", recipient, "allow")) == {"social-care"}
    assert seen(("*", recipient, "allow")) == BOTH
    assert seen(("*", recipient, "allow"), org="RZ777", kind="") == (BOTH if recipient == "*" else set())


def test_c40_allow_and_deny_in_every_order_deny() -> None:
    allow, deny = ("*", "gp", "allow"), ("problems", GP, "deny")
    for feed in (COUNCILS, HOSPITAL):
        assert seen(allow, deny, feed=feed) == seen(deny, allow, feed=feed) == {"social-care"}
    assert seen(("*", "*", "deny"), allow) == set()


def test_a_hospital_that_allows_some_allows_no_others_and_denying_some_allows_the_rest() -> None:
    assert seen(("problems", "mental", "allow"), feed=HOSPITAL) == {"social-care"}
    assert seen(("problems", "mental", "deny"), feed=HOSPITAL) == BOTH


def test_a_rule_holds_from_its_day_until_its_last() -> None:
    start, end = datetime(2026, 4, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)
    rule = Rule(COUNCIL, "*", "*", "allow", start, end)
    assert [rule.holds(moment) for moment in (datetime(2026, 3, 31, tzinfo=UTC), start, end)] == [False, True, False]


# ------------------------------------------------------------------ loaded by an operator
HEADING = "provider,category,recipient,effect,from,until,agreement\n"


def load(sender: Sender, rows: str) -> int:
    path = sender.folder / "rules.csv"
    path.write_text(HEADING + rows)
    return sharing.load(sender.engine, path)


def test_rules_are_loaded_in_place_of_all_others(sender: Sender) -> None:
    assert load(sender, f"{COUNCIL},social-care,gp,allow,2026-04-01,,ISA 7\n{COUNCIL},*,{TRUST},deny,,,ISA 8\n") == 2
    with db.read(sender.engine) as connection:
        first, second = sharing.rules(connection)
    april = datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert (first, second) == (
        Rule(COUNCIL, "social-care", "gp", "allow", april, None, "ISA 7"),
        Rule(COUNCIL, "*", TRUST, "deny", None, None, "ISA 8"),
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("901,*,gp,allow,,,", "line 2: no agreement"),
        ("901,everything,gp,allow,,,ISA", "line 2: unknown category everything"),
        ("901,*,gp,maybe,,,ISA", "line 2: effect must be allow or deny"),
        ("901,*,gp,allow,soon,2026-13-01,ISA", "line 2: from and until must be a day, as 2026-04-01"),
        ("901,*,an organisation's name,allow,,,ISA", "line 2: provider and recipient are codes"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_rule_is_refused_and_nothing_changes(sender: Sender, row: str, words: str) -> None:
    with pytest.raises(BadUsage, match=words):
        load(sender, row)
    with db.read(sender.engine) as connection:
        assert len(sharing.rules(connection)) == 1


def test_what_is_no_table_is_refused(sender: Sender, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="CSV table"):
        sharing.load(sender.engine, tmp_path)


def test_a_council_that_agreed_to_nothing_is_as_if_it_did_not_know_the_person(sender: Sender) -> None:
    sender.send(GP, patient("1"), condition("c1", of="1"))
    sender.send(COUNCIL, patient("9"), condition("c9", of="9", words="Carer strain"))
    person = sender.person_of(GP, "1")
    assert person

    def told(org: str) -> tuple[set[str], set[str], list[str]]:
        allowed = grant(sender.engine, clinician(org), Permission.VIEW_RECORD, person, reason=URGENT)
        found = combine(statements.of_patient(sender.engine, allowed), allowed.sources, allowed.excluded)
        lines = sorted(line.lead.text for line in found.section("problems").lines)
        return {s.ods for s in allowed.sources}, {s.ods for s in allowed.elsewhere}, lines

    assert told(GP) == ({GP, COUNCIL}, {TRUST}, ["Asthma", "Carer strain"])
    sharing.keep(sender.engine, [])
    assert told(GP) == ({GP}, {TRUST}, ["Asthma"])
    assert told(COUNCIL)[0] == {GP, COUNCIL}
    sharing.keep(sender.engine, [Rule(COUNCIL, "demographics", "gp", "allow")])
    assert told(GP) == ({GP, COUNCIL}, {TRUST}, ["Asthma"])
