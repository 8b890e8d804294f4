"""May this person look at that record, and at what of it? One pure function; denial overrides.

Every door asks it: pages, searches, worklists, lists of looks, commands. The checks have the numbers of the fourteen
steps of a look; the others are the session and its assurance (1, 2: `app.access.sessions`, `app.access.oidc`), and
writing it down before it is shown (12, 13: `app.access.grants`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from app.access.facts import LABELS, SENSITIVE, Fact, Kind
from app.access.permissions import Permission, may
from app.access.sharing import Rule, shared
from app.access.users import Clinician, PatientUser, User
from app.errors import NotReady
from fhir.absence import Source
from fhir.kinds import sections_of, without_place

POLICY_VERSION = "2"

BASIS_WORDS = {
    Kind.REGISTERED: "registered with your practice",
    Kind.ENCOUNTER: "in the care of your organisation now",
    Kind.CARE_TEAM: "on the caseload of your team",
}
VIEW_DETAIL, SEE_SENSITIVE = "B0360", "B1611"
"""Activities of national role-based access control: view detailed health records; access sensitive flagged records."""


class Purpose(StrEnum):
    """What somebody looks for. Planning and research never open a record."""

    DIRECT_CARE = "direct care"
    OWN_REQUEST = "the person's own request"
    PLANNING = "planning"


PURPOSES: Mapping[type[User], frozenset[Purpose]] = {
    Clinician: frozenset({Purpose.DIRECT_CARE}),
    PatientUser: frozenset({Purpose.OWN_REQUEST}),
}
_IS_FOR: Mapping[Permission, Purpose] = {
    Permission.VIEW_RECORD: Purpose.DIRECT_CARE,
    Permission.VIEW_OWN_RECORD: Purpose.OWN_REQUEST,
    Permission.ADD_OWN_READING: Purpose.OWN_REQUEST,
    Permission.VIEW_OWN_ACCESS_LOG: Purpose.OWN_REQUEST,
}
_OF_PROXIES = frozenset({Permission.VIEW_OWN_RECORD})
"""What somebody who acts for the person may do."""


@dataclass(frozen=True)
class Reason:
    """Why somebody whose organisation does not care for the person looks, or opens what is withheld; in words.

    `breaks_seal`: it opens what is sealed, sensitive or refused. `after_death`: it opens the record of one who died.
    """

    words: str
    breaks_seal: bool = False
    after_death: bool = False


@dataclass(frozen=True)
class Asked:
    """An act, the reason given for it, and what it is for: unless said otherwise, what such an act is always for."""

    permission: Permission
    reason: Reason | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True)
class Known:
    """What the policy knows: facts about the one person, every feed, and what was agreed about sharing."""

    facts: Sequence[Fact]
    feeds: Sequence[Source] = ()
    rules: Sequence[Rule] = ()

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each organisation that sends a feed."""
        return {feed.ods: feed.kind for feed in self.feeds}


@dataclass(frozen=True)
class Decision:
    """What the policy says. `step` is the check that ended it, `number` its place among the fourteen steps.

    `shows`: the categories that each source may show; `withheld`: sources that the person refused; `hides`: the labels
    with which a statement of any organisation but `own` is left out; `alerts`: what the privacy officer is to see.
    """

    allowed: bool
    step: str = ""
    number: int = 0
    basis: str = ""
    ask_reason: bool = False
    restricted: bool = False
    withheld: frozenset[str] = frozenset()
    shows: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hides: frozenset[Kind] = frozenset()
    own: str = ""
    alerts: frozenset[str] = frozenset()

    def may_see(self, source: str, type_: str, labels: frozenset[Kind] = frozenset()) -> bool:
        """Whether a statement of this source, of this type and with these labels, is shown."""
        shared_here = self.shows.get(source, frozenset()) & sections_of(type_)
        return bool(shared_here) and (source == self.own or not labels & self.hides)


@dataclass(frozen=True)
class _Case:
    """One question to the policy, with the facts that are in force."""

    user: User
    asked: Asked
    known: Known
    now: datetime
    holding: Sequence[Fact]

    @property
    def org(self) -> str:
        return self.user.org if isinstance(self.user, Clinician) else ""

    @property
    def name(self) -> str:
        """What facts call this user: by their organisation, or by the account of one who is no member of staff."""
        return self.user.account if isinstance(self.user, PatientUser) else self.org

    def says(self, kind: Kind) -> bool:
        return any(fact.kind == kind for fact in self.holding)

    @property
    def basis(self) -> Kind | None:
        """Why this user has to do with the person: a relationship of their organisation, or their account."""
        held = {fact.kind for fact in self.holding if fact.org == self.name}
        return next((kind for kind in (_OWN if isinstance(self.user, PatientUser) else _CARING) if kind in held), None)


_OWN = (Kind.SELF, Kind.PROXY)
_CARING = tuple(BASIS_WORDS)


def decide(user: User, asked: Asked, known: Known, now: datetime) -> Decision:
    """The decision for one person's record: the first check that fails ends it."""
    case = _Case(user, asked, known, now, [fact for fact in known.facts if fact.holds(now)])
    for number, step, fails in CHECKS:
        if fails(case):
            return Decision(False, step, number, ask_reason=step in _MENDED_BY_REASON and isinstance(user, Clinician))
    return Decision(
        allowed=True,
        basis=_basis(case),
        restricted=case.says(Kind.RESTRICTED),
        withheld=_refused(case) & _shared(case).keys(),
        shows=_shows(case),
        hides=_hides(case),
        own=case.org,
        alerts=frozenset(_alerts(case)),
    )


def _no_role(case: _Case) -> bool:
    return not isinstance(case.user, (Clinician, PatientUser))


