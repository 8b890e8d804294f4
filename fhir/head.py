"""The first look at a resource: what it is, what its source calls it, and whether it is FHIR R4 at all."""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import orjson

from fhir.diagnosis import why_not_json
from fhir.entries import DEEPEST, Raw
from fhir.errors import Reason, RefusalError
from fhir.references import is_id
from fhir.resource_types import ONLY_STU3, RESOURCE_TYPES

_STU3_PROFILE = re.compile(r"/(?:DSTU2|STU3)/|/StructureDefinition/CareConnect-")
_BEGINS = re.compile(
    rb'\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"\s*,\s*"id"\s*:\s*"(?!\.+")([A-Za-z0-9\-.]{1,64})"\s*[,}]'
)
_BUNDLE = re.compile(rb'\{\s*"resourceType"\s*:\s*"Bundle"')
_GLANCED = RESOURCE_TYPES - ONLY_STU3
_ONLY_IN_STU3 = ("taken", "notGiven", "notDone")


class Meta(msgspec.Struct, gc=False):
    """What a resource says it conforms to."""

    profile: list[str] | None = None


class Concept(msgspec.Struct, gc=False):
    """A CodeableConcept, of which nothing is read but that it is one."""


class Head(msgspec.Struct, gc=False):
    """The few elements read before anything else.

    The last five tell FHIR STU3 from R4: they do not fit there, so such a resource is read a second time.
    """

    resourceType: str = ""
    id: str | None = None
    meta: Meta | None = None
    clinicalStatus: Concept | None = None
    verificationStatus: Concept | None = None
    taken: None = None
    notGiven: None = None
    notDone: None = None
    stu3: bool = msgspec.field(default=False, name="(stu3)")


_DECODER = msgspec.json.Decoder(Head)


def read(body: bytes) -> Head:
    """The head of a resource. Raises RefusalError: not JSON, no known type, or an id that is none."""
    try:
        head = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = _tolerant(body)
    if head.resourceType not in RESOURCE_TYPES and head.resourceType not in ONLY_STU3:
        raise RefusalError(Reason.UNKNOWN_TYPE)
    if head.id is not None and head.resourceType != "Bundle" and not is_id(head.id):
        raise RefusalError(Reason.BAD_ID)
    return head


def is_stu3(head: Head) -> bool:
    """Whether a resource is FHIR STU3: by its profile, by its type, or by elements that R4 has otherwise.

    STU3 wrote a condition's status as a bare code; MedicationStatement.taken, Immunization.notGiven and
    Procedure.notDone are gone. https://hl7.org/fhir/R4/diff.html
    """
    if head.meta and head.meta.profile and any(map(_is_stu3_profile, head.meta.profile)):
        return True
    return head.stu3 or head.resourceType in ONLY_STU3


def of_parsed(resource: Mapping[str, Any]) -> Head:
    """The head of a resource that was read whole, its type and id being what they must be."""
    head = Head(resource["resourceType"], resource.get("id"), _tolerant_meta(resource.get("meta")))
    bare = isinstance(resource.get("clinicalStatus"), str) or isinstance(resource.get("verificationStatus"), str)
    head.stu3 = bare or any(name in resource for name in _ONLY_IN_STU3)
    return head


@lru_cache(maxsize=1024)
def _is_stu3_profile(profile: str) -> bool:
    return _STU3_PROFILE.search(profile) is not None


def glance(body: bytes) -> tuple[str, str] | None:
    """Type and id of a resource that begins with them, as most do, or that begins as a Bundle; None for any other.

    That it gives them only once is checked when it is read whole.
    """
    match = _BEGINS.match(body)
    if match is None:
        return ("Bundle", "") if _BUNDLE.match(body) else None
    type_ = match[1].decode()
    return (type_, match[2].decode()) if type_ in _GLANCED else None


def raw(position: str, type_: str, local_id: str, body: bytes, urns: Mapping[str, str], meant: bytes = b"") -> Raw:
    """A resource to be stored. `meant`: what its references lead to, where the body does not tell."""
    digest = blake2b(body + meant if meant else body, digest_size=16).digest()
    return Raw(position, "PUT", type_, local_id, digest, body, urns)


def deletion(position: str, resource_type: str, local_id: str, urns: Mapping[str, str]) -> Raw:
    """A resource to be taken away: only its name is known."""
    digest = blake2b(f"DELETE {resource_type}/{local_id}".encode(), digest_size=16).digest()
    return Raw(position, "DELETE", resource_type, local_id, digest, b"", urns)


def name_by_condition(type_: str, condition: str) -> str:
    """What to call a resource that is asked to be put where one of an identifier is, or made where none is.

    Its fullUrl is another in each delivery; the condition is what it is known by (R4 http, conditional update).
    """
    asked = sorted(parse_qsl(condition.rpartition("?")[2], keep_blank_values=True))
    return blake2b(orjson.dumps([type_, asked]), digest_size=16).hexdigest()


def name_without_id(body: bytes) -> str:
    """What to call a resource that has no id: from its business identifiers and what it is about, else from all of it.

    Equal ones give equal names, so that the next version of a resource supersedes this one. An identifier alone will
    not do: one accession number names every test of a specimen.
    """
    try:
        resource = orjson.loads(body)
    except orjson.JSONDecodeError:
        resource = None
    told = body
    if isinstance(resource, dict) and _is_identified(resource):
        told = orjson.dumps([resource.get(name) for name in _NAMING], option=orjson.OPT_SORT_KEYS)
    return blake2b(told, digest_size=16).hexdigest()


_NAMING = (
    "identifier", "code", "vaccineCode", "medicationCodeableConcept", "medicationReference", "type", "subject",
    "patient", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "occurrenceDateTime", "performedDateTime",
    "performedPeriod", "onsetDateTime", "authoredOn", "period", "contained",
)  # fmt: skip


def _is_identified(resource: dict[str, Any]) -> bool:
    given = resource.get("identifier")
    return any(
        isinstance(each, dict) and isinstance(each.get("value"), str) and each["value"]
        for each in (given if isinstance(given, list) else [given])
    )


def _tolerant(body: bytes) -> Head:
    """The head of a resource in which something is of the wrong type: the schema will say what."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RefusalError(why_not_json(body, DEEPEST)) from None
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise RefusalError(Reason.UNKNOWN_TYPE)
    if not isinstance(found.get("id"), str | None):
        raise RefusalError(Reason.BAD_ID)
    return of_parsed(found)


def _tolerant_meta(given: Any) -> Meta | None:
    profiles = given.get("profile") if isinstance(given, dict) else None
    return Meta([each for each in profiles if isinstance(each, str)]) if isinstance(profiles, list) else None
