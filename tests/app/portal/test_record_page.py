"""A person's own record in plain words: what each line says, and what stands where there is nothing."""

from datetime import UTC, datetime

from app.portal.record_page import Names, OwnRecord, SectionOnPage, names_of, own_record, shown_sources
from app.portal.record_words import FACTS, TITLES
from fhir.absence import SectionState, Source
from fhir.home import PATIENT
from fhir.record import SECTIONS, combine
from fhir.statement import Statement
from tests.build import GP, HOSPITAL, LOINC, SNOMED, allergy, concept, problem, result, say, taking

EVERYTHING = frozenset(module.CODE for module in SECTIONS)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def source(ods: str, name: str, kind: str = "gp", late: datetime | None = None) -> Source:
    return Source(ods=ods, name=name, kind=kind, categories=EVERYTHING, last_success=NOW, late_since=late)


SOURCES = [
    source(GP, "Elm Surgery"),
    source(HOSPITAL, "Oak Hospital", "acute"),
    source(PATIENT, "The patient", PATIENT),
]


def page(*said: Statement, sources: list[Source] = SOURCES) -> OwnRecord:
    return own_record(combine(said, sources), sources, names_of(sources, restricted=False))


def section(code: str, *said: Statement, sources: list[Source] = SOURCES) -> SectionOnPage:
    return next(one for one in page(*said, sources=sources).sections if one.code == code)


def test_every_section_has_a_plain_name_and_none_is_forgotten() -> None:
    assert {module.CODE for module in SECTIONS} == set(TITLES) == set(FACTS)


def test_where_organisations_differ_each_is_named_with_what_it_says() -> None:
    asthma = concept("Asthma", (SNOMED, "195967001"))
    (line,) = section("problems", problem(GP, asthma), problem(HOSPITAL, asthma, clinicalStatus={"coding": [
        {"code": "resolved"}]})).lines  # fmt: skip
    assert line.notes[0] == "Organisations say different things about this."
    assert line.notes[1] == "Status. Elm Surgery says: current. Oak Hospital says: resolved."
    assert line.said == "Elm Surgery and Oak Hospital, date not recorded"


def test_what_one_refutes_is_said_as_the_person_would() -> None:
    peanut, refuted = concept("Peanut", (SNOMED, "91935009")), {"coding": [{"code": "refuted"}]}
    (line,) = section("allergies", allergy(GP, peanut), allergy(HOSPITAL, peanut, verificationStatus=refuted)).lines
    assert any("Oak Hospital says: you do not have this" in note for note in line.notes)


def test_a_medicine_says_how_to_take_it_and_a_result_its_value_and_range() -> None:
    (medicine,) = section("medications", taking(GP, concept("Digoxin 125mcg tablets"), "One tablet a day")).lines
    assert (medicine.what, medicine.value) == ("Digoxin 125 micrograms tablets", "One tablet a day")
    code, value = concept("Potassium", (LOINC, "2823-3")), {"value": 5, "unit": "mmol/L"}
    potassium = result(GP, code, "2026-03-05T08:00:00Z", valueQuantity=value, interpretation=[{"text": "High"}])
    (line,) = section("results", potassium).lines
    assert (line.what, line.value, line.said) == ("Potassium", "5 mmol/L", "Elm Surgery, 5 March 2026")
    assert ("Marked by the laboratory or clinic as", "High") in line.facts


def test_an_appointment_says_its_time() -> None:
    booked = {"resourceType": "Appointment", "status": "booked", "start": "2026-12-03T09:20:00Z",
              "description": "Blood test"}  # fmt: skip
    (line,) = section("encounters", say(GP, booked)).lines
    assert (line.status, line.said) == ("booked", "Elm Surgery, 3 December 2026, 9:20am")


def test_what_the_person_said_is_theirs() -> None:
    mine = result(PATIENT, concept("Blood pressure"), valueString="120/80 mmHg")
    (line,) = section("results", mine).lines
    assert line.said == "You, 5 March 2026"


def test_nothing_is_never_said_to_be_none_unless_a_source_says_so() -> None:
    nothing = section("allergies")
    assert nothing.state is SectionState.NOTHING_RECORDED
    assert nothing.sentences == ("Nothing is shown here. This does not mean that there is nothing.",)
    none_known = allergy(GP, concept("No known allergies", (SNOMED, "716186003")))
    stated = section("allergies", none_known)
    assert (stated.sentences, stated.lines[0].what) == ((), "No known allergies")
    assert stated.lines[0].said.startswith("Elm Surgery")


def test_what_is_late_or_could_not_be_got_is_named() -> None:
    late = [source(GP, "Elm Surgery", late=datetime(2026, 10, 30, 13, 30, tzinfo=UTC))]
    found = page(sources=late)
    assert found.late == (
        "We have heard nothing from Elm Surgery since 30 October 2026, 1:30pm. Newer information may be missing.",
    )
    missing = section("results", sources=late).sentences
    assert missing[0].startswith("We could not get this part of your record.")
    assert missing[1] == "Newer information from Elm Surgery may be missing."


def test_a_source_of_which_nothing_is_shown_is_not_there() -> None:
    assert [one.ods for one in shown_sources(SOURCES, {HOSPITAL})] == [HOSPITAL]


def test_two_organisations_of_one_name_are_told_apart() -> None:
    names: Names = names_of([source("A", "Elm Surgery"), source("B", "Elm Surgery")], restricted=False)
    assert [names.who(ods) for ods in ("A", "B", "C")] == ["Elm Surgery", "Elm Surgery 2", "An organisation"]
