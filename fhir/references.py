"""How one resource points to another: the few forms that FHIR has, and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from urllib.parse import parse_qsl

from fhir import nhs_number
from fhir.resource_types import RESOURCE_TYPES

ELSEWHERE = "elsewhere"
"""What a reference leads to that is another server's: nothing that its source sends."""


class Form(Enum):
    """https://hl7.org/fhir/R4/references.html and, for SEARCH, http.html#trules (conditional references)."""

    RELATIVE = "Type/id"
    ABSOLUTE = "https://server/Type/id"
    URN = "urn:uuid:…"
    CONTAINED = "#id"
    SEARCH = "Type?identifier=system|value"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference taken apart. `type` and `id` are "" where its form does not tell them."""

    form: Form
    type: str = ""
    id: str = ""
    identifier: tuple[str, str] | None = None
    """System and value, of a conditional reference that asks for an identifier."""
    server: str = ""
    """Of a web address: host and path before the type and id, `gp.example.nhs.uk/fhir`."""

    @property
    def key(self) -> str:
        """`Type/id`, or "" when the reference does not tell it."""
        return f"{self.type}/{self.id}" if self.type and self.id else ""


_ID = r"[A-Za-z0-9\-.]{1,64}"
_RELATIVE = re.compile(rf"(?P<type>[A-Z][A-Za-z]{{2,40}})/(?P<id>{_ID})(?:/_history/(?!\.+$){_ID})?")
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.\-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:@+=,\-]+)*")
_URN = re.compile(rf"urn:(?:uuid:(?P<uuid>(?!\.+$){_ID})|oid:[0-2](?:\.[0-9]{{1,40}}){{1,40}})")
_CONTAINED = re.compile(r"#(?P<id>[A-Za-z0-9\-._]{0,64})")
_SEARCH = re.compile(r"(?P<type>[A-Z][A-Za-z]{2,40})\?(?P<query>[A-Za-z0-9_\-.:]+=[^\s<>\"'\\^`{}\x00-\x1f]{1,1000})")
_ONLY_ID = re.compile(r"(?!\.+$)[A-Za-z0-9\-.]{1,64}")

# The national demographics service names people by their NHS number: that is an identifier, not a local id.
_DEMOGRAPHICS = re.compile(r"https://(?:demographics\.spineservices\.nhs\.uk|api\.service\.nhs\.uk)/")


def is_id(text: str) -> bool:
    """Whether a text may be a resource's id. One of full stops only is refused: in a path it would climb."""
    return _ONLY_ID.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def parse(text: str) -> Reference | None:
    """A reference taken apart; None when it is of no known form."""
    if match := _RELATIVE.fullmatch(text):
        return _named(Form.RELATIVE, match["type"], match["id"])
    if text.startswith("#"):
        match = _CONTAINED.fullmatch(text)
        return Reference(Form.CONTAINED, id=match["id"]) if match else None
    if text.startswith("urn:"):
        match = _URN.fullmatch(text)
        return Reference(Form.URN, id=match["uuid"] or "") if match else None
    if text.startswith(("https://", "http://")):
        return _absolute(text)
    return _search(text)


def resolve(text: str, urns: Mapping[str, str]) -> str:
    """The `Type/id` that a reference leads to, first by the fullUrls of its Bundle; "" when unknown."""
    if text in urns:
        return urns[text]
    reference = parse(text)
    return reference.key if reference else ""


def _named(form: Form, resource_type: str, local_id: str) -> Reference | None:
    if resource_type not in RESOURCE_TYPES or not is_id(local_id):
        return None
    return Reference(form, type=resource_type, id=local_id)


def _absolute(text: str) -> Reference | None:
    """A web address; its last two steps are the type and id, if they can be."""
    if not _ABSOLUTE.fullmatch(text) or "/." in text:
        return None
    steps = text.split("/")[3:]
    if len(steps) > 3 and steps[-2] == "_history":
        steps = steps[:-2]
    if len(steps) < 2 or steps[-2] not in RESOURCE_TYPES or not is_id(steps[-1]):
        return Reference(Form.ABSOLUTE)
    server = _server(text, steps[:-2])
    number = nhs_number.parse(steps[-1]) if _DEMOGRAPHICS.match(text) and steps[-2] == "Patient" else None
    if number:
        return Reference(Form.ABSOLUTE, "Patient", identifier=(nhs_number.SYSTEM, number.value), server=server)
    return Reference(Form.ABSOLUTE, type=steps[-2], id=steps[-1], server=server)


def _server(text: str, steps: list[str]) -> str:
    """However its host is spelled; `…/Patient/1/RelatedPerson/2`, as the demographics service has it, is of `…`."""
    scheme, _, rest = text.partition("://")
    host = rest.partition("/")[0].lower().removesuffix(":443" if scheme == "https" else ":80")
    return "/".join([host, *(steps[:-2] if steps[-2:-1] == ["Patient"] else steps)])


def _search(text: str) -> Reference | None:
    """A conditional reference. Only one that asks for exactly one identifier of one system names anybody."""
    match = _SEARCH.fullmatch(text)
    if not match or match["type"] not in RESOURCE_TYPES:
        return None
    asked = parse_qsl(match["query"], keep_blank_values=True)
    system, bar, value = asked[0][1].partition("|") if asked else ("", "", "")
    if len(asked) != 1 or asked[0][0] != "identifier" or not (bar and system and value.isprintable() and value):
        return Reference(Form.SEARCH, type=match["type"])
    return Reference(Form.SEARCH, type=match["type"], identifier=(system, value))
