"""What the policy needs to know of a person, derived from statements as they arrive: pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from fhir.codes import System
from fhir.dates import LONDON, FhirDate, fhir_date
from fhir.elements import child, codings, listed, path, words
from fhir.home import PATIENT
from fhir.release import kept_on_arrival


class Kind(StrEnum):
    """Relationships (the first three), a refusal to share, labels of the person or of one statement, whose account is
    linked to the record, who acts for the person, and a Type 1 opt-out: nothing may leave beyond the person's own care.

    A kind that begins with `sensitive-` has the name of the list of codes that an operator loads for it.
    """

    REGISTERED = "registered"
    ENCOUNTER = "encounter"
    CARE_TEAM = "care-team"
    DISSENT = "dissent"
    RESTRICTED = "restricted"
    DECEASED = "deceased"
    VIP = "vip"
    STAFF = "staff"
    SELF = "self"
    PROXY = "proxy"
    PROXY_OF_YOUNG = "proxy-of-young"
    NOT_FOR_PATIENT = "not-for-patient"
    SEALED = "sealed"
    LOCKED = "locked"
    CONFIDENTIAL = "confidential"
    VERY_CONFIDENTIAL = "very-confidential"
    SEXUAL = "sensitive-sex"
    HIV = "sensitive-hiv"
    PSYCHIATRIC = "sensitive-psy"
    ABUSE = "sensitive-abuse"
    SUBSTANCES = "sensitive-substance"
    GENETIC = "sensitive-genetic"
    GENDER = "sensitive-gender"
    FERTILITY = "sensitive-fertility"
    TYPE1 = "type-1"


RELATIONSHIPS = frozenset({Kind.REGISTERED, Kind.ENCOUNTER, Kind.CARE_TEAM})
LISTED = frozenset(kind for kind in Kind if kind.startswith("sensitive-"))
"""Kinds of what is sensitive, each with a list of codes."""
SENSITIVE = LISTED | {Kind.CONFIDENTIAL, Kind.VERY_CONFIDENTIAL}
LABELS = SENSITIVE | {Kind.SEALED, Kind.LOCKED}
"""What one statement says of itself, or its codes do. These may be thousands, and are asked for by themselves."""
OF_PERSON = frozenset(Kind) - LABELS - {Kind.NOT_FOR_PATIENT}
"""What decides about the whole record."""


@dataclass(frozen=True)
class Fact:
    """One thing that a statement says to the policy. `org` is the organisation that it speaks of; times may be open."""

    kind: Kind
    org: str
    starts: datetime | None = None
    ends: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at this moment."""
        return (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends)


def facts_of(ods: str, feed_kind: str, resource: Mapping[str, Any]) -> list[Fact]:
    """Every fact that this resource of this source states. Most resources state none."""
    read = _READERS.get(words(resource.get("resourceType")))
    return list(read(ods, feed_kind, resource)) if read else []


def not_for_patient(ods: str, resource: Mapping[str, Any], body: bytes) -> list[Fact]:
    """That the person is not shown what this source says here, where it is so. What they said themselves they see."""
    kept = ods != PATIENT and kept_on_arrival(resource, body)
    return [Fact(Kind.NOT_FOR_PATIENT, ods)] if kept else []


def _patient(ods: str, feed_kind: str, patient: Mapping[str, Any]) -> Iterator[Fact]:
    if restricted(patient):
        yield Fact(Kind.RESTRICTED, ods)
    dead = patient.get("deceasedBoolean") is True or "deceasedDateTime" in patient
    if dead:
        yield Fact(Kind.DECEASED, ods)
    if feed_kind == "gp" and (dead or patient.get("active") is not False):
        yield Fact(Kind.REGISTERED, ods)
    for kind in {_WATCHED[code] for code in _labels_of(patient) if code in _WATCHED}:
        yield Fact(kind, ods)


_WATCHED = {"VIP": Kind.VIP, "CEL": Kind.VIP, "EMP": Kind.STAFF}
"""Labels of a person whose record is looked at for the wrong reasons (HL7 v3-ActCode: celebrity, employee)."""


def restricted(patient: Mapping[str, Any]) -> bool:
    """The person's own label, R or V (PDS: a sensitive record, whose whereabouts nobody is shown)."""
    return not {"R", "V"}.isdisjoint(_labels_of(patient))


def _labels_of(resource: Mapping[str, Any]) -> list[str]:
    return [words(child(label, "code")) for label in listed(path(resource, "meta", "security"))]


YOUNG, OWN_RECORD = 11, 16
"""Ages: from the first a young person's sensitive matters are no longer their proxy's; at the second the proxy ends
(Proxy Information Standard DAPB3051, 7.2)."""


def proxy(account: str, birth: date, starts: datetime | None, ends: datetime | None, *, of_child: bool) -> list[Fact]:
    """That this account acts for the person. No provider sends delegations yet."""
    if not of_child:
        return [Fact(Kind.PROXY, account, starts, ends)]
    own, young = _birthday(birth, OWN_RECORD), _birthday(birth, YOUNG)
    last = min(own, ends) if ends else own
    return [Fact(Kind.PROXY, account, starts, last), Fact(Kind.PROXY_OF_YOUNG, account, young, last)]


