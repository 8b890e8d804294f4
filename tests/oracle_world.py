"""An invented region of canaries: every resource carries a text that is nowhere else, and we know who may see it.

`may_see` is a second policy, written from the README by hand, slow and without a line of the first: it knows nothing of
facts, tables or grants, only of what was invented here.
"""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from app.access import sharing
from app.access.sharing import Rule
from app.access.users import (
    AccessGroupMember,
    Clinician,
    DataQualityLead,
    PatientUser,
    Planner,
    PrivacyOfficer,
    User,
)
from tests.feeding import Json, Sender, nhs, register

PRACTICE, OTHER_PRACTICE, TRUST, COUNCIL, MENTAL, STRANGER = "Y90001", "Y90002", "RZ001", "901", "RM001", "RZ999"
KINDS = {PRACTICE: "gp", OTHER_PRACTICE: "gp", TRUST: "acute", COUNCIL: "social", MENTAL: "mental"}
CATEGORY = {
    "Patient": "demographics", "Condition": "problems", "AllergyIntolerance": "allergies", "Procedure": "procedures",
    "Immunization": "immunisations", "MedicationRequest": "medications", "Flag": "flags",
}  # fmt: skip
SENSITIVE = frozenset({"HIV", "SEX", "PSY", "SDV", "V", "GDIS"})
SEALS = frozenset({"consent", "law", "public-interest"})
REASONS = frozenset({"urgent", "planned", "patient-asked", "after-death", "other"}) | SEALS
_numbers = count(1)


@dataclass(frozen=True)
class Thing:
    """One resource: whose, what source's, of what type, with which labels, and its canary."""

    person: str
    source: str
    type: str
    labels: frozenset[str]
    canary: str
    local_id: str


@dataclass
class Person:
    """Somebody invented: who cares for them now, and what is special about them."""

    name: str
    number: str
    family: str
    practice: str = PRACTICE
    caring: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    dead: bool = False
    restricted: bool = False
    label: str = ""
    things: list[Thing] = field(default_factory=list)
    whereabouts: list[str] = field(default_factory=list)


PEOPLE = (
    Person("plain", "9990000018", "Abbot"),
    Person("in hospital", "9990000026", "Barker", caring=frozenset({TRUST, COUNCIL})),
    Person("objecting", "9990000034", "Carver", caring=frozenset({TRUST}), refused=frozenset({PRACTICE, MENTAL})),
    Person("restricted", "9990000042", "Dyer", caring=frozenset({TRUST}), restricted=True, label="R"),
    Person("well known", "9990000050", "Ferris", practice=OTHER_PRACTICE, label="VIP"),
    Person("dead", "9990000069", "Glover", caring=frozenset({TRUST}), dead=True),
    Person("a child", "9990000077", "Hooper", caring=frozenset({MENTAL})),
    Person("full", "9990000085", "Joiner", caring=frozenset({TRUST})),
)
LABELS = ((), (), ("SEALED",), ("LOCKED",), ("HIV",), ("V",), ("PSY", "SEALED"), ("SDV",), ("R",), ("NOPAT",))

# Who is shown what by whom, by the rules below, written out: a council shows problems to practices, and who its people
# are to everyone with a part; the trust shows no procedure to the council; all else is shown.
RULES = (
    Rule(COUNCIL, "problems", "gp", "allow"),
    Rule(COUNCIL, "demographics", "*", "allow"),
    Rule(COUNCIL, "*", MENTAL, "deny"),
    Rule(TRUST, "procedures", COUNCIL, "deny"),
)


def shows(source: str, type_: str, org: str) -> bool:
    if source == org:
        return True
    if source == COUNCIL:
        if org == MENTAL:
            return False
        return type_ == "Patient" or (type_ == "Condition" and KINDS.get(org) == "gp")
    return not (source == TRUST and type_ == "Procedure" and org == COUNCIL)


def is_sensitive(thing: Thing, person: Person) -> bool:
    """R says nothing where all is R: at a mental health trust or a council, and of a restricted person."""
    is_ordinary = thing.source in (MENTAL, COUNCIL) or person.restricted
    return bool(thing.labels & SENSITIVE) or ("R" in thing.labels and not is_ordinary)


def may_open(user: User, person: Person, reason: str) -> bool:
    """Whether somebody may open the record at all."""
    if isinstance(user, PatientUser):
        return user.subject == person.name and not person.dead
    if not isinstance(user, Clinician) or user.org not in KINDS:
        return False
    if user.role_code and "B0360" not in user.activities:
        return False
    if person.dead and user.org != person.practice and reason != "after-death":
        return False
    return user.org == person.practice or user.org in person.caring or reason != ""


def may_see(user: User, person: Person, thing: Thing, reason: str) -> bool:
    """Whether they may be shown this resource of this person, with the reason that their session gave."""
    if thing.person != person.name or not may_open(user, person, reason):
        return False
    if isinstance(user, PatientUser):
        return not thing.labels & {"NOPAT", "SDV", "SEALED", "LOCKED", "V"}  # the last three are in doubt
    assert isinstance(user, Clinician)
    if thing.source == user.org:
        return True
    breaks = reason in SEALS
    if not shows(thing.source, thing.type, user.org) or (thing.source in person.refused and not breaks):
        return False
    if thing.type == "Patient":
        return True
    if "LOCKED" in thing.labels:
        return False
    if breaks:
        return True
    return "SEALED" not in thing.labels and (not is_sensitive(thing, person) or "B1611" in user.activities)


