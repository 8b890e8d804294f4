"""Whom a resource is about. One person, or nobody; never a guess between two."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fhir import references
from fhir.compartment import COMPARTMENT, Rule
from fhir.entries import Subject
from fhir.errors import Reason, RefusalError
from fhir.references import Form
from fhir.resource_types import RESOURCE_TYPES

_MIXED = frozenset({"actor", "target", "deliverTo"})  # patients stand there among others


def subject_of(resource: dict[str, Any], local_id: str, urns: Mapping[str, str]) -> Subject | None:
    """The person a resource is about; None when it belongs to nobody and need not.

    Raises RefusalError: two different patients, none where one must be named, or one that points to nothing.
    """
    kind = resource["resourceType"]
    if kind == "Patient":
        return Subject("local", local_id=local_id)
    rule = COMPARTMENT.get(kind)
    if rule is None:
        return None
    pointers = _pointers(resource, rule)
    if len(pointers) == 1 and "contained" not in resource:
        text = pointers[0][0].get("reference")
        if isinstance(text, str) and text not in urns and (plain := _local(text)):
            return plain
    found = [_person(pointer, resource, urns, alone) for pointer, alone in pointers]
    people = [person for person in found if isinstance(person, Subject)]
    _agree([*people, *_inside(resource, urns)])
    if people:
        return people[0]
    if rule.required and not _about_something_else(found, rule):
        raise RefusalError(Reason.NO_PATIENT)
    return None


def named(pointer: Any, urns: Mapping[str, str]) -> Subject | None:
    """The patient that one reference of another Patient names; None when it names nobody, or something else."""
    try:
        found = _person(pointer, {}, urns, alone=True) if isinstance(pointer, dict) else False
    except RefusalError:
        return None
    return found if isinstance(found, Subject) else None


def _about_something_else(found: list[Subject | bool], rule: Rule) -> bool:
    """A group, a place or a device may stand in `subject`; nothing but a patient in `patient`."""
    return True in found and rule.paths == (("subject",),)


def _agree(people: list[Subject]) -> None:
    """Two ways of naming are not compared with each other: the deciding element comes first."""
    first: dict[str, Subject] = {}
    for person in people:
        if first.setdefault(person.kind, person) != person:
            raise RefusalError(Reason.TWO_PATIENTS)


def _inside(resource: dict[str, Any], urns: Mapping[str, str]) -> list[Subject]:
    """Whom the resources are about that came inside this one: shown with it, they must not be another's."""
    contained = resource.get("contained")
    found = []
    for each in contained if isinstance(contained, list) else ():
        rule = COMPARTMENT.get(str(each.get("resourceType"))) if isinstance(each, dict) else None
        if rule is not None:
            people = (_told(pointer, resource, urns, alone) for pointer, alone in _pointers(each, rule))
            found += [person for person in people if isinstance(person, Subject)]
    return found


def _told(pointer: dict[str, Any], resource: dict[str, Any], urns: Mapping[str, str], alone: bool) -> Subject | bool:
    """The patient whom a resource inside another names; False also where it points to nothing, or to what it is in."""
    try:
        return _person(pointer, resource, urns, alone)
    except RefusalError as refusal:
        if refusal.reason is not Reason.BAD_REFERENCE:
            raise
        return False


def _pointers(resource: dict[str, Any], rule: Rule) -> list[tuple[dict[str, Any], bool]]:
    """Every reference in the elements that name the patient, and whether a patient is what usually stands there."""
    found = []
    for path in rule.everywhere:
        if path[0] in resource:
            found += [(pointer, path[-1] not in _MIXED) for pointer in _at(resource, path)]
    return found


def _at(value: Any, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """What stands at the end of a path, through any lists on the way."""
    if isinstance(value, list):
        return [found for each in value for found in _at(each, path)]
    if not isinstance(value, dict):
        return []
    return _at(value.get(path[0]), path[1:]) if path else [value]


@lru_cache(maxsize=8192)
def _local(text: str) -> Subject | None:
    """Of a plain `Patient/id`, by far the most common, the subject at once."""
    reference = references.parse(text)
    if reference and reference.form is Form.RELATIVE and reference.type == "Patient":
        return Subject("local", local_id=reference.id)
    return None


def _person(pointer: dict[str, Any], resource: dict[str, Any], urns: Mapping[str, str], alone: bool) -> Subject | bool:
    """The patient that one reference names; True when it names something else, False when nothing."""
    kind = str(pointer.get("type", "Patient" if alone else "")).rpartition("/")[2]
    text = pointer.get("reference")
    if not isinstance(text, str):
        return _by_identifier(pointer, kind)
    reference = references.parse(text)
    if reference is None:
        return _unreadable(text)
    if reference.form is Form.CONTAINED:
        return _contained(reference.id, resource)
    if text not in urns and reference.identifier:
        return _named(reference.type, Subject("identifier", identifier=reference.identifier))
    if text not in urns and reference.form in (Form.URN, Form.SEARCH):
        return _by_urn(reference.id, pointer, kind)
    named, _, local_id = references.resolve(text, urns).partition("/")
    if named == references.ELSEWHERE and reference.type == "Patient":
        raise RefusalError(Reason.ANOTHER_SERVER)
    if not named:
        raise RefusalError(Reason.BAD_REFERENCE)
    return _named(named, Subject("local", local_id=local_id))


def _unreadable(text: str) -> bool:
    """A reference of no known form may be anybody's, but for one that says that it is none to a patient."""
    kind, slash, _ = text.partition("/")
    if slash and kind in RESOURCE_TYPES and kind != "Patient":
        return True
    raise RefusalError(Reason.BAD_REFERENCE)


def _named(kind: str, subject: Subject) -> Subject | bool:
    return subject if kind == "Patient" else True


def _by_urn(local_id: str, pointer: dict[str, Any], kind: str) -> Subject | bool:
    """A urn that its own Bundle does not hold: an earlier one may have, under the id it then was given."""
    known = _by_identifier(pointer, kind)
    if isinstance(known, Subject) or not local_id:
        return known
    return _named(kind, Subject("local", local_id=local_id))


def _by_identifier(pointer: dict[str, Any], kind: str) -> Subject | bool:
    """A logical reference. Without a system the value could be anybody's."""
    if kind != "Patient":
        return True
    identifier = pointer.get("identifier")
    if not isinstance(identifier, dict):
        return False
    system, value = identifier.get("system"), identifier.get("value")
    if not (isinstance(system, str) and isinstance(value, str) and system and value):
        return False
    return Subject("identifier", identifier=(system, value))


def _contained(local_id: str, resource: dict[str, Any]) -> Subject | bool:
    contained = resource.get("contained")
    if isinstance(contained, list):
        for each in contained:
            if isinstance(each, dict) and each.get("id") == local_id:
                return _named(str(each.get("resourceType")), Subject("contained", contained=each))
    raise RefusalError(Reason.BAD_REFERENCE)
