"""What a home blood pressure can be. Outside the wide range it is a slip of the finger; outside the narrow one we ask.

Source: our own bounds, set wider than those of other services so that no true emergency is refused (Simple 70–300 and
40–180; OpenMRS 0–250, 0–150 and 0–230). Whoever runs the service has its clinical safety officer confirm them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Range:
    """One value: what it is called, the widest that can be, what needs no question, and an example."""

    name: str
    lowest: int
    highest: int
    usual_from: int
    usual_to: int
    example: int


RANGES: Mapping[str, Range] = {
    "systolic": Range("top number", 50, 300, 80, 220, 120),
    "diastolic": Range("bottom number", 20, 200, 40, 130, 80),
    "pulse": Range("pulse", 20, 250, 40, 140, 70),
}
CLOSE, WIDE = 15, 110
"""Between the top and the bottom number, in mmHg: a difference below or above it is asked about."""
AHEAD = timedelta(minutes=5)
"""How far ahead of ours a person's clock may be."""
SESSION = timedelta(hours=1)
"""Two readings of one form that are further apart are asked about: one may have am for pm."""
OLD = timedelta(days=7)
"""A reading taken longer ago is asked about."""
LONGEST_NOTE = 500
