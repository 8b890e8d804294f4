"""The number that names one person across the NHS, and hides itself wherever it is printed by accident."""

import re
from dataclasses import dataclass

SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"

_SPELLINGS = frozenset({
    "fhir.nhs.uk/id/nhs-number", "fhir.nhs.net/id/nhs-number",
    "urn:oid:2.16.840.1.113883.2.1.4.1", "2.16.840.1.113883.2.1.4.1",
})  # fmt: skip
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, repr=False, order=True)
class NHSNumber:
    """Ten digits whose last is right. Make one with `parse`; `.value` and `.display` are asked for by name."""

    value: str

    def __post_init__(self) -> None:
        """A wrong number cannot be made. The message never holds the number."""
        if not _is_valid(self.value):
            raise ValueError("not an NHS number")

    def __str__(self) -> str:
        """What a log or an error shows."""
        return "NHS number ***"

    __repr__ = __str__

    @property
    def display(self) -> str:
        """As the NHS writes it, in groups of 3, 3 and 4 that never break across two lines."""
        return _NO_BREAK.join((self.value[:3], self.value[3:6], self.value[6:]))


def names_nhs_numbers(system: str) -> bool:
    """Whether an identifier of this system is an NHS number: `SYSTEM`, or what older interfaces write instead."""
    return system == SYSTEM or system.lower().removeprefix("https://").removeprefix("http://").rstrip("/") in _SPELLINGS


def parse(text: str) -> NHSNumber | None:
    """The NHS number in a text that may have spaces or hyphens; None when it is not one.

    Only ASCII spaces and hyphens are removed and only ASCII digits count, so that a number that looks right
    but would be stored as another is refused. Ten equal digits pass the check digit but are never issued.
    """
    digits = text.replace(" ", "").replace("-", "")
    return NHSNumber(digits) if _is_valid(digits) else None


def _is_valid(digits: str) -> bool:
    """The modulus 11 rule of the NHS Data Dictionary (attribute NHS NUMBER)."""
    if not _TEN_DIGITS.fullmatch(digits) or len(set(digits)) == 1:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])