def _no_party(case: _Case) -> bool:
    """An organisation that neither sends a feed for direct care nor is named by a rule has no part in this record."""
    if not isinstance(case.user, Clinician):
        return False
    return case.org not in case.known.kinds and all(
        rule.recipient != case.org for rule in case.known.rules if rule.holds(case.now)
    )


def _no_activity(case: _Case) -> bool:
    """A national role must have the activity; a role that only a local provider knows has no activities."""
    return isinstance(case.user, Clinician) and bool(case.user.role_code) and VIEW_DETAIL not in case.user.activities


def _not_permitted(case: _Case) -> bool:
    return not may(case.user, case.asked.permission)


def _died(case: _Case) -> bool:
    """Confidence outlasts death: then only the practice, a medical examiner and a coroner look."""
    reason = case.asked.reason
    return case.says(Kind.DECEASED) and case.basis != Kind.REGISTERED and not (reason and reason.after_death)


def _no_relationship(case: _Case) -> bool:
    return case.basis is None and case.asked.reason is None


def _not_their_own(case: _Case) -> bool:
    if not isinstance(case.user, PatientUser) or case.basis == Kind.SELF:
        return False
    return case.basis is None or case.asked.permission not in _OF_PROXIES


def _other_purpose(case: _Case) -> bool:
    purpose = case.asked.purpose or _IS_FOR.get(case.asked.permission)
    return purpose not in PURPOSES[type(case.user)]


CHECKS: Sequence[tuple[int, str, Callable[[_Case], bool]]] = (
    (3, "role", _no_role),
    (3, "organisation", _no_party),
    (3, "activity", _no_activity),
    (4, "permission", _not_permitted),
    (6, "after death", _died),
    (8, "not their own", _not_their_own),
    (8, "relationship", _no_relationship),
    (9, "purpose", _other_purpose),
)
"""Each with the number of its step. Whom the record is of (5) the grant finds; refusals to share (7), sharing (10) and
labels (11) refuse no record: they leave statements out."""
_MENDED_BY_REASON = frozenset({"relationship", "after death"})


def _basis(case: _Case) -> str:
    if isinstance(case.user, PatientUser):
        return "your own record" if case.basis == Kind.SELF else "you act for this person"
    reason = case.asked.reason
    told = f"reason given: {reason.words}" if reason and (case.basis is None or reason.breaks_seal) else ""
    return "; ".join(part for part in (BASIS_WORDS[case.basis] if case.basis else "", told) if part)


# ------------------------------------------------------------------ what of it
def open_sources(user: User, known: Known, now: datetime) -> Mapping[str, frozenset[str]]:
    """The categories that each source shows this user of this person, no reason given: for whoever looks for people."""
    case = _Case(user, Asked(Permission.SEARCH_PATIENTS), known, now, [f for f in known.facts if f.holds(now)])
    return {} if _no_party(case) else _shows(case)


def _shows(case: _Case) -> dict[str, frozenset[str]]:
    """What each source shows, without those that the person refused."""
    refused = _refused(case)
    return {ods: categories for ods, categories in _shared(case).items() if ods not in refused}


def _shared(case: _Case) -> dict[str, frozenset[str]]:
    """What each source agreed to show this user's organisation. What is the person's own all sources show them."""
    if not isinstance(case.user, Clinician):
        return {feed.ods: feed.categories for feed in case.known.feeds}
    rules, kind = _rules(case), case.known.kinds.get(case.org, "")
    told = {feed.ods: shared(feed, case.org, kind, rules.get(feed.ods, ())) for feed in case.known.feeds}
    return {ods: categories for ods, categories in told.items() if categories}


def _refused(case: _Case) -> frozenset[str]:
    """Sources that the person does not let others see, unless the seal is broken."""
    reason = case.asked.reason
    if isinstance(case.user, PatientUser) or (reason and reason.breaks_seal):
        return frozenset()
    return frozenset(f.org for f in case.holding if f.kind == Kind.DISSENT and f.org != case.org)


def _rules(case: _Case) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in case.known.rules:
        if rule.holds(case.now):
            found.setdefault(rule.provider, []).append(rule)
    return found


def _hides(case: _Case) -> frozenset[Kind]:
    """The labels whose statements are left out. Of a restricted person all are labelled R: it says nothing of one."""
    if isinstance(case.user, PatientUser):
        return frozenset({Kind.NOT_FOR_PATIENT}) | (_from_proxy(case) if case.basis == Kind.PROXY else frozenset())
    if case.asked.reason and case.asked.reason.breaks_seal:
        return frozenset({Kind.LOCKED})
    sees = SENSITIVE if isinstance(case.user, Clinician) and SEE_SENSITIVE in case.user.activities else frozenset()
    ordinary = {Kind.CONFIDENTIAL} if case.says(Kind.RESTRICTED) else frozenset()
    return LABELS - sees - ordinary


def _from_proxy(case: _Case) -> frozenset[Kind]:
    """What is sealed; and from eleven years what is a young person's own matter."""
    young = any(fact.kind == Kind.PROXY_OF_YOUNG and fact.org == case.name for fact in case.holding)
    return LABELS if young else LABELS - SENSITIVE


def _alerts(case: _Case) -> Iterator[str]:
    """What the privacy officer is to look at: in words that name nobody."""
    if case.asked.reason and isinstance(case.user, Clinician):
        if case.basis is None:
            yield "reason given"
        if case.asked.reason.breaks_seal:
            yield "seal broken"
    yield from (kind.value for kind in (Kind.VIP, Kind.STAFF) if case.says(kind))


def check_kinds() -> None:
    """Refuse to start while a kind of resource can be kept of which the policy does not say who may see it."""
    if missing := without_place():
        raise NotReady("kinds of resource that have no place in the record: " + ", ".join(missing))
