"""Allergies and adverse reactions, and statements that there are none.

One line: the same substance, by code, words or identifier.
So it is whether a source writes "Aspirin", "ASPIRIN" or "Allergy to aspirin".
The safer reading leads: stated before refuted, active before inactive, high criticality before low, confirmed first.
So what any source still calls current is current, whatever an older statement says of its gravity.
A refuted or ended allergy stays on the page with its status. A statement that no allergies are known is shown
beside the allergies that contradict it, never instead of them.
"""

import re
from collections.abc import Hashable, Sequence

from msgspec.structs import replace

from fhir import doubt
from fhir.choices import choice
from fhir.codes import NAMES_NOTHING, Code, System, is_known
from fhir.dates import first_date
from fhir.elements import (
    child,
    codings,
    concept_text,
    extensions,
    filled,
    joined,
    listed,
    narrative,
    notes,
    path,
    plain,
    references,
    texts,
    words,
)
from fhir.equivalents import substance_key
from fhir.item import Item
from fhir.line import Difference, Line, between_sources, code_difference, difference, line, voices
from fhir.same import names, things
from fhir.standing import clinical, verification
from fhir.statement import Resource, Statement

CODE = "allergies"
TITLE = "Allergies and adverse reactions"
PRSB = "allergies-and-adverse-reaction"
IPS = "48765-2"
TYPES = frozenset({"AllergyIntolerance"})

_OF_EACH = ("status", "verification", "criticality", "severity", "type", "category", "exposure route")
_OF_SOURCES = ("reaction substance", "onset", "ended")
DIFFERENCES = (*_OF_EACH, "reaction", *_OF_SOURCES)
_GRAVE = ("anaphyla", "angioedema", "angio-oedema", "stevens-johnson", "toxic epidermal")

# What a statement of none denies (SNOMED CT). 1287211007 "No information available" is not among them.
_NONE_OF = {
    "716186003": "",
    "160244002": "",
    "409137002": "medication",
    "429625007": "food",
    "428607008": "environment",
}
_NONE_IN_WORDS = {
    "no known allergies": "",
    "no known allergy": "",
    "no known drug allergies": "medication",
    "no known drug allergy": "medication",
    "no known medication allergies": "medication",
    "no known food allergies": "food",
    "nkda": "medication",
    "nka": "",
}
_BUT = re.compile(r"\b(?:but|except\w*|excluding|apart from|other than)\b")
_NO_INFORMATION = "1287211007"
_ALLERGY_WORDS = re.compile(r"^allerg(?:y|ic) to (?:an? |the )?|\s+allergy$")
_OVER = {"inactive", "resolved"}


def read(statement: Statement) -> Item:
    """The allergy, or the statement of none, with every detail its source gave."""
    resource = statement.resource or {}
    concept = resource.get("code")
    substances = [child(r, "substance") for r in listed(resource.get("reaction")) if child(r, "substance")]
    text = concept_text(concept) or texts(substances) or narrative(resource)
    codes = codings(concept) or tuple(code for s in substances for code in codings(s))
    status = clinical(resource.get("clinicalStatus"))
    fields = _fields(statement, resource)
    return Item(
        statement,
        text,
        codes,
        status,
        first_date(*map(resource.get, ("recordedDate", "assertedDate", "onsetDateTime", "lastOccurrence"))),
        fields,
        past=status in _OVER or fields.get("verification") == "refuted" or "ended" in fields,
        absent=bool(_denied(text, codes)),
        empty=(System.SNOMED, _NO_INFORMATION) in {code.key for code in codes},
    )


def _denied(text: str, codes: Sequence[Code]) -> set[str]:
    """The kinds of allergy that a statement of none denies ("" is every kind); empty for an allergy.

    Words count only where no code of a system that we know says what is meant, and only where they say no more: "no
    known allergies except penicillin" is an allergy, whatever its code.
    """
    said = plain(text).rstrip(" .")
    if _BUT.search(said):
        return set()
    if coded := {_NONE_OF[code.code] for code in codes if code.key[0] == System.SNOMED and code.code in _NONE_OF}:
        return coded
    if any(is_known(code) and code.code not in NAMES_NOTHING for code in codes):
        return set()
    return {_NONE_IN_WORDS[said]} if said in _NONE_IN_WORDS else set()


