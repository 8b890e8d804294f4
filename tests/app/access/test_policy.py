"""Who may look at whose record: the policy, fact by fact."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.access.facts import LABELS, SENSITIVE, Fact, Kind, facts_of, proxy
from app.access.permissions import Permission
from app.access.policy import Asked, Decision, Known, Purpose, Reason, check_kinds, decide, open_sources
from app.access.sharing import Rule
from app.access.users import AccessGroupMember, Clinician, DataQualityLead, PatientUser, Planner, PrivacyOfficer, User
from app.errors import NotReady
from fhir.absence import Source
from fhir.compartment import COMPARTMENT
from fhir.kinds import ABOUT_A_PERSON, ABOUT_NOBODY, without_place
from fhir.record import categories_of
from fhir.resource_types import RESOURCE_TYPES
from tests.feeding import COUNCIL, GP, KINDS, TRUST, Json, clinician, patient

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
VIEW = Permission.VIEW_RECORD
EVERYTHING = frozenset({"demographics", "problems", "social-care"})
FEEDS = tuple(Source(ods, ods, kind, EVERYTHING) for ods, kind in KINDS.items())
ELSEWHERE = "RZ999"
URGENT = Reason("Direct care")
CONSENT = Reason("The patient consents", breaks_seal=True)
CORONER = Reason("A coroner asks", after_death=True)
OURS = Fact(Kind.REGISTERED, GP)
ASHA = PatientUser("https://id.example", "7", "Asha Patel", "")
OWN = Fact(Kind.SELF, ASHA.account)


def ask(
    user: User,
    *facts: Fact,
    act: Permission = VIEW,
    reason: Reason | None = None,
    rules: tuple[Rule, ...] = (),
    now: datetime = NOW,
    purpose: Purpose | None = None,
) -> Decision:
    return decide(user, Asked(act, reason, purpose), Known(facts, FEEDS, rules), now)


def refused(decision: Decision) -> tuple[int, str]:
    """The number and name of the check that ended it. What is refused shows nothing."""
    assert not (decision.allowed or decision.shows or decision.basis)
    return decision.number, decision.step


# ------------------------------------------------------------------ 3, 4: who asks
@pytest.mark.parametrize("kind", [Planner, DataQualityLead, PrivacyOfficer, AccessGroupMember, User])
def test_nobody_but_a_clinician_and_the_person_opens_a_record_whatever_they_say(kind: type[User]) -> None:
    decision = ask(kind("i", "s", "n", ""), OURS, reason=URGENT)
    assert (refused(decision), decision.ask_reason) == ((3, "role"), False)


def test_c39_a_role_that_nobody_foresaw_may_do_nothing() -> None:
    class Robot(Clinician):
        pass

    robot = Robot("i", "s", "n", "", GP, "Elm", "Robot")
    assert refused(ask(robot, OURS)) == (4, "permission")


def test_an_organisation_that_has_no_part_in_this_record_opens_none() -> None:
    stranger = clinician(ELSEWHERE)
    facts = (Fact(Kind.ENCOUNTER, ELSEWHERE),)
    assert refused(ask(stranger, *facts, reason=URGENT)) == (3, "organisation")
    named = Rule(GP, "*", ELSEWHERE, "allow")
    assert ask(stranger, *facts, rules=(named,)).allowed
    assert refused(ask(stranger, *facts, rules=(replace(named, ends=NOW),))) == (3, "organisation")
    assert open_sources(stranger, Known(facts, FEEDS), NOW) == {}


def test_a_national_role_needs_the_activity_to_view_detailed_records() -> None:
    nurse = replace(clinician(GP), role_code="R8001")
    assert refused(ask(nurse, OURS)) == (3, "activity")
    assert ask(replace(nurse, activities=frozenset({"B0360"})), OURS).allowed
    assert ask(clinician(GP), OURS).allowed


def test_a_person_does_not_open_the_viewer() -> None:
    assert refused(ask(ASHA, OWN)) == (4, "permission")


def test_a_reason_mends_neither_an_organisation_nor_a_role_and_no_patient_is_asked_for_one() -> None:
    nurse = replace(clinician(GP), role_code="R8001")
    for decision in (
        ask(clinician(ELSEWHERE)), ask(nurse, OURS), ask(ASHA, OWN),
        ask(ASHA, OWN, Fact(Kind.DECEASED, TRUST), act=Permission.VIEW_OWN_RECORD),
    ):  # fmt: skip
        assert (decision.allowed, decision.ask_reason) == (False, False)


# ------------------------------------------------------------------ 6: flags of the person
def test_after_death_only_the_practice_and_who_examines_the_death_look() -> None:
    dead = Fact(Kind.DECEASED, TRUST)
    caring = (Fact(Kind.ENCOUNTER, TRUST), OURS, dead)
    assert ask(clinician(GP), *caring).allowed
    decision = ask(clinician(TRUST), *caring, reason=URGENT)
    assert (refused(decision), decision.ask_reason) == ((6, "after death"), True)
    assert ask(clinician(COUNCIL), *caring, reason=CORONER).basis == "reason given: A coroner asks"
    assert refused(ask(ASHA, OWN, dead, act=Permission.VIEW_OWN_RECORD)) == (6, "after death")


def test_a_look_at_somebody_whom_people_are_curious_about_is_an_alert() -> None:
    watched = (OURS, Fact(Kind.VIP, TRUST), Fact(Kind.STAFF, TRUST))
    assert ask(clinician(GP), *watched).alerts == {"vip", "staff"}
    assert ask(clinician(TRUST), *watched, reason=CONSENT).alerts == {"vip", "staff", "reason given", "seal broken"}
    assert ask(clinician(GP), OURS, reason=CONSENT).alerts == {"seal broken"}
    assert ask(clinician(GP), OURS, reason=URGENT).alerts == frozenset()


def test_a_restricted_label_is_passed_on() -> None:
    assert ask(clinician(GP), Fact(Kind.RESTRICTED, TRUST), OURS).restricted
    assert not ask(clinician(GP), OURS).restricted


# ------------------------------------------------------------------ 7: refusals to share
def test_a_dissent_hides_that_sources_statements_from_every_other_organisation() -> None:
    facts = (Fact(Kind.DISSENT, GP), OURS, Fact(Kind.ENCOUNTER, TRUST))
    elsewhere, own = ask(clinician(TRUST), *facts), ask(clinician(GP), *facts)
    assert (elsewhere.withheld, GP in elsewhere.shows) == ({GP}, False)
    assert (own.withheld, GP in own.shows) == (frozenset(), True)
    assert GP not in open_sources(clinician(TRUST), Known(facts, FEEDS), NOW)


def test_a_dissent_is_overridden_by_breaking_the_seal_alone() -> None:
    facts = (Fact(Kind.DISSENT, GP), Fact(Kind.ENCOUNTER, TRUST))
    assert ask(clinician(TRUST), *facts, reason=URGENT).withheld == {GP}
    broken = ask(clinician(TRUST), *facts, reason=CONSENT)
    assert (broken.withheld, GP in broken.shows) == (frozenset(), True)


def test_what_was_not_shared_anyway_is_not_named_as_refused() -> None:
    facts = (Fact(Kind.DISSENT, COUNCIL), OURS)
    assert ask(clinician(GP), *facts).withheld == frozenset()


# ------------------------------------------------------------------ 8: relationship
@pytest.mark.parametrize("kind", [Kind.REGISTERED, Kind.ENCOUNTER, Kind.CARE_TEAM])
def test_a_relationship_with_the_own_organisation_opens_the_record(kind: Kind) -> None:
    assert ask(clinician(GP), Fact(kind, GP)).allowed


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.REGISTERED, Kind.ENCOUNTER, Kind.CARE_TEAM, Kind.DECEASED}))
def test_nothing_else_that_is_known_is_a_relationship(kind: Kind) -> None:
    assert refused(ask(clinician(GP), Fact(kind, GP))) == (8, "relationship")


def test_without_one_a_reason_must_be_given() -> None:
    decision = ask(clinician(GP), Fact(Kind.REGISTERED, TRUST))
    assert (refused(decision), decision.ask_reason) == ((8, "relationship"), True)
    given = ask(clinician(GP), Fact(Kind.REGISTERED, TRUST), reason=URGENT)
    assert (given.basis, given.alerts) == ("reason given: Direct care", {"reason given"})


def test_a_relationship_that_is_over_or_not_yet_counts_for_nothing() -> None:
    over = Fact(Kind.ENCOUNTER, GP, NOW - 9 * DAY, NOW)
    later = Fact(Kind.ENCOUNTER, GP, NOW + DAY, None)
    assert not ask(clinician(GP), over, later).allowed


def test_the_basis_says_the_relationship_and_that_a_seal_was_broken() -> None:
    assert ask(clinician(GP), Fact(Kind.ENCOUNTER, GP), OURS, reason=URGENT).basis == "registered with your practice"
    assert ask(clinician(GP), OURS, reason=CONSENT).basis == (
        "registered with your practice; reason given: The patient consents"
    )


# ------------------------------------------------------------------ 8: the person themselves, and who acts for them
def test_a_person_opens_the_record_that_their_own_account_is_linked_to_and_no_other() -> None:
    other = PatientUser("https://id.example", "8", "Tom Reed", "")
    facts = (OWN, OURS, Fact(Kind.DISSENT, GP))
    own = ask(ASHA, *facts, act=Permission.VIEW_OWN_RECORD)
    assert (own.allowed, own.basis, own.withheld, own.alerts) == (True, "your own record", frozenset(), frozenset())
    assert (own.shows, own.hides) == ({feed.ods: EVERYTHING for feed in FEEDS}, {Kind.NOT_FOR_PATIENT})
    stranger = ask(other, *facts, act=Permission.VIEW_OWN_RECORD, reason=URGENT)
    assert (refused(stranger), stranger.ask_reason) == ((8, "not their own"), False)


def acting(born: date, *, ends: datetime | None = None, of_child: bool = True) -> list[Fact]:
    return proxy(ASHA.account, born, NOW - 900 * DAY, ends, of_child=of_child)


def own_act(*facts: Fact, act: Permission = Permission.VIEW_OWN_RECORD, now: datetime = NOW) -> Decision:
    return ask(ASHA, *facts, act=act, now=now)


def test_who_acts_for_a_child_sees_their_record_and_does_nothing_else() -> None:
    child = acting(date(2018, 5, 1))
    seen = own_act(*child)
    assert (seen.allowed, seen.basis) == (True, "you act for this person")
    assert seen.hides == {Kind.NOT_FOR_PATIENT, Kind.SEALED, Kind.LOCKED}
    for act in (Permission.ADD_OWN_READING, Permission.VIEW_OWN_ACCESS_LOG):
        assert refused(own_act(*child, act=act)) == (8, "not their own")
    assert refused(ask(replace(ASHA, subject="8"), *child, act=Permission.VIEW_OWN_RECORD)) == (8, "not their own")


def test_from_eleven_a_young_persons_sensitive_matters_are_hidden_from_who_acts_for_them() -> None:
    eleven = acting(date(2015, 11, 1))
    before = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
    assert not own_act(*eleven, now=before).hides & SENSITIVE
    assert own_act(*eleven).hides == LABELS | {Kind.NOT_FOR_PATIENT}
    theirs = [replace(fact, org="x") if fact.kind == Kind.PROXY_OF_YOUNG else fact for fact in eleven]
    assert not own_act(*theirs).hides & SENSITIVE


def test_at_sixteen_nobody_acts_for_them_whatever_was_agreed() -> None:
    sixteen = acting(date(2010, 11, 1), ends=NOW + 900 * DAY)
    assert own_act(*sixteen, now=datetime(2026, 10, 31, 23, 59, tzinfo=UTC)).allowed
    assert refused(own_act(*sixteen)) == (8, "not their own")
    born_on_leap_day = acting(date(2012, 2, 29), ends=NOW + 900 * DAY)
    assert born_on_leap_day[0].ends == datetime(2028, 2, 29, tzinfo=born_on_leap_day[0].ends.tzinfo)  # type: ignore[union-attr]
    assert born_on_leap_day[1].starts.date() == date(2023, 3, 1)  # type: ignore[union-attr]


def test_what_was_agreed_may_end_earlier_and_for_an_adult_ends_then() -> None:
    early = acting(date(2018, 5, 1), ends=NOW)
    assert not own_act(*early).allowed
    assert acting(date(1940, 5, 1), of_child=False) == [Fact(Kind.PROXY, ASHA.account, NOW - 900 * DAY, None)]


def test_one_who_acts_for_another_and_is_the_person_is_the_person() -> None:
    assert own_act(OWN, *acting(date(2018, 5, 1))).basis == "your own record"


# ------------------------------------------------------------------ 9: purpose
@pytest.mark.parametrize("purpose", sorted(Purpose))
def test_a_record_is_opened_for_the_purpose_of_the_act_alone(purpose: Purpose) -> None:
    assert ask(clinician(GP), OURS, purpose=purpose).allowed is (purpose == Purpose.DIRECT_CARE)
    own = ask(ASHA, OWN, act=Permission.VIEW_OWN_RECORD, purpose=purpose)
    assert own.allowed is (purpose == Purpose.OWN_REQUEST)


def test_an_act_that_is_for_nothing_opens_no_record() -> None:
    assert refused(ask(clinician(GP), OURS, act=Permission.SEARCH_PATIENTS)) == (9, "purpose")


# ------------------------------------------------------------------ 10: what was agreed about sharing
def test_a_council_is_shown_by_a_rule_that_is_in_force_and_to_itself() -> None:
    rule = Rule(COUNCIL, "problems", "gp", "allow", NOW - DAY, NOW + DAY)
    assert ask(clinician(GP), OURS, rules=(rule,)).shows[COUNCIL] == {"problems"}
    assert COUNCIL not in ask(clinician(GP), OURS, rules=(replace(rule, ends=NOW),)).shows
    assert COUNCIL not in ask(clinician(GP), OURS, rules=(replace(rule, provider=TRUST),)).shows
    assert ask(clinician(COUNCIL), reason=URGENT).shows[COUNCIL] == EVERYTHING


def test_who_looks_for_people_is_shown_what_a_look_without_a_reason_would_show() -> None:
    over = Fact(Kind.DISSENT, GP, None, NOW)
    rules = (Rule(COUNCIL, "demographics", "acute", "allow"),)
    found = open_sources(clinician(TRUST), Known((over, Fact(Kind.DISSENT, COUNCIL, NOW + DAY)), FEEDS, rules), NOW)
    assert found == {GP: EVERYTHING, TRUST: EVERYTHING, COUNCIL: {"demographics"}}


# ------------------------------------------------------------------ 11: labels
def test_sealed_locked_and_sensitive_statements_of_others_are_hidden() -> None:
    decision = ask(clinician(GP), OURS)
    assert (decision.hides, decision.own) == (LABELS, GP)
    for label in LABELS:
        assert not decision.may_see(TRUST, "Condition", frozenset({label}))
        assert decision.may_see(GP, "Condition", frozenset({label}))


def test_the_activity_for_sensitive_records_shows_these_and_nothing_sealed() -> None:
    cleared = replace(clinician(GP), activities=frozenset({"B1611"}))
    assert ask(cleared, OURS).hides == {Kind.SEALED, Kind.LOCKED}


def test_of_a_restricted_person_the_level_that_all_statements_have_hides_none() -> None:
    hidden = ask(clinician(GP), OURS, Fact(Kind.RESTRICTED, TRUST)).hides
    assert hidden == LABELS - {Kind.CONFIDENTIAL}


def test_breaking_the_seal_shows_all_but_what_is_locked() -> None:
    assert ask(clinician(GP), OURS, reason=CONSENT).hides == {Kind.LOCKED}
    assert ask(clinician(GP), OURS, reason=URGENT).hides == LABELS


def test_a_statement_is_seen_where_its_source_shows_one_of_its_sections() -> None:
    decision = ask(clinician(GP), OURS)
    assert decision.may_see(TRUST, "Condition")
    assert decision.may_see(TRUST, "Observation")  # its own section is not shown, social care is
    assert not decision.may_see(TRUST, "Immunization")
    assert decision.may_see(TRUST, "Basic")
    assert not decision.may_see(COUNCIL, "Condition")
    assert not decision.may_see("unregistered", "Condition")


def test_c39_a_kind_of_resource_that_nobody_foresaw_is_shown_to_nobody() -> None:
    decision = ask(clinician(GP), OURS)
    assert not decision.may_see(GP, "Telepathy")
    assert without_place() == []
    assert COMPARTMENT.keys() >= ABOUT_A_PERSON
    assert not (ABOUT_A_PERSON | ABOUT_NOBODY) - RESOURCE_TYPES
    assert not any(categories_of(one) for one in ABOUT_A_PERSON | ABOUT_NOBODY)


def test_i4_the_site_does_not_start_while_a_kind_of_resource_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    check_kinds()
    monkeypatch.setattr("fhir.kinds.RESOURCE_TYPES", RESOURCE_TYPES | {"Telepathy"})
    with pytest.raises(NotReady, match="no place in the record: Telepathy"):
        check_kinds()


# ------------------------------------------------------------------ what sources say
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


def test_one_who_died_stays_registered_with_their_practice() -> None:
    died = {"deceasedDateTime": "2026-02-03", "active": False}
    assert kinds("gp", patient("1", **died)) == [(Kind.DECEASED, GP), (Kind.REGISTERED, GP)]
    assert kinds("acute", patient("1", deceasedBoolean=True)) == [(Kind.DECEASED, TRUST)]
    assert kinds("acute", patient("1", deceasedBoolean=False)) == []


@pytest.mark.parametrize(("code", "kind"), [("VIP", Kind.VIP), ("CEL", Kind.VIP), ("EMP", Kind.STAFF)])
def test_a_source_says_who_is_well_known_or_on_the_staff(code: str, kind: Kind) -> None:
    assert kinds("acute", patient("1", meta={"security": [{"code": code}, {"code": code}]})) == [(kind, TRUST)]


def test_a_day_that_ends_a_relationship_is_part_of_it() -> None:
    encounter = {"resourceType": "Encounter", "status": "in-progress", "period": {"end": "2026-11-01"}}
    [fact] = facts_of(TRUST, "acute", encounter)
    assert fact.holds(datetime(2026, 11, 1, 23, 30, tzinfo=UTC))
    assert not fact.holds(datetime(2026, 11, 2, 0, 30, tzinfo=UTC))
