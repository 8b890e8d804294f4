"""May this person look at that record, and at what of it? One pure function; denial overrides."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from app.access.facts import RELATIONSHIPS, Fact, Kind
from app.access.permissions import Permission, may
from app.access.users import Clinician, PatientUser, User

POLICY_VERSION = "1"

BASIS_WORDS = {
    Kind.REGISTERED: "registered with your practice",
    Kind.ENCOUNTER: "in the care of your organisation now",
    Kind.CARE_TEAM: "on the caseload of your team",
}


@dataclass(frozen=True)
class Decision:
    """What the policy says. `step` is the check that ended it; `withheld` are sources whose statements stay hidden."""

    allowed: bool
    step: str
    basis: str = ""
    ask_reason: bool = False
    restricted: bool = False
    withheld: frozenset[str] = field(default_factory=frozenset)


def decide(user: User, permission: Permission, facts: Collection[Fact], now: datetime, reason: str = "") -> Decision:
    """The decision for one person's record, from the facts about that person and the reason given, if any."""
    if not may(user, permission):
        return Decision(False, "permission")
    holding = [fact for fact in facts if fact.holds(now)]
    if isinstance(user, PatientUser):
        return _own(user, holding)
    if not isinstance(user, Clinician):
        return Decision(False, "role")
    basis = next((f.kind for f in holding if f.kind in RELATIONSHIPS and f.org == user.org), None)
    if basis is None and not reason:
        return Decision(False, "relationship", ask_reason=True)
    return Decision(
        allowed=True,
        step="",
        basis=BASIS_WORDS[basis] if basis else f"reason given: {reason}",
        restricted=any(fact.kind == Kind.RESTRICTED for fact in holding),
        withheld=frozenset(f.org for f in holding if f.kind == Kind.DISSENT and f.org != user.org),
    )


def _own(user: PatientUser, holding: Collection[Fact]) -> Decision:
    """A person and the record that their account is linked to. What they refused to share they may see themselves."""
    if not any(fact.kind == Kind.SELF and fact.org == user.account for fact in holding):
        return Decision(False, "not their own")
    restricted = any(fact.kind == Kind.RESTRICTED for fact in holding)
    return Decision(True, "", basis="your own record", restricted=restricted)
