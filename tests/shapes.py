"""People as real providers describe them, and these providers. Nobody here is real."""

from pathlib import Path
from typing import Any

from app.settings import IdentityProvider
from tests.signing_in import CLIENT, SECRET

Claims = dict[str, Any]
CIS2_ISSUER = "https://am.example.nhs.uk:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare"
ENTRA_ISSUER = "https://login.example.com/11111111-2222-3333-4444-555555555555/v2.0"

ROLE = {
    "person_orgid": "555036632103",
    "person_roleid": "555036633104",
    "org_code": "B86000",
    "role_name": '"Clinical":"Clinical Provision":"Clinical Practitioner Access Role"',
    "role_code": "S8000:G8000:R8000",
    "activities": ["View Detailed Health Records"],
    "activity_codes": ["B0360", "B1611"],
}
OTHER_ROLE = ROLE | {"person_roleid": "555036633105", "org_code": "RR800", "activity_codes": ["B0062"]}
CIS2_SIGNED: Claims = {
    "acr": "AAL3_ANY",
    "amr": ["N3_SMARTCARD"],
    "id_assurance_level": "3",
    "authentication_assurance_level": "3",
    "selected_roleid": ROLE["person_roleid"],
    "tokenName": "id_token",
}
CIS2_TOLD: Claims = {
    "name": "HALL Grace (Dr)",
    "given_name": "Grace",
    "family_name": "Hall",
    "nhsid_nrbac_roles": [OTHER_ROLE, ROLE],
    "nhsid_user_orgs": [{"org_code": "B86000", "org_name": "Elm Surgery"}, {"org_code": "RR800", "org_name": "Leeds"}],
}
NHS_LOGIN: Claims = {
    "nhs_number": "9990000018",
    "birthdate": "1961-02-03",
    "family_name": "Patel",
    "identity_proofing_level": "P9",
}
NHS_LOGIN_SIGNED = NHS_LOGIN | {"vot": "P9.Cp.Cd", "vtm": "https://auth.example/trustmark"}
KEYCLOAK: Claims = {
    "name": "Joan Price",
    "email": "joan@council.example",
    "acr": "gold",
    "groups": ["/everyone", "/tributary/social-workers"],
    "ods_code": "000DA",
    "org_name": "Leeds City Council",
}
ENTRA: Claims = {
    "tid": "11111111-2222-3333-4444-555555555555",
    "oid": "99999999-8888-7777-6666-555555555555",
    "name": "Joan Price",
    "preferred_username": "joan@council.example",
    "amr": ["pwd", "mfa"],
    "roles": ["Tributary.SocialWorker"],
    "ods_code": "000DA",
}
ROLES_FILE = """group,role,role_name,role_code,activities,org_code,org_name
/tributary/privacy,privacy,,,,,
/tributary/social-workers,clinician,Social worker,,B0360 B0062,,
Tributary.SocialWorker,clinician,Social worker,,B0360,000DA,Leeds City Council
/tributary/planners,planner,,,,,
"""


def cis2(issuer: str = CIS2_ISSUER, *, key: str = SECRET, roles: Path | None = None) -> IdentityProvider:
    """The staff door to NHS CIS2."""
    return IdentityProvider("cis2", issuer, CLIENT, "staff", key, "cis2", roles=roles)


def nhs_login(issuer: str = "https://auth.example", *, key: str = SECRET) -> IdentityProvider:
    """The patients' door to NHS login."""
    return IdentityProvider("nhs-login", issuer, CLIENT, "patient", key, "nhs-login")


def keycloak(roles: Path, issuer: str = "https://id.council.example/realms/staff") -> IdentityProvider:
    """The staff door to a council's Keycloak: silver is strong enough, gold is the strongest."""
    return IdentityProvider("council", issuer, CLIENT, "staff", SECRET, "keycloak", ("silver", "gold"), roles)


def entra(roles: Path, issuer: str = ENTRA_ISSUER) -> IdentityProvider:
    """The staff door to a council's Entra ID."""
    return IdentityProvider("council", issuer, CLIENT, "staff", SECRET, "entra", ("c1",), roles)
