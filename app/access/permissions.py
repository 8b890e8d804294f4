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
    USE_WORKLIST = "use-worklist"
    VIEW_OWN_RECORD = "view-own-record"
    ADD_OWN_READING = "add-own-reading"
    VIEW_OWN_ACCESS_LOG = "view-own-access-log"
    USE_EXPORTS = "use-exports"
    SEE_RELEASES = "see-releases"
    DECIDE_ON_DATA_USE = "decide-on-data-use"
    REVIEW_ACCESS = "review-access"
    DECIDE_ON_ERASURE = "decide-on-erasure"


ALLOWED: dict[type[User], frozenset[Permission]] = {
    Clinician: frozenset({Permission.SEARCH_PATIENTS, Permission.VIEW_RECORD, Permission.USE_WORKLIST}),
    PatientUser: frozenset({Permission.VIEW_OWN_RECORD, Permission.ADD_OWN_READING, Permission.VIEW_OWN_ACCESS_LOG}),
    Planner: frozenset({Permission.USE_EXPORTS, Permission.SEE_RELEASES}),
    DataQualityLead: frozenset(),
    PrivacyOfficer: frozenset({Permission.REVIEW_ACCESS, Permission.DECIDE_ON_ERASURE}),
    AccessGroupMember: frozenset({Permission.DECIDE_ON_DATA_USE, Permission.SEE_RELEASES}),
}


def may(user: User, permission: Permission) -> bool:
    """Whether this kind of user does this kind of act. Unknown kinds do nothing."""
    return permission in ALLOWED.get(type(user), frozenset())
