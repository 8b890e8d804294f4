"""A trend draws what sources wrote, and says in words whatever it leaves out."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.viewer import html
from app.viewer.look import look
from app.viewer.sections import section_view
from app.viewer.trends import trend
from app.viewer.whole import whole_view
from fhir.absence import Source
from fhir.record import combine
from tests.build import GP, HOSPITAL, LOINC, SNOMED, amount, concept, say

POTASSIUM = concept("Potassium", (LOINC, "2823-3"))
RANGE = {"referenceRange": [{"low": amount("3.5", "mmol/L"), "high": amount("5.3", "mmol/L")}]}
NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
BOTH = tuple(Source(ods, ods, "gp", frozenset({"results"}), NOW) for ods in (GP, HOSPITAL))
SEEN = look(UUID(int=1), NOW, BOTH)


def result(value, when, source=GP, unit="mmol/L", **more):
    body = {"resourceType": "Observation", "status": "final", "code": POTASSIUM, "effectiveDateTime": when}
    quantity = {"valueQuantity": amount(value, unit)} if value else {}
    return say(source, {**body, **quantity, **more})


def results_of(*statements):
    return combine(statements, BOTH).section("results")


def trend_of(*statements):
    return trend(results_of(*statements).lines)


def drawn_of(*statements):
    """The tests of the section as the record page shows them."""
    return html.tests(section_view(results_of(*statements), SEEN).blocks[0].tests, "/all")


def xs(found):
    return [round(point.along, 2) for point in found.points]


def test_points_stand_at_their_time_and_height():
    found = trend_of(result("4.0", "2026-01-01"), result("5.0", "2026-01-11"), result("4.25", "2026-01-31"))
    assert xs(found) == [0, 0.33, 1]
    assert [point.heights for point in found.points] == [(0.0,), (1.0,), (0.25,)]
    assert (found.scale, found.span) == ("4.0 to 5.0 mmol/L", "01-Jan-2026 to 31-Jan-2026")
    assert found.left_out == ()


def test_a_small_change_does_not_look_large():
    found = trend_of(result("94", "2026-01-01", unit="%"), result("95", "2026-01-11", unit="%"))
    low, high = (point.heights[0] for point in found.points)
    assert 0.4 < low < high < 0.6
    flat = trend_of(result("0", "2026-01-01"), result("0", "2026-01-11"))
    assert [point.heights for point in flat.points] == [(0.5,), (0.5,)]


def test_one_value_and_values_of_one_moment_are_no_trend():
    assert trend_of(result("4.0", "2026-01-01")) is None
    assert trend_of(result("4.0", "2026-01-01"), result("4.2", "2026-01-01")) is None


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"value": "72", "unit": "mg/dL"}, "72 mg/dL on 15-Jan-2026 (other unit)"),
        ({"value": "4.1", "unit": ""}, "4.1 on 15-Jan-2026 (no unit given)"),
        ({"value": "4.1", "status": "preliminary"}, "4.1 mmol/L on 15-Jan-2026 (provisional)"),
        ({"value": "4.1", "status": "cancelled"}, "4.1 mmol/L on 15-Jan-2026 (cancelled)"),
        ({"value": "4.1", "when": "2026"}, "4.1 mmol/L on 2026 (no exact date)"),
        ({"value": "", "valueString": "haemolysed"}, "haemolysed on 15-Jan-2026 (not a single number)"),
        ({"value": ""}, "No value on 15-Jan-2026 (no value)"),
        (
            {"value": "", "valueQuantity": {**amount("2.0", "mmol/L"), "comparator": "<"}},
            "<2.0 mmol/L on 15-Jan-2026 (not a single number)",
        ),
    ],
)
def test_what_is_not_drawn_is_said_with_its_reason(odd, said):
    odd = {"when": "2026-01-15", **odd}
    found = trend_of(result("4.0", "2026-01-01"), result("5.0", "2026-01-31"), result(**odd))
    assert xs(found) == [0, 1]
    assert found.left_out == (said,)


def test_where_sources_differ_on_the_value_neither_is_drawn():
    differing = (result("4.1", "2026-01-15T10:00:00Z"), result("6.1", "2026-01-15T10:00:00Z", HOSPITAL))
    found = trend_of(result("4.0", "2026-01-01"), result("5.0", "2026-01-31"), *differing)
    assert len(found.points) == 2
    assert found.left_out[0].endswith("(sources differ)")


def test_two_spellings_of_one_unit_are_one_unit():
    found = trend_of(result("120", "2026-01-01", unit="mmHg"), result("130", "2026-01-31", unit="mm[Hg]"))
    assert len(found.points) == 2


def test_the_band_is_the_range_that_came_with_every_value():
    found = trend_of(result("4.0", "2026-01-01", **RANGE), result("7.1", "2026-01-31", **RANGE))
    assert found.range == "3.5 mmol/L to 5.3 mmol/L"
    assert found.band == (0.0, 0.5)


def ranges(*found):
    return {"referenceRange": list(found)}


PLAIN = RANGE["referenceRange"][0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (RANGE, {}),
        ({}, RANGE),
        (RANGE, ranges({**PLAIN, "low": amount("3.4", "mmol/L")})),
        (ranges({"text": "3.5 to 5.3"}), ranges({"text": "3.5 to 5.3"})),
        (ranges({**PLAIN, "low": amount("63", "mg/dL")}), ranges({**PLAIN, "low": amount("63", "mg/dL")})),
        (ranges({**PLAIN, "low": {"value": 3, "comparator": ">"}}),) * 2,
        (ranges(PLAIN, PLAIN), ranges(PLAIN, PLAIN)),
        (ranges({"low": PLAIN["high"], "high": PLAIN["low"]}),) * 2,
    ],
)
def test_without_one_plain_range_for_all_there_is_no_band(first, second):
    found = trend_of(result("4.0", "2026-01-01", **first), result("5.0", "2026-01-31", **second))
    assert len(found.points) == 2
    assert (found.band, found.range) == (None, "")


def test_an_open_range_has_one_edge():
    upto = {"referenceRange": [{"high": amount("5.3", "mmol/L")}]}
    found = trend_of(result("4.3", "2026-01-01", **upto), result("4.8", "2026-01-31", **upto))
    assert found.band == (None, 1.0)
    drawn = drawn_of(result("4.3", "2026-01-01", **upto), result("4.8", "2026-01-31", **upto))
    assert drawn.count("trend-edge") == 1


def pressure(upper, lower, when):
    parts = [
        {"code": concept("Systolic", (LOINC, "8480-6")), "valueQuantity": amount(upper, "mmHg")},
        {"code": concept("Diastolic", (LOINC, "8462-4")), "valueQuantity": amount(lower, "mmHg")},
    ]
    return result("", when, code=concept("Blood pressure", (LOINC, "85354-9")), component=parts)


def test_a_blood_pressure_is_two_heights_at_one_time():
    found = trend_of(pressure(140, 80, "2026-01-01"), pressure(130, 60, "2026-01-31"))
    assert [point.heights for point in found.points] == [(1.0, 0.25), (0.875, 0.0)]
    assert found.said == ("140/80 mmHg on 01-Jan-2026", "130/60 mmHg on 31-Jan-2026")


def test_the_picture_has_a_title_and_a_description_and_no_style_of_its_own():
    drawn = drawn_of(*(result(f"4.{n}0", f"2026-01-{n + 10}", **RANGE) for n in range(9)))
    title, described = re.search(r'aria-labelledby="(\S+)" aria-describedby="(\S+)"', drawn).groups()
    assert f'<title id="{title}">Trend of Potassium, 6 values</title>' in drawn
    assert f'<desc id="{described}">4.30 mmol/L on 13-Jan-2026; ' in drawn
    assert "Latest 6 of 9 values" in drawn
    assert "Band: range given, 3.5 mmol/L to 5.3 mmol/L" in drawn
    assert "style=" not in drawn
    assert drawn.count("<circle") == 6


def test_a_trend_always_leads_to_the_table_of_all_its_values():
    assert "All values" in drawn_of(result("4.0", "2026-01-01"), result("5.0", "2026-01-31"))


def test_the_table_holds_every_value_as_it_was_sent():
    sent = [result(f"4.{n}0", f"2026-01-{n + 10}T09:3{n}:00Z") for n in range(9)]
    odd = result("", "2026-02-01", valueQuantity={**amount("0.30", "mmol/L"), "comparator": "<"}, **RANGE)
    section = results_of(*sent, odd)
    (block,) = whole_view(section, SEEN, of=odd.id).blocks
    assert [(row.when, row.value) for row in block.values.rows] == [
        ("01-Feb-2026", "<0.30 mmol/L"),
        *((f"{n + 10}-Jan-2026 09:3{n}", f"4.{n}0 mmol/L") for n in reversed(range(9))),
    ]
    assert block.values.caption == "Potassium: 10 values, newest first"
    table = html.values(block.values)
    assert "&lt;0.30 mmol/L" in table
    assert table.count('<th scope="row">') == 10


def test_words_from_a_source_stay_words_in_picture_and_table():
    evil = "<script>alert(1)</script>"
    code = concept(evil, (LOINC, "2823-3"))
    sent = [result("4.0", f"2026-01-0{n}", unit=evil, code=code) for n in (1, 2)]
    (block,) = whole_view(results_of(*sent), SEEN, of=sent[0].id).blocks
    assert block.values.trend
    assert "<script" not in html.values(block.values) + drawn_of(*sent)


def electrolyte(name, value, when):
    """A result whose only code is as coarse as `Blood test`: its words alone say which it is."""
    return result(value, when, code=concept(name, (SNOMED, "396550006")))


def test_two_tests_under_one_coarse_code_are_never_drawn_as_one():
    told = (
        electrolyte("Serum sodium", "140", "2026-01-03"),
        electrolyte("Sodium", "139", "2026-01-02"),
        electrolyte("Potassium", "4.1", "2026-01-01"),
    )
    found = trend_of(*told)
    assert (found.scale, found.left_out) == ("139 to 140 mmol/L", ("4.1 mmol/L on 01-Jan-2026 (called Potassium)",))
    shown = drawn_of(*told)
    assert 'Potassium <span class="value">4.1 mmol/L</span>' in shown
    assert 'Sodium <span class="value">139 mmol/L</span>' in shown


def test_the_table_of_values_says_what_each_is_called():
    told = [electrolyte("Sodium", "140", "2026-01-03"), electrolyte("Potassium", "4.1", "2026-01-01")]
    section = results_of(*told)
    opened = whole_view(section, SEEN, of=section.lines[0].lead.statement.id)
    rows = next(block.values.rows for block in opened.blocks if block.values)
    assert [row.marks for row in rows] == ["", "Called Potassium"]
