"""The gate: everything that a provider sends passes here, and comes out checked or with one reason why not.

`units` reads only the type and id of each resource, so that what is held already can be passed over by its digest;
`check` looks at all the rest. Nothing here fetches anything, and nothing is changed: what is kept is the bytes.
"""

import re
from typing import Any

from fhir import head, safety, schema
from fhir.entries import DEEPEST, Entry, Limits, Raw, Refused, Subject, refused
from fhir.errors import Reason, RefusalError
from fhir.feed import Unit, units
from fhir.subject import subject_of

__all__ = ["Entry", "Limits", "Raw", "Reason", "Refused", "Subject", "Unit", "check", "refused", "units"]

_ACTIVE = re.compile(
    r"(?i)<\s*/?\s*(?:script|iframe|frame|object|embed|applet|form|input|button|svg|math|base|link|meta)\b"
    r"|[\s\"'/]on[a-z]+\s*=|(?:java|vb)script\s*:"
)
_ODD_REFERENCE = "reference: not of a form that FHIR has"


def check(raw: Raw) -> Entry | Refused:
    """Whether one resource is safe, valid R4, and about whom. Never raises, whatever the bytes."""
    if raw.method == "DELETE":
        return Entry(raw, None, None, {}, ())
    try:
        return _checked(raw)
    except RefusalError as refusal:
        return refused(raw.position, refusal.reason, raw.body)


def _checked(raw: Raw) -> Entry:
    resource, written = safety.read(raw.body, DEEPEST)
    if resource.get("resourceType") != raw.type:
        raise RefusalError(Reason.UNKNOWN_TYPE)
    if head.is_stu3(head.of_parsed(resource)):
        raise RefusalError(Reason.FHIR_STU3)
    texts, odd = safety.reference_texts(written)
    safety.check_urls(resource, written)
    refs = safety.resolved(texts, raw.urns) if raw.urns and texts else {}
    subject = subject_of(resource, raw.local_id, raw.urns)
    irregular = () if schema.is_valid(resource) else schema.irregularities(resource)
    if odd:
        irregular += (_ODD_REFERENCE,)
    if "text" in resource or "contained" in resource:
        irregular += _active_content(resource)
    meta = resource.get("meta")
    version, updated = (meta.get("versionId"), meta.get("lastUpdated")) if isinstance(meta, dict) else (None, None)
    return Entry(raw, resource, subject, refs, irregular, _text(version), _text(updated))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _active_content(resource: dict[str, Any]) -> tuple[str, ...]:
    """Narrative is never shown, so script in it harms nobody; but whoever sent it should know."""
    contained = resource.get("contained")
    holders = [resource, *(contained if isinstance(contained, list) else [])]
    for holder in holders:
        text = holder.get("text") if isinstance(holder, dict) else None
        narrative = text.get("div") if isinstance(text, dict) else None
        if isinstance(narrative, str) and _ACTIVE.search(narrative):
            return ("text.div: active content",)
    return ()
