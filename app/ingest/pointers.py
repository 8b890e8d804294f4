"""What a resource points to among its source's organisations, people, places and medicines."""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from fhir import references
from fhir.elements import child, listed, words

CONTEXT_TYPES = frozenset(
    {
        "Device", "HealthcareService", "Location", "Medication", "Organization",
        "Practitioner", "PractitionerRole", "RelatedPerson", "Substance",
    }
)  # fmt: skip
_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"]+)"')


def alias_key(source: str, type_: str, system: str, value: str) -> bytes:
    """16 bytes for "the one of this type that carries this identifier"."""
    return blake2b(f"{source}|{type_}?{system}|{value}".encode(), digest_size=16).digest()


def aliases_of(source: str, type_: str, resource: Mapping[str, Any]) -> Iterator[bytes]:
    """The keys under which a conditional reference finds this resource."""
    for identifier in listed(resource.get("identifier")):
        if value := words(child(identifier, "value")):
            yield alias_key(source, type_, words(child(identifier, "system")), value)


def pointers(source: str, body: bytes, resolved: Mapping[str, str]) -> dict[str, str]:
    """Each reference to such a resource, as written -> `Type/id`, or `?` and an alias key for a conditional one."""
    found: dict[str, str] = {}
    for match in _REFERENCE.finditer(body):
        written = match[1].decode().replace("\\/", "/")
        target = resolved.get(written) or _target(source, written)
        if target and (target[0] == "?" or target.partition("/")[0] in CONTEXT_TYPES):
            found[written] = target
    return found


def _target(source: str, written: str) -> str:
    if written.startswith(("Patient/", "#")):
        return ""  # the commonest by far
    reference = references.parse(written)
    if reference is None:
        return ""
    if reference.identifier and reference.type in CONTEXT_TYPES:
        return "?" + alias_key(source, reference.type, *reference.identifier).hex()
    return reference.key
