"""Who somebody is, from what their provider says; and in words why they are nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.claims import ROLES, Refused
from app.access.shapes import user_from
from app.access.users import Clinician, PatientUser, Planner, User
from tests.signing_in import doors, people

ISSUER = "https://id.example"
STAFF, PATIENTS = doors(ISSUER)
DOORS = {door.kind: door for door in (STAFF, PATIENTS)}
GP = {
    "sub": "1",
    "name": "Dr Grace Hall",
    "role": "clinician",
    "role_name": "General practitioner",
    "org_code": "B86000",
    "org_name": "Elm Surgery",
}
ASHA = {
    "sub": "2",
    "name": "Asha Patel",
    "role": "patient",
    "nhs_number": "9434765919",
    "birthdate": "1961-02-03",
    "family_name": "Patel",
    "identity_proofing_level": "P9",
}


def test_a_gp_is_a_clinician_of_their_practice() -> None:
    assert user_from(GP, STAFF) == Clinician(
        ISSUER, "1", "Dr Grace Hall", "", "B86000", "Elm Surgery", "General practitioner"
    )


def test_a_gp_keeps_the_national_codes_of_their_role() -> None:
    coded = GP | {"role_code": "R8000", "activity_codes": ["B0360", "B1611", 7, "<b>", "B0360"]}
    user = user_from(coded, STAFF)
    assert isinstance(user, Clinician)
    assert (user.role_code, user.activities) == ("R8000", {"B0360", "B1611"})


def test_a_patient_is_themselves_and_their_number_is_not_kept() -> None:
    user = user_from(ASHA, PATIENTS)
    assert user == PatientUser(ISSUER, "2", "Asha Patel", "")
    assert "9434765919" not in repr(user)


@pytest.mark.parametrize("person", people(), ids=lambda person: person.username)
def test_everyone_of_the_demo_has_a_door(person) -> None:
    kind = "patient" if person.claims["role"] == "patient" else "staff"
    assert type(user_from(person.claims, DOORS[kind])) is ROLES[person.claims["role"]]


@pytest.mark.parametrize(("claims", "kind", "theirs"), [(ASHA, "staff", "patient"), (GP, "patient", "staff")])
def test_nobody_comes_in_by_the_other_door(claims, kind, theirs) -> None:
    with pytest.raises(Refused) as refused:
        user_from(claims, DOORS[kind])
    assert refused.value.kind == theirs


@pytest.mark.parametrize("role", ["", "admin", "Clinician", "user", None, ["clinician"], 7, "x" * 999])
def test_a_role_that_is_none_of_ours_is_refused_in_words(role) -> None:
    with pytest.raises(Refused, match="no role in this service"):
        user_from(GP | {"role": role}, STAFF)


@pytest.mark.parametrize("level", ["P5", "P0", "", "p9", None, 9])
def test_a_patient_who_has_not_proven_who_they_are_is_refused(level) -> None:
    with pytest.raises(Refused, match="P9"):
        user_from(ASHA | {"identity_proofing_level": level}, PATIENTS)


@pytest.mark.parametrize("name", ["sub", "name", "org_code", "org_name", "role_name"])
@pytest.mark.parametrize("value", [None, "", " ", 5, [], {}, "a\x00b", "a\u202eb", "a\nb", "x" * 201])
def test_a_clinician_with_a_part_missing_or_odd_is_refused(name, value) -> None:
    with pytest.raises(Refused):
        user_from(GP | {name: value}, STAFF)


@pytest.mark.parametrize("org", ["b86000", "B8", "../B86000", "B86000 OR 1=1", "RR8-00"])
def test_an_organisation_code_is_one(org) -> None:
    with pytest.raises(Refused, match="organisation"):
        user_from(GP | {"org_code": org}, STAFF)


def test_an_e_mail_address_makes_nobody_of_anybody() -> None:
    """C25."""
    assert user_from(GP | {"email": "someone@nhs.example"}, STAFF).subject == "1"


def test_three_hundred_more_claims_change_nothing() -> None:
    more = {f"claim{n}": "x" for n in range(300)} | {"is_admin": True}
    planner = {"sub": "3", "name": "Petra Lane", "role": "planner"}
    assert user_from(planner | more, STAFF) == Planner(ISSUER, "3", "Petra Lane", "")


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=3)


@given(st.dictionaries(st.sampled_from([*GP, *ASHA]), anything), st.sampled_from(["staff", "patient"]))
def test_any_claims_at_all_give_a_user_or_words(claims, kind) -> None:
    try:
        user = user_from(GP | claims, DOORS[kind])
    except Refused as refused:
        assert refused.words
    else:
        assert isinstance(user, User) and user.name.isprintable()
