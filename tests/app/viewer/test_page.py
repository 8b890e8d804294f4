"""The words of the record page: nothing lost, nothing silently absent, no disagreement hidden."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from msgspec import structs

from app.viewer import html, words
from app.viewer.look import look
from app.viewer.page import COLUMNS, aside
from app.viewer.whole import SHEET, whole_view
from fhir.absence import SectionState, Source
from fhir.record import combine
from fhir.whereabouts import protected
from tests.build import GP, HOSPITAL, SNOMED, allergy, concept, order, problem, say, status
from tests.pages import (
    ELM,
    EVERYTHING,
    NOW,
    OAK,
    ON_TIME,
    PATIENT,
    all_lines,
    flag,
    page_of,
    person,
    result,
    section_of,
)


def test_the_banner_names_the_person_in_the_fixed_form():
    banner = page_of([person()]).banner
    assert banner.name == "SMITH, John (Mr)"
    assert (banner.born, banner.age, banner.gender) == ("14-Jul-1945", "81y", "Male")
    assert banner.nhs_number.replace("\N{NO-BREAK SPACE}", " ") == "943 476 5919"
    assert dict(banner.details)["Phone and email"] == "0113 496 0999 (home)"


def test_what_sources_say_of_an_nhs_number_is_words_also_where_they_differ():
    def traced(source, code):
        url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
        said = {"url": url, "valueCodeableConcept": {"coding": [{"code": code}]}}
        number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919", "extension": [said]}
        return person(source, identifier=[number])

    (line,) = all_lines(section_of(page_of([traced(GP, "01"), traced(HOSPITAL, "02")]), "demographics"))
    assert "Number present and verified" in dict(line.facts)["NHS number status"] + str(line.differences)
    assert {said for said, _ in line.differences[0].values} == {
        "Number present and verified", "Number present but not traced",
    }  # fmt: skip


def test_a_dead_person_is_shown_as_dead_even_when_one_source_does_not_know():
    banner = page_of([person(), person(HOSPITAL, deceasedDateTime="2026-02-03")]).banner
    assert (banner.died, banner.age_at_death, banner.age) == ("03-Feb-2026", "80y", "")


def test_a_restricted_person_has_no_whereabouts_anywhere():
    hidden = Source("gp-1", "A GP practice", "gp", EVERYTHING, ON_TIME)
    told = (person(), allergy(GP, concept("Penicillin"), recorder={"display": "Dr Lee"}))
    said = [protected(one, "gp-1") for one in told]
    page = page_of(said, (hidden,), restricted=True)
    lines = html.lines(line for column in page.columns for section in column for line in all_lines(section))
    shown = str(page) + lines
    assert not [place for place in ("High Street", "LS1", "0113", "496 0999", "Dr Lee") if place in shown]


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        ({}, SectionState.NOTHING_RECORDED, "not recorded"),
        (
            {"late_since": datetime(2026, 11, 23, 9, 12, tzinfo=UTC)},
            SectionState.UNAVAILABLE,
            "not reached since 09:12",
        ),
        ({"last_success": None}, SectionState.UNAVAILABLE, "has never delivered"),
        ({"categories": frozenset()}, SectionState.NOT_CONNECTED, "no provider that sends these"),
        ({"withheld": EVERYTHING}, SectionState.WITHHELD, "Items excluded due to confidentiality"),
    ],
)
def test_an_empty_section_says_which_kind_of_nothing_it_is(change, state, said):
    section = section_of(page_of([], (replace(ELM, **change),)), "allergies")
    assert section.state is state
    assert said in " ".join([section.empty, *(notice.words for notice in section.notices)])


def test_every_state_has_words():
    for state in SectionState:
        assert bool(words.empty("Allergies", state)) is (state is not SectionState.HAS_ITEMS)


def test_no_known_allergies_names_who_said_so_and_when():
    none = allergy(GP, concept("No known allergies", (SNOMED, "716186003")), recordedDate="2026-03-05")
    page = page_of([none])
    assert section_of(page, "allergies").stated == ("No known allergies – stated by Elm Surgery, 05-Mar-2026",)
    assert page.banner.allergies == "No known allergies"


def test_no_known_allergies_is_marked_where_an_allergy_contradicts_it():
    none = allergy(GP, concept("No known allergies", (SNOMED, "716186003")))
    page = page_of([none, allergy(HOSPITAL, concept("Penicillin"))])
    section = section_of(page, "allergies")
    assert section.stated == ()
    assert page.banner.allergies == "Known allergies: Penicillin"
    marks = {line.parts[0]: [kind for kind, _ in line.marks] for line in all_lines(section)}
    assert "contradicted" in marks["No known allergies"]


def test_a_difference_shows_both_values_and_who_says_which():
    metformin = concept("Metformin 500mg tablets", ("https://dmd.nhs.uk", "325278007"))
    page = page_of([order(GP, metformin, "500 mg twice a day"), order(HOSPITAL, metformin, "1000 mg twice a day")])
    (line,) = all_lines(section_of(page, "medications"))
    assert ("differ", words.DIFFER) in line.marks
    (dose,) = line.differences
    assert set(dose.values) == {("500 mg twice a day", "Elm Surgery"), ("1000 mg twice a day", "Oak Hospital")}
    shown = html.lines([line])
    assert "Sources differ" in shown
    assert "Elm Surgery" in shown
    assert "Oak Hospital" in shown


def test_a_refuted_and_confirmed_problem_is_disputed_and_not_folded_away():
    infarct = concept("Myocardial infarction", (SNOMED, "22298006"))
    page = page_of([problem(GP, infarct), problem(HOSPITAL, infarct, verificationStatus=status("refuted"))])
    (line,) = all_lines(section_of(page, "problems"))
    assert ("disputed", words.DISPUTED) in line.marks
    assert not any(block.folded for block in section_of(page, "problems").blocks)


def test_an_irregular_statement_says_so():
    odd = structs.replace(problem(GP, concept("Asthma")), irregular=("onset: not a date",))
    (line,) = all_lines(section_of(page_of([odd]), "problems"))
    assert ("irregular", "Sent in a form that is not valid; check with the source") in line.marks


def test_results_show_the_latest_with_the_range_its_source_gave_and_count_the_rest():
    readings = [result("4.10", f"2026-0{month}-01T09:00:00Z") for month in range(1, 9)]
    range_ = {"referenceRange": [{"text": "3.5 to 5.3"}], "interpretation": [{"text": "High"}]}
    page = page_of([*readings, result("6.10", "2026-09-01T09:00:00Z", **range_)])
    (test,) = section_of(page, "results").blocks[0].tests
    assert (test.latest.value, test.latest.flag, test.latest.range) == ("6.10 mmol/L", "High", "range 3.5 to 5.3")
    assert test.showing == "Showing 3 of 9"


def test_an_earlier_value_on_which_sources_differ_shows_each_value_and_leads_to_all():
    when = "2018-11-16T09:00:00Z"
    earlier = [result("32", when), result("23", when, HOSPITAL)]
    section = section_of(page_of([result("50", "2026-01-01"), *earlier]), "results")
    (test,) = section.blocks[0].tests
    (difference,) = test.earlier[0].differences
    assert set(difference.values) == {("32 mmol/L", "Elm Surgery"), ("23 mmol/L", "Oak Hospital")}
    shown = html.tests([test], "/all?asAt=2026-10-01")
    assert "<strong>23 mmol/L</strong> Oak Hospital" in shown
    assert shown.count("All values") == 1


def test_a_result_without_a_range_is_never_flagged():
    (test,) = section_of(page_of([result(0, "2026-09-01")]), "results").blocks[0].tests
    assert (test.latest.value, test.latest.flag, test.latest.range) == ("0 mmol/L", "", "no range given")


def test_alerts_name_who_was_asked_when_there_are_none():
    assert page_of([]).alerts.none == "No alerts recorded by Elm Surgery and Oak Hospital."


def test_alerts_that_could_not_be_asked_for_are_not_absent():
    silent = replace(ELM, last_success=None)
    assert "Alerts unavailable" in page_of([], (silent,)).alerts.none


def test_alerts_stand_in_their_fixed_order():
    texts = ("Needs an interpreter", "Violent to staff", "Child protection plan", "Not for resuscitation (DNACPR)")
    page = page_of([flag(text) for text in texts])
    assert [group.lines[0].parts[0] for group in page.alerts.groups] == list(reversed(texts))


def test_an_allergy_to_a_current_medicine_is_to_be_checked():
    page = page_of(
        [allergy(GP, concept("Allergy to penicillin")), order(HOSPITAL, concept("Amoxicillin 500mg capsules"))]
    )
    (group,) = [group for group in page.alerts.groups if group.notes]
    assert "Amoxicillin 500mg capsules" in group.notes[0]


def test_what_is_late_silent_withheld_or_not_connected_is_said():
    late = replace(ELM, late_since=datetime(2026, 11, 20, 9, 0, tzinfo=UTC))
    page = page_of([], (late, replace(OAK, last_success=None)))
    said = " ".join(gap.words for gap in page.gaps.rows)
    assert "Elm Surgery is late: nothing received since 20-Nov-2026 09:00." in said
    assert "Oak Hospital has never delivered" in said
    assert "Social care is not connected to this record." in said


def test_the_page_of_an_earlier_moment_says_that_it_is_not_the_current_record():
    page = page_of([], as_at=datetime(2026, 3, 5, 14, 2, tzinfo=UTC))
    assert page.strip == "As at 05-Mar-2026 14:02 – this is not the current record"


def many():
    """Two sources' statements of many kinds, some withdrawn, one not interpretable."""
    found = [person(), person(HOSPITAL), flag("Falls")]
    for n in range(60):
        source = (GP, HOSPITAL)[n % 2]
        found.append(result(n, f"2025-{n % 12 + 1:02}-01T09:00:00Z", source))
        found.append(problem(source, concept(f"Problem {n % 40}"), recordedDate="2020-01-02"))
        found.append(
            order(source, concept(f"Medicine {n % 30}"), f"{n} tablets", status="stopped" if n % 3 else "active")
        )
        found.append(say(source, {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
                                  "period": {"start": f"2024-01-{n % 28 + 1:02}T10:00:00Z"}}))  # fmt: skip
    found.append(problem(GP, concept("Wrong"), verificationStatus=status("entered-in-error")))
    found.append(say(GP, {"resourceType": "Observation", "modifierExtension": [{"url": "x"}], "code": concept("Odd")}))
    return found


