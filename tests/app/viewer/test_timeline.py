"""The timeline: everything once, newest first, by month, and what has no date at the end."""

from datetime import UTC, datetime
from uuid import UUID

from app.viewer.finding import search
from app.viewer.look import look
from app.viewer.timeline import SHEET, timeline
from fhir.absence import SectionState, Source
from fhir.record import SECTIONS, combine
from tests.build import GP, HOSPITAL, concept, problem, say

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
EVERYTHING = frozenset(module.CODE for module in SECTIONS)
BOTH = tuple(Source(ods, ods, "gp", EVERYTHING, NOW) for ods in (GP, HOSPITAL))


def listed(*statements, first=0):
    return timeline(combine(statements, BOTH), look(UUID(int=1), NOW, BOTH), first)


def dated(words, when, source=GP):
    return problem(source, concept(words), **({"recordedDate": when} if when else {}))


def test_the_newest_comes_first_by_month_and_the_undated_last():
    found = listed(
        dated("Old", "2010-05-06"), dated("No date", ""), dated("A year", "2026"), dated("January", "2026-01-02"),
        dated("Late March", "2026-03-30"), dated("Early March", "2026-03-02"), dated("A month", "2026-03"),
        dated("Booked", "2027-01-05"),
    )  # fmt: skip
    assert [(month.title, [line.parts[0] for line in month.lines]) for month in found.months] == [
        ("Jan-2027", ["Booked"]),
        ("Mar-2026", ["Late March", "Early March", "A month"]),
        ("Jan-2026", ["January"]),
        ("2026, month not given", ["A year"]),
        ("May-2010", ["Old"]),
        ("No date given", ["No date"]),
    ]
    assert [month.count for month in found.months][:2] == ["1 line", "3 lines"]
    assert found.years == (("2027", 1, 0), ("2026", 5, 1), ("2010", 1, 6), ("No date given", 1, 7))
    assert (found.count, found.showing) == ("8 lines", "")


def test_each_line_says_its_section_its_source_and_its_date_and_time():
    met = say(HOSPITAL, {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
                         "period": {"start": "2026-07-01T23:30:00Z"}})  # fmt: skip
    (month,) = listed(met).months
    (line,) = month.lines
    assert month.title == "Jul-2026"
    assert line.when == "02-Jul-2026 00:30"
    assert line.facts[0] == ("Section", "Encounters and appointments")
    assert [one.mark for one in line.sources] == [HOSPITAL]


def test_a_moment_just_before_a_british_midnight_stands_in_its_british_month():
    met = say(GP, {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
                   "period": {"start": "2026-06-30T23:30:00Z"}})  # fmt: skip
    assert listed(met).months[0].title == "Jul-2026"


def test_no_line_is_lost_between_sheets():
    statements = [dated(f"Problem {n}", f"{2000 + n % 20}-{n % 12 + 1:02}-{n % 28 + 1:02}") for n in range(SHEET + 40)]
    first, second = listed(*statements), listed(*statements, first=SHEET)
    assert first.showing == "Showing 1 to 500 of 540"
    assert first.links == (("Older", {"from": "500"}),)
    assert second.links == (("Newer", {"from": "0"}),)
    shown = [line.key for sheet in (first, second) for month in sheet.months for line in month.lines]
    assert sorted(shown) == sorted(f"Condition/{one.local_id}" for one in statements)
    assert sum(number for _, number, _ in first.years) == 540
    split = [month.count for month in (*first.months, *second.months) if "here" in month.count]
    assert len(split) in (0, 2)


def test_a_year_leads_to_its_first_line():
    statements = [dated(f"Problem {n}", f"{2000 + n}-05-05") for n in range(9)]
    found = listed(*statements)
    for year, _, first in found.years:
        assert listed(*statements, first=first).months[0].title == f"May-{year}"


def test_what_is_withheld_or_not_reached_is_said_above_the_list_and_above_what_was_searched():
    hidden = Source("X", "Oak Hospital", "acute", EVERYTHING, NOW, withheld=frozenset({"allergies", "problems"}))
    late = Source("Y", "Elm Surgery", "gp", EVERYTHING, None)
    record, seen = combine([dated("Gout", "2026-01-02")], (*BOTH, hidden, late)), look(UUID(int=1), NOW, (hidden, late))
    for found in (timeline(record, seen).unseen, search(record, seen, "gout").unseen):
        assert [(one.state, one.sections, [s.name for s in one.sources]) for one in found] == [
            (SectionState.WITHHELD, "Allergies and adverse reactions; Problems", ["Oak Hospital"]),
            (SectionState.UNAVAILABLE, "all sections", ["Elm Surgery"]),
        ]
    assert timeline(combine([], BOTH), seen).unseen == ()
