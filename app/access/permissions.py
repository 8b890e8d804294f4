"""The policy of who may ask for what, as one table. Whether they may for one person is decided by a Grant."""

from enum import StrEnum

from app.access.users import (
    AccessGroupMember,
    Clinician,
    DataQualityLead,
    PatientUser,
    Planner,
    PrivacyOfficer,
    User,
)


class Permission(StrEnum):
    """A kind of act."""

    SEARCH_PATIENTS = "search-patients"
    VIEW_RECORD = "view-record"


ALLOWED: dict[type[User], frozenset[Permission]] = {
    Clinician: frozenset({Permission.SEARCH_PATIENTS, Permission.VIEW_RECORD}),
    PatientUser: frozenset(),
    Planner: frozenset(),
    DataQualityLead: frozenset(),
    PrivacyOfficer: frozenset(),
    AccessGroupMember: frozenset(),
}


def may(user: User, permission: Permission) -> bool:
    """Whether this kind of user does this kind of act. Unknown kinds do nothing."""
    return permission in ALLOWED.get(type(user), frozenset())