def _fields(statement: Statement, resource: Resource) -> dict[str, str]:
    reactions = listed(resource.get("reaction"))
    return filled(
        criticality=words(resource.get("criticality")),
        verification=verification(resource.get("verificationStatus")),
        severity="; ".join(dict.fromkeys(s for r in reactions if (s := words(child(r, "severity"))))),
        reaction=", ".join(m for r in reactions if (m := _manifestations(r))),
        reaction_description=joined(words(child(r, "description")) for r in reactions),
        reaction_onset=joined(words(child(r, "onset")) for r in reactions),
        reaction_substance=texts([child(r, "substance") for r in reactions]),
        exposure_route=texts([child(r, "exposureRoute") for r in reactions]),
        reaction_note=joined(notes(child(r, "note")) for r in reactions),
        type=words(resource.get("type")),
        category=", ".join(words(c) for c in listed(resource.get("category")) if words(c)),
        onset=choice(statement, resource, "onset"),
        last_occurrence=words(resource.get("lastOccurrence")),
        recorded=words(resource.get("recordedDate")) or words(resource.get("assertedDate")),
        recorder=references(statement, resource.get("recorder")),
        asserter=references(statement, resource.get("asserter")),
        ended=_ended(resource),
        evidence="; ".join(texts(e.get("valueCodeableConcept")) for e in extensions(resource, "Evidence")),
        note=notes(resource.get("note")),
    )


def _manifestations(reaction: object) -> str:
    """`+` joins what happened in one event (CUI allergy display)."""
    return " + ".join(t for m in listed(child(reaction, "manifestation")) if (t := concept_text(m)))


def _ended(resource: Resource) -> str:
    """UK Core's allergy end: a date, and a reason where one is given."""
    for extension in extensions(resource, "AllergyIntoleranceEnd"):
        parts = listed(extension.get("extension"))
        date = words(extension.get("valueDateTime")) or words(path(extension, "valuePeriod", "end"))
        said = [date, *(words(child(p, "valueDateTime")) or words(child(p, "valueString")) for p in parts)]
        return " ".join(part for part in said if part)
    return ""


def keys(item: Item) -> list[Hashable]:
    """The same substance by code or by words."""
    named = (code for code in item.codes if code.system and code.code not in NAMES_NOTHING)
    found: list[Hashable] = [substance_key(code) for code in named]
    found.extend(("words", _ALLERGY_WORDS.sub("", name)) for name in names(item))
    return found


def _reaction(item: Item) -> str:
    """What happened: the manifestations, else the description in words."""
    return item.fields.get("reaction") or item.fields.get("reaction description", "")


def _safety(item: Item) -> tuple[bool, ...]:
    fields = item.fields
    criticality = plain(fields.get("criticality", ""))
    return (
        fields.get("verification") != "refuted",
        not item.past,
        criticality == "high",
        "severe" in fields.get("severity", "").casefold(),
        any(word in _reaction(item).casefold() for word in _GRAVE),
        fields.get("verification") == "confirmed",
        criticality != "low",
    )


def lines(items: list[Item]) -> list[Line]:
    """Allergies by name, those that are over after them, statements of none last and marked where contradicted."""
    found = [_combined(group) for group in things(items, keys, substance_key)]
    current = [item for one in found for item in one.items if not (item.absent or item.empty or item.past)]
    marked = [replace(one, contradicted=_contradicted(one, current)) for one in found]
    return sorted(marked, key=_order)


def _called(group: Sequence[Item]) -> Difference | None:
    return code_difference(group, keys, substance_key) or doubt.difference(group)


def _combined(group: list[Item]) -> Line:
    one = line(group, _OF_EACH, _safety, _called)
    if len(group) == 1:
        return one
    heard = voices(group)
    reaction = difference(heard, "reaction", _reaction)
    more = between_sources(heard, _OF_SOURCES)
    return replace(one, differences=(*one.differences, *([reaction] if reaction else ()), *more))


def _contradicted(none: Line, current: list[Item]) -> bool:
    if not none.lead.absent:
        return False
    denied = {kind for item in none.items for kind in _denied(item.text, item.codes)}
    kinds = [plain(item.fields.get("category", "")) for item in current]
    return any(not kind or not word or word in kind for word in denied for kind in kinds)


def _order(one: Line) -> tuple[object, ...]:
    lead = one.lead
    return (
        lead.absent or lead.empty,
        lead.past,
        _ALLERGY_WORDS.sub("", plain(lead.text)),
        lead.statement.key,
    )
