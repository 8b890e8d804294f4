"""Results: every reading as sent, once, however many sources tell of it."""

from decimal import Decimal

import pytest

from fhir.line import Difference
from fhir.record import combine
from tests.build import COMMUNITY, GP, HOSPITAL, LOINC, SNOMED, amount, blood_pressure, concept, result, say

CHOLESTEROL = concept("", (LOINC, "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"))
SERUM_CHOLESTEROL = concept("", (SNOMED, "994351000000103", "Serum total cholesterol level"))
HDL = concept("", (LOINC, "2085-9", "Cholesterol in HDL"))
PULSE = concept("Pulse", (LOINC, "8867-4"))
ACCESSION = [{"system": "https://example.nhs.uk/lab/accession", "value": "e9c5"}]
NOON, LATER = "2026-03-05T12:00:00Z", "2026-03-05T12:30:00Z"


def lines(*said):
    return combine(said).section("results").lines


def pulse(source, value, when=NOON, **more):
    return result(source, PULSE, when, valueQuantity=amount(value, "/min"), **more)


def kinds(line):
    return [found.kind for found in line.differences]


def test_one_blood_test_in_loinc_and_in_snomed_is_one_line():
    (line,) = lines(
        result(HOSPITAL, CHOLESTEROL, NOON, valueQuantity=amount("4.50", "mmol/L")),
        result(GP, SERUM_CHOLESTEROL, "2026-03-05T12:00:00+00:00", valueQuantity=amount("4.5", "mmol/L")),
    )
    assert line.sources == (GP, HOSPITAL)
    assert line.differences == ()
    assert {item.fields["value"] for item in line.items} == {"4.5", "4.50"}


def test_two_units_of_one_test_are_one_line_with_both_values_and_neither_converted():
    (line,) = lines(
        result(HOSPITAL, CHOLESTEROL, NOON, valueQuantity=amount("174.0", "mg/dL")),
        result(GP, SERUM_CHOLESTEROL, NOON, valueQuantity=amount("4.5", "mmol/L")),
    )
    assert line.differences[0].values == (("174.0 mg/dL", (HOSPITAL,)), ("4.5 mmol/L", (GP,)))


def test_one_value_each_that_differs_is_one_line_with_a_difference():
    (line,) = lines(pulse(GP, 72), pulse(HOSPITAL, 88))
    assert line.differences[0].values == (("72 /min", (GP,)), ("88 /min", (HOSPITAL,)))


def test_two_values_of_one_source_at_one_moment_are_two_readings():
    assert [line.lead.fields["value"] for line in lines(pulse(GP, 72), pulse(GP, 88))] in (["72", "88"], ["88", "72"])


def test_what_two_sources_agree_on_is_one_reading_beside_a_second_one_of_one_source():
    found = lines(pulse(GP, 72), pulse(GP, 88), pulse(HOSPITAL, 72))
    assert sorted((line.lead.fields["value"], line.sources) for line in found) == [
        ("72", (GP, HOSPITAL)),
        ("88", (GP,)),
    ]
    assert [kinds(line) for line in found] == [[], []]


def test_two_that_agree_do_not_outvote_a_third():
    (line,) = lines(pulse(GP, 72), pulse(HOSPITAL, 72), pulse(COMMUNITY, 80))
    assert line.differences[0].values == (("72 /min", (GP, HOSPITAL)), ("80 /min", (COMMUNITY,)))


def test_tests_of_one_specimen_are_never_joined_by_its_number_or_by_a_local_code():
    local = {"system": "https://example.nhs.uk/lab", "code": "SERUM"}
    total = {"coding": [*CHOLESTEROL["coding"], local]}
    good = {"coding": [*HDL["coding"], local]}
    value = amount("1.2", "mmol/L")
    assert len(lines(result(GP, total, NOON, valueQuantity=value, identifier=ACCESSION),
                     result(GP, good, NOON, valueQuantity=value, identifier=ACCESSION))) == 2  # fmt: skip


def test_samples_of_one_glucose_tolerance_test_stay_apart():
    def sample(value, when):
        return result(GP, concept("Glucose"), when, valueQuantity=amount(value, "mmol/L"), identifier=ACCESSION)

    assert len(lines(sample(5, NOON), sample(9, LATER), sample(5, "2026-03-05T13:00:00Z"))) == 3


def test_one_specimen_dated_otherwise_by_another_source_is_one_line_that_says_so():
    (line,) = lines(pulse(GP, 72, "2026-03-06", identifier=ACCESSION), pulse(HOSPITAL, 72, identifier=ACCESSION))
    assert kinds(line) == ["when"]


@pytest.mark.parametrize("when", [("2026-03-05", "2026-03-05"), (NOON, "2026-03-05T12:05:00Z"), ("2026-03-05", NOON)])
def test_one_number_with_two_values_is_one_line_that_shows_both(when):
    (line,) = lines(pulse(GP, 51, when[0], identifier=ACCESSION), pulse(HOSPITAL, 61, when[1], identifier=ACCESSION))
    assert line.differences[0].values == (("51 /min", (GP,)), ("61 /min", (HOSPITAL,)))
    assert kinds(line)[1:] == (["time"] if when[0] == NOON else [])


