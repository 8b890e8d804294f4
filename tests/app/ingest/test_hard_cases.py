"""What once went wrong, or nearly: each case a person could have been harmed by."""

import json
from pathlib import Path

import pytest

from app import statements
from app.access.grants import Grant, grant, operator_grant
from app.access.permissions import Permission
from app.errors import NotAllowed
from app.ingest.worker import take_landed
from app.statements import of_everyone
from fhir.record import PatientRecord, combine
from tests.app.ingest.test_worker import land
from tests.feeding import (
    ASHA,
    BEN,
    GP,
    TRUST,
    URGENT,
    Json,
    Sender,
    bundle,
    clinician,
    condition,
    deletion,
    patient,
    register,
)

LAB = [{"system": "https://lab.example/accession", "value": "A1"}]


def records(sender: Sender) -> list[PatientRecord]:
    return [combine(own) for _, own in of_everyone(sender.engine, operator_grant(sender.engine, "test"))]


def result(test: str, value: float) -> Json:
    return {
        "resource": {
            "resourceType": "Observation", "status": "final", "identifier": LAB, "code": {"text": test},
            "subject": {"reference": "Patient/1"}, "effectiveDateTime": "2026-03-01",
            "valueQuantity": {"value": value, "unit": "mmol/L"},
        },
        "request": {"method": "POST", "url": "Observation"},
    }  # fmt: skip


def test_three_tests_of_one_specimen_without_ids_are_three_results(sender: Sender) -> None:
    sender.send(TRUST, patient("1"))
    sender.send(TRUST, bundle(result("Potassium", 6.9), result("Sodium", 140), result("Urea", 5)))
    [record] = records(sender)
    assert sorted(line.lead.text for line in record.section("results").lines) == ["Potassium", "Sodium", "Urea"]


def test_a_corrected_result_without_an_id_takes_the_place_of_the_first(sender: Sender) -> None:
    sender.send(TRUST, patient("1"))
    sender.send(TRUST, bundle(result("Potassium", 6.9)))
    sender.send(TRUST, bundle(result("Potassium", 4.1)))
    [record] = records(sender)
    assert [line.lead.fields["value"] for line in record.section("results").lines] == ["4.1"]


@pytest.mark.parametrize(
    "told",
    [
        {"scope": {"coding": [{"code": "x"}, {"code": "patient-privacy"}]}, "provision": {"type": "deny"}},
        {"scope": {"text": "Privacy"}, "provision": {"type": "Deny"}},
        {"scope": {"coding": [{"code": "patient-privacy"}]}, "policyRule": {"coding": [{"code": "OPTOUT"}]}},
        {
            "scope": {"coding": [{"code": "patient-privacy"}]},
            "provision": {"type": "permit", "provision": [{"type": "deny"}]},
        },
    ],
)
def test_a_refusal_to_share_counts_however_it_is_written_and_whatever_the_feed_may_show(
    sender: Sender, told: Json
) -> None:
    register(sender.engine, GP, categories="demographics problems")
    consent = {"resourceType": "Consent", "id": "no", "status": "Active", "patient": {"reference": "Patient/1"}}
    sender.send(GP, patient("1"), condition("c1", of="1", words="Secret"), consent | told)
    found = statements.of_patient(sender.engine, look(sender, TRUST, "1"))
    assert "Condition" not in {one.type for one in found}


def look(sender: Sender, org: str, local_id: str, **more: object) -> Grant:
    person = sender.person_of(GP, local_id)
    assert person
    return grant(
        sender.engine,
        clinician(org),
        Permission.VIEW_RECORD,
        person,
        **({"reason": URGENT} | more),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceType": "Encounter", "status": "in-progress", "period": {"end": "9999-12-31"}},
        {"resourceType": "EpisodeOfCare", "status": "active", "period": {"end": "9999"}},
        {"resourceType": "Encounter", "status": "finished", "meta": {"lastUpdated": "9999-12-31T23:59:59-14:00"}},
        {"resourceType": "Encounter", "status": "finished", "meta": {"versionId": "9" * 5000}},
        {"resourceType": "Encounter", "status": "finished", "contained": [{"resourceType": ["Organization"]}]},
        {"resourceType": "Encounter", "status": "finished", "period": {"start": "0001-01-01T00:00:00+14:00"}},
    ],
)
def test_one_unlucky_value_stops_nothing(sender: Sender, odd: Json) -> None:
    names = {"id": "odd", "subject": {"reference": "Patient/1"}, "patient": {"reference": "Patient/1"}}
    for version in ("1", "2"):
        told = sender.send(GP, patient("1"), odd | names | {"note": version}, condition("c1", of="1"))
    assert told["received"] == 3
    [record] = records(sender)
    assert [line.lead.text for line in record.section("problems").lines] == ["Asthma"]


