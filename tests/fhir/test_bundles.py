"""A Bundle of each kind: every entry by itself, under the name its source gives it, and never the wrong patient."""

import json
import re

import pytest

from fhir.entries import Limits, Refused, Subject
from fhir.gate import Reason, check, units
from fhir.references import ELSEWHERE

UUID = "urn:uuid:9c40ba3f-fa4e-4eb9-05be-065652a91847"
OTHER = "urn:uuid:1e7bdd58-b1ca-38b4-fa0c-f6b6cb002a4d"
MEG = {"resourceType": "Patient", "id": "7"}


def condition(subject, **elements):
    return {"resourceType": "Condition", "id": "c1", "subject": {"reference": subject}} | elements


def entry(resource=None, full_url=None, method=None, url=None):
    made = {"fullUrl": full_url, "resource": resource, "request": {"method": method, "url": url} if method else None}
    return {name: value for name, value in made.items() if value is not None}


def taken(tmp_path, *entries, kind="transaction", indent=None, **more):
    """What becomes of every entry of one Bundle."""
    body = {"resourceType": "Bundle", "type": kind, "entry": list(entries)} | more
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(body, indent=indent))
    [unit] = units(path)
    return [each if isinstance(each, Refused) else check(each) for each in unit]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("kind", ["transaction", "batch", "collection", "document", "message", "searchset", "history"])
def test_each_kind_is_taken_apart(tmp_path, kind, indent):
    person, problem = taken(tmp_path, entry(MEG, UUID), entry(condition(UUID), OTHER), kind=kind, indent=indent)
    assert (person.raw.position, problem.raw.position) == ("bundle.json entry 1", "bundle.json entry 2")
    assert json.loads(person.raw.body) == MEG
    assert problem.subject == Subject("local", local_id="7")
    assert problem.refs == {UUID: "Patient/7"}
    assert person.raw.urns == {UUID: "Patient/7", OTHER: "Condition/c1"}
    assert person.raw.urns is problem.raw.urns


@pytest.mark.parametrize("kind", ["batch-response", "transaction-response", "banana", None])
def test_other_kinds_are_refused_whole(tmp_path, kind):
    [told] = taken(tmp_path, entry(MEG), kind=kind)
    assert told.reason is Reason.UNSUPPORTED_BUNDLE


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (entry(MEG | {"id": "a b"}), Reason.BAD_ID),
        (entry({"resourceType": "Spaceship"}), Reason.UNKNOWN_TYPE),
        (entry({"id": "7"}), Reason.UNKNOWN_TYPE),
        (entry(condition("javascript:x")), Reason.BAD_REFERENCE),
        (entry({"resourceType": "Condition", "id": "c"}), Reason.NO_PATIENT),
        (entry(MEG, method="GET", url="Patient/7"), Reason.UNSUPPORTED_METHOD),
        (entry(MEG, method="HEAD", url="Patient/7"), Reason.UNSUPPORTED_METHOD),
        (entry(MEG, method="PATCH", url="Patient/7"), Reason.UNSUPPORTED_METHOD),
        (entry(MEG, method="PUT", url="Patient/8"), Reason.REQUEST_MISMATCH),
        (entry(MEG, method="PUT", url="Person/7"), Reason.REQUEST_MISMATCH),
        (entry(method="DELETE", url="Condition?code=1"), Reason.BAD_REFERENCE),
        (entry(method="DELETE", url="../Condition/1"), Reason.BAD_REFERENCE),
        (entry(method="PUT", url="Patient/7"), Reason.NO_RESOURCE),
        (entry(full_url=UUID), Reason.NO_RESOURCE),
        ({"resource": 7}, Reason.UNKNOWN_TYPE),
        ("nonsense", Reason.NO_RESOURCE),
        (None, Reason.NO_RESOURCE),
    ],
)
def test_one_bad_entry_never_stops_the_rest(tmp_path, bad, why):
    before, told, after = taken(tmp_path, entry(MEG), bad, entry(condition("Patient/7")))
    assert isinstance(told, Refused)
    assert (told.reason, told.position) == (why, "bundle.json entry 2")
    assert (before.raw.local_id, after.raw.local_id) == ("7", "c1")