def test_one_number_at_eight_and_at_twenty_is_one_line_that_shows_both_times():
    morning, evening = "2026-03-05T08:00:00Z", "2026-03-05T20:00:00Z"
    (line,) = lines(pulse(GP, 72, morning, identifier=ACCESSION), pulse(HOSPITAL, 72, evening, identifier=ACCESSION))
    assert line.differences == (Difference("time", (("2026-03-05T08:00", (GP,)), ("2026-03-05T20:00", (HOSPITAL,)))),)
    assert len(lines(pulse(GP, 72, morning), pulse(HOSPITAL, 72, evening))) == 2
    same = pulse(HOSPITAL, 72, "2026-03-05T09:00:00+01:00", identifier=ACCESSION)
    assert lines(pulse(GP, 72, morning, identifier=ACCESSION), same)[0].differences == ()


def test_a_number_under_which_one_source_tells_two_values_joins_only_equal_ones():
    said = [pulse(GP, value, when, identifier=ACCESSION) for value, when in ((72, NOON), (90, LATER))]
    found = lines(*said, pulse(HOSPITAL, 80, "2026-03-05T12:05:00Z", identifier=ACCESSION))
    assert len(found) == 3


def test_a_copy_under_one_number_does_not_keep_two_values_from_being_compared():
    copies = [pulse(GP, 51, "2026-03-05", identifier=ACCESSION) for _ in range(2)]
    (line,) = lines(*copies, pulse(HOSPITAL, 61, "2026-03-05", identifier=ACCESSION))
    assert (kinds(line), len(line.items)) == (["value"], 3)


def test_without_a_time_of_day_only_equal_values_of_different_sources_are_joined():
    day = "2026-03-05"
    assert len(lines(pulse(GP, 72, day), pulse(HOSPITAL, 72, day))) == 1
    assert len(lines(pulse(GP, 72, day), pulse(HOSPITAL, 80, day))) == 2
    assert len(lines(pulse(GP, 72, day), pulse(GP, 72, day))) == 2


def test_undated_results_stay_apart():
    assert len(lines(result(GP, PULSE, None), result(HOSPITAL, PULSE, None))) == 2


def test_a_test_over_time_stays_together_newest_first():
    old = result(HOSPITAL, CHOLESTEROL, "2020-01-01T09:00:00Z", valueQuantity=amount(5, "mmol/L"))
    new = result(GP, SERUM_CHOLESTEROL, "2026-01-01T09:00:00Z", valueQuantity=amount(4, "mmol/L"))
    found = lines(old, pulse(GP, 72, "2023-01-01T09:00:00Z"), new)
    assert [line.lead.fields["value"] for line in found] == ["4", "5", "72"]
    assert found[0].lead.group == found[1].lead.group != found[2].lead.group


def test_an_uncoded_test_joins_the_one_coded_test_that_bears_its_words():
    coded = result(HOSPITAL, concept("Ferritin", (LOINC, "2276-4")), valueQuantity=amount(50, "ug/L"))
    (line,) = lines(coded, result(GP, concept("ferritin"), valueQuantity=amount(50, "ug/L")))
    assert line.sources == (GP, HOSPITAL)


def test_words_never_join_two_codes_such_as_serum_and_urine():
    serum = result(GP, concept("Potassium", (LOINC, "2823-3")), valueQuantity=amount(4, "mmol/L"))
    urine = result(HOSPITAL, concept("Potassium", (LOINC, "2828-2")), valueQuantity=amount(40, "mmol/L"))
    worded = result(COMMUNITY, concept("Potassium"), valueQuantity=amount(4, "mmol/L"))
    assert len(lines(serum, urine, worded)) == 3


def test_preliminary_and_final_are_shown_with_the_final_one_first():
    (line,) = lines(pulse(GP, 72, status="preliminary"), pulse(HOSPITAL, 72, status="final"))
    assert (line.lead.status, kinds(line)) == ("final", ["status"])


def test_numbers_keep_the_digits_and_the_comparator_that_were_sent():
    quantity = {"value": Decimal("0.10"), "comparator": "<", "unit": "ug/L"}
    (line,) = lines(result(GP, concept("Troponin"), valueQuantity=quantity))
    assert line.lead.fields["value"] == "<0.10"


def test_ranges_and_interpretation_are_those_of_the_source():
    ranges = [
        {"low": amount("3.5", "mmol/L"), "high": amount("5.3", "mmol/L"), "appliesTo": [concept("Adult")]},
        {"text": "see note"},
    ]
    potassium = result(GP, concept("Potassium"), valueQuantity=amount("5.9", "mmol/L"),
                       referenceRange=ranges, interpretation=[concept("high")])  # fmt: skip
    fields = lines(potassium)[0].lead.fields
    assert fields["range"] == "Adult: 3.5 mmol/L to 5.3 mmol/L; see note"
    assert fields["interpretation"] == "high"


def test_a_result_without_a_range_has_none():
    assert "range" not in lines(pulse(GP, 72))[0].lead.fields


