"""Whether a resource is valid FHIR R4, in a few microseconds: JSON Schema made from the library's own models.

Stricter than the library on purpose: required codes, and text given for a number or for true and false.
One validator per resource type, made on first use.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from fhir.primitives import PATTERNS
from fhir.resource_types import WITH_MODEL

_NAMES = {pattern: name for name, pattern in PATTERNS.items() if pattern != r"^\S+$"} | {r"^\S+$": "uri"}
_SHAPE = {"required", "anyOf", "additionalProperties"}  # what the library also judges, and may allow
_MOST = 20  # reasons per resource: enough to put it right, never a flood


@cache
def _usual_validator(resource_type: str) -> jsonschema_rs.Validator | None:
    """A check that all but a few valid resources pass, in a third of the memory."""
    from fhir.definitions import schema  # the library takes 0.2 s to load: only who checks pays

    made = schema(resource_type, usual=True)
    return jsonschema_rs.validator_for(made, mask="***", offline=True) if made else None


@cache
def validator(resource_type: str) -> jsonschema_rs.Validator | None:
    """The compiled check of a resource type; None for the R4 types that the library has no model of.

    Messages are masked, so that no value of the data can reach a log.
    """
    from fhir.definitions import schema

    made = schema(resource_type)
    return jsonschema_rs.validator_for(made, mask="***", offline=True) if made else None


def is_valid(resource: dict[str, Any]) -> bool:
    """Whether a resource and all that it contains pass. The fast question; `irregularities` says why not."""
    for check in (_usual_validator, validator):
        if (made := check(resource["resourceType"])) is None:
            return False
        if made.is_valid(resource):
            contained = resource.get("contained")
            return not contained or all(_checkable(inside) and is_valid(inside) for inside in contained)
    return False


def irregularities(resource: dict[str, Any]) -> tuple[str, ...]:
    """Why a resource is not valid R4, as `path: what`, sorted and without any value; () when it is.

    A fault of shape counts only when the library finds one too, and is then told by the library's path.
    """
    found = set(_own(resource))
    contained = resource.get("contained", ())
    if "contained" in resource and not (isinstance(contained, list) and contained):
        found.add("contained: of the wrong JSON type")
    for inside in contained if isinstance(contained, list) else ():
        if _checkable(inside):
            found.update(f"contained.{said}" for said in _own(inside))
        else:
            found.add("contained: not a resource of a known type")
    return tuple(sorted(found)[:_MOST])


def _checkable(inside: Any) -> bool:
    return isinstance(inside, dict) and _kind(inside) in WITH_MODEL


def _kind(inside: dict[str, Any]) -> str:
    kind = inside.get("resourceType")
    return kind if isinstance(kind, str) else ""


def _own(resource: dict[str, Any]) -> Iterator[str]:
    check = validator(resource["resourceType"])
    if check is None:
        yield "resourceType: not checked, no model"
        return
    shape = set()
    for error in check.iter_errors(_without_contained(resource)):
        said = f"{_path(error.instance_path)}: {_what(error.kind)}"
        if error.kind.name in _SHAPE:
            shape.add(said)
        else:
            yield said
    if shape:
        yield from _confirmed(resource, shape)


def _confirmed(resource: dict[str, Any], shape: set[str]) -> set[str]:
    """The library's word on a fault of shape. R4's valueMeta is unknown to it (R4B) and is not a fault."""
    from fhir.models import problems

    told = problems(_without_contained(resource))
    if told is None:
        return set()
    shapes = {said for said in told if said.endswith((": missing", ": unknown element"))}
    return shapes or shape


def _without_contained(resource: dict[str, Any]) -> dict[str, Any]:
    """What is contained is checked by itself, against its own type."""
    return {name: value for name, value in resource.items() if name != "contained"}


def _path(parts: list[str | int]) -> str:
    return ".".join(part for part in parts if isinstance(part, str)) or "resource"


def _what(kind: Any) -> str:
    """Our own words for a failure: the validator's message may name elements that came from the data."""
    name = kind.name
    if name == "pattern":
        kind_of = _NAMES.get(kind.pattern, "string")
        return f"not {'an' if kind_of[0] in 'io' else 'a'} {kind_of}"
    if name in ("enum", "const"):
        return "not one of the codes required here"
    if name == "type":
        return "of the wrong JSON type"
    return {
        "required": "missing",
        "anyOf": "a required element is missing",
        "additionalProperties": "unknown element",
        "not": "more than one of a choice",
        "minItems": "empty",
        "minLength": "empty",
        "minProperties": "empty",
    }.get(name, "out of range")
