"""The invented region: the same every time, true to its own truth, and of the shapes that real feeds have."""

import csv
import importlib
import json
import re
import tracemalloc
from collections import Counter, defaultdict
from pathlib import Path

import nhs_number as official
import pytest

from app.synth import cast
from app.synth.case import RULES
from app.synth.dates import AS_OF
from app.synth.demographics import NHS_NUMBER
from app.synth.nhs_numbers import MOST_PEOPLE, nhs_number, wrong_check_digit
from app.synth.places import every_postcode
from app.synth.providers import PROVIDERS
from app.synth.region import write_person_with, write_region


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    for name in ("a", "b"):
        write_region(tmp_path / name, 30, 3)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert len(files) > 50
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_another_seed_invents_other_people_but_the_same_cast(tmp_path: Path):
    for seed in (1, 2):
        write_region(tmp_path / str(seed), 60, seed)
    first, second = (_rows(tmp_path / str(seed) / "truth/persons.csv") for seed in (1, 2))
    assert first[: len(cast.CAST)] == second[: len(cast.CAST)]
    assert [row["nhs"] for row in first] == [row["nhs"] for row in second]
    assert sum(a["family"] != b["family"] for a, b in zip(first[16:], second[16:], strict=True)) > 30


def test_a_person_is_the_same_in_a_larger_region(tmp_path: Path):
    for people in (40, 90):
        write_region(tmp_path / str(people), people, 5)
    for name in ("persons.csv", "links.csv", "facts.ndjson", "links_day2_changes.csv"):
        small, large = ((tmp_path / str(people) / "truth" / name).read_text() for people in (40, 90))
        assert large.startswith(small)


def test_every_number_is_a_real_test_number_and_no_two_are_alike():
    places = [*range(12_000), *range(12_000, MOST_PEOPLE, 997), MOST_PEOPLE - 1]
    numbers = [nhs_number(place) for place in places]
    assert len(set(numbers)) == len(places)
    assert all(official.is_valid(number, for_region=official.REGION_SYNTHETIC) for number in numbers[::7])
    assert all(number >= "9995" for number in numbers)
    assert not any(official.is_valid(wrong_check_digit(number)) for number in numbers[::7])
    with pytest.raises(ValueError, match="at most"):
        nhs_number(MOST_PEOPLE)


def test_every_link_is_of_a_patient_that_was_sent(region):
    for row in region.links:
        patient = region.held[row["provider"], f"Patient/{row['patient']}"]
        sent = [i["value"].replace(" ", "") for i in patient["identifier"] if i["system"] == NHS_NUMBER]
        assert sent == ([row["nhs_supplied"]] if row["nhs_supplied"] else [])
    patients = [key for key in region.held if key[1].startswith("Patient/")]
    assert len(patients) == len(region.links)


def test_a_number_is_the_persons_own_unless_the_truth_says_otherwise(region):
    for row in region.links:
        own = region.persons[row["person"]]["nhs"]
        if "nhs_bad_check_digit" in row["noise"]:
            assert row["nhs_supplied"][:9] == own[:9]
            assert not official.is_valid(row["nhs_supplied"])
        elif "nhs_of_another_person" in row["noise"]:
            other = row["noise"].partition("nhs_of_another_person:")[2].partition(";")[0]
            assert row["nhs_supplied"] == region.persons[other]["nhs"] != own
        else:
            assert row["nhs_supplied"] in (own, "")


def test_every_fact_stands_in_the_feeds_that_it_names(region):
    assert len(region.facts) > 1000
    for fact in region.facts:
        assert fact["sources"] or fact["status"] == "entered-in-error"
        for source in fact["sources"]:
            key = (source["provider"], source["resource"])
            assert region.owner[key] == fact["person"]
            assert source["code"] in json.dumps(region.held[key], ensure_ascii=False)
            assert source.get("dose", "") in json.dumps(region.held[key], ensure_ascii=False)


def test_every_trap_names_people_and_resources_that_exist(region):
    for trap in region.traps:
        assert set(trap["persons"]) <= set(region.persons)
        assert trap["rule"] == RULES[trap["kind"]]
        if "resource" in trap:
            assert region.owner[trap["provider"], trap["resource"]] == trap["persons"][0]


def test_all_kinds_of_trap_are_met_in_a_region_of_a_thousand(tmp_path: Path):
    write_region(tmp_path, 1000, 7)
    kinds = {json.loads(line)["kind"] for line in (tmp_path / "truth/traps.ndjson").read_text().splitlines()}
    assert kinds == set(RULES)


def test_everything_sent_is_valid_fhir_except_what_is_meant_not_to_be(region):
    model = importlib.import_module("fhir.resources.R4B").get_fhir_model_class
    irregular = {(trap["provider"], trap["resource"]) for trap in region.trapped("irregular_time")}
    assert irregular
    seen: Counter[str] = Counter()
    for (provider, name), resource in region.held.items():
        kind = resource["resourceType"]
        seen[kind] += 1
        if (provider, name) not in irregular and seen[kind] <= 150:
            model(kind).model_validate(resource)
    changed = [entry["resource"] for entries in region.changes.values() for entry in entries if "resource" in entry]
    for resource in changed:
        model(resource["resourceType"]).model_validate(resource)
    assert len(seen) >= 20


