"""A section's own page: nothing left out, so many lines at a time, or every value of one test."""

from collections.abc import Mapping

from app.viewer.lines import line_view
from app.viewer.look import Look
from app.viewer.sections import Block, SectionView, section_view
from app.viewer.values import values_view
from fhir.line import Line
from fhir.record import Section

SHEET = 500


def whole_view(section: Section, look: Look, *, first: int = 0, of: int = 0) -> SectionView:
    """The lines from number `first` on, each with every statement; with `of`, a statement's number, of its test."""
    own = _of_test(section, of)
    lines = own or section.lines
    first = first if 0 <= first < len(lines) else 0
    shown = lines[first : first + SHEET]
    views = tuple(line_view(line, section.code, look, whole=True) for line in shown)
    block = Block(
        "",
        views,
        showing=_showing(section, lines, first),
        links=_links(section, lines, first, of),
        values=values_view(shown, views) if own else None,
    )
    return section_view(section, look, opened=(block,))


def _of_test(section: Section, of: int) -> tuple[Line, ...]:
    groups = {line.lead.group for line in section.lines if any(item.statement.id == of for item in line.items)}
    return tuple(line for line in section.lines if line.lead.group in groups - {""})


def _showing(section: Section, lines: tuple[Line, ...], first: int) -> str:
    last = min(first + SHEET, len(lines))
    if last - first == len(section.lines):
        return ""
    total = f"{len(section.lines):,}"
    return (
        f"Showing {last - first:,} of {total}"
        if last - first == len(lines)
        else f"Showing {first + 1:,} to {last:,} of {total}"
    )


def _links(section: Section, lines: tuple[Line, ...], first: int, of: int) -> tuple[tuple[str, Mapping[str, str]], ...]:
    kept = {"of": str(of)} if len(lines) < len(section.lines) else {}
    found: list[tuple[str, Mapping[str, str]]] = []
    if first:
        found.append(("Previous", {**kept, "from": str(max(first - SHEET, 0))}))
    if first + SHEET < len(lines):
        found.append(("Next", {**kept, "from": str(first + SHEET)}))
    if kept:
        found.append((f"Show all of {section.title.lower()}", {}))
    return tuple(found)
