"""What is said of a release: the verdicts of the gate, what was left out, its files. No value, no small number."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from app.export.checks import Check
from app.export.files import Written
from app.export.suppress import printed, shown


@dataclass(frozen=True)
class Report:
    """Counts of people and rows are told as measures are: `*` for 1 to 7, else to the nearest 5."""

    checks: Sequence[Check]
    files: Sequence[Written] = ()
    opted_out: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[tuple[str, str], int] = field(default_factory=dict)
    steps: str = ""
    excluded: str = ""
    tables: Sequence[Mapping[str, Any]] = ()
    """What measures rest on, exactly: kept here, for later tables to be compared with; never part of `said`."""
    at: datetime | None = None
    """The moment of the data; None where it was not come to."""

    @property
    def passed(self) -> bool:
        """Whether every check of the gate did."""
        return all(check.passed for check in self.checks)

    @property
    def said(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return {
            "checks": [asdict(check) for check in self.checks],
            "files": [asdict(one) for one in self.files],
            "opted_out": counted(self.opted_out),
            "left_out": left_out(self.left_out),
            "steps": self.steps,
            "excluded": self.excluded,
        }


def counted(numbers: Mapping[str, int]) -> dict[str, str]:
    """Counts of people as they may be told."""
    return {name: printed(shown(number)) for name, number in sorted(numbers.items())}


def left_out(numbers: Mapping[tuple[str, str], int]) -> list[dict[str, str]]:
    """What was left out, by data set and reason, as it may be told."""
    return [
        {"dataset": dataset, "reason": reason, "count": printed(shown(number))}
        for (dataset, reason), number in sorted(numbers.items())
    ]
