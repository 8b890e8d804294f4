"""What may be hidden is never read as "none", and what anybody still says is never read as over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.viewer import html
from app.viewer.look import look
from app.viewer.unseen import unseen
from fhir.record import combine
from tests.build import GP, HOSPITAL, SNOMED, allergy, concept, order, problem, status
from tests.pages import ELM, EVERYTHING, NOW, OAK, PATIENT, all_lines, flag, page_of, section_of

NONE_KNOWN = concept("No known allergies", (SNOMED, "716186003"))
PENICILLIN = concept("Penicillin", (SNOMED, "373270004"))
WITHHELD = replace(ELM, withheld=EVERYTHING)
LATE = {"late_since": datetime(2026, 11, 23, 9, 12, tzinfo=UTC)}
EXCLUDED = "Items excluded due to confidentiality and/or patient preferences. Elm Surgery"


def penicillin_of_two():
    """The practice: active, low criticality. The hospital, years ago: resolved, high criticality."""
    return [
        allergy(GP, PENICILLIN, criticality="low", recordedDate="2026-02-01"),
        allergy(HOSPITAL, PENICILLIN, criticality="high", recordedDate="2019-02-01", clinicalStatus=status("resolved")),
    ]


def test_an_allergy_that_one_source_still_calls_active_is_current_everywhere():
    page = page_of([*penicillin_of_two(), order(GP, concept("Amoxicillin 500mg capsules"))])
    assert (page.banner.allergies, page.banner.has_allergies) == ("Known allergies: Penicillin", True)
    assert [group.title for group in page.alerts.groups] == ["Check: allergy and current medicine"]
    (line,) = all_lines(section_of(page, "allergies"))
    assert (line.status, line.past) == ("Active", False)
    assert "Resolved" in html.lines([line])


def test_none_known_is_contradicted_by_an_allergy_that_one_source_still_calls_active():
    page = page_of([*penicillin_of_two(), allergy(HOSPITAL, NONE_KNOWN)])
    assert page.banner.allergies == "Known allergies: Penicillin"
    marks = {line.parts[0]: [kind for kind, _ in line.marks] for line in all_lines(section_of(page, "allergies"))}
    assert "contradicted" in marks["No known allergies"]


def test_allergies_that_are_all_over_are_not_called_not_recorded():
    page = page_of([allergy(GP, PENICILLIN, clinicalStatus=status("resolved"))])
    assert page.banner.allergies == "No current allergies recorded; 1 past entry"


def test_none_known_says_in_the_banner_who_said_it_where_and_when():
    none = allergy(GP, NONE_KNOWN, recordedDate="2026-03-05", recorder={"display": "Dr A Lee"})
    banner = page_of([none]).banner
    assert (banner.allergies, banner.allergies_when) == (
        "No known allergies", "stated by Dr A Lee, Elm Surgery, 05-Mar-2026",
    )  # fmt: skip
    assert banner.allergies_hidden == banner.risks_hidden == ()


@pytest.mark.parametrize("said", [[], [allergy(HOSPITAL, NONE_KNOWN)], [allergy(HOSPITAL, PENICILLIN)]])
def test_what_a_practice_withholds_is_said_in_the_banner_and_before_one_acts(said):
    page = page_of(said, (WITHHELD, OAK))
    assert page.banner.allergies_hidden == page.banner.risks_hidden == (EXCLUDED,)
    assert [(notice.state, notice.sources[0].name) for notice in page.alerts.notices] == [("withheld", "Elm Surgery")]


def test_no_alerts_is_said_only_of_those_who_could_be_asked():
    page = page_of([], (WITHHELD, OAK))
    assert page.alerts.none == "No alerts recorded by Oak Hospital."
    assert page.banner.risks == "No alerts recorded by those that could be asked"


@pytest.mark.parametrize(
    ("source", "said"), [(replace(ELM, **LATE), "unavailable"), (replace(ELM, last_success=None), "unavailable"),
                         (WITHHELD, "withheld"), (replace(ELM, categories=frozenset()), "unavailable")],
)  # fmt: skip
def test_where_nobody_could_be_asked_banner_and_panel_say_the_same(source, said):
    page = page_of([], (source,))
    assert page.banner.risks == f"Alerts {said}"
    assert page.alerts.none.startswith(f"Alerts {said}")
    assert page.banner.allergies == f"Allergies {said}"


def test_no_section_counts_nought_where_something_may_be_hidden():
    shown = {
        source: section_of(page_of([], (source, OAK)), "problems").number
        for source in (ELM, WITHHELD, replace(ELM, last_success=None))
    }
    assert list(shown.values()) == ["0", "withheld", "unavailable"]
    assert section_of(page_of([], (replace(ELM, categories=frozenset()),)), "problems").number == "not connected"


def test_a_late_source_that_holds_items_says_in_each_of_its_sections_that_later_ones_may_be_missing():
    page = page_of([problem(GP, concept("Asthma")), allergy(GP, NONE_KNOWN), flag("Falls")], (replace(ELM, **LATE),))
    for code in ("problems", "allergies", "flags"):
        (notice,) = section_of(page, code).notices
        assert notice.words == "Elm Surgery not reached since 09:12; later items may be missing"
    assert page.banner.risks == "1 alert"
    assert page.banner.risks_hidden == ("Elm Surgery not reached since 09:12; items may be missing",)


def test_a_list_of_everything_says_whose_later_items_it_may_lack():
    late = (replace(ELM, **LATE),)
    lacking = unseen(combine([problem(GP, concept("Asthma"))], late), look(PATIENT, NOW, late))
    assert any(one.sections == "later items of Problems" for one in lacking), lacking