@pytest.mark.parametrize(
    "twice",
    [
        '{"resource":%s,"resource":{"resourceType":"Patient","id":"8"}}',
        '{"resource":%s,"request":{"method":"PUT","method":"DELETE","url":"Patient/7"}}',
        '{"fullUrl":"urn:uuid:a","fullUrl":"urn:uuid:b","resource":%s}',
        '{"resource":%s,"search":{"mode":"match","mode":"include"}}',
    ],
)
def test_an_entry_that_says_a_thing_twice_is_refused(tmp_path, twice):
    body = '{"resourceType":"Bundle","type":"batch","entry":[%s,{"resource":%s}]}'
    path = tmp_path / "b.json"
    path.write_text(body % (twice % json.dumps(MEG), json.dumps(MEG)))
    [[told, after]] = units(path)
    assert (told.reason, after.local_id) == (Reason.DUPLICATE_KEY, "7")


def test_a_bundle_that_says_a_thing_twice_is_refused_whole(tmp_path):
    path = tmp_path / "b.json"
    path.write_text('{"resourceType":"Bundle","type":"batch","entry":[],"entry":[{"resource":{}}]}')
    [[told]] = units(path)
    assert told.reason is Reason.DUPLICATE_KEY


def test_a_delete_names_what_goes(tmp_path):
    [gone] = taken(tmp_path, entry(method="DELETE", url="Condition/c1"))
    assert (gone.raw.method, gone.raw.type, gone.raw.local_id, gone.raw.body) == ("DELETE", "Condition", "c1", b"")
    assert (gone.resource, gone.subject) == (None, None)


def test_a_post_counts_as_a_put(tmp_path):
    [made] = taken(tmp_path, entry(MEG, method="POST", url="Patient"))
    assert (made.raw.method, made.raw.local_id) == ("PUT", "7")


def test_what_has_no_id_is_named_by_request_then_fullurl_then_identifier_then_itself(tmp_path):
    nameless = {"resourceType": "Patient"}
    known = nameless | {"identifier": [{"system": "https://x", "value": "1"}]}
    by_request, by_urn, by_address, by_identifier, again, by_itself = taken(
        tmp_path,
        entry(nameless, UUID, "PUT", "Patient/77"),
        entry(nameless, OTHER, "POST", "Patient"),
        entry(nameless, "https://x/fhir/Patient/78"),
        entry(known),
        entry(known | {"gender": "female"}),
        entry(nameless),
    )
    assert by_request.raw.local_id == "77"
    assert by_urn.raw.local_id == OTHER[9:]
    assert by_address.raw.local_id == "78"
    assert by_identifier.raw.local_id == again.raw.local_id
    assert len({by_identifier.raw.local_id, by_itself.raw.local_id}) == 2
    assert len(by_itself.raw.local_id) == 32


def test_two_resources_that_claim_one_fullurl_mislead_nobody(tmp_path):
    eve = MEG | {"id": "8"}
    first, second, problem = taken(tmp_path, entry(MEG, UUID), entry(eve, UUID), entry(condition(UUID)))
    assert (first.reason, second.reason) == (Reason.DUPLICATE_FULL_URL,) * 2
    assert problem.reason is Reason.BAD_REFERENCE


def test_versions_of_one_resource_in_a_history_share_a_fullurl(tmp_path):
    found = taken(tmp_path, entry(MEG, UUID), entry(MEG | {"gender": "male"}, UUID), kind="history")
    assert [each.raw.local_id for each in found] == ["7", "7"]


def test_an_absolute_reference_is_looked_up_in_the_bundle_first(tmp_path):
    here = "https://x/fhir/Patient/1"
    _, inside, outside = taken(
        tmp_path, entry(MEG, here), entry(condition(here)), entry(condition("https://x/fhir/Patient/2", id="c2"))
    )
    assert (inside.subject.local_id, dict(inside.refs)) == ("7", {here: "Patient/7"})
    assert (outside.subject.local_id, dict(outside.refs)) == ("2", {})


HERE, THERE = "https://a.example/fhir/", "https://b.example/fhir/"


