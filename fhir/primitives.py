"""What each of FHIR's simplest types looks like in JSON, as JSON Schema. https://hl7.org/fhir/R4/datatypes.html"""

from typing import Any

Schema = dict[str, Any]

# The calendar is in the pattern itself, leap years too: 31 June and 30 February do not match.
_YEAR = r"(?:[1-9]\d{3}|0[1-9]\d\d|00[1-9]\d|000[1-9])"
_LEAP = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_LONG = r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
_SHORT = r"(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
_DAY = rf"(?:{_YEAR}-(?:{_LONG}|{_SHORT}|02-(?:0[1-9]|1\d|2[0-8]))|{_LEAP}-02-29)"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_MONTH = rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"


def _ascii(pattern: str) -> str:
    """The schema's `\\d` also takes the digits of other scripts; FHIR's are ASCII."""
    return pattern.replace(r"[1-9]\d", "[1-9][0-9]").replace(r"\d", "[0-9]")


PATTERNS = {
    "base64Binary": r"^\s*(?:[0-9A-Za-z+/=]{4}\s*)+$",
    "canonical": r"^\S+$",
    "code": r"^\S+(?:\s\S+)*$",
    "date": _ascii(rf"^(?:{_MONTH}|{_DAY})$"),
    "dateTime": _ascii(rf"^(?:{_MONTH}|{_DAY}(?:T{_CLOCK}{_ZONE})?)$"),
    "id": r"^[A-Za-z0-9\-.]{1,64}$",
    "instant": _ascii(rf"^{_DAY}T{_CLOCK}{_ZONE}$"),
    "oid": r"^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$",
    "time": _ascii(rf"^{_CLOCK}$"),
    "uri": r"^\S+$",
    "url": r"^\S+$",
    "uuid": r"^urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
}

_WHOLE: Schema = {"type": "integer", "maximum": 2147483647}

_PLAIN: dict[str, Schema] = {
    "boolean": {"type": "boolean"},
    "decimal": {"type": "number"},
    "integer": _WHOLE | {"minimum": -2147483648},
    "integer64": {"type": "integer"},
    "unsignedInt": _WHOLE | {"minimum": 0},
    "positiveInt": _WHOLE | {"minimum": 1},
    "string": {"type": "string", "minLength": 1},
    "markdown": {"type": "string", "minLength": 1},
    "xhtml": {"type": "string", "minLength": 1},
}

PRIMITIVES: dict[str, Schema] = _PLAIN | {
    name: {"type": "string", "pattern": pattern} for name, pattern in PATTERNS.items()
}
