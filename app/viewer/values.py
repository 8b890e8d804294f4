"""All values of one test, newest first: the words of the table that stands beside their picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import phrases
from app.viewer import formats, words
from app.viewer.lines import Disagreement, LineView
from app.viewer.look import Named
from app.viewer.trends import Trend, trend
from fhir.line import Line


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One reading, exactly as sent."""

    when: str
    value: str
    range: str
    flag: str
    status: str
    marks: str
    sources: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class ValuesView:
    """The table and the picture of one test."""

    caption: str
    rows: tuple[ValueRow, ...]
    trend: Trend | None


def values_view(lines: Sequence[Line], views: Sequence[LineView]) -> ValuesView:
    """The values of these lines of one test; `views` are the same lines in words."""
    name = lines[0].lead.text
    rows = tuple(_row(line, view, name) for line, view in zip(lines, views, strict=True))
    caption = f"{name or words.NOT_DESCRIBED}: {phrases.counted(len(rows), 'value')}, newest first"
    return ValuesView(caption, rows, trend(lines))


def _row(line: Line, view: LineView, name: str) -> ValueRow:
    called = [f"Called {line.lead.text}"] if line.lead.text not in ("", name) else []
    return ValueRow(
        when=formats.moment(line.lead.when) if line.lead.when else "Date not recorded",
        value=view.value or "No value",
        range=line.lead.fields.get("range", "") or "Not given",
        flag=view.flag,
        status=words.status(line.lead.status or "unknown"),
        marks="; ".join([*called, *(said for _, said in view.marks), *map(_differing, view.differences)]),
        sources=view.sources,
    )


def _differing(one: Disagreement) -> str:
    return f"{one.label} " + ", ".join(f"{said} ({who})" for said, who in one.values)
