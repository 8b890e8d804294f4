"""The named people of the demo: each is where their story says, and their records hold what it needs."""

import json
import re

from app.synth import cast


def test_a_restricted_person_has_no_address_and_no_telephone_anywhere(region):
    restricted = {pid for pid, row in region.persons.items() if row["restricted"] == "1"}
    patients = [
        resource
        for key, resource in region.held.items()
        if resource["resourceType"] == "Patient" and region.owner[key] in restricted
    ]
    assert patients
    for patient in patients:
        assert "address" not in patient
        assert "telecom" not in patient
        assert patient["meta"]["security"][0]["code"] == "R"


def test_nothing_is_dated_after_a_death(region):
    doris = region.persons[f"P{cast.DORIS + 1:06d}"]
    for provider, resource in region.of(cast.DORIS):
        days = re.findall(r'"(\d{4}-\d\d-\d\d)', json.dumps(resource))
        assert all(day <= doris["death"] for day in days), (provider, resource["resourceType"])


def test_what_a_dissenting_persons_practice_holds_is_expected_on_no_page(region):
    page = region.pages[cast.GEOFFREY]
    assert page["gp_dissent"]
    shown = [line for part in ("problems", "allergies", "medicines") for line in page[part]]
    assert not any(source.startswith("gp-") for line in shown for source in line["sources"])
    assert any(resource["provision"]["type"] == "deny" for _, resource in region.of(cast.GEOFFREY, "Consent"))


def test_edith_is_known_to_every_adult_provider_and_is_in_hospital_now(region):
    held = region.of(cast.EDITH)
    assert len(held) >= 250
    assert {provider.partition("-")[0] for provider, _ in held} == {"gp", "acute", "community", "mental", "social"}
    stays = [p for p, r in region.of(cast.EDITH, "Encounter") if r["status"] == "in-progress"]
    assert stays == [f"acute-{cast.HOSPITAL}"]
    words = json.dumps([resource for _, resource in held])
    assert "ReSPECT" in words
    assert "Lasting power of attorney" in words
    kinds = {trap["kind"] for trap in region.traps if trap["persons"][0] == "P000001"}
    assert kinds >= {"delabelled_allergy", "nkda_conflict", "dose_conflict", "onset_conflict", "status_conflict"}
    assert kinds >= {
        "medicine_status_conflict",
        "verification_conflict",
        "same_lab_result_twice",
        "nhs_traced",
        "allergy_medicine_conflict",
    }


def test_each_named_person_is_where_the_story_says(region):
    providers = {place: {p.partition("-")[2] for p, _ in region.of(place)} for place in range(len(cast.CAST))}
    at_practice = [place for place, known in providers.items() if cast.GP_PRACTICE in known]
    assert at_practice == [p for p in range(len(cast.CAST)) if p not in (cast.WEI, cast.MARTIN)]
    flags = [(p, r["code"]["text"]) for p, r in region.of(cast.ALFIE, "Flag")]
    assert any(p.startswith("children-") and "Child protection" in words for p, words in flags)
    assert not any(p.startswith("gp-") for p, _ in region.of(cast.WEI))
    assert any("staff" in r["code"]["text"] for _, r in region.of(cast.KAI, "Flag"))
    assert [row["given"] for row in region.persons.values()][cast.SUHARTI] == ""
    overlay = next(trap for trap in region.trapped("overlay_corrected") if trap["persons"][0] == "P000013")
    assert overlay["persons"][1] == "P000002"
