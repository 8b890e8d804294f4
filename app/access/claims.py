"""From what a sign-in provider says about somebody to one of our users, or to the words why not.

One function for each shape of claims. NHS CIS2 and NHS login will each have theirs, chosen in `SHAPES`.
"""

import re
from collections.abc import Callable, Mapping
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


class Refused(Exception):
    """Nobody of ours: `words` say why, and are safe to show. `kind` is the door (staff or patient) that is theirs."""

    def __init__(self, words: str, kind: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.kind = kind


def user_from(claims: Claims, *, issuer: str, kind: str, shape: str = "tributary") -> User:
    """The user that these claims describe; raises Refused. `kind`: the provider vouches for staff or for patients."""
    user = SHAPES[shape](claims, issuer)
    theirs = "patient" if isinstance(user, PatientUser) else "staff"
    if theirs != kind:
        raise Refused(f"This is the way in for {DOORS[kind]}. Please use the one for {DOORS[theirs]}.", theirs)
    return user


DOORS = {"staff": "staff", "patient": "patients"}


def tributary(claims: Claims, issuer: str) -> User:
    """Our own shape, as the demo's provider speaks it: sub, name, role, and what that role needs."""
    role = ROLES.get(_text(claims, "role"))
    if role is None:
        raise Refused("Your account has no role in this service. Ask your organisation to give you one.")
    who = {"issuer": issuer, "subject": _needed(claims, "sub"), "name": _needed(claims, "name"), "session": ""}
    if role is Clinician:
        return _clinician(claims, who)
    if role is PatientUser and _text(claims, "identity_proofing_level") != "P9":
        raise Refused("To see a health record you must first prove who you are (level P9) with your sign-in provider.")
    return role(**who)


def _clinician(claims: Claims, who: dict[str, str]) -> Clinician:
    org = _needed(claims, "org_code")
    if not ODS_CODE.fullmatch(org):
        raise Refused("Your account names an organisation that we do not know.")
    return Clinician(
        **who,
        org=org,
        org_name=_needed(claims, "org_name"),
        role=_needed(claims, "role_name"),
        role_code=_text(claims, "role_code"),
        activities=_codes(claims, "activity_codes"),
    )


def _needed(claims: Claims, name: str) -> str:
    if not (value := _text(claims, name)):
        raise Refused(f"Your sign-in provider did not tell us your {WORDS[name]}.")
    return value


WORDS = {
    "sub": "account number",
    "name": "name",
    "org_code": "organisation",
    "org_name": "organisation's name",
    "role_name": "role",
}


def _text(claims: Claims, name: str) -> str:
    """A claim as plain words; nothing where it is missing, too long, not text, or holds signs that do not print."""
    value = claims.get(name)
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        return ""
    return value.strip()


def _codes(claims: Claims, name: str) -> frozenset[str]:
    """A claim as codes; what is not one is left out."""
    value = claims.get(name)
    told = value if isinstance(value, list) else []
    return frozenset(code for code in told if isinstance(code, str) and CODE.fullmatch(code))


SHAPES: dict[str, Callable[[Claims, str], User]] = {"tributary": tributary}
