"""What is not shown to the person whom it is about, unless the organisation that said it decides otherwise. Pure.

Six reasons: safeguarding, abuse, third party, serious harm, staff risk, not yet released by its source. What says so:
its labels (HL7 v3-ActCode: NOPAT, SDV and others), what kind of statement it is, its status, and its words wherever
they stand. In doubt it is kept back. What the person said themselves (`fhir.home.PATIENT`) is theirs: do not ask here.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from fhir.codes import System
from fhir.elements import child, listed, path, words
from fhir.release_words import Kept, may_speak, names_a_relative, warns_staff, why
from fhir.statement import Resource

__all__ = ["Kept", "kept_from_patient", "kept_on_arrival"]

_FLAGS = frozenset({"Flag", "RiskAssessment", "DetectedIssue"})
_AMENDED = frozenset({"final", "amended", "corrected"})
_RELEASED: Mapping[str, frozenset[str]] = {
    "Observation": _AMENDED,
    "DiagnosticReport": _AMENDED | {"appended"},
    "Composition": _AMENDED,
    "ImagingStudy": frozenset({"available"}),
    "Media": frozenset({"completed"}),
    "DocumentReference": frozenset({"current"}),
    "DocumentManifest": frozenset({"current"}),
}
"""The statuses in which a result or letter is released by its source."""

_LABELS: Mapping[str, Kept] = {
    "NOPAT": Kept.SERIOUS_HARM,  # do not disclose to the patient, family or caregivers
    "PSYTHPN": Kept.SERIOUS_HARM,  # psychotherapy note
    "SDV": Kept.ABUSE,  # sexual assault, abuse or domestic violence
    "MST": Kept.ABUSE,  # military sexual trauma
    "VIO": Kept.ABUSE,  # violence
}
_HARMLESS = frozenset({
    "U", "L", "M", "N", "R", "ETH", "ETHUD", "SUD", "OPIOIDUD", "GDIS", "HIV", "SCA", "SICKLE", "SEX", "STD", "SPI",
    "BH", "COGN", "DVD", "EMOTDIS", "MH", "PSY", "DEMO", "DOB", "GENDER", "LIVARG", "MARST", "RACE", "REL", "B", "EMPL",
    "LOCIS", "SSP", "ADOL", "CEL", "VIP", "DIA", "DRGIS", "EMP", "PDS", "PRS", "TREAT", "ETREAT", "CAREMGT", "PATRQT",
    "HPAYMT", "HOPERAT", "HTEST", "SUBSETTED",
})  # fmt: skip
"""Labels of confidentiality, of the person's own matters, and of what it is for. One that is not here is a doubt."""

_SAID_BY = frozenset({
    "asserter", "informationSource", "author", "authorReference", "authorString", "source", "performer", "recorder",
    "sender", "informant", "requester", "enterer", "reporter", "attester", "onBehalfOf",
})  # fmt: skip
_NO_WORDS = frozenset({"system", "url", "profile", "resourceType", "data", "contentType", "security"})
_OTHERS_OF_PATIENT = frozenset({"contact", "link"})
"""Whom a Patient names as next of kin is not what the resource says of the person, and is not shown to them."""


def kept_from_patient(resource: Resource) -> str:
    """The reason why the person is not shown this, or an empty text."""
    return _by_form(resource) or _by_words(resource) or ""


def kept_on_arrival(resource: Resource, body: bytes) -> str:
    """The same of a resource of a feed, read in full only where its bytes may hold such words."""
    if reason := _by_form(resource):
        return reason
    if may_speak(body) or "contained" in resource or resource.get("resourceType") in _FLAGS:
        return _by_words(resource) or ""
    return ""


def _by_form(resource: Resource) -> Kept | None:
    """By kind, status and the label of the whole, which takes next to no time."""
    kind = resource.get("resourceType")
    meta = resource.get("meta")
    if isinstance(meta, dict) and "security" in meta and (label := _labelled(meta["security"], kind == "Patient")):
        return label
    form = _FORMS.get(kind)  # type: ignore[arg-type]
    return form(resource) if form else None


def _of_another(_: Resource) -> Kept | None:
    return Kept.THIRD_PARTY


def _letter(resource: Resource) -> Kept | None:
    """A message that the person neither sent nor was sent is between others."""
    named = (*listed(resource.get("sender")), *listed(resource.get("recipient")))
    own = (words(child(one, "type")) == "Patient" or "Patient/" in words(child(one, "reference")) for one in named)
    return None if any(own) else Kept.THIRD_PARTY


