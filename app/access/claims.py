"""From what a sign-in provider says about somebody to one of our users, or to the words why not.

What all shapes of claims share, and our own shape, which only the demo's provider speaks. See `shapes.py`.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.access.users import (
    AccessGroupMember,
    Clinician,
    DataQualityLead,
    PatientUser,
    Planner,
    PrivacyOfficer,
    User,
)
from app.settings import IdentityProvider

Claims = Mapping[str, Any]

# The roles that a provider may name, and the kind of user each of them is. The same words name users in a session.
ROLES: dict[str, type[User]] = {
    "clinician": Clinician,
    "patient": PatientUser,
    "planner": Planner,
    "data-quality": DataQualityLead,
    "privacy": PrivacyOfficer,
    "access-group": AccessGroupMember,
}
ODS_CODE = re.compile(r"[A-Z0-9]{3,12}")
CODE = re.compile(r"[A-Z0-9]{2,12}")
LONGEST = 200
NO_ROLE = "Your account has no role in this service. Ask your organisation to give you one."
NOT_PROVEN = "To see a health record you must first prove who you are (level P9) with your sign-in provider."


class Refused(Exception):
    """Nobody of ours: `words` say why, and are safe to show. `kind` is the door (staff or patient) that is theirs.

    `can_prove`: they may come in once they have proven who they are, at the same provider.
    """

    def __init__(self, words: str, kind: str = "", *, can_prove: bool = False) -> None:
        super().__init__(words)
        self.words, self.kind, self.can_prove = words, kind, can_prove


def tributary(claims: Claims, provider: IdentityProvider) -> User:
    """Our own shape, as the demo's provider speaks it: sub, name, role, and what that role needs."""
    role = ROLES.get(text(claims, "role"))
    if role is None:
        raise Refused(NO_ROLE)
    who = named(claims, provider, needed(claims, "sub"))
    if role is Clinician:
        return clinician(
            who,
            org=needed(claims, "org_code"),
            org_name=needed(claims, "org_name"),
            role=needed(claims, "role_name"),
            role_code=text(claims, "role_code"),
            activities=codes(claims.get("activity_codes")),
        )
    if role is PatientUser and text(claims, "identity_proofing_level") != "P9":
        raise Refused(NOT_PROVEN, can_prove=True)
    return role(**who)


def named(claims: Claims, provider: IdentityProvider, subject: str) -> dict[str, str]:
    """What every user has; their session is still to come."""
    return {"issuer": provider.issuer, "subject": subject, "name": needed(claims, "name"), "session": ""}


def clinician(
    who: Mapping[str, str], *, org: str, org_name: str, role: str, role_code: str, activities: frozenset[str]
) -> Clinician:
    """A health or care professional of an organisation that has an ODS code."""
    if not ODS_CODE.fullmatch(org):
        raise Refused("Your account names an organisation that we do not know.")
    return Clinician(**who, org=org, org_name=org_name, role=role, role_code=role_code, activities=activities)


def needed(claims: Claims, name: str) -> str:
    """A claim without which nobody comes in. Raises Refused."""
    if not (value := text(claims, name)):
        raise Refused(f"Your sign-in provider did not tell us your {WORDS[name]}.")
    return value


WORDS = {
    "sub": "account number",
    "tid": "organisation's directory",
    "oid": "account number",
    "name": "name",
    "family_name": "name",
    "org_code": "organisation",
    "ods_code": "organisation",
    "org_name": "organisation's name",
    "role_name": "role",
}


def text(claims: Claims, name: str) -> str:
    """A claim as plain words; nothing where it is missing, too long, not text, or holds signs that do not print."""
    value = claims.get(name)
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        return ""
    return value.strip()


def texts(value: object) -> frozenset[str]:
    """The words in a claim that is a list."""
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()


def codes(value: object) -> frozenset[str]:
    """The codes in a claim that is a list; what is not one is left out."""
    return frozenset(one for one in texts(value) if CODE.fullmatch(one))
