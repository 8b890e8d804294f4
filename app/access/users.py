"""The kinds of user that sign in. A kind says what work somebody does here, not how much they may see."""

import json
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class User:
    """Somebody signed in. `issuer` and `subject` name them for ever; `session` is their session id's hash, as hex."""

    issuer: str
    subject: str
    name: str
    session: str

    @property
    def role_name(self) -> str:
        """The words under which they are shown and written down."""
        return ROLE_NAMES[type(self)]


@dataclass(frozen=True)
class Clinician(User):
    """A health or care professional who works at one organisation (its ODS code) in one role.

    `role` are its words; `role_code` and `activities` are codes of the national role-based access control database
    (R8000, B0360), as far as their sign-in provider tells them.
    """

    org: str
    org_name: str
    role: str
    role_code: str = ""
    activities: frozenset[str] = frozenset()

    @property
    def role_name(self) -> str:
        return self.role


@dataclass(frozen=True)
class PatientUser(User):
    """A person signed in as themselves. Their record is the one that their `account` is linked to."""

    @property
    def account(self) -> str:
        """What this sign-in is called where it is linked to a record: it says nothing of the person."""
        return sha256(json.dumps([self.issuer, self.subject]).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Planner(User):
    """Somebody who plans services, and sees no person."""


@dataclass(frozen=True)
class DataQualityLead(User):
    """Reviews who is who: demographics only."""


@dataclass(frozen=True)
class PrivacyOfficer(User):
    """Looks after the record of looks."""


@dataclass(frozen=True)
class AccessGroupMember(User):
    """Decides about uses of data."""


ROLE_NAMES: dict[type[User], str] = {
    User: "User",
    PatientUser: "Patient",
    Planner: "Planner",
    DataQualityLead: "Data quality lead",
    PrivacyOfficer: "Privacy officer",
    AccessGroupMember: "Data access group member",
}
