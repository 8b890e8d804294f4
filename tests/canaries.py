"""A resource of every kind with a canary in every text that it can hold: nothing is forgotten, whatever is added."""

from collections.abc import Iterator
from typing import Any

from fhir import models
from fhir.models import Model

DEPTH = 5
_PLAIN: dict[str, Any] = {
    "boolean": True, "decimal": 4.5, "integer": 7, "integer64": 7, "unsignedInt": 7, "positiveInt": 7,
    "date": "2019-04-05", "dateTime": "2019-04-05T06:07:08Z", "instant": "2019-04-05T06:07:08Z", "time": "06:07:08",
}  # fmt: skip
_BEFORE = dict.fromkeys(("uri", "url", "canonical"), "https://example.org/")
_AMOUNTS = frozenset({"Quantity", "Age", "Duration", "Count", "Distance"})
_SKIPPED = frozenset({"resourceType", "modifierExtension", "implicitRules", "contained", "extension"})


class Canaries:
    """Makes canaries, each another, and remembers where each was put: `put["Canary12x"] == "Flag.code.text"`."""

    def __init__(self) -> None:
        self.put: dict[str, str] = {}

    def resource(self, kind: str, local_id: str) -> dict[str, Any]:
        """One of every element, and of every form of a choice: more than a valid resource may have."""
        model = models.model_of(kind)
        assert model is not None, kind
        return {"resourceType": kind, **self._parts(model, kind, 0), "id": local_id}

    def _parts(self, model: Model, path: str, depth: int) -> dict[str, Any]:
        found = {}
        for element in models.elements(model):
            if element.name in _SKIPPED or element.name.startswith("_"):
                continue
            value = self._value(element, f"{path}.{element.name}", depth)
            if value is not None:
                found[element.name] = [value] if element.many else value
        return found

    def _value(self, element: Any, path: str, depth: int) -> Any:
        if element.model is not None and element.model.__name__ in _AMOUNTS:
            return {"value": 4.5, "unit": "mg"}
        if element.model is not None:
            return self._parts(element.model, path, depth + 1) or None if depth < DEPTH else None
        if element.any_resource:
            return None
        before = "Organization/" if element.name == "reference" else _BEFORE.get(element.type, "")
        return _PLAIN.get(element.type) or before + self.canary(path)

    def canary(self, path: str) -> str:
        """A new text for this place."""
        text = f"Canary{len(self.put)}x"
        self.put[text] = path
        return text

    def seen(self, text: str) -> Iterator[str]:
        """Where those canaries stood that are in a text."""
        return (path for canary, path in self.put.items() if canary in text)
