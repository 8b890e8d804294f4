"""Reading the common shapes of FHIR (concepts, names, references, quantities) from what sources really send.

A resource may be irregular: every reader takes any JSON value and answers with what is there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from html import unescape
from typing import Any

from fhir.codes import Code
from fhir.statement import Resource, Statement

NO_RESOURCE: Resource = {}
_TAG = re.compile(r"<[^>]*>")
# What the gate refuses in a text (`fhir.safety`), and marks of direction, may still hide behind an entity.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def listed(value: Any) -> list[Any]:
    """A list as it is, one value as a list of one, nothing as an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def child(value: Any, name: str) -> Any:
    """The element of that name, where the value is an object; the first of a list of objects."""
    if isinstance(value, dict):
        return value.get(name)
    first = value[0] if isinstance(value, list) and value else None
    return first.get(name) if isinstance(first, dict) else None


def path(value: Any, *names: str) -> Any:
    """`path(resource, "period", "start")`: the element below, or None."""
    for name in names:
        value = child(value, name)
        if value is None:
            return None
    return value


def words(value: Any) -> str:
    """Text of a primitive exactly as sent: a decimal keeps its digits, true is "true"."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal, float)):
        return exact(value)
    return ""


def exact(value: float | Decimal) -> str:
    """A number with the digits that its source wrote (5.10 stays 5.10; 1E3 stays 1E+3)."""
    return str(value)


def codings(concept: Any) -> tuple[Code, ...]:
    """Every coding of a CodeableConcept that has a code, in the order sent."""
    return tuple(
        Code(words(child(coding, "system")), words(child(coding, "code")), words(child(coding, "display")))
        for coding in listed(child(concept, "coding"))
        if isinstance(coding, dict) and words(coding.get("code"))
    )


def concept_text(concept: Any) -> str:
    """The words for a CodeableConcept: its text, else a display, else the code itself; plain strings as they are."""
    if concept is None:
        return ""
    if isinstance(concept, list):
        concept = concept[0] if concept else None
    if not isinstance(concept, dict):
        return words(concept)
    if text := words(concept.get("text")):
        return text
    found = concept.get("coding")
    for name in ("display", "code"):
        for coding in found if isinstance(found, list) else [found]:
            if isinstance(coding, dict) and (value := words(coding.get(name))):
                return value
    return words(concept.get("display")) or words(concept.get("code"))


def texts(concepts: Any) -> str:
    """The words of every concept (or plain string) of a list, in the order sent, with semicolons between."""
    if concepts is None:
        return ""
    if isinstance(concepts, list) and len(concepts) != 1:
        return "; ".join(text for concept in concepts if (text := concept_text(concept)))
    return concept_text(concepts)


def code_of(concept: Any) -> str:
    """The first code of a CodeableConcept, for the small status lists that FHIR itself defines."""
    if isinstance(concept, str):
        return concept
    return words(child(child(concept, "coding"), "code"))


def person_name(name: Any) -> str:
    """`SMITH, John (Mr)` for a HumanName: family in capitals, nothing shortened; its text where there is no family."""
    if isinstance(name, list):
        name = name[0] if name else None
    family, given = words(child(name, "family")), " ".join(words(g) for g in listed(child(name, "given")))
    if not family:
        return words(child(name, "text")) or given
    prefix = " ".join(words(p).rstrip(".") for p in listed(child(name, "prefix")))
    return family.upper() + (f", {given}" if given else "") + (f" ({prefix})" if prefix else "")


def referred(statement: Statement, reference: Any) -> Resource:
    """The resource that a Reference of this statement points to: contained, or sent by the same source; else empty."""
    target = words(child(reference, "reference"))
    if target.startswith("#"):
        for contained in listed(child(statement.resource, "contained")):
            if words(child(contained, "id")) == target[1:]:
                return contained if isinstance(contained, dict) else NO_RESOURCE
    return statement.context.get(target, NO_RESOURCE)


def reference_text(statement: Statement, reference: Any) -> str:
    """Who or what a Reference names, in words: its display, else the name of what it points to, else its identifier."""
    if display := words(child(reference, "display")):
        return display
    target = referred(statement, reference)
    if target:
        inner = [r for n in ("practitioner", "organization") if (r := target.get(n))]
        name = target.get("name")
        shown = name if isinstance(name, str) else person_name(name)
        shown = shown or concept_text(target.get("code")) or words(path(target, "deviceName", "name"))
        if shown or inner:
            return shown or ", ".join(t for r in inner if (t := reference_text(statement, r)))
    return words(path(reference, "identifier", "value"))


def extensions(resource: Any, url_end: str) -> Iterator[Mapping[str, Any]]:
    """The extensions whose URL ends so (UK Core's are versioned by name, not by URL)."""
    for extension in listed(child(resource, "extension")):
        if isinstance(extension, dict) and words(extension.get("url")).endswith(url_end):
            yield extension


def laterality(resource: Resource, site: str = "bodySite") -> str:
    """Left or right, where an extension of the resource or of its body site says so."""
    holders = (resource, *listed(resource.get(site)))
    found = [extension for holder in holders for extension in extensions(holder, "aterality")]
    return "; ".join(t for e in found if (t := concept_text(e.get("valueCodeableConcept"))))


def quantity(value: Any) -> tuple[str, str]:
    """(number, unit) of a Quantity exactly as sent, with its comparator before the number; ("", "") for nothing."""
    if not isinstance(value, dict) or value.get("value") is None:
        return "", ""
    number, unit = words(value["value"]), words(value.get("unit")) or words(value.get("code"))
    return (words(value["comparator"]) + number if "comparator" in value else number), unit


def plain(text: str) -> str:
    """For comparing words: case and spacing do not count, everything else does."""
    return " ".join(text.casefold().split())


def filled(**values: str) -> dict[str, str]:
    """The values that are not empty, under their names with spaces (`body_site` is "body site")."""
    return {name.replace("_", " ") if "_" in name else name: value for name, value in values.items() if value}


def joined(parts: Iterable[str]) -> str:
    """The parts that say something, with semicolons between."""
    return "; ".join(part for part in parts if part)


def notes(value: Any) -> str:
    """Every note of a list of Annotations, one a line; a plain string as it is."""
    if value is None:
        return ""
    found = (words(note) or words(child(note, "text")) for note in listed(value))
    return "\n".join(note for note in found if note)


def references(statement: Statement, value: Any) -> str:
    """Everyone or everything that a list of References names."""
    if value is None:
        return ""
    return "; ".join(text for reference in listed(value) if (text := reference_text(statement, reference)))


def narrative(resource: Any) -> str:
    """The human-readable text of a resource without its mark-up: used only where nothing else names it."""
    div = words(path(resource, "text", "div"))
    return " ".join(_UNSEEN.sub("", unescape(_TAG.sub(" ", div))).split())


def address(value: Any) -> str:
    """An address on one line as its source wrote it: its text, else lines, town, county, postcode and country."""
    if isinstance(value, str):
        return value
    parts = [words(one) for one in listed(child(value, "line"))]
    parts += [words(child(value, name)) for name in ("city", "district", "state", "postalCode", "country")]
    return ", ".join(part for part in parts if part) or words(child(value, "text"))


def telecom(value: Any, *systems: str) -> str:
    """Phone numbers or e-mail addresses as sent, with their use; one without a system counts as a phone number."""
    found = []
    for one in listed(value):
        number, system, use = (words(child(one, name)) for name in ("value", "system", "use"))
        if number and (system in systems or ("phone" in systems and system not in _TELECOM)):
            found.append(f"{number} ({use})" if use else number)
    return "; ".join(dict.fromkeys(found))


_TELECOM = {"phone", "fax", "email", "pager", "url", "sms"}
