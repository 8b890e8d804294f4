"""Who somebody is as NHS CIS2, NHS login, Keycloak and Entra say it; and in words why they are nobody."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.claims import Refused
from app.access.role_map import rules
from app.access.shapes import shape_of, user_from
from app.access.users import Clinician, PatientUser, Planner, PrivacyOfficer
from app.errors import NotReady
from tests.shapes import (
    CIS2_ISSUER,
    CIS2_SIGNED,
    CIS2_TOLD,
    ENTRA,
    KEYCLOAK,
    NHS_LOGIN_SIGNED,
    OTHER_ROLE,
    ROLE,
    ROLES_FILE,
    Claims,
    cis2,
    entra,
    keycloak,
    nhs_login,
)

GRACE = CIS2_TOLD | CIS2_SIGNED | {"sub": "555036632103", "uid": "555036632103"}
ASHA = NHS_LOGIN_SIGNED | {"sub": "a-sub-of-nhs-login"}
JOAN = KEYCLOAK | {"sub": "joan"}


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    return written(tmp_path, ROLES_FILE)


def written(folder: Path, text: str) -> Path:
    path = folder / "roles.csv"
    path.write_text(text)
    return path


def refusal(claims: Claims, provider: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        user_from(claims, provider)
    return refused.value


# ---------------------------------------------------------------- NHS CIS2
def test_a_gp_with_a_smartcard_is_a_clinician_in_the_role_they_chose() -> None:
    assert user_from(GRACE, cis2()) == Clinician(
        CIS2_ISSUER, "555036632103", "HALL Grace (Dr)", "", "B86000", "Elm Surgery",
        "Clinical Practitioner Access Role", "R8000", frozenset({"B0360", "B1611"}),
    )  # fmt: skip


@pytest.mark.parametrize(
    "low",
    [
        {"id_assurance_level": "2"},
        {"id_assurance_level": None},
        {"id_assurance_level": "three"},
        {"authentication_assurance_level": "1", "acr": "AAL1_USERPASS"},
        {"authentication_assurance_level": "1"},
        {"authentication_assurance_level": True},
        {"authentication_assurance_level": None},
        {"acr": "AAL1_USERPASS"},
        {"acr": ""},
        {"acr": None},
        {"uid": "555036632999"},
        {"uid": None},
    ],
    ids=lambda low: "C7 " + " ".join(f"{name} {value}" for name, value in low.items()),
)
def test_whoever_cis2_is_not_sure_of_does_not_come_in(low: Claims) -> None:
    assert refusal(GRACE | low, cis2()).words


def test_aal2_is_strong_enough_and_a_number_is_a_number() -> None:
    strong = {"acr": "AAL2_OR_AAL3_ANY", "authentication_assurance_level": 2, "id_assurance_level": 3}
    assert user_from(GRACE | strong, cis2())
    assert shape_of(cis2()).level(GRACE | strong, cis2()) == 2
    assert shape_of(cis2()).level(GRACE, cis2()) == 3


@pytest.mark.parametrize(
    "told",
    [
        {"selected_roleid": "somebody-elses"},
        {"selected_roleid": None},
        {"selected_roleid": ""},
        {"nhsid_nrbac_roles": []},
        {"nhsid_nrbac_roles": None},
        {"nhsid_nrbac_roles": "all"},
        {"nhsid_nrbac_roles": [None, 7, "x", {}]},
        {"nhsid_nrbac_roles": [ROLE, ROLE]},
        {"nhsid_nrbac_roles": [OTHER_ROLE]},
        {"nhsid_nrbac_roles": [{"person_roleid": ""}], "selected_roleid": ""},
    ],
    ids=lambda told: f"C22 {told}"[:60],
)
def test_whoever_has_chosen_no_role_of_theirs_is_told_so(told: Claims) -> None:
    assert "choose the role" in refusal(GRACE | told, cis2()).words


def test_one_of_three_hundred_roles_is_the_one_chosen() -> None:
    """C22."""
    many = [ROLE | {"person_roleid": str(n), "org_code": "RR800"} for n in range(300)]
    user = user_from(GRACE | {"nhsid_nrbac_roles": [*many, ROLE]}, cis2())
    assert isinstance(user, Clinician) and user.org == "B86000"


def test_a_role_at_another_organisation_is_a_role_there_and_nowhere_else() -> None:
    """C22."""
    there = OTHER_ROLE | {"activity_codes": ["B0360"]}
    chosen = {"nhsid_nrbac_roles": [there, ROLE], "selected_roleid": there["person_roleid"]}
    user = user_from(GRACE | chosen, cis2())
    assert isinstance(user, Clinician)
    assert (user.org, user.org_name, user.activities) == ("RR800", "Leeds", {"B0360"})


@pytest.mark.parametrize("codes", [["B0062"], [], None, 7])
def test_a_role_that_views_no_records_is_nobody_here(codes: object) -> None:
    told = GRACE | {"nhsid_nrbac_roles": [ROLE | {"activity_codes": codes}]}
    assert "no role in this service" in refusal(told, cis2()).words
    assert (
        "no role in this service"
        in refusal(GRACE | {"nhsid_nrbac_roles": [ROLE | {"activity_codes": 7}]}, cis2()).words
    )


def test_whoever_views_only_what_identifies_no_patient_is_a_planner() -> None:
    planner = GRACE | {"nhsid_nrbac_roles": [ROLE | {"activity_codes": ["B1570"]}]}
    assert type(user_from(planner, cis2())) is Planner


def test_an_installation_says_which_national_code_is_which_role(tmp_path: Path) -> None:
    mapped = cis2(roles=written(tmp_path, "group,role\nR8000,privacy\nB0360,clinician\n"))
    assert type(user_from(GRACE, mapped)) is PrivacyOfficer


def test_an_organisation_without_a_name_is_shown_by_its_code() -> None:
    user = user_from(GRACE | {"nhsid_user_orgs": [{"org_code": "B86000"}, None]}, cis2())
    assert isinstance(user, Clinician) and user.org_name == "B86000"


def test_a_role_at_something_that_is_no_organisation_is_refused() -> None:
    told = GRACE | {"nhsid_nrbac_roles": [ROLE | {"org_code": "../B86000"}]}
    assert "organisation" in refusal(told, cis2()).words


# ---------------------------------------------------------------- NHS login
@pytest.mark.parametrize("vector", ["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"])
def test_a_patient_who_has_proven_who_they_are_comes_in(vector: str) -> None:
    assert user_from(ASHA | {"vot": vector}, nhs_login()) == PatientUser(
        "https://auth.example", "a-sub-of-nhs-login", "Patel", ""
    )


def test_a_patient_is_called_by_their_whole_name_where_it_is_told() -> None:
    assert user_from(ASHA | {"given_name": "Asha"}, nhs_login()).name == "Asha Patel"


@pytest.mark.parametrize(
    "low",
    [
        {"vot": "P5.Cp.Cd", "identity_proofing_level": "P5"},
        {"vot": "P5.Cp.Cd"},
        {"vot": "P0.Cp", "identity_proofing_level": "P0"},
        {"identity_proofing_level": "P5"},
        {"identity_proofing_level": None},
    ],
    ids=lambda low: f"C23 {low}",
)
def test_a_patient_who_has_not_proven_who_they_are_is_shown_how(low: Claims) -> None:
    assert refusal(ASHA | low, nhs_login()).can_prove


@pytest.mark.parametrize(
    "vector", ["P9.Cp", "P9", "", None, "P9.Cp.Cd.Cx", "p9.cp.cd", ["P9.Cp.Cd"]], ids="C7 vot {}".format
)
def test_a_patient_with_one_factor_does_not_come_in(vector: object) -> None:
    refused = refusal(ASHA | {"vot": vector}, nhs_login())
    assert "two steps" in refused.words and not refused.can_prove


# ---------------------------------------------------------------- Keycloak, Entra
def test_a_social_worker_has_the_role_of_their_group(roles: Path) -> None:
    assert user_from(JOAN, keycloak(roles)) == Clinician(
        "https://id.council.example/realms/staff", "joan", "Joan Price", "", "000DA", "Leeds City Council",
        "Social worker", "", frozenset({"B0360", "B0062"}),
    )  # fmt: skip


@pytest.mark.parametrize("acr", ["bronze", "1", "", None, "Gold", ["gold"]], ids="C7 acr {}".format)
def test_a_way_to_sign_in_that_nobody_named_is_not_strong_enough(roles: Path, acr: object) -> None:
    assert "strong enough" in refusal(JOAN | {"acr": acr}, keycloak(roles)).words


@pytest.mark.parametrize("groups", [[], None, "/tributary/social-workers", ["/tributary"], [["/tributary/planners"]]])
def test_whoever_is_in_no_group_of_the_map_is_nobody(roles: Path, groups: object) -> None:
    assert "no role in this service" in refusal(JOAN | {"groups": groups}, keycloak(roles)).words


def test_the_first_line_of_the_map_that_fits_counts(roles: Path) -> None:
    both = JOAN | {"groups": ["/tributary/social-workers", "/tributary/privacy"]}
    assert type(user_from(both, keycloak(roles))) is PrivacyOfficer


def test_in_entra_somebody_is_their_tenant_and_object_and_never_an_address(roles: Path) -> None:
    """C25."""
    user = user_from(ENTRA | {"sub": "pairwise", "email": "grace@nhs.example"}, entra(roles))
    assert user.subject == f"{ENTRA['tid']}|{ENTRA['oid']}"
    other = user_from(ENTRA | {"oid": "another", "email": "grace@nhs.example"}, entra(roles))
    assert other.subject != user.subject


def test_somebody_of_another_tenant_is_refused(roles: Path) -> None:
    assert "another organisation" in refusal(ENTRA | {"tid": "22222222"}, entra(roles)).words
    assert refusal(ENTRA | {"tid": ""}, entra(roles)).words
    assert refusal(ENTRA | {"oid": None}, entra(roles)).words


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ({}, 2),
        ({"amr": ["pwd"]}, 0),
        ({"amr": "mfa"}, 0),
        ({"amr": None, "acrs": ["c1"]}, 2),
        ({"amr": [], "acrs": "c1"}, 2),
        ({"amr": [], "acrs": ["c2"]}, 0),
    ],
)
def test_in_entra_a_second_factor_or_a_named_context_is_strong_enough(roles: Path, told: Claims, level: int) -> None:
    provider = entra(roles)
    assert shape_of(provider).level(ENTRA | told, provider) == level
    if level < 2:
        assert "strong enough" in refusal(ENTRA | told, provider).words


def test_an_organisation_in_the_map_counts_more_than_what_the_provider_says(roles: Path) -> None:
    user = user_from(ENTRA | {"ods_code": "B86000"}, entra(roles))
    assert isinstance(user, Clinician) and user.org == "000DA"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("group,role\n,clinician\n", "line 2"),
        ("group,role\ng,emperor\n", "role"),
        ("group,role\ng,patient\n", "role"),
        ("group,role,colour\ng,planner,red\n", "colour"),
        ("group,role,activities\ng,clinician,<b>\n", "activities"),
        ("group,role,org_code\ng,clinician,b86\n", "org_code"),
        ("group,role\ng,planner,more\n", "line 2"),
        ("role\nplanner\n", "line 2"),
        ("", "nothing"),
    ],
)
def test_a_map_that_cannot_be_used_stops_the_start_and_says_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(NotReady, match=said):
        rules(written(tmp_path, text))


# ---------------------------------------------------------------- whatever they say
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ROLE]), inner),
    max_leaves=5,
)
NAMES = sorted({*GRACE, *ASHA, *KEYCLOAK, *ENTRA})


@pytest.fixture(scope="module")
def one_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("map"), ROLES_FILE)


@given(
    changed=st.dictionaries(st.sampled_from(NAMES), anything), shape=st.sampled_from(["cis2", "nhs", "key", "entra"])
)
def test_any_claims_at_all_give_a_user_or_words(one_map: Path, changed: Claims, shape: str) -> None:
    honest, provider = {
        "cis2": (GRACE, cis2()),
        "nhs": (ASHA, nhs_login()),
        "key": (JOAN, keycloak(one_map)),
        "entra": (ENTRA, entra(one_map)),
    }[shape]
    try:
        user = user_from(honest | changed, provider)
    except Refused as refused:
        assert refused.words
    else:
        assert user.subject and user.name.isprintable()
