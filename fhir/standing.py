"""What a status says, in FHIR's own word, however its source wrote it: "Entered in error" is entered-in-error.

FHIR R4 requires one coding system of a clinical or verification status; a source may put a code of its own before that
coding, spell it as an earlier FHIR did, or give words alone. What matches nothing that FHIR knows stays as it was sent.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

from fhir.elements import concept_text, listed, words
from fhir.value_sets import REQUIRED_CODES

ENTERED_IN_ERROR = "entered-in-error"
_CLINICAL = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved", ENTERED_IN_ERROR})
_VERIFICATION = frozenset(
    {"unconfirmed", "provisional", "differential", "confirmed", "presumed", "refuted", ENTERED_IN_ERROR}
)
_KNOWN = frozenset(
    {code for (_, element), codes in REQUIRED_CODES.items() if "status" in element.lower() for code in codes}
    | _CLINICAL
    | _VERIFICATION
    | {"ended", "withdrawn", "mitigated"}
)
_FHIR = re.compile(r"https?://(?:terminology\.hl7\.org|(?:www\.)?hl7\.org/fhir)/")
_OF_CLINICAL = {"condition-clinical", "allergyintolerance-clinical", "allergy-clinical-status"}
_OF_VERIFICATION = {"condition-ver-status", "allergyintolerance-verification", "allergy-verification-status"}
_GAPS = re.compile(r"[\s_-]+")


def state(value: Any) -> str:
    """A status of any resource: its code in FHIR's spelling, where it is one."""
    if isinstance(value, str):
        return value if value in _KNOWN else _known(value, _KNOWN) or value
    return _said(value, _KNOWN, ()) if value is not None else ""


def clinical(value: Any) -> str:
    """Whether a problem or an allergy is active, resolved, …"""
    return _said(value, _CLINICAL, _OF_CLINICAL) if value is not None else ""


def verification(value: Any) -> str:
    """How sure its source is of a problem or an allergy: confirmed, refuted, entered in error, …"""
    return _said(value, _VERIFICATION, _OF_VERIFICATION) if value is not None else ""


def _said(value: Any, known: Collection[str], systems: Collection[str]) -> str:
    """The code of the required system; else any known code; else words that are one; else what was sent."""
    codings = list(_codings(value))
    required = [code for system, code in codings if _FHIR.match(system) and system.rsplit("/", 1)[-1] in systems]
    for said in (*required, *(code for _, code in codings), *_texts(value)):
        if found := _known(said, known):
            return found
    return codings[0][1] if codings else concept_text(value)


def _codings(value: Any) -> Iterator[tuple[str, str]]:
    """(system, code) of each coding in the order sent."""
    for coding in _parts(value):
        if code := words(coding.get("code")):
            yield words(coding.get("system")), code


def _texts(value: Any) -> Iterator[str]:
    """Its words, then those beside its codes."""
    for concept in listed(value):
        yield words(concept.get("text")) if isinstance(concept, dict) else words(concept)
    for coding in _parts(value):
        yield words(coding.get("display"))


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    for concept in listed(value):
        for coding in listed(concept.get("coding")) if isinstance(concept, dict) else ():
            if isinstance(coding, dict):
                yield coding


def _known(said: str, known: Collection[str]) -> str:
    """The known code that this is but for case, spaces, hyphens and a full stop; empty where it is none."""
    folded = _GAPS.sub("-", said.casefold().strip(" ."))
    return folded if folded in known else ""
