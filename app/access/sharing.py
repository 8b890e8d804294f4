"""What each organisation agreed to show to whom: dated rules that an operator loads, and what holds without one.

A controller decides what leaves it. A provider's rule names a category of its record (a section, or `*`) and who may
read it: an organisation by its ODS code, a kind of organisation, or `*`. Denial overrides. A provider that has rules
that allow a category allows it to nobody else. Without any rule an NHS provider's feed is shown to every organisation,
as it is registered for direct care; a council's is shown to nobody but the council itself.
"""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select

from app import clock, db
from app.clock import LONDON
from app.errors import BadUsage
from app.tables import sharing_rules
from fhir.absence import Source
from fhir.dates import fhir_date
from fhir.record import SECTIONS

EVERY = "*"
ALLOW, DENY = "allow", "deny"
NEEDS_RULE = frozenset({"social", "children"})
"""Kinds of feed that are shown to others only where a rule says so."""
COLUMNS = ("provider", "category", "recipient", "effect", "from", "until", "agreement")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one provider, in force from `starts` until before `ends`; either may be open."""

    provider: str
    category: str
    recipient: str
    effect: str
    starts: datetime | None = None
    ends: datetime | None = None
    agreement: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at this moment."""
        return (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends)


def shared(feed: Source, org: str, kind: str, rules: Sequence[Rule]) -> frozenset[str]:
    """The categories that a feed shows to an organisation of a kind, by this feed's rules that are in force. Pure."""
    if feed.ods == org:
        return feed.categories
    return frozenset(one for one in feed.categories if _shows(one, feed, {org, kind, EVERY}, rules))


def _shows(category: str, feed: Source, reader: Collection[str], rules: Sequence[Rule]) -> bool:
    about = [rule for rule in rules if rule.category in (EVERY, category)]
    own = {rule.effect for rule in about if rule.recipient in reader}
    if DENY in own or ALLOW in own:
        return DENY not in own
    return feed.kind not in NEEDS_RULE and all(rule.effect != ALLOW for rule in about)


def rules(connection: Connection) -> list[Rule]:
    """Every rule that is loaded."""
    return [Rule(*row) for row in connection.execute(_RULES)]


_C = sharing_rules.c
_RULES = select(_C.provider, _C.category, _C.recipient, _C.effect, _C.starts, _C.ends, _C.agreement).order_by(_C.id)


def load(engine: Engine, path: Path) -> int:
    """Keep the rules of a CSV (COLUMNS; dates as YYYY-MM-DD, both may be empty) in place of all others; how many."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error, OSError):
        raise BadUsage("the file of rules must be a CSV table in UTF-8") from None
    problems = [f"line {n}: {words}" for n, row in enumerate(rows, start=2) if (words := _problem(row))]
    if problems:
        raise BadUsage("; ".join(problems[:20]))
    if not rows:
        raise BadUsage("the file is empty: it needs the columns " + ", ".join(COLUMNS))
    keep(engine, [_rule(row) for row in rows])
    return len(rows)


def keep(engine: Engine, given: Iterable[Rule]) -> None:
    """Keep these rules in place of all others."""
    loaded = {"loaded_at": clock.now()}
    rows = [{name: getattr(rule, name) for name in Rule.__dataclass_fields__} | loaded for rule in given]
    with db.write(engine) as connection:
        connection.execute(delete(sharing_rules))
        if rows:
            connection.execute(insert(sharing_rules), rows)


_CATEGORIES = frozenset(module.CODE for module in SECTIONS) | {EVERY}


def _cell(row: Mapping[str, str | None], name: str) -> str:
    return (row.get(name) or "").strip()


def _problem(row: Mapping[str, str | None]) -> str:
    if missing := [name for name in ("provider", "category", "recipient", "agreement") if not _cell(row, name)]:
        return "no " + ", ".join(missing)
    if _cell(row, "category") not in _CATEGORIES:
        return f"unknown category {_cell(row, 'category')}"
    if _cell(row, "effect") not in (ALLOW, DENY):
        return "effect must be allow or deny"
    if max(len(_cell(row, "provider")), len(_cell(row, "recipient"))) > 20:
        return "provider and recipient are codes of at most 20 letters and digits"
    wrong = [name for name in ("from", "until") if (day := _cell(row, name)) and _day(day) is None]
    return f"{' and '.join(wrong)} must be a day, as 2026-04-01" if wrong else ""


def _rule(row: Mapping[str, str | None]) -> Rule:
    provider, category, recipient, effect, starts, ends, agreement = (_cell(row, name) for name in COLUMNS)
    return Rule(provider, category, recipient, effect, _day(starts), _day(ends), agreement)


def _day(text: str) -> datetime | None:
    """The first moment of a day in London."""
    found = fhir_date(text) if len(text) == 10 else None
    return datetime.combine(found.start.astimezone(LONDON).date(), time(), LONDON) if found else None
