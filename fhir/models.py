"""The one door to the FHIR library (its R4B models). It describes elements, and explains what fails.

The library is loaded type by type, on first use: all of it would cost over a second and 110 MB.
"""

import importlib
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from fhir_core.constraints import FHIR_PRIMITIVES_MAPS
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from fhir_core.types import FhirBase, FhirElementOrResourceBase
from pydantic import ValidationError

from fhir.resource_types import WITH_MODEL

Model = type[FHIRAbstractModel]

_UNKNOWN = {"extra_forbidden"}
_MISSING = {"missing", "model_field_validation.missing", "model_field_validation_missing"}


@dataclass(frozen=True)
class Element:
    """One element of a type, as FHIR defines it. `type` is a primitive's name, or "" where `model` says it."""

    name: str
    type: str
    model: Model | None
    any_resource: bool
    many: bool
    required: bool
    choice: str
    """The name of the choice, such as `value` for `valueQuantity`; "" when it is none."""
    choice_required: bool


@cache
def model_of(resource_type: str) -> Model | None:
    """The library's model of a resource type, or None when it has none. Never the library's R5."""
    if resource_type not in WITH_MODEL:
        return None
    module = importlib.import_module(f"fhir.resources.R4B.{resource_type.lower()}")
    found: Model = getattr(module, resource_type)
    return found


@cache
def datatype(name: str) -> Model:
    """The library's model of a data type, such as Meta."""
    found: Model = getattr(importlib.import_module(f"fhir.resources.R4B.{name.lower()}"), name)
    return found


def elements(model: Model) -> Iterator[Element]:
    """Every element that may stand in a type, with the `_name` companions of primitives."""
    for name, field in model.model_fields.items():
        if name == "fhir_comments":  # of the library, not of FHIR
            continue
        told = field.json_schema_extra
        extra: dict[str, Any] = dict(told) if isinstance(told, dict) else {}
        kind, many = _single(field.annotation)
        primitive = FHIR_PRIMITIVES_MAPS.get(kind, "")
        yield Element(
            name=field.alias or name,
            type=primitive,
            model=None if primitive or _is_any(kind) else _model_behind(kind),
            any_resource=_is_any(kind),
            many=many,
            required=field.is_required() or bool(extra.get("element_required")),
            choice=str(extra.get("one_of_many", "")),
            choice_required=bool(extra.get("one_of_many_required")),
        )


def problems(resource: dict[str, Any]) -> set[str] | None:
    """What the library finds wrong, as `path: what`, without a value from the data; None when nothing.

    `str()` of the library's error holds the data, so only its paths are read. A deep resource can end in
    RecursionError and an unknown type inside it in KeyError: both are faults of the resource.
    """
    model = model_of(resource["resourceType"])
    if model is None:
        return None
    try:
        model.model_validate(resource)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        return {_said(each["type"], each["loc"]) for each in found}
    except (KeyError, RecursionError, TypeError, ValueError, AttributeError, OverflowError):
        return {"resource: cannot be checked"}
    return None


def _said(kind: str, location: tuple[int | str, ...]) -> str:
    """An unknown element's own name may be data, so its parent is named instead."""
    names = [part for part in location if isinstance(part, str)]
    if kind in _UNKNOWN:
        return f"{'.'.join(names[:-1]) or 'resource'}: unknown element"
    return f"{'.'.join(names) or 'resource'}: {'missing' if kind in _MISSING else 'not valid'}"


def _single(annotation: Any) -> tuple[Any, bool]:
    """The type inside `X | None` and `List[X] | None`, and whether it was a list."""
    many = False
    while annotation not in FHIR_PRIMITIVES_MAPS and typing.get_args(annotation):
        if typing.get_origin(annotation) is list:
            many = True
        inside = [each for each in typing.get_args(annotation) if each is not type(None)]
        annotation = inside[0]
    return annotation, many


def _is_any(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, FhirElementOrResourceBase)


def _model_behind(kind: Any) -> Model:
    if not (isinstance(kind, type) and issubclass(kind, FhirBase)):
        raise TypeError(f"unknown type in the library's model: {kind!r}")
    return kind.get_model_klass()
