"""Values that FHIR lets a source write in several shapes: amounts, spans of time, timings, and every `name[x]`."""

from collections.abc import Callable, Mapping
from typing import Any

from fhir.elements import child, concept_text, listed, notes, person_name, quantity, references, words
from fhir.statement import Statement


def amount(value: Any) -> str:
    """A Quantity as one piece of text: `5.10 mmol/L`, `<5 mg`."""
    number, unit = quantity(value)
    return f"{number} {unit}" if number and unit else number or unit


def span(value: Any) -> str:
    """A Period or a Range as one piece of text: `2024-01-02 to 2024-02-03`, `3.5 to 5.3 mmol/L`, `from 3.5`."""
    if value is None:
        return ""
    low, high = child(value, "start"), child(value, "end")
    ends = (words(low), words(high)) if low or high else (amount(child(value, "low")), amount(child(value, "high")))
    if all(ends):
        return f"{ends[0]} to {ends[1]}"
    return f"from {ends[0]}" if ends[0] else f"to {ends[1]}" if ends[1] else ""


def ratio(value: Any) -> str:
    """A Ratio as one piece of text: `1 / 128`, `500 mg / 5 mL`."""
    return " / ".join(part for name in ("numerator", "denominator") if (part := amount(child(value, name))))


_SHAPES: Mapping[str, Callable[[Any], str]] = {
    "Quantity": amount, "Age": amount, "Duration": amount, "Count": amount, "Distance": amount, "Money": amount,
    "Range": span, "Period": span, "Ratio": ratio, "CodeableConcept": concept_text, "Coding": concept_text,
    "SampledData": lambda v: words(child(v, "data")), "Attachment": lambda v: words(child(v, "title")),
    "Annotation": notes, "Identifier": lambda v: words(child(v, "value")), "Timing": lambda v: timing(v),
    "HumanName": person_name, "ContactPoint": lambda v: words(child(v, "value")),
}  # fmt: skip


def choice(statement: Statement, parent: Any, name: str) -> str:
    """The words of `name[x]` ("onset" finds onsetDateTime, onsetAge, onsetString …), exactly as sent."""
    if not isinstance(parent, dict):
        return ""
    found = []
    for key, value in parent.items():
        if key.startswith(name) and (key == name or key[len(name)].isupper()):
            kind = key[len(name) :]
            found.append(references(statement, value) if kind == "Reference" else _SHAPES.get(kind, _plain)(value))
    return "; ".join(sorted(text for text in found if text))


def _plain(value: Any) -> str:
    """A value of a kind that its name does not tell: a concept, a primitive, or a bare Quantity."""
    return concept_text(value) or amount(value)


def timing(value: Any) -> str:
    """When something is to be taken or done: the words as sent, else what the structured repeat says."""
    if text := concept_text(child(value, "code")):
        return text
    repeat = child(value, "repeat")
    said = [words(event) for event in listed(child(value, "event"))]
    times, every = words(child(repeat, "frequency")), words(child(repeat, "period"))
    if times or every:
        upto = words(child(repeat, "frequencyMax"))
        longest = words(child(repeat, "periodMax"))
        unit = words(child(repeat, "periodUnit"))
        often = f"{times or 1}{'-' + upto if upto else ''} times"
        said.append(f"{often} every {every or 1}{'-' + longest if longest else ''} {_UNITS.get(unit, unit)}".rstrip())
    for name in ("dayOfWeek", "timeOfDay", "when"):
        said.append(", ".join(words(v) for v in listed(child(repeat, name)) if words(v)))
    said.append(_bounds(repeat))
    return ", ".join(part for part in said if part)


_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}


def _bounds(repeat: Any) -> str:
    """How long a timing lasts, where it says so."""
    if length := amount(child(repeat, "boundsDuration")):
        return f"for {length}"
    return span(child(repeat, "boundsPeriod")) or span(child(repeat, "boundsRange"))
