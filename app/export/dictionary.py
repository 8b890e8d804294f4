"""What each column of an export means: one table, from which the files, their dictionary and their checks are made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.export import values
from app.export.ladder import Ladder
from app.export.people import DEPRIVATION

SINCE = "1"
TEXT, NUMBER, WHOLE, YES_NO = "text", "number", "whole number", "yes or no"
PERSON, CODE, SYSTEM, TERM, MONTH, ORG = "person", "code", "system", "term", "month", "practice"
"""What the values of a column are checked against where they are not simply one of a few: see checks.py."""


@dataclass(frozen=True)
class Column:
    """One column. `allowed`: every value that it may hold; or `rule`: what its values are checked against."""

    name: str
    label: str
    type: str = TEXT
    unit: str = ""
    allowed: tuple[str, ...] = ()
    rule: str = ""
    null: str = ""
    source: str = ""

    @property
    def said(self) -> dict[str, Any]:
        """As a line of dictionary.json."""
        told = list(self.allowed) or _RULES.get(self.rule, "")
        return {
            "name": self.name, "label": self.label, "type": self.type, "unit": self.unit, "allowed_values": told,
            "null_meaning": self.null or "never empty", "source": self.source, "since": SINCE,
        }  # fmt: skip


_RULES = {
    PERSON: "28 letters, random, of this project only",
    CODE: "a code of a list that is loaded",
    SYSTEM: "the coding system of that code",
    TERM: "the term of that code in its list, never the words of a source",
    MONTH: "YYYY-MM",
    ORG: "the ODS code of a general practice that sends its feed here",
}
_LETTERS = Column("person", "Stands for one person", rule=PERSON, source="random")
_CODED = (
    Column("system", "Coding system", rule=SYSTEM, source="code list"),
    Column("code", "Code", rule=CODE, source="code list"),
    Column("term", "Term", rule=TERM, source="code list"),
)


def _dated(name: str, label: str, source: str) -> Column:
    return Column(
        name, label, rule=MONTH, null="not known to the month, near that of birth, or over 90 years ago", source=source
    )


PROBLEMS = (
    _LETTERS, *_CODED,
    Column("status", "Clinical status", allowed=values.PROBLEM_STATUSES, null="not stated", source="Condition"),
    _dated("onset_month", "Month of onset, else of recording", "Condition"),
)  # fmt: skip
MEDICINES = (
    _LETTERS, *_CODED,
    Column("status", "Status", allowed=values.MEDICINE_STATUSES, null="not stated", source="medicines of four kinds"),
    Column("kind", "Prescribed, taken, dispensed or given", allowed=tuple(values.MEDICINE_KINDS.values())),
    _dated("month", "Month of prescribing, else of the event", "authoredOn, effective, whenHandedOver"),
)  # fmt: skip
OBSERVATIONS = (
    _LETTERS, *_CODED,
    Column("value", "Value, rounded to the precision of its unit", NUMBER, source="valueQuantity, valueInteger"),
    Column("unit", "UCUM unit", allowed=tuple(values.UNITS), source="valueQuantity"),
    _dated("month", "Month of measuring", "effective"),
    Column("setting", "Where it was measured", allowed=values.SETTINGS, source="RecordingSetting, or the patient"),
)  # fmt: skip
MEASURES = (
    Column("measure", "Name of the measure", allowed=()),
    Column("practice", "Practice of current registration, or all", rule=ORG, source="registration"),
    Column("numerator", "People counted, to the nearest 5", WHOLE, "people", null="suppressed", source="record"),
    Column("denominator", "People asked about, to the nearest 5", WHOLE, "people", null="suppressed", source="record"),
    Column("percent", "Of these two rounded numbers", NUMBER, "%", null="suppressed, or nobody asked about"),
    Column("suppressed", "Whether a number was too small to show", YES_NO),
)


_EMPTIED = "not stated, or left out so that no group is small"
_PEOPLE = (
    _LETTERS,
    Column(
        "age_band",
        "Age in the year of the snapshot, in tens",
        allowed=values.AGE_BANDS,
        null=_EMPTIED,
        source="Patient",
    ),
    Column("sex", "Administrative gender", allowed=values.SEXES, null=_EMPTIED, source="Patient"),
    Column("deprivation", "IMD 2019 decile of the home, 1 most deprived", null=_EMPTIED, source="address"),
    Column("practice", "Practice of registration", null=_EMPTIED, source="registration"),
    Column("ethnic_group", "Ethnic category, in groups", null=_EMPTIED, source="Patient"),
)
EVERY: Mapping[str, tuple[Column, ...]] = {
    "people": _PEOPLE,
    "problems": PROBLEMS,
    "medicines": MEDICINES,
    "observations": OBSERVATIONS,
    "measures": MEASURES,
}
"""All that may ever leave."""


def people(ladder: Ladder, practices: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns of people, as coarse as they had to become, with one kind of area."""
    allowed = {
        "deprivation": values.DECILES if ladder.step < 2 else values.QUINTILES,
        "practice": practices,
        "ethnic_group": values.ETHNIC_GROUPS if ladder.step < 1 else values.ETHNIC_HALVES,
    }
    other = "practice" if ladder.area == DEPRIVATION else "deprivation"
    return tuple(
        replace(column, allowed=allowed.get(column.name, column.allowed)) for column in _PEOPLE if column.name != other
    )


def described(datasets: Mapping[str, tuple[Column, ...]]) -> dict[str, Any]:
    """dictionary.json: every column of every data set, and how numbers were rounded (`figures`: at most so many)."""
    units = [
        {"unit": unit.ucum, "decimals": unit.decimals, "figures": values.FIGURES, "from": unit.least, "to": unit.most}
        for unit in values.UNITS.values()
    ]
    tables = {name: [column.said for column in columns] for name, columns in datasets.items()}
    return {"datasets": tables, "precision": units if "observations" in datasets else []}