def may_find(user: User, person: Person, thing: Thing) -> bool:
    """Whether a search may name them by this Patient resource."""
    if not isinstance(user, Clinician) or user.org not in KINDS or thing.type != "Patient":
        return False
    return shows(thing.source, "Patient", user.org) and (thing.source == user.org or thing.source not in person.refused)


# ------------------------------------------------------------------ sent as providers would
def canary() -> str:
    return f"Zq{next(_numbers):06}z"


def build(sender: Sender) -> tuple[Person, ...]:
    """Send all of it; the people with what is held of them."""
    for ods, kind in KINDS.items():
        register(sender.engine, ods, kind=kind)
    sharing.keep(sender.engine, RULES)
    people = tuple(replace(one, things=[], whereabouts=[]) for one in PEOPLE)
    for source in KINDS:
        sender.send(source, *(resource for person in people for resource in _said(person, source)))
    return people


def _said(person: Person, source: str) -> list[Json]:
    if person.practice != source and KINDS[source] == "gp" and person.name != "plain":
        return []
    of = f"{source}-{person.number[-3:]}"
    subject = {"reference": f"Patient/{of}"}
    found = [_patient(person, source, of)]
    for round_ in range(6 if person.name == "full" else 1):
        for n, labels in enumerate(LABELS):
            types = [t for t in CATEGORY if t != "Patient"]
            for type_ in types if n < 2 else types[n % 3 :: 3]:
                found.append(
                    _resource(person, source, type_, frozenset(labels), f"{type_[:2]}{n}-{round_}-{of}", subject)
                )
    if source in person.caring:
        found.append({"resourceType": "Encounter", "id": f"e-{of}", "status": "in-progress", "class": {"code": "IMP"},
                      "subject": subject})  # fmt: skip
    if source in person.refused:
        found.append({
            "resourceType": "Consent", "id": f"no-{of}", "status": "active", "patient": subject,
            "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "Dissent"}],
            "provision": {"type": "deny"},
        })  # fmt: skip
    return found


def _patient(person: Person, source: str, of: str) -> Json:
    own, place = canary(), canary()
    person.things.append(Thing(person.name, source, "Patient", frozenset(), own, of))
    if person.restricted:
        person.whereabouts.append(place)
    else:
        person.things.append(Thing(person.name, source, "Patient", frozenset(), place, of))
    active = {"active": False} if KINDS[source] == "gp" and source != person.practice else {}
    return {
        "resourceType": "Patient", "id": of, "identifier": [nhs(person.number)], "gender": "female", **active,
        "name": [{"family": person.family, "given": [f"Kim {own}"]}], "birthDate": "1960-05-01",
        "address": [{"line": [f"1 {place} Lane"], "postalCode": "TB1 2AB"}],
        **({"deceasedDateTime": "2026-02-03"} if person.dead else {}),
        **({"meta": {"security": [{"code": person.label}]}} if person.label else {}),
    }  # fmt: skip


def _resource(
    person: Person, source: str, type_: str, labels: frozenset[str], local_id: str, subject: Json
) -> dict[str, Any]:
    own = canary()
    person.things.append(Thing(person.name, source, type_, labels, own, local_id))
    who = "patient" if type_ in ("AllergyIntolerance", "Immunization") else "subject"
    name = {
        "AllergyIntolerance": "code",
        "Immunization": "vaccineCode",
        "MedicationRequest": "medicationCodeableConcept",
    }
    made: dict[str, Any] = {
        "resourceType": type_, "id": local_id, who: subject, name.get(type_, "code"): {"text": f"Thing {own}"},
        "meta": {"security": [{"code": label} for label in sorted(labels)]} if labels else {},
    }  # fmt: skip
    if type_ in ("Procedure", "Immunization"):
        made |= {"status": "completed"}
    if type_ == "Immunization":
        made |= {"occurrenceDateTime": "2020-01-01"}
    if type_ in ("MedicationRequest", "Flag"):
        made |= {"status": "active"}
    if type_ == "MedicationRequest":
        made |= {"intent": "order"}
    if not made["meta"]:
        del made["meta"]
    return made


def users(people: tuple[Person, ...]) -> list[User]:
    """Clinicians of every organisation, with and without activities; every person; everybody who sees no person."""
    found: list[User] = []
    for ods in (*KINDS, STRANGER):
        plain = Clinician("https://id.example", f"c-{ods}", f"Dr {ods}", "", ods, f"Org {ods}", "Doctor")
        found.append(plain)
        found.append(replace(plain, subject=f"s-{ods}", role_code="R8000", activities=frozenset({"B0360", "B1611"})))
    clerk = Clinician(
        "https://id.example", "clerk", "A clerk", "", PRACTICE, "Elm", "Clerk", "R8008", frozenset({"B0380"})
    )
    found.append(clerk)
    found += [PatientUser("https://id.example", one.name, one.family, "") for one in people]
    others = (Planner, DataQualityLead, PrivacyOfficer, AccessGroupMember)
    return [*found, *(kind("https://id.example", kind.__name__, kind.__name__, "") for kind in others)]
