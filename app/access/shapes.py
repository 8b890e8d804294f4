"""How each kind of sign-in provider speaks: what we ask of it, what we take from it, and how its claims are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.access import cis2, local_staff, nhs_login
from app.access.claims import Claims, Refused, tributary
from app.access.users import PatientUser, User
from app.settings import IdentityProvider

ALGORITHMS = ("RS256", "RS512", "PS256", "ES256")
Asking = Callable[[IdentityProvider], Mapping[str, str]]


@dataclass(frozen=True)
class Shape:
    """`user` and `level` read claims; `ask` is what else goes along when somebody is sent there.

    `algorithms`: with which its tokens may be signed, whatever it says of itself; `key_algorithm`: with which an RSA
    key of ours signs. `tells_more`: it is asked for more claims with the access token; `signs_out`: it can be told
    that somebody signed out.
    """

    user: Callable[[Claims, IdentityProvider], User]
    level: Callable[[Claims, IdentityProvider], int]
    ask: Asking = lambda provider: {}
    scope: str = "openid profile"
    algorithms: tuple[str, ...] = ALGORITHMS
    key_algorithm: str = "RS256"
    tells_more: bool = True
    signs_out: bool = True


SHAPES = {
    "tributary": Shape(tributary, lambda claims, provider: 0, key_algorithm="RS512"),
    "cis2": Shape(cis2.user, cis2.level, lambda provider: cis2.ASKED, scope=cis2.SCOPE, algorithms=("RS256",)),
    "nhs-login": Shape(
        nhs_login.user,
        nhs_login.level,
        lambda provider: nhs_login.ASKED,
        algorithms=("RS512",),
        key_algorithm="RS512",
        signs_out=False,
    ),
    "keycloak": Shape(local_staff.keycloak, local_staff.keycloak_level, local_staff.asked_of_keycloak),
    "entra": Shape(  # its userinfo address is another service's (Graph), and tells nothing that its ID token does not
        local_staff.entra,
        local_staff.entra_level,
        local_staff.asked_of_entra,
        algorithms=("RS256",),
        key_algorithm="PS256",
        tells_more=False,
    ),
}
DOORS = {"staff": "staff", "patient": "patients"}


def shape_of(provider: IdentityProvider) -> Shape:
    """How this provider speaks."""
    return SHAPES[provider.shape]


def user_from(claims: Claims, provider: IdentityProvider) -> User:
    """The user that these claims describe; raises Refused. A provider vouches for staff or for patients."""
    user = shape_of(provider).user(claims, provider)
    theirs = "patient" if isinstance(user, PatientUser) else "staff"
    if theirs != provider.kind:
        raise Refused(f"This is the way in for {DOORS[provider.kind]}. Please use the one for {DOORS[theirs]}.", theirs)
    return user
