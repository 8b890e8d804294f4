"""Patients who sign in with NHS login.

Source: NHS login, External Interface Specification ("Federation"), "Vectors of trust", "Scopes and claims", "Session
management". It keeps no session that we could end, knows neither max_age nor acr_values, and signs with RS512.
"""

import json

from app.access.claims import NOT_PROVEN, Claims, Refused, needed, text
from app.access.users import PatientUser, User
from app.settings import IdentityProvider

PROVEN = ("P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm")
"""Who somebody is was checked against a photograph, and they signed in with two factors."""
LESS = ("P0.", "P5.")
ASKED = {"vtr": json.dumps(PROVEN)}
OTHERWISE = "NHS login did not say that you signed in with two steps (a password and your phone). Please sign in again."


def user(claims: Claims, provider: IdentityProvider) -> User:
    """The person themselves, once they have proven who they are. Raises Refused."""
    subject, vector = needed(claims, "sub"), text(claims, "vot")
    if vector.startswith(LESS) or text(claims, "identity_proofing_level") != "P9":
        raise Refused(NOT_PROVEN, can_prove=True)
    if vector not in PROVEN:
        raise Refused(OTHERWISE)
    name = " ".join(filter(None, (text(claims, "given_name"), needed(claims, "family_name"))))
    return PatientUser(issuer=provider.issuer, subject=subject, name=name, session="")


def level(claims: Claims, provider: IdentityProvider) -> int:
    """Every accepted vector has two factors."""
    return 2
