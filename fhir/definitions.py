"""JSON Schema made from the library's own models of FHIR: which elements there are, how many, of what type."""

from functools import cache
from typing import Any

from fhir import models
from fhir.models import Element, Model
from fhir.primitives import PRIMITIVES, Schema
from fhir.value_sets import REQUIRED_CODES, REQUIRED_CODINGS

_DRAFT = "http://json-schema.org/draft-07/schema#"
_USUAL = frozenset(
    {
        "Address", "CodeableConcept", "Coding", "ContactPoint", "HumanName", "Identifier", "Period", "Quantity",
        "Reference",
    }
)  # fmt: skip
_RESOURCE: Schema = {"type": "object", "required": ["resourceType"]}


def schema(resource_type: str, *, usual: bool = False) -> Schema | None:
    """The JSON Schema (draft 7) of one resource type, with all the types it is made of.

    An extension may have a value of any of fifty types: they make two thirds of every schema. `usual` allows only
    the primitive ones and those that feeds do use, so it refuses a few resources that are valid.
    """
    model = models.model_of(resource_type)
    if model is None:
        return None
    own = _object(model, usual)
    properties = {**own["properties"], "resourceType": {"const": resource_type}}
    required = ["resourceType", *own.get("required", ())]
    root = {**own, "properties": properties, "required": required}
    return {"$schema": _DRAFT, **root, "definitions": _made_of(model, usual)}


def _made_of(model: Model, usual: bool) -> dict[str, Schema]:
    """The types that a type is made of, and those that they are made of in turn."""
    found: dict[str, Schema] = {}
    wanted = _types(model, usual)
    while wanted:
        each = wanted.pop()
        if each.__name__ not in found:
            found[each.__name__] = _object(each, usual)
            wanted += _types(each, usual)
    return found


def _types(model: Model, usual: bool) -> list[Model]:
    also = [models.datatype("Meta")] if model.__name__ == "Extension" and not usual else []
    return also + [each.model for each in _elements(model, usual) if each.model is not None]


@cache
def _elements(model: Model, usual: bool) -> tuple[Element, ...]:
    found = tuple(models.elements(model))
    if model.__name__ != "Extension" or not usual:
        return found
    return tuple(each for each in found if not each.choice or each.model is None or each.model.__name__ in _USUAL)


@cache
def _object(model: Model, usual: bool) -> Schema:
    """The schema of one type, which names the types of its elements. Made once: most resources share them."""
    parts = list(_elements(model, usual))
    name = model.__name__
    made: Schema = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {each.name: _element(name, each) for each in parts},
    }
    if name == "Extension" and not usual:  # in R4 but not in R4B
        made["properties"]["valueMeta"] = _define(models.datatype("Meta"))
    needed = [each.name for each in parts if each.required and not each.type]
    choices = _choices(parts)
    rules = [_present(each.name) for each in parts if each.required and each.type]
    rules += [{"anyOf": [_has(option) for option in _with_companions(needs, parts)]} for needs in choices[1]]
    one_only = _only_one(choices[0])
    return made | _kept(required=needed, allOf=rules, dependencies=one_only | _no_value(name, parts))


def _kept(**keywords: Any) -> Schema:
    return {name: value for name, value in keywords.items() if value}


def _element(owner: str, element: Element) -> Schema:
    single = _single(owner, element)
    if not element.many:
        return single
    holes = element.type or element.name.startswith("_")  # lists of primitives hold null beside a companion
    return {"type": "array", "minItems": 1, "items": _or_null(single) if holes else single}


def _single(owner: str, element: Element) -> Schema:
    if element.any_resource:
        return _RESOURCE
    if element.model is not None:
        return _coded(owner, element, _define(element.model))
    codes = REQUIRED_CODES.get((owner, element.name))
    return {"enum": list(codes)} if codes else PRIMITIVES[element.type]


def _or_null(single: Schema) -> Schema:
    if "enum" in single:
        return {"enum": [*single["enum"], None]}
    if "type" in single:
        return {**single, "type": [single["type"], "null"]}
    return {"anyOf": [single, {"type": "null"}]}


def _coded(owner: str, element: Element, kind: Schema) -> Schema:
    """Where codes of one system are fixed, those of other systems may still stand beside them."""
    if (owner, element.name) not in REQUIRED_CODINGS:
        return kind
    system, codes = REQUIRED_CODINGS[owner, element.name]
    rule = {
        "if": {"required": ["system"], "properties": {"system": {"const": system}}},
        "then": {"properties": {"code": {"enum": list(codes)}}},
    }
    return {"allOf": [kind, {"properties": {"coding": {"items": rule}}}]}


def _define(model: Model) -> Schema:
    return {"$ref": f"#/definitions/{model.__name__}"}


def _has(name: str) -> Schema:
    return {"required": [name]}


def _present(name: str) -> Schema:
    """A primitive may be absent when its companion says why (`_status`: data-absent-reason)."""
    return {"anyOf": [_has(name), _has(f"_{name}")]}


def _choices(parts: list[Element]) -> tuple[list[list[str]], list[list[str]]]:
    """The names of each choice of types, and of those of which one must be there."""
    groups: dict[str, list[str]] = {}
    needed: dict[str, list[str]] = {}
    for each in parts:
        if each.choice:
            groups.setdefault(each.choice, []).append(each.name)
            if each.choice_required:
                needed.setdefault(each.choice, []).append(each.name)
    return list(groups.values()), list(needed.values())


def _with_companions(names: list[str], parts: list[Element]) -> list[str]:
    known = {each.name for each in parts}
    return [*names, *(f"_{name}" for name in names if f"_{name}" in known)]


def _only_one(groups: list[list[str]]) -> Schema:
    """If one of a choice is there, none of the others may be."""
    return {
        name: {"not": {"anyOf": [_has(other) for other in group if other != name]}}
        for group in groups
        for name in group
        if len(group) > 1
    }


def _no_value(owner: str, parts: list[Element]) -> Schema:
    """An extension has a value or extensions, not both (FHIR rule ext-1)."""
    if owner != "Extension":
        return {}
    return {"extension": {"not": {"anyOf": [_has(each.name) for each in parts if each.choice]}}}
