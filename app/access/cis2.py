"""Staff who sign in with NHS CIS2 (Care Identity Service 2).

Source: NHS England, CIS2 Authentication, "Scopes and claims", "Role selection" and "Authenticator guidance for
developers".
"""

from typing import Any

from app.access.claims import ROLES, Claims, Refused, clinician, codes, named, needed, text
from app.access.role_map import fitting, rules
from app.access.users import Clinician, User
from app.settings import IdentityProvider

SCOPE = "openid profile nationalrbacaccess associatedorgs selectedrole"
ASKED = {"acr_values": "AAL2_OR_AAL3_ANY"}
GIVEN = ("AAL2_", "AAL3_")
"""How the names of those ways to sign in begin that are as strong as what we ask for."""
LEAST_PROVEN, LEAST_STRONG = 3, 2
NOT_STRONG = (
    "You signed in to NHS CIS2 in a way that is not strong enough for health records. Sign in with a smartcard, a "
    "security key or another of its authenticators."
)
UNSURE = "NHS CIS2 has not made sure who you are (identity assurance level 3). Ask your Registration Authority."
NO_ROLE_CHOSEN = (
    "NHS CIS2 told us of no role of yours. Sign in again and choose the role in which you work; if you have none, ask "
    "your Registration Authority to give you one."
)


def user(claims: Claims, provider: IdentityProvider) -> User:
    """Who somebody is in the one role that they chose. Raises Refused."""
    subject = needed(claims, "sub")
    if text(claims, "uid") != subject:
        raise Refused("NHS CIS2 told us of two accounts at once. Please sign in again.")
    if _number(claims, "id_assurance_level") < LEAST_PROVEN:
        raise Refused(UNSURE)
    if level(claims, provider) < LEAST_STRONG or not text(claims, "acr").startswith(GIVEN):
        raise Refused(NOT_STRONG)
    chosen = _chosen(claims)
    role_code = text(chosen, "role_code").rpartition(":")[2]  # S8000:G8000:R8000
    activities = codes(chosen.get("activity_codes"))
    rule = fitting(rules(provider.roles), {role_code, *activities})
    who = named(claims, provider, subject)
    if ROLES[rule.role] is not Clinician:
        return ROLES[rule.role](**who)
    org = needed(chosen, "org_code")
    return clinician(
        who,
        org=org,
        org_name=_organisation(claims, org),
        role=rule.role_name or _last_words(needed(chosen, "role_name")),
        role_code=role_code,
        activities=activities,
    )


def level(claims: Claims, provider: IdentityProvider) -> int:
    """How strongly they signed in: 1 to 3, as NIST SP 800-63B counts."""
    return _number(claims, "authentication_assurance_level")


def _number(claims: Claims, name: str) -> int:
    """A level, which comes as a digit in words or as a number; 0 for anything else."""
    value = claims.get(name)
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and value in {"1", "2", "3"} else 0


def _entries(claims: Claims, name: str) -> list[dict[str, Any]]:
    value = claims.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _chosen(claims: Claims) -> dict[str, Any]:
    """The role that was chosen when signing in, among all that somebody has."""
    chosen = text(claims, "selected_roleid")
    found = [role for role in _entries(claims, "nhsid_nrbac_roles") if chosen and role.get("person_roleid") == chosen]
    if len(found) != 1:
        raise Refused(NO_ROLE_CHOSEN)
    return found[0]


def _organisation(claims: Claims, code: str) -> str:
    names = (text(one, "org_name") for one in _entries(claims, "nhsid_user_orgs") if one.get("org_code") == code)
    return next(filter(None, names), code)


def _last_words(role: str) -> str:
    """`Nurse Access Role` of `"Clinical":"Clinical Provision":"Nurse Access Role"`."""
    return role.rpartition(":")[2].strip().strip('"') or role
