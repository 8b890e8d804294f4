"""Whether one statement is sealed, locked, or of a sensitive kind: by its labels, and by its codes and words. Pure.

Which codes and words are sensitive nobody here says: an operator loads lists of them (`flask terminology load`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.access.facts import Kind
from fhir.codes import Code
from fhir.elements import child, listed, plain, words

OF_LABEL: Mapping[str, Kind] = {
    "SEALED": Kind.SEALED, "NODSCLCD": Kind.SEALED, "LOCKED": Kind.LOCKED, "V": Kind.VERY_CONFIDENTIAL,
    "SEX": Kind.SEXUAL, "STD": Kind.SEXUAL, "HIV": Kind.HIV, "PSY": Kind.PSYCHIATRIC, "PSYTHPN": Kind.PSYCHIATRIC,
    "SDV": Kind.ABUSE, "MST": Kind.ABUSE, "VIO": Kind.ABUSE, "ETH": Kind.SUBSTANCES, "ETHUD": Kind.SUBSTANCES,
    "SUD": Kind.SUBSTANCES, "OPIOIDUD": Kind.SUBSTANCES, "GDIS": Kind.GENETIC, "GENDER": Kind.GENDER,
}  # fmt: skip
"""Security labels of any system, in any case. All but the first and LOCKED are HL7's (v3-ActCode, v3-Confidentiality);
NODSCLCD is "no disclosure without consent directive"."""

ORDINARILY_RESTRICTED = frozenset({"mental", "social", "children"})
"""Kinds of feed whose every statement is labelled R: there it says nothing of this one."""


@dataclass(frozen=True)
class SensitiveCodes:
    """Codes and words of sensitive kinds, by system and code, by code alone, by words."""

    codes: Mapping[tuple[str, str], frozenset[Kind]] = field(default_factory=dict)
    bare: Mapping[str, frozenset[Kind]] = field(default_factory=dict)
    terms: Mapping[str, frozenset[Kind]] = field(default_factory=dict)
    marks: frozenset[bytes] = frozenset()
    """Every code, and every term in small letters: most resources hold none of them, and are read no further."""

    def of(self, code: Code) -> frozenset[Kind]:
        """The kinds that a code belongs to. One without a system counts as one of any: in doubt it is kept back."""
        if not code.system:
            return self.bare.get(code.code, _NONE)
        return self.codes.get(code.key, _NONE)


_NONE: frozenset[Kind] = frozenset()
_SAID = re.compile(rb'"(?:code|text|display)"\s*:\s*"([^"]*)"')
_ESCAPE = b"\\u"


def labels_of(feed_kind: str, resource: Mapping[str, Any], body: bytes, sensitive: SensitiveCodes) -> frozenset[Kind]:
    """The kinds of what a feed of this kind says in this resource. A person's own details are labelled otherwise."""
    if resource.get("resourceType") == "Patient":
        return _NONE
    found = set(_of_labels(feed_kind, resource, body))
    if sensitive.marks and (_ESCAPE in body or not sensitive.marks.isdisjoint(map(bytes.lower, _SAID.findall(body)))):
        found.update(_of_codes(resource, sensitive))
    return frozenset(found)


def _of_labels(feed_kind: str, resource: Mapping[str, Any], body: bytes) -> Iterator[Kind]:
    """By every security label in it: of the whole, of a document, of what it contains, of one element."""
    if not (b"ecurity" in body or b"sec-label" in body or b"onfidentiality" in body or _ESCAPE in body):
        return
    for label in _every_label(resource):
        code = words(child(label, "code")).strip().upper()
        if code == "R" and feed_kind not in ORDINARILY_RESTRICTED:
            yield Kind.CONFIDENTIAL
        elif code in OF_LABEL:
            yield OF_LABEL[code]


def _every_label(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _every_label(one)
    elif isinstance(value, dict):
        if "sec-label" in words(value.get("url")):
            yield value.get("valueCoding")
        yield {"code": value.get("confidentiality")}
        for name, inner in value.items():
            if name == "security":
                yield from listed(inner)
            elif name == "securityLabel":
                yield from (coding for one in listed(inner) for coding in listed(child(one, "coding")))
            yield from _every_label(inner)


def _of_codes(value: Any, sensitive: SensitiveCodes) -> Iterator[Kind]:
    """By every code in it; by words where they are a listed term."""
    if isinstance(value, list):
        for one in value:
            yield from _of_codes(one, sensitive)
    elif isinstance(value, dict):
        if isinstance(code := value.get("code"), str):
            yield from sensitive.of(Code(words(value.get("system")), code.strip()))
        for name in ("text", "display"):
            if isinstance(said := value.get(name), str):
                yield from sensitive.terms.get(plain(said), ())
        for inner in value.values():
            yield from _of_codes(inner, sensitive)
