"""A restricted person: no text says where they are, every clinical fact still stands, and what is missing is said."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir.exact import encode
from fhir.item import Item
from fhir.kept import CUT, text, topic
from fhir.record import SECTIONS, combine
from fhir.record_json import record_json
from fhir.statement import Resource, Statement
from fhir.whereabouts import names_in, protected
from tests.build import DMD, GP, LOINC, SNOMED, allergy, amount, concept, order, problem, result, say
from tests.canaries import Canaries
from tests.strategies import JSON, regular, statements

TYPES = sorted({type_ for module in SECTIONS for type_ in module.TYPES})
LOCAL = "https://fhir.brookside.example/codes"

WORDS_THAT_STAY = {
    "AdverseEvent": "event.text",
    "AllergyIntolerance": "code.text reaction.exposureRoute.text reaction.manifestation.text reaction.substance.text",
    "BodyStructure": "location.text locationQualifier.text morphology.text",
    "ClinicalImpression": "code.text finding.itemCodeableConcept.text prognosisCodeableConcept.text",
    "Condition": "bodySite.text code.text evidence.code.text stage.summary.text stage.type.text",
    "DetectedIssue": "code.text mitigation.action.text",
    "Device": "deviceName.name lotNumber modelNumber safety.text serialNumber type.text udiCarrier.deviceIdentifier",
    "DeviceRequest": "codeCodeableConcept.text",
    "DeviceUseStatement": "bodySite.text device.display",
    "DiagnosticReport": "code.text conclusionCode.text",
    "FamilyMemberHistory": "condition.code.text condition.outcome.text",
    "Flag": "code.text",
    "Goal": "target.measure.text",
    "ImagingStudy": "procedureCode.text series.bodySite.code series.bodySite.display",
    "Immunization": "lotNumber protocolApplied.doseNumberString protocolApplied.targetDisease.text route.text site.text"
    " statusReason.text vaccineCode.text",
    "ImmunizationEvaluation": "targetDisease.text",
    "ImmunizationRecommendation": "recommendation.forecastReason.text recommendation.targetDisease.text"
    " recommendation.vaccineCode.text",
    "Media": "bodySite.text",
    "MedicationAdministration": "dosage.method.text dosage.route.text dosage.site.text dosage.text"
    " medicationCodeableConcept.text statusReason.text",
    "MedicationDispense": "dosageInstruction.additionalInstruction.text dosageInstruction.asNeededCodeableConcept.text"
    " dosageInstruction.method.text dosageInstruction.route.text dosageInstruction.site.text dosageInstruction.text"
    " dosageInstruction.timing.code.text medicationCodeableConcept.text statusReasonCodeableConcept.text",
    "MedicationRequest": "dosageInstruction.additionalInstruction.text dosageInstruction.asNeededCodeableConcept.text"
    " dosageInstruction.method.text dosageInstruction.route.text dosageInstruction.site.text dosageInstruction.text"
    " dosageInstruction.timing.code.text medicationCodeableConcept.text statusReason.text",
    "MedicationStatement": "dosage.additionalInstruction.text dosage.asNeededCodeableConcept.text dosage.method.text"
    " dosage.route.text dosage.site.text dosage.text dosage.timing.code.text medicationCodeableConcept.text"
    " statusReason.text",
    "NutritionOrder": "enteralFormula.baseFormulaType.text excludeFoodModifier.text oralDiet.fluidConsistencyType.text"
    " oralDiet.texture.modifier.text oralDiet.type.text supplement.type.text",
    "Observation": "bodySite.text code.text component.code.text component.dataAbsentReason.text"
    " component.interpretation.text component.referenceRange.text component.valueCodeableConcept.text"
    " component.valueString dataAbsentReason.text interpretation.text referenceRange.text valueCodeableConcept.text"
    " valueString",
    "Patient": "name.family name.given name.prefix name.suffix name.text",
    "Procedure": "bodySite.text code.text complication.text followUp.text outcome.text statusReason.text usedCode.text",
    "RiskAssessment": "code.text prediction.outcome.text prediction.qualitativeRisk.text",
    "ServiceRequest": "bodySite.text",
    "Specimen": "collection.bodySite.text condition.text type.text",
    "SupplyDelivery": "suppliedItem.itemCodeableConcept.text",
    "SupplyRequest": "itemCodeableConcept.text",
}
"""Every text of every kind of resource that may be shown of a restricted person. Nothing else, and no other kind."""


def whole(kind: str, canaries: Canaries) -> Statement:
    """A statement with everything that its kind can hold."""
    return said(kind, canaries.resource(kind, "local-7"))


def said(kind: str, resource: Resource) -> Statement:
    return Statement(41, GP, kind, "local-7", encode(resource), datetime(2026, 1, 1, tzinfo=UTC))


def hide(statement: Statement) -> Statement:
    return protected(statement, "gp-1")


def only(statement: Statement) -> Item:
    """The one item of a record of one statement."""
    lines = [line for section in combine([statement]).sections for line in section.lines]
    assert len(lines) == 1
    return lines[0].lead


@pytest.mark.parametrize("kind", TYPES)
def test_no_text_stays_but_those_that_are_listed(kind: str) -> None:
    canaries = Canaries()
    shown = hide(whole(kind, canaries))
    stayed = {path.removeprefix(f"{kind}.") for path in canaries.seen(repr(shown))}
    assert stayed == set(WORDS_THAT_STAY.get(kind, "").split())
    assert len(canaries.put) > 60, "the resource is nearly empty: nothing was tried"
    assert GP not in repr(shown) and "local-7" not in repr(shown)
    assert shown.left_out


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_hidden_stands_in_its_own_section_and_in_one_line(kind: str) -> None:
    full = whole(kind, Canaries())
    for one in (full, hide(full)):
        record = combine([one])
        assert [len(s.lines) for s in record.sections] == [len(s.lines) for s in combine([full]).sections]
        assert not record.withdrawn and not record.not_interpretable


@pytest.mark.parametrize("kind", TYPES)
def test_a_text_where_a_code_a_date_or_a_number_should_be_does_not_stay(kind: str) -> None:
    def swapped(value: object) -> object:
        """Words instead of every date, number, true and false."""
        if isinstance(value, dict):
            return {name: swapped(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [swapped(inner) for inner in value]
        return "Brookside" if not isinstance(value, str) or value[:1].isdigit() else value

    full = whole(kind, Canaries())
    shown = hide(said(kind, swapped(full.resource)))
    assert "Brookside" in repr(swapped(full.resource))
    assert "Brookside" not in repr(shown)


def test_a_kind_of_resource_that_nobody_listed_says_nothing_and_is_still_there() -> None:
    shown = hide(say(GP, {"resourceType": "Basic", "code": concept("Lives at 12 High Street")}))
    assert shown.resource == {"resourceType": "Basic"}
    assert len(combine([shown]).not_interpretable) == 1


def test_codes_values_units_and_dates_stay_exactly_as_sent() -> None:
    code = concept("Potassium", (LOINC, "2823-3", "Potassium in serum"))
    seen = result(
        GP, code, valueQuantity={**amount("6.10", "mmol/L"), "comparator": ">"}, interpretation=[concept("High")],
        referenceRange=[{"low": amount("3.5", "mmol/L"), "high": amount("5.3", "mmol/L")}],
        note=[{"text": "Taken at Brookside Surgery"}],
    )  # fmt: skip
    before, after = only(seen), only(hide(seen))
    assert after.codes == before.codes
    assert (after.text, after.status, after.when) == (before.text, before.status, before.when)
    assert dict(after.fields) == {name: said for name, said in before.fields.items() if name != "note"}
    assert after.fields["value"] == ">6.10"
    assert after.statement.left_out


def test_an_ordinary_result_says_nothing_less_and_does_not_claim_to() -> None:
    seen = result(GP, concept("Potassium", (LOINC, "2823-3")), valueQuantity=amount("4.1", "mmol/L"),
                  subject={"reference": "Patient/1"}, performer=[{"display": "Brookside laboratory"}])  # fmt: skip
    shown = hide(seen)
    assert "Brookside" not in repr(shown)
    assert not shown.left_out


@pytest.mark.parametrize(
    "statement",
    [
        allergy(GP, concept("Peanuts")),
        problem(GP, concept("Asthma")),
        order(GP, concept("Methotrexate"), "10 mg ONCE A WEEK on Mondays"),
        say(GP, {"resourceType": "AllergyIntolerance", "text": {"div": "<div>Penicillin</div>"}}),
        say(GP, {"resourceType": "Procedure", "status": "completed", "code": concept("Splenectomy")}),
        result(GP, concept("HIV antibody"), valueString="Not detected"),
        say(GP, {"resourceType": "Flag", "status": "active", "code": concept("Carries an adrenaline pen")}),
    ],
)
def test_what_is_only_written_in_words_is_not_lost_where_that_could_harm(statement: Statement) -> None:
    before, after = only(statement), only(hide(statement))
    assert after.text == before.text != ""
    for name in ("dosage", "value"):
        assert after.fields.get(name) == before.fields.get(name)


def test_a_medicine_that_stands_in_a_resource_of_its_own_keeps_its_name_and_strength() -> None:
    product = {
        "resourceType": "Medication", "id": "brook-9", "code": concept("Warfarin", (DMD, "48603004")),
        "manufacturer": {"display": "Brookside pharmacy"},
        "ingredient": [{"itemCodeableConcept": concept("Warfarin"),
                        "strength": {"numerator": amount(3, "mg"), "denominator": amount(1, "tablet")}}],
    }  # fmt: skip
    body = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
    named = {**body, "medicationReference": {"reference": "Medication/brook-9", "display": "From Brookside"}}
    inside = {**body, "contained": [product], "medicationReference": {"reference": "#brook-9"}}
    bare = {**body, "medicationReference": {"display": "Warfarin"}}
    shown = [only(hide(say(GP, one, context={"Medication/brook-9": product}))) for one in (named, inside, bare)]
    assert [item.text for item in shown] == ["Warfarin"] * 3
    assert [item.fields.get("strength") for item in shown] == ["Warfarin 3 mg / 1 tablet"] * 2 + [None]
    assert "rook" not in repr(shown)


def test_an_advance_decision_stays_among_the_plans_and_says_only_what_it_speaks_of() -> None:
    body = {"resourceType": "DocumentReference", "status": "current", "description": "DNACPR form, kept at Rose House"}
    shown = hide(say(GP, body))
    item = only(shown)
    assert item.text == "Speaks of DNACPR; the rest of the words is not shown"
    assert shown.home == "care-plans"
    assert topic("DNACPR") == "DNACPR"
    assert topic("Seen at Rose House") is None


def test_a_withdrawn_one_stays_withdrawn_and_an_unreadable_one_unreadable() -> None:
    wrong = problem(GP, concept("Asthma"), verificationStatus=concept("", ("", "entered-in-error")))
    modified = problem(GP, concept("Asthma"), modifierExtension=[{"url": "https://brookside.example"}])
    deep = problem(GP, concept("Asthma"), participant=[{"modifierExtension": [{"url": "https://brookside.example"}]}])
    ruled = problem(GP, concept("Asthma"), implicitRules="https://brookside.example")
    gone = Statement(7, GP, "Condition", "c", None, datetime(2026, 1, 1, tzinfo=UTC))
    for statement in (wrong, modified, deep, ruled, gone):
        before, after = combine([statement]), combine([hide(statement)])
        assert [a.reason for a in after.withdrawn] == [a.reason for a in before.withdrawn]
        assert [a.reason for a in after.not_interpretable] == [a.reason for a in before.not_interpretable]
        assert "brookside" not in repr(after)


def test_a_providers_own_codes_stay_only_where_nothing_else_names_the_thing_and_hide_whose_they_are() -> None:
    local = {"system": LOCAL, "code": "BRK-K", "display": "Potassium"}
    alone, beside = ({"coding": [local]}, {"coding": [local], "text": "Serum potassium"})
    assert only(hide(result(GP, alone))).text == "Potassium"
    assert "BRK-K" not in repr(hide(result(GP, beside)))
    assert "brookside" not in repr(hide(result(GP, alone)))
    ods = {"coding": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "code": "Y90001", "display": "Brook"}]}
    assert "Y90001" not in repr(hide(say(GP, {"resourceType": "Encounter", "status": "finished", "type": [ods]})))


def test_two_sources_statements_of_one_thing_are_still_one_line() -> None:
    same = {"identifier": [{"system": LOCAL, "value": "A-17"}]}
    one, other = problem("a", concept("Asthma"), **same), problem("b", concept("Asthma attack"), **same)
    record = combine([protected(one, "gp-1"), protected(other, "acute-2")])
    assert len(record.section("problems").lines) == 1
    assert "A-17" not in repr(record)


def test_the_data_for_other_programs_carry_our_number_and_say_what_is_missing() -> None:
    seen = problem(GP, concept("Asthma", (SNOMED, "195967001")), note=[{"text": "Seen at Brookside"}])
    line = record_json(combine([hide(seen)]))["sections"][2]["lines"][0]
    assert (line["statements"][0]["id"], line["statements"][0]["source"]) == (str(seen.id), "gp-1")
    assert line["codes"][0]["code"] == "195967001"
    assert line["left_out"] is True


@pytest.mark.parametrize(
    "telling",
    [
        "LS1 4AP", "ls14ap", "SW1A 1AA", "M1 1AE", "01632 960001", "(020) 7946 0000", "+44 1632 960 001",
        "07700 900123", "0044 7700 900123", "+1 202 555 0143", "ann@brookside.nhs.uk",
        "https://brookside.example/a", "12 High Street", "Flat 3 Rose Court", "12a Old Mill Lane",
    ],
)  # fmt: skip
def test_what_tells_where_is_taken_out_of_a_text_that_stays(telling: str) -> None:
    assert text(f"Peanuts ({telling}), rash") == f"Peanuts ({CUT}), rash"
    shown = hide(allergy(GP, concept(f"Peanuts, told at {telling}")))
    assert only(shown).text == f"Peanuts, told at {CUT}"
    assert shown.left_out


def test_names_known_from_elsewhere_in_the_record_are_cut_out_of_the_words_that_stay() -> None:
    practice = {"resourceType": "Organization", "name": "Brookside Surgery"}
    seen = say(GP, {"resourceType": "Encounter", "serviceProvider": {"reference": "Organization/1"},
                    "participant": [{"individual": {"display": "Dr Ann Lee"}}]},
               context={"Organization/1": practice})  # fmt: skip
    told = [order(GP, concept("BROOKSIDE  SURGERY own cream"), "daily, from Dr Ann Lee"),
            result(GP, concept("Brookside Surgery phlebotomy: potassium")),
            say(GP, {"resourceType": "Patient", "address": [{"line": ["The Old Forge"], "postalCode": "TB1 2AB"}]}),
            allergy(GP, concept("Paint at the old forge"))]  # fmt: skip
    names = names_in([seen, *told])
    assert names == {"brookside surgery", "dr ann lee", "the old forge"}
    shown = [protected(one, "gp-1", names) for one in told]
    assert [only(one).text for one in (shown[0], shown[1], shown[3])] == [
        f"{CUT} own cream", f"{CUT} phlebotomy: potassium", f"Paint at {CUT}"
    ]  # fmt: skip
    assert only(shown[0]).fields["dosage"] == f"daily, from {CUT}"
    assert all(one.left_out for one in (shown[0], shown[1], shown[3]))


def test_what_a_thing_is_called_is_not_taken_for_a_name_of_who_or_where() -> None:
    beside = {"device": {"display": "Insulin pump"}, "encounter": {"display": "Home visit"}}
    seen = result(GP, concept("Insulin pump check"), **beside)
    assert names_in([seen, order(GP, concept("Insulin pump cartridge"))]) == frozenset()


@pytest.mark.parametrize(
    "dose",
    [
        "1 tablet daily", "0.125 mg-0.25 mg", "Vitamin B12 1mg IM", "10 mg at 0800 1200 1800 2200", "T4 100micrograms",
        "0600-1400-2200", "start 01-02-2026 10 mg", "5-10 ml every 4-6 hours, max 60 ml in 24 hours", "2.5mg/ml",
        "100,000 units", "30/500 take 2", "1000000 units", "Insulin 10 units morning, 12 units evening",
        "3/7 then 1/52", "Take ONE in the morning on the way to work", "2 puffs when required", "co-codamol 8/500",
        "C5 nerve root", "1 drop 4 times a day to close the eye", "H1N1 2009", "Factor V Leiden", "CD4 350",
        "HbA1c 48 mmol/mol",
    ],
)  # fmt: skip
def test_a_dose_or_finding_is_never_mistaken_for_a_place(dose: str) -> None:
    assert text(dose) == dose
    assert only(hide(order(GP, concept("Medicine"), dose))).fields["dosage"] == dose


@given(st.sampled_from([*TYPES, "Basic"]), JSON, JSON, st.text(max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_json_in_any_element_is_hidden_without_failing(kind: str, one: object, two: object, name: str) -> None:
    elements = ("code", "status", "identifier", "extension", "dosage", "period", "meta", "medicationReference", "value")
    body = {"resourceType": kind, name: one, **dict.fromkeys(elements, one), "text": two, "contained": two}
    shown = hide(said(kind, body))
    record = combine([shown])
    lines = sum(len(section.lines) for section in record.sections)
    assert lines + len(record.withdrawn) + len(record.not_interpretable) == 1


@given(statements())
@settings(max_examples=200, deadline=None)
def test_every_statement_stays_in_its_section_whatever_it_says(told: list[Statement]) -> None:
    def counted(found: list[Statement]) -> list[int]:
        record = combine(found)
        held = [sum(len(line.items) for line in section.lines) for section in record.sections]
        return [*held, len(record.withdrawn), len(record.not_interpretable)]

    assert counted([protected(one, one.source) for one in told]) == counted(told)


@given(st.lists(regular(), max_size=6))
@settings(max_examples=200, deadline=None)
def test_a_section_says_none_known_or_nothing_recorded_as_it_would_of_anybody(bodies: list[Resource]) -> None:
    told = [say(GP, {**body, "id": f"r{n}"}) for n, body in enumerate(bodies)]
    states = [[(s.code, s.state) for s in combine(found).sections] for found in (told, [hide(one) for one in told])]
    assert states[0] == states[1]
