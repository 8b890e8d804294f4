"""A person whose whereabouts nobody is shown: their resources without address, phone, practice or place.

For patients whose own record is labelled restricted. Names of organisations and staff go too: they tell where.
"""

from collections.abc import Mapping
from typing import Any

from fhir.codes import System
from fhir.statement import Resource

_PLACES = frozenset({"address", "telecom", "contact", "location", "contained", "photo", "managingOrganization"})
_KEPT_REFERENCES = frozenset({"subject", "patient", "medicationReference"})
_REFERENCE_PARTS = frozenset({"reference", "type", "identifier", "display", "id", "extension"})


def without_whereabouts(resource: Resource) -> Resource:
    """The same resource with every element left out that says where the person lives or is cared for."""
    return {name: _cleaned(value) for name, value in resource.items() if _shown(name, value)}


def _shown(name: str, value: Any) -> bool:
    if name in _PLACES or name.startswith("_"):
        return False
    return name in _KEPT_REFERENCES or not _is_reference(value)


def _is_reference(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_reference(one) for one in value)
    if not isinstance(value, Mapping) or not value:
        return False
    return value.keys() <= _REFERENCE_PARTS and bool(value.keys() & {"reference", "identifier", "display"})


def _cleaned(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleaned(one) for one in value if not _foreign_identifier(one)]
    return without_whereabouts(value) if isinstance(value, Mapping) else value


def _foreign_identifier(value: Any) -> bool:
    """An identifier given by a provider names the provider; the NHS number does not."""
    if not isinstance(value, Mapping) or not {"system", "value"} <= value.keys() or "code" in value:
        return False
    return value.get("system") != System.NHS_NUMBER