@pytest.mark.parametrize("more", [[], [entry(condition("Patient/7"), f"{THERE}Condition/c1")]])
def test_two_people_with_one_id_at_two_servers_are_never_one(tmp_path, more):
    """Neither can be told from the other later, so nothing of the Bundle is taken."""
    own = [entry(MEG, f"{HERE}Patient/7"), entry(condition("Patient/7"), f"{HERE}Condition/c1")]
    [told] = taken(tmp_path, *own, entry(MEG | {"gender": "male"}, f"{THERE}Patient/7"), *more, kind="collection")
    assert (told.reason, told.position) == (Reason.TWO_SERVERS, "bundle.json")


@pytest.mark.parametrize("other", [f"{THERE}Patient/7", "https://a.example/other/Patient/7"])
def test_a_patient_of_another_server_is_not_the_one_of_the_same_id_here(tmp_path, other):
    own = entry(MEG, f"{HERE}Patient/7"), entry(condition(other), f"{HERE}Condition/c1")
    _, told = taken(tmp_path, *own, kind="collection")
    assert told.reason is Reason.ANOTHER_SERVER


@pytest.mark.parametrize("spelled", ["HTTPS://A.example:443/fhir/Patient/9", "http://a.example/fhir/Patient/9"])
def test_a_patient_of_the_same_server_who_is_not_in_the_bundle_is_known(tmp_path, spelled):
    spelled = spelled.replace("HTTPS", "https")
    _, found = taken(tmp_path, entry(MEG, f"{HERE}Patient/7"), entry(condition(spelled), f"{HERE}Condition/c1"))
    assert found.subject == Subject("local", local_id="9")


@pytest.mark.parametrize("named", ["Patient/7", f"{THERE}Patient/7"])
def test_what_one_of_two_servers_says_of_its_patient_is_not_about_the_others(tmp_path, named):
    """By FHIR, a relative reference is relative to the fullUrl of what it stands in."""
    own = entry(MEG, f"{HERE}Patient/7"), entry(condition(named), f"{THERE}Condition/c1")
    _, told = taken(tmp_path, *own, kind="collection")
    assert told.reason is Reason.ANOTHER_SERVER


def test_a_clinician_of_another_server_names_nobody_here(tmp_path):
    told = condition(f"{HERE}Patient/7", asserter={"reference": f"{THERE}Practitioner/1"})
    _, found = taken(tmp_path, entry(MEG, f"{HERE}Patient/7"), entry(told, f"{HERE}Condition/c1"))
    assert found.subject == Subject("local", local_id="7")
    assert found.refs[f"{THERE}Practitioner/1"] == ELSEWHERE
    [[alone]] = units(_written(tmp_path, told))
    assert alone.digest != found.raw.digest


def _written(folder, resource):
    path = folder / "alone.json"
    path.write_text(json.dumps(resource))
    return path


def test_where_nothing_tells_the_server_an_address_is_the_sources_own(tmp_path):
    _, found = taken(tmp_path, entry(MEG, UUID), entry(condition(f"{THERE}Patient/7"), OTHER))
    assert found.subject == Subject("local", local_id="7")


def test_what_another_server_holds_is_not_deleted_here(tmp_path):
    gone = entry(method="DELETE", url=f"{THERE}Condition/c1")
    _, told = taken(tmp_path, entry(MEG, f"{HERE}Patient/7"), gone)
    assert told.reason is Reason.ANOTHER_SERVER


def test_a_message_may_carry_a_document(tmp_path):
    inner = {"resourceType": "Bundle", "type": "document", "entry": [entry(MEG, UUID), entry(condition(UUID))]}
    found = taken(tmp_path, entry({"resourceType": "MessageHeader", "id": "m"}), entry(inner), kind="message")
    assert [each.raw.position[12:] for each in found] == ["entry 1", "entry 2 entry 1", "entry 2 entry 2"]
    assert found[2].subject == Subject("local", local_id="7")


def test_bundles_within_bundles_without_end_are_refused(tmp_path):
    inner = {"resourceType": "Bundle", "type": "batch", "entry": []}
    for _ in range(6):
        inner = {"resourceType": "Bundle", "type": "batch", "entry": [entry(inner)]}
    [told] = taken(tmp_path, entry(inner))
    assert told.reason is Reason.UNSUPPORTED_BUNDLE


def test_an_outcome_within_a_search_is_kept_as_context(tmp_path):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "incomplete"}]}
    _, told = taken(tmp_path, entry(MEG), entry(outcome), kind="searchset")
    assert (told.subject, told.raw.type, told.irregular) == (None, "OperationOutcome", ())


