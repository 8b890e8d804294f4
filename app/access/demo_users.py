"""Who can sign in to the demo. Nobody here is real."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Organisation:
    """An organisation by its ODS code and name."""

    code: str
    name: str


@dataclass(frozen=True)
class DemoPatient:
    """A synthetic person who signs in; birthdate as YYYY-MM-DD."""

    name: str
    family_name: str
    nhs_number: str = field(repr=False)
    birthdate: str = field(repr=False)


@dataclass(frozen=True)
class DemoUser:
    """One who signs in with `username` and `password`; `claims` is what the demo's provider says about them."""

    username: str
    password: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)

    @property
    def about(self) -> str:
        """`Dr Grace Hall, General practitioner, Elm Surgery`."""
        parts = (self.claims["name"], self.claims["role_name"], self.claims.get("org_name", ""))
        return ", ".join(part for part in parts if part)


OTHERS = (
    ("planner", "Petra Lane", "planner", "Planner"),
    ("quality", "Quentin Moss", "data-quality", "Data quality lead"),
    ("privacy", "Priya Nair", "privacy", "Privacy officer"),
    ("group1", "Gwen Otto", "access-group", "Data access group member"),
    ("group2", "George Pike", "access-group", "Data access group member"),
)
DOCTOR = {"role_code": "R8000", "activity_codes": ["B0360"]}
"""A clinical practitioner who views detailed health records, in the words of national role-based access control."""


def demo_users(
    *,
    gp: Organisation,
    hospital: Organisation,
    social: Organisation,
    patients: Sequence[DemoPatient],
    password: Callable[[str], str] = lambda username: secrets.token_urlsafe(9),
) -> list[DemoUser]:
    """The demo's ten users: three who care, up to two patients, and those who plan and govern."""
    staff = {
        "gp": _clinician("Dr Grace Hall", "General practitioner", gp) | DOCTOR,
        "hospital": _clinician("Dr Omar Shah", "Hospital doctor", hospital) | DOCTOR,
        "social": _clinician("Joan Price", "Social worker", social),
    }
    people = {("patient", "patient2")[n]: _patient(who) for n, who in enumerate(patients[:2])}
    others = {
        username: {"name": name, "role": role, "role_name": role_name} for username, name, role, role_name in OTHERS
    }
    everyone = staff | people | others
    return [
        DemoUser(username, password(username), {"sub": f"demo-{username}", **claims})
        for username, claims in everyone.items()
    ]


def _clinician(name: str, role_name: str, org: Organisation) -> dict[str, Any]:
    return {"name": name, "role": "clinician", "role_name": role_name, "org_code": org.code, "org_name": org.name}


def _patient(who: DemoPatient) -> dict[str, str]:
    return {**asdict(who), "role": "patient", "role_name": "Patient", "identity_proofing_level": "P9"}