def _named(resource: Resource) -> Kept | None:
    return None if _is_named(resource.get("code")) else Kept.NOT_RELEASED


def _observation(resource: Resource) -> Kept | None:
    """More than half of a feed: the usual status is asked for first."""
    if "focus" in resource:
        return Kept.THIRD_PARTY
    status = resource.get("status")
    released = status == "final" or words(status) in _RELEASED["Observation"]
    return None if released and _is_named(resource.get("code")) else Kept.NOT_RELEASED


def _document(resource: Resource) -> Kept | None:
    """A report, letter or picture: by its status, and by what it says itself of how secret it is."""
    status, letter = words(resource.get("status")), resource.get("docStatus")
    if status not in _RELEASED[resource["resourceType"]] or not (letter is None or words(letter) in _AMENDED):
        return Kept.NOT_RELEASED
    labels = [label for one in listed(resource.get("securityLabel")) for label in listed(child(one, "coding"))]
    level = [{"code": resource["confidentiality"]}] if "confidentiality" in resource else []
    return _labelled([*labels, *level], False)


_FORMS: Mapping[str, Callable[[Resource], Kept | None]] = {
    "RelatedPerson": _of_another,
    "FamilyMemberHistory": _of_another,
    "Communication": _letter,
    "CommunicationRequest": _letter,
    "Flag": _named,
    "Condition": _named,
    "Procedure": _named,
    "Observation": _observation,
    **{kind: _document for kind in _RELEASED if kind != "Observation"},
}


def _is_named(concept: Any) -> bool:
    """Whether it has words. A bare code may mean anything, but for LOINC's: those name what is measured."""
    if not isinstance(concept, dict):
        return isinstance(concept, str) and bool(concept)
    if concept.get("text"):
        return True
    for one in listed(concept.get("coding")):
        if isinstance(one, dict) and (one.get("display") or one.get("system") == _LOINC):
            return True
    return False


_LOINC = System.LOINC.value


def _by_words(resource: Resource) -> Kept | None:
    """By every text in it, and by the labels of its parts."""
    if label := _labelled(list(_inner_labels(resource)), False):
        return label
    said = list(_said(resource))
    if any(by and ("RelatedPerson" in text or names_a_relative(text)) for text, by in said):
        return Kept.THIRD_PARTY
    text = "\0".join(text for text, _ in said)
    if found := why(text):
        return found
    return Kept.STAFF_RISK if resource.get("resourceType") in _FLAGS and warns_staff(text) else None


def _labelled(labels: Any, of_patient: bool) -> Kept | None:
    """What security labels say. R and V on a Patient: whereabouts are secret (PDS), from others and not from them."""
    for label in listed(labels):
        code = words(child(label, "code")).upper()
        known = code in _HARMLESS or (of_patient and code == "V")
        if found := _of_label(words(child(label, "display"))) or _LABELS.get(code):
            return found
        if not known:
            return Kept.NOT_RELEASED
    return None


_of_label = lru_cache(maxsize=1024)(why)


def _inner_labels(resource: Resource) -> Iterator[Any]:
    """The security labels of what it contains, and of single elements."""
    for inner in listed(resource.get("contained")):
        yield from listed(path(inner, "meta", "security"))
    yield from _element_labels(resource)


def _element_labels(value: Any) -> Iterator[Any]:
    """Inline labels (HL7 DS4P: an extension `…sec-label` beside the element)."""
    for one in listed(value):
        if isinstance(one, dict):
            if "sec-label" in words(one.get("url")):
                yield one.get("valueCoding")
            for inner in one.values():
                yield from _element_labels(inner)


def _said(resource: Resource) -> Iterator[tuple[str, bool]]:
    """Every text, and whether it says who said it."""
    skipped = _OTHERS_OF_PATIENT if resource.get("resourceType") == "Patient" else frozenset()
    for name, value in resource.items():
        if name not in skipped:
            yield from _texts(name, value, False)


def _texts(name: str, value: Any, by: bool) -> Iterator[tuple[str, bool]]:
    by = by or name in _SAID_BY
    if isinstance(value, str):
        if name not in _NO_WORDS or (by and name == "resourceType"):
            yield value, by
    elif isinstance(value, list):
        for one in value:
            yield from _texts(name, one, by)
    elif isinstance(value, dict):
        for inner_name, inner in value.items():
            yield from _texts(inner_name, inner, by)
