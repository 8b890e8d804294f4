"""Searching one record: every line that has the words, and never a quiet nothing."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.viewer import finding
from app.viewer.look import look
from fhir.absence import Source
from fhir.record import SECTIONS, combine
from fhir.whereabouts import protected
from tests.build import GP, HOSPITAL, LOINC, SNOMED, allergy, amount, concept, order, problem, say, status

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
EVERYTHING = frozenset(module.CODE for module in SECTIONS)
ELM, OAK = (Source(ods, name, "gp", EVERYTHING, NOW) for ods, name in ((GP, "Elm Surgery"), (HOSPITAL, "Oak Hospital")))


def search(asked, *statements, **more):
    return finding.search(combine(statements, (ELM, OAK)), look(UUID(int=1), NOW, (ELM, OAK), **more), asked)


def test_the_words_are_found_in_every_section_and_the_rest_is_counted():
    penicillin = concept("Penicillin V")
    found = search(
        "PENICILLIN", allergy(GP, penicillin), order(HOSPITAL, penicillin, "250 mg"), problem(GP, concept("Asthma"))
    )
    assert [one.code for one in found.sections] == ["allergies", "medications"]
    assert found.showing == "Showing 2 of 3 lines"


@pytest.mark.parametrize(
    "asked",
    [
        "asthma severe",
        "severe  ASTHMA",
        "Lee",
        "195967001",
        "inhaler",
        "05-mar-2026",
        "elm surgery",
        "disorder",
        "cafe",
    ],
)
def test_a_line_is_found_by_anything_that_it_or_a_statement_behind_it_says(asked):
    asthma = problem(
        GP,
        concept("Severe asthma", (SNOMED, "195967001", "Asthma (disorder)")),
        recordedDate="2026-03-05",
        recorder={"display": "Dr A Lee"},
        note=[{"text": "Uses an inhaler. Met at the Café."}],
    )
    assert len(search(asked, asthma, problem(GP, concept("Gout"))).sections) == 1


def test_every_word_must_be_there():
    assert search("severe gout", problem(GP, concept("Severe asthma")), problem(GP, concept("Gout"))).sections == ()


def test_a_line_on_which_sources_differ_is_found_by_either_and_shows_both():
    metformin = concept("Metformin 500mg tablets", ("https://dmd.nhs.uk", "325278007"))
    orders = (order(GP, metformin, "500 mg twice a day"), order(HOSPITAL, metformin, "1000 mg at night"))
    for asked in ("twice", "night"):
        (line,) = search(asked, *orders).sections[0].lines
        assert {value for value, _ in line.differences[0].values} == {"500 mg twice a day", "1000 mg at night"}
        assert {one.mark for one in line.sources} == {GP, HOSPITAL}


def test_what_was_withdrawn_is_found_too():
    wrong = allergy(GP, concept("Penicillin"), verificationStatus=status("entered-in-error"))
    found = search("penicillin", wrong)
    assert (found.sections, [row.text for row in found.rows]) == ((), ["Penicillin"])


def test_the_whereabouts_of_a_restricted_person_cannot_be_found_out_by_asking():
    met = say(
        GP,
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"code": "AMB"},
            "location": [{"location": {"display": "Hidden House"}}],
            "reasonCode": [concept("", (SNOMED, "49727002", "Cough"))],
        },
    )
    hidden = protected(met, "gp-1")
    assert len(search("hidden house", met).sections) == 1
    assert search("hidden house", hidden, restricted=True).sections == ()
    assert len(search("cough", hidden, restricted=True).sections) == 1


def test_asking_for_nothing_is_said():
    assert search("  ", problem(GP, concept("Asthma"))).error == finding.NOTHING_ASKED


def potassium(n):
    when = f"20{n % 30 + 10}-01-01T{n % 24:02}:{n % 60:02}:00Z"
    code = concept("Potassium", (LOINC, "2823-3"))
    body = {"resourceType": "Observation", "status": "final", "code": code, "effectiveDateTime": when}
    return say(GP, {**body, "valueQuantity": amount(n, "mmol/L")})


def test_more_than_can_be_read_is_counted():
    found = search("potassium", *map(potassium, range(finding.MOST + 30)))
    assert found.showing == "Showing 500 of 530 lines found, of 530 in all. Add a word to see fewer."
    assert sum(len(one.lines) for one in found.sections) == 500
    assert found.sections[0].count == "530 lines"
