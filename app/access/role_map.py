"""Which of a provider's groups, or of its national codes, make somebody a user of ours. All others are nobody here.

An installation keeps them as a CSV file with the columns of `Rule`; the first line that fits somebody counts.
"""

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from app.access.claims import CODE, NO_ROLE, ODS_CODE, ROLES, Refused
from app.errors import NotReady

STAFF = sorted(ROLES.keys() - {"patient"})


@dataclass(frozen=True)
class Rule:
    """Whoever has this `group` is a user of this `role`. The rest is said where the provider does not tell it.

    `activities`: codes with a space between them.
    """

    group: str
    role: str
    role_name: str = ""
    role_code: str = ""
    activities: str = ""
    org_code: str = ""
    org_name: str = ""


NATIONAL = (Rule("B0360", "clinician"), Rule("B1570", "planner"))
"""What counts for NHS CIS2 where an installation says nothing else: B0360 views detailed health records, B1570 views
shared information that identifies no patient (activity codes of the national role-based access control database).
"""


@cache
def rules(path: Path | None) -> tuple[Rule, ...]:
    """The rules of a file, read once. Raises NotReady, naming the first line that cannot be used."""
    if path is None:
        return NATIONAL
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        unknown = set(reader.fieldnames or ["nothing"]) - {f.name for f in fields(Rule)}
        if unknown:
            raise NotReady(f"{path} has columns that mean nothing here: {', '.join(sorted(unknown))}")
        return tuple(_rule(path, reader.line_num, row) for row in reader)


def _rule(path: Path, line: int, row: dict[str, str | None]) -> Rule:
    try:
        rule = Rule(**{name: (value or "").strip() for name, value in row.items()})
    except (AttributeError, TypeError):
        raise NotReady(f"line {line} of {path} has too few or too many columns") from None
    checks = (
        ("group", bool(rule.group)),
        (f"role ({', '.join(STAFF)})", rule.role in STAFF),
        ("activities (codes like B0360)", all(CODE.fullmatch(code) for code in rule.activities.split())),
        ("org_code (an ODS code)", not rule.org_code or ODS_CODE.fullmatch(rule.org_code) is not None),
    )
    if wrong := [name for name, good in checks if not good]:
        raise NotReady(f"line {line} of {path} needs another {', '.join(wrong)}")
    return rule


def fitting(known: Iterable[Rule], groups: Collection[str]) -> Rule:
    """The first rule for somebody in these groups. Raises Refused where there is none."""
    for rule in known:
        if rule.group in groups:
            return rule
    raise Refused(NO_ROLE)