def test_no_statement_is_lost_on_the_way_to_the_page():
    statements = many()
    record = combine(statements, (ELM, OAK))
    seen = look(PATIENT, NOW, (ELM, OAK))
    shown = {row.id for each in aside(record, seen, whole=True) for row in each.rows}
    for section in record.sections:
        for line in all_lines(whole_view(section, seen)):
            shown |= {one.id for one in line.originals}
    assert shown == {statement.id for statement in statements}


def test_every_section_counts_what_it_does_not_show():
    page = page_of(many())
    for column in page.columns:
        for section in column:
            shown = len(all_lines(section)) + sum(len(t.earlier) for b in section.blocks for t in b.tests)
            said = any(b.showing for b in section.blocks) or any(t.showing for b in section.blocks for t in b.tests)
            assert said or not section.count or shown == int(section.number)


def test_safety_sections_are_always_whole():
    page = page_of(many())
    for code in ("allergies", "problems", "medications", "care-plans", "flags"):
        assert not [block for block in section_of(page, code).blocks if block.showing and not block.folded]


def test_every_section_of_the_record_is_on_the_page_once():
    page = page_of([])
    shown = [section.code for column in page.columns for section in column]
    assert sorted(shown) == sorted(EVERYTHING)
    assert {code for column in COLUMNS for code in column} == EVERYTHING