def test_a_file_that_nobody_foresaw_does_not_stop_another_sources(sender: Sender, tmp_path: Path) -> None:
    land(tmp_path, GP, "a.ndjson", patient("1"), age=90)
    land(tmp_path, TRUST, "b.ndjson", patient("1"))
    (tmp_path / GP / "taken").write_text("a file where the folder of taken ones should be")
    assert take_landed(sender.engine, tmp_path, is_demo=False) == 1
    assert sender.person_of(TRUST, "1")


def test_a_wrong_link_that_was_taken_back_opens_nothing(sender: Sender) -> None:
    from app import clock

    sender.send(TRUST, patient("9"), condition("c9", of="9", words="Trust secret"))
    sender.send(GP, patient("1"))
    before = clock.now()
    wrong = sender.person_of(TRUST, "9")
    sender.send(GP, patient("1", BEN, birthDate="1980-01-01", name=[{"family": "Cole", "given": ["Ben"]}]))
    assert wrong
    with pytest.raises(NotAllowed) as refused:
        grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, wrong, as_at=before)
    assert refused.value.ask_reason


def test_an_older_version_that_comes_after_a_deletion_does_not_bring_it_back(sender: Sender) -> None:
    def version(number: str, words: str) -> Json:
        return condition("c1", of="1", words=words) | {"meta": {"versionId": number}}

    sender.send(GP, patient("1"), version("3", "Third"))
    sender.send(GP, bundle(deletion("Condition/c1")))
    sender.send(GP, version("2", "Second"))
    [record] = records(sender)
    assert record.section("problems").lines == ()
    sender.send(GP, version("4", "Fourth"))
    [record] = records(sender)
    assert [line.lead.text for line in record.section("problems").lines] == ["Fourth"]


@pytest.mark.parametrize("first", [0, 1])
def test_a_deletion_and_a_new_version_in_one_delivery_leave_the_version(sender: Sender, first: int) -> None:
    sender.send(GP, patient("1"), condition("c1", of="1", words="Old"))
    both = [bundle(deletion("Condition/c1")), bundle(condition("c1", of="1", words="New"))]
    sender.send(GP, both[first], both[1 - first])
    [record] = records(sender)
    assert [line.lead.text for line in record.section("problems").lines] == ["New"]


def test_paths_given_in_order_are_deliveries_in_that_order(sender: Sender, tmp_path: Path) -> None:
    paths = [tmp_path / "z.ndjson", tmp_path / "a.ndjson"]
    paths[0].write_text(json.dumps(patient("1")) + "\n" + json.dumps(condition("c1", of="1", words="First")))
    paths[1].write_text(json.dumps(condition("c1", of="1", words="Second")))
    told = sender.send_files(GP, paths)
    [record] = records(sender)
    assert [line.lead.text for line in record.section("problems").lines] == ["Second"]
    assert (told["received"], told["stored"], told["updated"]) == (3, 2, 1)


def test_a_restricted_person_stays_restricted_when_their_details_are_deleted(sender: Sender) -> None:
    sender.send(GP, patient("1", meta={"security": [{"code": "R"}]}))
    sender.send(TRUST, patient("9"))
    sender.send(GP, bundle(deletion("Patient/1")))
    assert look(sender, TRUST, "1").restricted
    sender.send(GP, patient("1"))
    assert not look(sender, TRUST, "1").restricted


def about(local_id: str, **named: object) -> Json:
    """A problem that names its patient in another way than by id."""
    return condition(local_id, of="", words=f"Problem {local_id}") | {"subject": named}


def nhs(value: str) -> Json:
    return {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value}


def test_a_number_that_is_none_names_nobody(sender: Sender) -> None:
    sender.send(GP, patient("1", "0000000000"), about("c1", identifier=nhs("0000000000")))
    [record] = records(sender)
    assert record.section("problems").lines == ()