def _birthday(birth: date, age: int) -> datetime:
    """The first moment of that birthday in London; born on 29 February, in another year 1 March."""
    try:
        day = birth.replace(year=birth.year + age)
    except ValueError:
        day = date(birth.year + age, 3, 1)
    return datetime(day.year, day.month, day.day, tzinfo=LONDON)


_TYPE1 = re.compile(r"827241000000103|XaZ89|9Nu0\.?(?:00)?")
"""Dissent from secondary use of general practice data: SNOMED CT, CTV3 and Read v2, with or without its term code."""
_TYPE1_MARKS = (b"827241000000103", b"XaZ89", b"9Nu0", b"\\u")
"""One of these is in the bytes of whatever holds such a code; the last begins a character that is spelled out."""


def opt_outs_of(ods: str, feed_kind: str, body: bytes, resource: Mapping[str, Any]) -> list[Fact]:
    """A Type 1 opt-out, wherever in any resource of a general practice its code stands, in whatever status.

    A later code that takes it back is not assumed to: the code for that is not known here.
    """
    if feed_kind != "gp" or not any(mark in body for mark in _TYPE1_MARKS):
        return []
    return [Fact(Kind.TYPE1, ods)] if _holds_type1(resource) else []


def _holds_type1(part: Any) -> bool:
    if isinstance(part, list):
        return any(map(_holds_type1, part))
    if not isinstance(part, dict):
        return False
    return _TYPE1.fullmatch(words(part.get("code")).strip()) is not None or any(map(_holds_type1, part.values()))


_UNDER_WAY = frozenset({"arrived", "triaged", "in-progress", "onleave"})


def _encounter(ods: str, feed_kind: str, encounter: Mapping[str, Any]) -> Iterator[Fact]:
    if words(encounter.get("status")) in _UNDER_WAY:
        starts, ends = _period(encounter.get("period"))
        yield Fact(Kind.ENCOUNTER, _ods(encounter.get("serviceProvider")) or ods, starts, ends)


def _care_team(ods: str, feed_kind: str, team: Mapping[str, Any]) -> Iterator[Fact]:
    if words(team.get("status")) in {"active", ""}:
        starts, ends = _period(team.get("period"))
        yield Fact(Kind.CARE_TEAM, _ods(team.get("managingOrganization")) or ods, starts, ends)


def _consent(ods: str, feed_kind: str, consent: Mapping[str, Any]) -> Iterator[Fact]:
    """An active privacy Consent that is not plainly a permit is a refusal: in doubt nothing is shown elsewhere."""
    if words(consent.get("status")).casefold() == "active" and _is_privacy(consent) and not _permits(consent):
        starts, ends = _period(path(consent, "provision", "period"))
        yield Fact(Kind.DISSENT, ods, starts, ends)


_OTHER_SCOPES = frozenset({"adr", "research", "treatment"})


def _is_privacy(consent: Mapping[str, Any]) -> bool:
    """One that says so in any of its codes; or one that denies and is not plainly of another scope."""
    codes = {code.code.casefold() for scope in listed(consent.get("scope")) for code in codings(scope)}
    return "patient-privacy" in codes or ("deny" in _types(consent) and not codes & _OTHER_SCOPES)


def _types(consent: Mapping[str, Any]) -> list[str]:
    provision = consent.get("provision")
    inner = listed(child(provision, "provision"))
    return [words(child(one, "type")).casefold() for one in (provision, *inner)]


def _permits(consent: Mapping[str, Any]) -> bool:
    rules = {code.code.upper() for one in listed(consent.get("policyRule")) for code in codings(one)}
    types = _types(consent)
    return types[0] == "permit" and "deny" not in types and not rules & {"OPTOUT", "OPTOUTE"}


def _period(period: Any) -> tuple[datetime | None, datetime | None]:
    starts, ends = fhir_date(child(period, "start")), fhir_date(child(period, "end"))
    return (starts.start if starts else None), (_end(ends) if ends else None)


def _end(ends: FhirDate) -> datetime | None:
    """A day ends at the end of that day, a month or year no earlier than its last. The last day of all time is open."""
    steps = {4: timedelta(days=366), 7: timedelta(days=31), 10: timedelta(days=1)}
    try:
        return ends.start + steps.get(len(ends.text), timedelta())
    except OverflowError:
        return None


def _ods(reference: Any) -> str:
    identifier = child(reference, "identifier")
    if words(child(identifier, "system")) == System.ODS:
        return words(child(identifier, "value")).upper()
    return ""


_READERS: dict[str, Callable[[str, str, Mapping[str, Any]], Iterator[Fact]]] = {
    "Patient": _patient,
    "Encounter": _encounter,
    "CareTeam": _care_team,
    "EpisodeOfCare": _care_team,
    "Consent": _consent,
}

READ_TYPES = frozenset(_READERS)
"""The resource types that state facts."""

PROTECTING_TYPES = frozenset({"Patient", "Consent"})
"""Those that can only take access away: accepted from every feed, whatever it is registered to show."""
