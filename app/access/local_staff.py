"""Staff who sign in with their own organisation's provider: Keycloak, or Microsoft Entra ID.

What somebody may do is decided by a map of ours from groups to roles, never by an e-mail address or a user's name:
whoever may write these at the provider could be anybody ("nOAuth").
"""

import json

from app.access.claims import ROLES, Claims, Refused, clinician, named, needed, text, texts
from app.access.role_map import fitting, rules
from app.access.users import Clinician, User
from app.settings import IdentityProvider

NOT_STRONG = "You signed in in a way that is not strong enough for health records: a second step is needed."
OTHER_DIRECTORY = "Your account belongs to another organisation's directory than the one that signs in here."
STRONGEST = 3


def keycloak(claims: Claims, provider: IdentityProvider) -> User:
    """Whoever Keycloak vouches for, with a level of authentication that is asked for. Raises Refused."""
    if keycloak_level(claims, provider) < 2:
        raise Refused(NOT_STRONG)
    return _user(claims, provider, needed(claims, "sub"))


def entra(claims: Claims, provider: IdentityProvider) -> User:
    """Whoever Entra vouches for, named by tenant and object, after a second factor. Raises Refused."""
    tenant = needed(claims, "tid")
    if f"/{tenant}/" not in provider.issuer:
        raise Refused(OTHER_DIRECTORY)
    if entra_level(claims, provider) < 2:
        raise Refused(NOT_STRONG)
    return _user(claims, provider, f"{tenant}|{needed(claims, 'oid')}")


def keycloak_level(claims: Claims, provider: IdentityProvider) -> int:
    """2 for the first level that the installation named, 3 for one above it; 0 for all others."""
    return _level(provider, {text(claims, "acr")})


def entra_level(claims: Claims, provider: IdentityProvider) -> int:
    """The same of Entra's authentication contexts; a second factor alone counts 2."""
    by_factor = 2 if "mfa" in texts(claims.get("amr")) else 0
    return max(by_factor, _level(provider, texts(claims.get("acrs")) | {text(claims, "acrs")}))


def _level(provider: IdentityProvider, said: frozenset[str] | set[str]) -> int:
    return max((min(n, STRONGEST) for n, name in enumerate(provider.acr, start=2) if name in said), default=0)


def asked_of_keycloak(provider: IdentityProvider) -> dict[str, str]:
    """The least level that is enough."""
    return {"acr_values": " ".join(provider.acr[:1])}


def asked_of_entra(provider: IdentityProvider) -> dict[str, str]:
    """The authentication context that a conditional access policy ties to a second factor, where one was named."""
    if not provider.acr:
        return {}
    return {"claims": json.dumps({"id_token": {"acrs": {"essential": True, "value": provider.acr[0]}}})}


def _user(claims: Claims, provider: IdentityProvider, subject: str) -> User:
    rule = fitting(rules(provider.roles), texts(claims.get("groups")) | texts(claims.get("roles")))
    who = named(claims, provider, subject)
    if ROLES[rule.role] is not Clinician:
        return ROLES[rule.role](**who)
    org = rule.org_code or needed(claims, "ods_code")
    return clinician(
        who,
        org=org,
        org_name=rule.org_name or text(claims, "org_name") or org,
        role=rule.role_name or needed(claims, "role_name"),
        role_code=rule.role_code,
        activities=frozenset(rule.activities.split()),
    )