def test_every_reference_in_a_feed_resolves_within_it(region):
    known: dict[str, set[str]] = defaultdict(set)
    for provider, name in region.held:
        known[provider].add(name)
    for path in region.out.glob("day1/*/*.ndjson"):
        for line in path.read_text().splitlines():
            body = json.loads(line)
            here = {entry["fullUrl"] for entry in body.get("entry", ())} or known[path.parent.name]
            assert set(re.findall(r'"reference": ?"([^"]+)"', line)) <= here


def test_the_same_local_id_means_someone_else_elsewhere(region):
    owners = defaultdict(set)
    for row in region.links:
        owners[row["patient"]].add(row["person"])
    assert any(len(people) > 1 for people in owners.values())


def test_telephones_and_postcodes_belong_to_no_one(region):
    text = "".join(path.read_text() for path in region.out.rglob("*") if path.suffix in (".ndjson", ".json"))
    phones = re.findall(r'"system":"phone","value":"([^"]*)"', text)
    assert len(phones) > 300
    assert all(re.fullmatch(r"01632 960\d{3}", phone) for phone in phones)
    assert not re.search(r"\b07\d{3} ?\d{6}\b|@", text)
    postcodes = {code.replace(" ", "") for code in re.findall(r'"postalCode":"([^"]*)"', text)}
    assert postcodes <= {code.replace(" ", "") for code in every_postcode()}


def test_everything_from_the_mental_health_trust_is_labelled_restricted(region):
    held = [r for (provider, _), r in region.held.items() if provider.startswith("mental-")]
    assert held
    assert all(r["resourceType"] == "Patient" or r["meta"]["security"][0]["code"] == "R" for r in held)


def test_every_life_runs_forwards(region):
    for key, resource in region.held.items():
        person = region.persons.get(region.owner.get(key, ""))
        if person is None or resource["resourceType"] in ("Patient", "Appointment"):
            continue
        days = re.findall(r'"(\d{4}-\d\d-\d\d)', json.dumps(resource))
        assert all(person["birth"] <= day <= (person["death"] or AS_OF.isoformat()) for day in days), key
        period = resource.get("period", {})
        assert period.get("start", "") <= period.get("end", "9999")


def test_the_second_day_only_changes_what_is_there(region):
    for provider, entries in region.changes.items():
        for entry in entries:
            url = entry["request"]["url"]
            if entry["request"]["method"] == "DELETE" or entry["resource"].get("meta", {}).get("versionId") == "2":
                assert (provider, url) in region.held
            for link in entry.get("resource", {}).get("link", ()):
                assert (provider, link["other"]["reference"]) in region.held


def test_a_wrong_number_is_put_right_on_the_second_day(region):
    for trap in region.trapped("overlay_corrected"):
        (entry,) = [e for e in region.changes[trap["provider"]] if e["request"]["url"] == f"Patient/{trap['patient']}"]
        number = entry["resource"]["identifier"][0]["value"].replace(" ", "")
        assert number == region.persons[trap["persons"][0]]["nhs"]


def test_the_frail_have_much_and_children_little(region):
    sizes = defaultdict(list)
    held = Counter(region.owner.values())
    for pid, row in region.persons.items():
        sizes[row["history"]].append(held[pid])
    middle = {kind: sorted(counts)[len(counts) // 2] for kind, counts in sizes.items()}
    assert middle["frail"] >= 200
    assert 60 <= middle["adult"] <= 120
    assert middle["child"] < middle["adult"]


def test_providers_are_listed_with_what_they_may_send(region):
    rows = _rows(region.out / "providers.csv")
    assert [row["ods"] for row in rows] == [provider.ods for provider in PROVIDERS]
    assert all(re.fullmatch(r"[A-Z0-9]{1,9}", row["ods"]) for row in rows)
    assert {f"{row['kind']}-{row['ods']}" for row in rows} == {path.name for path in region.out.glob("day1/*")}


def test_a_thin_person_has_about_twenty_statements(tmp_path: Path):
    write_region(tmp_path, 300, 1, thin=True)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert 15 <= manifest["statements"] / 300 <= 27
    assert not manifest["cast"]


@pytest.mark.parametrize("statements", [200, 2_000, 10_000])
def test_one_record_can_be_made_as_large_as_a_benchmark_needs(tmp_path: Path, statements: int):
    write_person_with(tmp_path, statements)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert abs(manifest["statements"] - statements) <= 20
    assert manifest["patient_records"] == 2


def test_memory_does_not_grow_with_the_number_of_people(tmp_path: Path):
    def peak(people: int) -> int:
        tracemalloc.start()
        write_region(tmp_path / str(people), people, 1, thin=True)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(50)  # the first run fills caches that stay
    assert peak(900) < 1.4 * peak(300)


def test_progress_is_told_as_people_are_done(tmp_path: Path):
    told: list[int] = []
    write_region(tmp_path, 250, 1, thin=True, progress=told.append)
    assert told == [100, 200, 250]


def test_a_region_larger_than_the_numbers_reach_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="a region holds"):
        write_region(tmp_path, MOST_PEOPLE + 1, 1)
