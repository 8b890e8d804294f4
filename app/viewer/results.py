"""Results as a clinician reads them: by test, the latest value first, a few earlier ones, the rest counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.viewer import formats, words
from app.viewer.lines import Disagreement, LineView, called, disagreement, line_view, value
from app.viewer.look import Look
from app.viewer.trends import LATEST, Trend, trend
from fhir.line import Line
from fhir.measured import is_at_home

EARLIER = 2


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier value of a test, in few words; `differences` where its sources do not say the same of it.

    `name` is what its source calls the test, where that is not what the latest value is called.
    """

    key: str
    name: str
    value: str
    when: str
    flag: str
    differences: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class TestView:
    """One test: its latest line with the range its source gave, earlier values, their picture, and how many in all."""

    name: str
    latest: LineView
    earlier: tuple[Earlier, ...]
    total: int
    showing: str
    trend: Trend | None

    @property
    def drawn(self) -> str:
        """How many of the values the picture looks at, where not at all."""
        return f"Latest {LATEST} of {self.total:,} values" if self.total > LATEST else ""


def tests(groups: Iterable[Sequence[Line]], code: str, look: Look) -> tuple[TestView, ...]:
    """One view for each test, given its lines, newest first."""
    return tuple(_test(group, code, look) for group in groups)


def _test(group: Sequence[Line], code: str, look: Look) -> TestView:
    shown = group[1 : EARLIER + 1]
    total = len(group)
    lead = group[0].lead
    return TestView(
        name=called(lead, look) + (" at home" if is_at_home(lead.group) else ""),
        latest=line_view(group[0], code, look),
        earlier=tuple(_earlier(line, lead.text, look) for line in shown),
        total=total,
        showing=f"Showing {1 + len(shown)} of {total}" if total > 1 + len(shown) else "",
        trend=trend(group[:LATEST]),
    )


def _earlier(line: Line, name: str, look: Look) -> Earlier:
    lead = line.lead
    return Earlier(
        key=f"{lead.statement.type}/{lead.statement.local_id}",
        name=lead.text if lead.text != name else "",
        value=value(lead) or words.status(lead.status or "unknown"),
        when=formats.day(lead.when),
        flag=lead.fields.get("interpretation", ""),
        differences=tuple(disagreement(one, look) for one in line.differences),
    )