def test_words_from_a_source_are_shown_as_words_and_never_run():
    page = page_of([problem(GP, concept("<script>alert(1)</script>"), note=[{"text": "<b onclick=x>"}])])
    shown = html.lines(all_lines(section_of(page, "problems")))
    assert "<script" not in shown
    assert "<b onclick" not in shown
    assert "&lt;script&gt;" in shown


def test_a_long_section_is_read_sheet_by_sheet_and_counted():
    readings = [result(n, f"20{n % 20 + 10}-01-01T{n % 24:02}:{n % 60:02}:00Z") for n in range(SHEET + 20)]
    section = combine(readings, (ELM,)).section("results")
    seen = look(PATIENT, NOW, (ELM,))
    first, second = (whole_view(section, seen, first=start).blocks[0] for start in (0, SHEET))
    assert first.showing == "Showing 1 to 500 of 520"
    assert [said for said, _ in first.links] == ["Next"]
    assert {line.key for line in (*first.lines, *second.lines)} == {f"Observation/{r.local_id}" for r in readings}


def test_all_values_of_one_test_leave_the_others_out_and_say_so():
    potassium = [result("4.1", "2026-01-01"), result("4.2", "2026-02-01")]
    sodium = {"resourceType": "Observation", "status": "final", "code": concept("Sodium"), "valueInteger": 140}
    other = say(HOSPITAL, sodium | {"id": potassium[1].local_id})  # a name that means another thing elsewhere
    section = combine([*potassium, other], (ELM,)).section("results")
    (block,) = whole_view(section, look(PATIENT, NOW, (ELM,)), of=potassium[1].id).blocks
    assert [line.value for line in block.lines] == ["4.2 mmol/L", "4.1 mmol/L"]
    assert block.showing == "Showing 2 of 3"


def test_what_must_not_be_done_is_marked_and_family_history_stands_apart():
    request = say(GP, {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "doNotPerform": True,
                       "code": concept("MRI scan"), "authoredOn": "2026-12-01T10:00:00Z"})  # fmt: skip
    page = page_of([request, problem(GP, concept("Family history of stroke")), problem(GP, concept("Gout"))])
    (scan,) = all_lines(section_of(page, "encounters"))
    assert ("stop", words.NOT_DO) in scan.marks
    own, other = section_of(page, "problems").blocks
    assert [line.parts for line in own.lines] == [("Gout",)]
    assert (other.title, other.folded) == ("Family history and impressions (1)", True)