def test_an_old_identifier_names_nobody(sender: Sender) -> None:
    mine = {"system": "https://trust.example/mrn", "value": "77"}
    sender.send(TRUST, patient("1", identifier=[mine | {"use": "old"}]), about("c1", identifier=mine))
    assert [record.section("problems").lines for record in records(sender)] == [()]


def test_a_patient_inside_a_resource_is_the_one_of_that_number(sender: Sender) -> None:
    inside = {"resourceType": "Patient", "id": "p", "identifier": [nhs(ASHA)]}
    sender.send(GP, patient("1"))
    sender.send(GP, about("c1", reference="#p") | {"contained": [inside]})
    [record] = records(sender)
    assert [line.lead.text for line in record.section("problems").lines] == ["Problem c1"]


def test_two_patients_inside_resources_with_one_worthless_identifier_stay_two(sender: Sender) -> None:
    for n, (number, name) in enumerate(((ASHA, "Jones"), (BEN, "Patel"))):
        mrn = {"system": "https://trust.example/mrn", "value": "UNKNOWN"}
        inside = patient("p", number, name=[{"family": name}])
        inside["identifier"] = [mrn, *inside["identifier"]]
        sender.send(TRUST, about(f"c{n}", reference="#p") | {"contained": [inside]})
    assert sorted(len(record.section("problems").lines) for record in records(sender)) == [1, 1]


URN = "urn:uuid:9c40ba3f-fa4e-4eb9-05be-065652a91847"


def named_by_urn(resource: Json) -> Json:
    """An entry whose fullUrl says nothing of the resource's own id."""
    name = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": URN, "resource": resource, "request": {"method": "PUT", "url": name}}


def counted(told: Json) -> tuple[int, int, int]:
    return told["stored"], told["updated"], told["unchanged"]


@pytest.mark.parametrize("spelled", [URN, URN.replace(":", "\\u003a")])
def test_the_same_bytes_are_about_the_person_whom_their_own_bundle_names(sender: Sender, spelled: str) -> None:
    """A result would else stay with the person of an earlier Bundle."""
    ben = patient("2", BEN, name=[{"family": "Okafor"}], birthDate="1971-01-01")
    problem = condition("c1", of="1") | {"subject": {"reference": URN}}
    first, second = (json.dumps(bundle(named_by_urn(who), problem)) for who in (patient("1"), ben))
    reference = f'"reference": "{URN}"'
    bundles = [each.replace(reference, f'"reference": "{spelled}"') for each in (first, first, second, second)]
    sent = [counted(sender.send(GP, each)) for each in bundles]
    assert sent == [(2, 0, 0), (0, 0, 2), (1, 1, 0), (0, 0, 2)]
    found = of_everyone(sender.engine, operator_grant(sender.engine, "test"))
    assert sorted(sorted(s.local_id for s in own) for _, own in found) == [["1"], ["2", "c1"]]


def test_the_same_bytes_name_the_medicine_that_their_own_bundle_names(sender: Sender) -> None:
    order = {
        "resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/1"}, "medicationReference": {"reference": URN},
    }  # fmt: skip
    drugs = [{"resourceType": "Medication", "id": name, "code": {"text": name}} for name in ("Warfarin", "Aspirin")]
    sender.send(GP, patient("1"))
    sent = [counted(sender.send(GP, bundle(named_by_urn(drug), order))) for drug in (drugs[0], drugs[1], drugs[1])]
    assert sent == [(2, 0, 0), (1, 1, 0), (0, 0, 2)]
    [record] = records(sender)
    assert [line.lead.text for line in record.section("medications").lines] == ["Aspirin"]


def test_a_urn_that_two_now_claim_no_longer_counts_as_before(sender: Sender) -> None:
    urn = "urn:uuid:p1"
    own, other = ({"fullUrl": urn, "resource": patient(name), "request": {"method": "PUT", "url": f"Patient/{name}"}}
                  for name in ("p1", "p2"))  # fmt: skip
    problem = condition("c1", of="p1") | {"subject": {"reference": urn}}
    assert counted(sender.send(GP, bundle(own, problem))) == (2, 0, 0)
    assert counted(sender.send(GP, bundle(own, problem))) == (0, 0, 2)
    assert sender.send(GP, bundle(own, other, problem))["quarantined"] == 3