def test_a_blood_pressure_with_a_missing_half_shows_why():
    parts = [
        {"code": concept("Systolic", (LOINC, "8480-6")), "valueQuantity": amount(130, "mmHg")},
        {"code": concept("Diastolic", (LOINC, "8462-4")), "dataAbsentReason": concept("not heard")},
    ]
    fields = lines(result(GP, concept("Blood pressure", (LOINC, "85354-9")), component=parts))[0].lead.fields
    assert fields == {"components": "Systolic 130 mmHg; Diastolic not heard"}


def test_a_panel_and_a_single_reading_are_two_lines():
    systolic = result(GP, concept("Systolic", (LOINC, "8480-6")), valueQuantity=amount(130, "mmHg"))
    assert len(lines(blood_pressure(GP, 130, 80), systolic)) == 2


def test_one_blood_pressure_in_loinc_and_snomed_is_one_reading():
    parts = [
        {"code": concept("", (SNOMED, "271650006", "Diastolic")), "valueQuantity": amount(80, "mm[Hg]")},
        {"code": concept("", (SNOMED, "271649006", "Systolic")), "valueQuantity": amount(130, "mm[Hg]")},
    ]
    when = "2026-03-05T08:00:00Z"
    in_snomed = result(GP, concept("Blood pressure", (SNOMED, "75367002")), when, component=parts)
    (line,) = lines(in_snomed, blood_pressure(COMMUNITY, 130, 80, when))
    assert line.differences == ()


def test_why_there_is_no_value_is_kept():
    (line,) = lines(result(GP, PULSE, dataAbsentReason=concept("Patient declined")))
    assert line.lead.fields == {"absent reason": "Patient declined"}


def test_a_report_with_its_conclusion_follows_the_results():
    body = {
        "resourceType": "DiagnosticReport",
        "status": "amended",
        "code": concept("Full blood count"),
        "effectiveDateTime": NOON,
        "conclusion": "Iron deficiency",
        "result": [{"reference": "Observation/1"}],
    }
    report = lines(pulse(GP, 72), say(HOSPITAL, body))[-1].lead
    assert (report.text, report.status) == ("Full blood count", "amended")
    assert report.fields == {"kind": "Report", "conclusion": "Iron deficiency", "effective": NOON, "results": "1"}


def test_one_report_known_to_two_sources_is_one_line_and_two_of_one_source_are_two():
    body = {"resourceType": "DiagnosticReport", "status": "final", "code": concept("Blood tests"), "issued": NOON}
    reports = [say(source, body) for source in (GP, HOSPITAL)]
    assert len(lines(*reports)) == 1
    assert len(lines(*reports, say(GP, body))) == 1
    assert len(lines(*reports, say(GP, {**body, "conclusion": "Anaemia"}))) == 3


def test_images_specimens_and_pictures_are_shown():
    image = {"resourceType": "ImagingStudy", "status": "available", "description": "CT head", "started": NOON}
    specimen = {"resourceType": "Specimen", "type": concept("Urine"), "receivedTime": NOON}
    picture = {
        "resourceType": "Media",
        "status": "completed",
        "content": {"title": "Wound", "contentType": "image/png"},
    }
    shown = {line.lead.text for line in lines(say(GP, image), say(GP, specimen), say(GP, picture))}
    assert shown == {"CT head", "Urine", "Wound"}


def test_two_results_whose_codes_were_lost_on_the_way_are_two_tests():
    lost = (SNOMED, "196411000000103", "Transfer-degraded record entry")
    value = amount("4.5", "mmol/L")
    for names in (("Serum potassium", "Serum glucose"), ("", "")):
        said = [result(GP, concept(name, lost), NOON, valueQuantity=value) for name in names]
        assert len({line.lead.group for line in lines(*said)}) == 2


def test_two_results_that_nothing_names_are_two():
    assert len(lines(result(GP, {}, NOON, note=[{"text": "a"}]), result(GP, {}, NOON, note=[{"text": "b"}]))) == 2


def test_a_reading_of_somebody_else_is_never_the_persons_own():
    fetus = pulse(HOSPITAL, 72, focus=[{"display": "Fetus"}])
    assert len(lines(pulse(GP, 72), fetus)) == len({line.lead.group for line in lines(pulse(GP, 72), fetus)}) == 2
    assert len(lines(pulse(GP, 72, focus=[{"display": "fetus"}]), fetus)) == 1


def test_a_statement_without_a_value_does_not_hide_one_that_has_it():
    empty = result(HOSPITAL, PULSE, NOON, id="z")
    (line,) = lines(pulse(GP, 72, id="a"), empty)
    assert line.lead.source == GP
    assert line.differences[0].values == (("72 /min", (GP,)), ("not stated", (HOSPITAL,)))


def test_a_score_that_agrees_while_its_parts_do_not_is_a_difference():
    def scored(source, one, two):
        parts = [{"code": concept("Pulse"), "valueInteger": one}, {"code": concept("Oxygen"), "valueInteger": two}]
        return result(source, concept("NEWS2"), NOON, valueInteger=5, component=parts)

    assert kinds(lines(scored(GP, 2, 3), scored(HOSPITAL, 3, 2))[0]) == ["components"]