@pytest.mark.parametrize(
    "old",
    [
        MEG | {"meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1"]}},
        MEG | {"meta": {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/CareConnect-Patient-1"]}},
        condition("Patient/7", clinicalStatus="active"),
        {"resourceType": "MedicationStatement", "id": "m", "taken": "unk"},
        {"resourceType": "Immunization", "id": "i", "notGiven": False},
        {"resourceType": "ReferralRequest", "id": "r"},
    ],
)
def test_stu3_anywhere_refuses_the_bundle_once(tmp_path, old):
    [told] = taken(tmp_path, entry(MEG), entry(old))
    assert (told.reason, told.position) == (Reason.FHIR_STU3, "bundle.json")


def test_a_stu3_code_system_is_no_sign_of_stu3(tmp_path):
    """UK Core still names some code systems so."""
    coded = {"coding": [{"system": "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-X-1", "code": "1"}]}
    [problem] = taken(tmp_path, entry(condition("Patient/7", code=coded)))
    assert problem.irregular == ()


PERSONAL = [
    *("Winston_Funk_f98b23bf", "9434765919", "999-000-0018", "999 000 0018", "1960-05-01", "19500609", "1960"),
    *("Patel1 1960-05-01", "SMITH", "SMITH7", "A12345", "RBD", "day1-0018", "Patient12345", "bundle-1960-05-01"),
    *("Jos\u00e9", "\u0661\u0662"),
]
NEUTRAL = re.compile(r"(?:day1/)?(?:folder 1/day2|file 1)?(?:\.json|\.ndjson)?(?::1)?")


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("suffix", [".json", ".JSON", ".ndjson", ".pdf", ""])
def test_a_file_or_folder_named_after_a_person_is_told_by_number(tmp_path, name, suffix):
    for path in (f"{name}{suffix}", f"day1/{name}{suffix}", f"{name}/day2.json"):
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text("{")
        [[told]] = units(tmp_path)
        assert re.fullmatch(r"(?:day1/)?(?:folder 1/day2|file 1)?(?:\.json|\.ndjson)?(?::1)?", told.position), (
            told.position
        )
        (tmp_path / path).unlink()


@pytest.mark.parametrize(
    "name",
    ["Condition.json", "bundles-0001.json", "day2.json", "changes.json", "Patient.000.ndjson", "part3.json", "gp.json"],
)
def test_a_file_named_after_its_kind_keeps_its_name(tmp_path, name):
    (tmp_path / name).write_text(json.dumps(MEG))
    [[raw]] = units(tmp_path)
    assert raw.position.removesuffix(":1") == name


def test_a_folder_is_read_in_order_and_passes_over_nothing_in_silence(tmp_path):
    (tmp_path / "day2").mkdir()
    (tmp_path / "day1").mkdir()
    for name in ("day2/Patient.json", "day1/Patient.json", "day1/changes.json"):
        (tmp_path / name).write_text(json.dumps(MEG))
    (tmp_path / "day1" / "bundle.xml").write_text("<x/>")
    (tmp_path / "day1" / "notes.pdf").write_text("x")
    (tmp_path / "day1" / ".hidden").write_text("x")
    (tmp_path / "day2" / "feed.json").symlink_to("/etc/hostname")
    found = [each for unit in units(tmp_path, Limits()) for each in unit]
    told = [(each.position, each.reason if isinstance(each, Refused) else None) for each in found]
    assert told == [
        ("day1/Patient.json", None),
        ("day1/bundle.xml", Reason.XML),
        ("day1/changes.json", None),
        ("day1/file 4", Reason.UNSUPPORTED_FILE),
        ("day2/Patient.json", None),
        ("day2/feed.json", Reason.UNSUPPORTED_FILE),
    ]


@pytest.mark.parametrize("id_first", [True, False])
def test_a_bundle_that_says_itself_that_it_is_stu3_is_refused(tmp_path, id_first):
    profile = {"meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Bundle-1"]}}
    [told] = taken(tmp_path, entry(MEG), **({"id": "b"} | profile if id_first else profile))
    assert told.reason is Reason.FHIR_STU3
