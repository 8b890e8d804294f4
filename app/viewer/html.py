"""Lines as HTML, written directly: a page has hundreds, and a template loop over them would take most of its time.

Everything that is not written here letter by letter goes through `escape`.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup

from app.markup import escape
from app.viewer import words
from app.viewer.drawing import LARGE, figure
from app.viewer.lines import Disagreement, Fact, LineView, Original
from app.viewer.look import Named
from app.viewer.results import Earlier, TestView
from app.viewer.values import ValueRow, ValuesView

UNBROKEN, SHORT = 18, 28


def lines(views: Iterable[LineView], address: str = "") -> Markup:
    """The lines of a list; `address` leads to all statements, where a line does not hold them all."""
    return Markup("\n".join(_line(view, address) for view in views))  # noqa: S704 - every part is escaped below


def tests(views: Iterable[TestView], address: str) -> Markup:
    """The tests of a list, each leading to all its values at `address`."""
    return Markup("\n".join(_test(view, address) for view in views))  # noqa: S704 - every part is escaped below


def sentence(said: str) -> Markup:
    """Words in which no date is broken over two lines."""
    return Markup(_DATE.sub(r'<span class="nowrap">\g<0></span>', escape(said)))  # noqa: S704 - escaped here


_DATE = re.compile(r"\d\d-[A-Z][a-z]{2}-\d{4}(?: \d\d:\d\d)?")


def differ(found: Iterable[Disagreement]) -> Markup:
    """Where the lines of a list contradict each other."""
    return Markup(_differ(found))  # noqa: S704 - every part is escaped there


def sources(named: Iterable[Named]) -> Markup:
    """Names of sources, each marked with which it is."""
    return Markup(", ".join(map(_source, named)))  # noqa: S704 - every part is escaped below


def values(view: ValuesView) -> Markup:
    """Every value of a test in a table, with their picture above it where one can be drawn."""
    picture = figure(view.trend, LARGE) if view.trend else ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Date", *_COLUMNS))
    rows = "".join(
        f'<tr><th scope="row">{escape(row.when)}</th>'
        + "".join(f'<td data-label="{head}">{said}</td>' for head, said in zip(_COLUMNS, _cells(row), strict=True))
        + "</tr>"
        for row in view.rows
    )
    return Markup(  # noqa: S704 - every part is escaped
        f'<h3 id="values">{escape(view.caption)}</h3>{picture}<table class="values stacks" aria-labelledby="values">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


_COLUMNS = ("Value", "Range given", "Source’s comment", "Status", "Check", "Source")


def _cells(row: ValueRow) -> tuple[str, ...]:
    value = f'<strong class="value">{escape(row.value)}</strong>'
    return (value, *map(escape, (row.range, row.flag, row.status, row.marks)), sources(row.sources))


def _source(one: Named) -> str:
    return f'<span data-source="{escape(one.mark)}">{escape(one.name)}</span>'


def _line(view: LineView, address: str) -> str:
    past = " line-past" if view.past else ""
    inner = f"{_said(view)}{_facts(view.facts)}{_marks(view)}{_by(view, address)}"
    return f'<li class="line{past}" data-line="{escape(view.key)}">{inner}</li>'


def _said(view: LineView) -> str:
    first, *more = view.parts
    rest = "".join(f" — {_part(part)}" for part in more)
    value = f' <span class="value">{escape(view.value)}</span>' if view.value else ""
    flag = _flag(view.flag)
    status = f' <span class="status">{escape(view.status)}</span>' if view.status else ""
    limits = f' <span class="range">{escape(view.range)}</span>' if view.range else ""
    return f'<p class="said"><strong>{escape(first)}</strong>{rest}{value}{flag}{status}{limits}</p>'


def _flag(said: str) -> str:
    """A result's interpretation in its source's word; only what the source calls unusual stands out."""
    if not said:
        return ""
    return (
        f' <span class="usual">{escape(said)}</span>'
        if words.is_usual(said)
        else f' <strong class="flag">{escape(said)}</strong>'
    )


def _part(part: str) -> str:
    """The dose stands out from what is around it (CUI medicine display)."""
    if part.startswith("DOSE "):
        return f'<span class="dose">DOSE</span> <strong>{escape(part[5:])}</strong>'
    return escape(part)


def _facts(facts: Iterable[Fact]) -> str:
    said = "".join(
        f'<span class="fact{" nowrap" if len(label) + len(value) <= SHORT else ""}">'
        f'<span class="label">{escape(label)}</span> {escape(value)}</span> '
        for label, value in facts
    )
    return f'<p class="facts">{said}</p>' if said else ""


def _marks(view: LineView) -> str:
    return "".join(
        _differ(view.differences) if kind == "differ" else f'<p class="mark mark-{kind}">{escape(said)}</p>'
        for kind, said in view.marks
    )


def _differ(found: Iterable[Disagreement], when: str = "") -> str:
    rows = "".join(
        f"<li>{escape(one.label)} "
        + "; ".join(f"<strong>{escape(value)}</strong> {escape(who)}" for value, who in one.values)
        + "</li>"
        for one in found
    )
    of = f'<span class="date">{escape(when)}</span> ' if when else ""
    return f'<div class="mark mark-differ">{of}<strong class="badge">{words.DIFFER}</strong><ul>{rows}</ul></div>'


def _by(view: LineView, address: str) -> str:
    ago = f' <span class="ago">{escape(view.ago)}</span>' if view.ago else ""
    many = f' <span class="n">{view.number} statements</span>' if view.number > 1 else ""
    rest = view.number - len(view.originals)
    more = f'<p>{rest} earlier statements: <a href="{escape(address)}">show all</a></p>' if rest else ""
    return (
        f'<details class="by"><summary><span class="date">{escape(view.when)}</span>{ago} '
        f'<span class="from">{", ".join(map(_source, view.sources))}</span>{many}</summary>'
        f'<div class="originals">{"".join(map(_original, view.originals))}{more}</div></details>'
    )


def _original(one: Original) -> str:
    said = [(label, value) for label, value in one.facts if value != one.when and value not in one.who]
    rows = [("Date", one.when), *said, *(("Not valid", reason) for reason in one.irregular)]
    rows += [("Received", one.received), ("FHIR", one.name)]
    if one.who:
        rows.insert(0, ("Recorded by", one.who))
    return (
        f'<div class="original" data-statement="{one.id}">'
        f"<p><strong>{escape(one.text)}</strong> {escape(one.status)}</p>"
        f"<dl><div><dt>Source</dt> <dd>{_source(one.source)}</dd></div> {' '.join(map(_row, rows))}</dl></div>"
    )


def _row(fact: Fact) -> str:
    label, value = fact
    return f"<div><dt>{escape(label)}</dt> <dd{_unbroken(value)}>{escape(value)}</dd></div>"


def _unbroken(value: str) -> str:
    """Dates and other short values stay on one line."""
    return ' class="nowrap"' if len(value) <= UNBROKEN else ""


def _test(view: TestView, address: str) -> str:
    latest = view.latest
    status = f' <span class="status">{escape(latest.status)}</span>' if latest.status else ""
    said = (
        f'<p class="said">{escape(view.name)} <span class="value">{escape(latest.value or "No value")}</span>'
        f'{_flag(latest.flag)}{status} <span class="range">{escape(latest.range)}</span></p>'
    )
    picture = figure(view.trend, showing=view.drawn) if view.trend else ""
    more = f"{_facts(latest.facts)}{_marks(latest)}{picture}{_earlier(view, address)}{_by(latest, address)}"
    return f'<li class="line test" data-line="{escape(latest.key)}">{said}{more}</li>'


def _earlier(view: TestView, address: str) -> str:
    if not view.earlier:
        return ""
    name = f'<span class="nhsuk-u-visually-hidden"> of {escape(view.name)}</span>'
    there = f"{address}{'&' if '?' in address else '?'}of={view.latest.statement}"
    rest = f'<span class="showing">{escape(view.showing)} <a href="{escape(there)}">All values{name}</a></span>'
    said = "; ".join(map(_reading, view.earlier))
    differing = "".join(_differ(one.differences, one.when) for one in view.earlier if one.differences)
    return f'<p class="earlier"><span class="label">Earlier</span> {said} {rest}</p>{differing}'


def _reading(one: Earlier) -> str:
    flag = _flag(one.flag)
    marks = f' <span class="badge">{words.DIFFER}</span>' if one.differences else ""
    name = f"{escape(one.name)} " if one.name else ""
    return (
        f'<span class="reading" data-line="{escape(one.key)}">{name}'
        f'<span class="value">{escape(one.value)}</span>{flag} '
        f'<span class="date">{escape(one.when)}</span>{marks}</span>'
    )
