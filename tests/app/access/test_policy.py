"""Who may look at whose record: the policy, fact by fact."""

from datetime import UTC, datetime, timedelta

import pytest

from app.access.facts import Fact, Kind, facts_of
from app.access.permissions import Permission
from app.access.policy import decide
from app.access.users import AccessGroupMember, DataQualityLead, PatientUser, Planner, PrivacyOfficer, User
from tests.feeding import GP, TRUST, Json, clinician, patient

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
VIEW = Permission.VIEW_RECORD


@pytest.mark.parametrize("kind", [Kind.REGISTERED, Kind.ENCOUNTER, Kind.CARE_TEAM])
def test_a_relationship_with_the_own_organisation_opens_the_record(kind: Kind) -> None:
    assert decide(clinician(GP), VIEW, [Fact(kind, GP)], NOW).allowed


def test_without_one_a_reason_must_be_given(kind: Kind = Kind.REGISTERED) -> None:
    facts = [Fact(kind, TRUST)]
    refused = decide(clinician(GP), VIEW, facts, NOW)
    assert (refused.allowed, refused.ask_reason) == (False, True)
    assert decide(clinician(GP), VIEW, facts, NOW, reason="Direct care").basis == "reason given: Direct care"


def test_a_relationship_that_is_over_or_not_yet_counts_for_nothing() -> None:
    over = Fact(Kind.ENCOUNTER, GP, NOW - timedelta(days=9), NOW - timedelta(days=1))
    later = Fact(Kind.ENCOUNTER, GP, NOW + timedelta(days=1), None)
    assert not decide(clinician(GP), VIEW, [over, later], NOW).allowed


@pytest.mark.parametrize("kind", [PatientUser, Planner, DataQualityLead, PrivacyOfficer, AccessGroupMember, User])
def test_nobody_but_a_clinician_opens_the_viewer_whatever_they_say(kind: type[User]) -> None:
    decision = decide(kind("i", "s", "n", ""), VIEW, [Fact(Kind.REGISTERED, GP)], NOW, reason="urgent")
    assert (decision.allowed, decision.ask_reason) == (False, False)


def test_a_person_opens_the_record_that_their_own_account_is_linked_to_and_no_other() -> None:
    asha = PatientUser("https://id.example", "7", "Asha Patel", "")
    other = PatientUser("https://id.example", "8", "Tom Reed", "")
    facts = [Fact(Kind.SELF, asha.account), Fact(Kind.REGISTERED, GP), Fact(Kind.DISSENT, GP)]
    own = decide(asha, Permission.VIEW_OWN_RECORD, facts, NOW)
    assert (own.allowed, own.basis, own.withheld) == (True, "your own record", frozenset())
    assert not decide(other, Permission.VIEW_OWN_RECORD, facts, NOW, reason="urgent").allowed
    assert not decide(asha, Permission.VIEW_RECORD, facts, NOW).allowed


def test_a_dissent_hides_that_sources_statements_from_every_other_organisation() -> None:
    facts = [Fact(Kind.DISSENT, GP), Fact(Kind.REGISTERED, GP), Fact(Kind.ENCOUNTER, TRUST)]
    assert decide(clinician(TRUST), VIEW, facts, NOW).withheld == {GP}
    assert decide(clinician(GP), VIEW, facts, NOW).withheld == frozenset()


def test_a_restricted_label_is_passed_on() -> None:
    facts = [Fact(Kind.RESTRICTED, TRUST), Fact(Kind.REGISTERED, GP)]
    assert decide(clinician(GP), VIEW, facts, NOW).restricted


def kinds(kind: str, resource: Json) -> list[tuple[Kind, str]]:
    return [(fact.kind, fact.org) for fact in facts_of(GP if kind == "gp" else TRUST, kind, resource)]


def test_facts_come_from_what_sources_say() -> None:
    ods = {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "rz009"}}
    label = {"security": [{"code": "R"}]}
    assert kinds("gp", patient("1")) == [(Kind.REGISTERED, GP)]
    assert kinds("gp", patient("1", active=False)) == []
    assert kinds("acute", patient("1")) == []
    assert kinds("acute", patient("1", meta=label)) == [(Kind.RESTRICTED, TRUST)]
    encounter = {"resourceType": "Encounter", "status": "in-progress", "serviceProvider": ods}
    assert kinds("acute", encounter) == [(Kind.ENCOUNTER, "RZ009")]
    assert kinds("acute", encounter | {"status": "finished"}) == []
    assert kinds("social", {"resourceType": "CareTeam", "status": "active"}) == [(Kind.CARE_TEAM, TRUST)]
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "provision": {"type": "deny"},
    }
    assert kinds("gp", consent) == [(Kind.DISSENT, GP)]
    assert kinds("gp", consent | {"status": "inactive"}) == []
    assert kinds("gp", consent | {"provision": {"type": "permit"}}) == []


def test_a_day_that_ends_a_relationship_is_part_of_it() -> None:
    encounter = {"resourceType": "Encounter", "status": "in-progress", "period": {"end": "2026-11-01"}}
    [fact] = facts_of(TRUST, "acute", encounter)
    assert fact.holds(datetime(2026, 11, 1, 23, 30, tzinfo=UTC))
    assert not fact.holds(datetime(2026, 11, 2, 0, 30, tzinfo=UTC))
