"""A release has what was agreed, of those who did not opt out, and no more."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app import audit, clock
from app.crypto import open_way_back
from app.export import checks, dictionary, files, rows, terminology
from app.export.releases import CHECKED, FAILED, MEASURES
from app.export.vault import Vault
from app.settings import Settings
from tests.app.export import crowd
from tests.app.export.planning import Made, approved, failed, table, the_files_agree
from tests.feeding import GP, TRUST, Sender, bundle, condition, deletion, nhs, register

ECZEMA = crowd.coded("43116000", "Eczema")


def test_a_release_has_typed_rows_a_dictionary_and_a_manifest_of_hashes(
    sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    release, folder = make()
    assert (release.state, failed(release)) == (CHECKED, set())
    people = table(folder, "people")
    assert len(people) == crowd.PEOPLE
    assert {(p["age_band"], p["deprivation"], p["ethnic_group"]) for p in people} == {("50-59", "3", "")}
    [problem] = {tuple(row.values())[1:] for row in table(folder, "problems")}
    assert problem == ("http://snomed.info/sct", "195967001", "Asthma", "active", "2010-06")
    [medicine] = {(row["term"], row["kind"], row["month"]) for row in table(folder, "medicines")}
    assert medicine == ("Salbutamol 100micrograms/dose inhaler CFC free", "prescribed", "2026-05")
    units = {(row["code"], row["unit"], row["month"], row["setting"]) for row in table(folder, "observations")}
    assert units == {
        ("271649006", "mm[Hg]", "2026-05", "clinic"), ("271650006", "mm[Hg]", "2026-05", "clinic"),
        ("27113001", "kg", "2026-05", "clinic"),
    }  # fmt: skip
    the_files_agree(folder)


def test_a_home_reading_is_a_row_of_its_own_setting_and_weight_is_whole(
    sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    home = {
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-RecordingSetting",
        "valueCodeableConcept": {"coding": [{"code": "residential"}]},
    }
    sender.send(GP, *(crowd.records(n)[2] | {"id": f"h{n}", "extension": [home]} for n in range(crowd.PEOPLE)))
    rows = table(make()[1], "observations")
    assert sum(row["setting"] == "home" for row in rows) == 2 * crowd.PEOPLE
    assert all(row["value"].isdecimal() for row in rows)


def test_what_is_rare_unlisted_or_near_birth_stays_and_is_counted(sender: Sender, make: Callable[..., Made]) -> None:
    crowd.load(sender)
    sender.send(
        GP,
        *(condition(f"r{n}", f"crowd-{n}", "", code=crowd.coded("44054006", "Diabetes")) for n in range(9)),
        *(condition(f"u{n}", f"crowd-{n}", "Something that Crowdy said") for n in range(20)),
        *(
            condition(
                f"b{n}", f"crowd-{n}", "", code=crowd.coded("43116000", "Eczema"), onsetDateTime=f"19{70 + n % 5}-06"
            )
            for n in range(crowd.PEOPLE)
        ),
    )
    release, folder = make()
    assert {(row["code"], row["onset_month"]) for row in table(folder, "problems")} == {
        ("195967001", "2010-06"), ("43116000", ""),
    }  # fmt: skip
    told = {(one["dataset"], one["reason"]): one["count"] for one in release.report["left_out"]}
    assert told["problems", "a code of too few people"] == "10"
    assert told["problems", "a code that is not listed"] == "20"


def test_a_birth_known_to_the_month_hides_the_months_about_it(sender: Sender, make: Callable[..., Made]) -> None:
    crowd.load(sender)
    sender.send(GP, *(crowd.person(n, birthDate="1975-06") for n in range(crowd.PEOPLE)))
    sender.send(GP, *(crowd.records(n)[0] | {"onsetDateTime": "1975-07-03"} for n in range(crowd.PEOPLE)))
    assert {row["onset_month"] for row in table(make()[1], "problems")} == {""}


def test_a_month_over_ninety_years_ago_tells_no_age(sender: Sender, make: Callable[..., Made]) -> None:
    crowd.load(sender)
    day = clock.today()
    sender.send(GP, *(crowd.person(n, birthDate=f"{day.year - 101}-05-01") for n in range(crowd.PEOPLE)))
    for n, month in enumerate((f"{day.year - 90}-{day:%m}", f"{day.year - 91}-12")):
        sender.send(GP, *(crowd.records(k)[0] | {"onsetDateTime": month} for k in range(12 * n, 12 * n + 12)))
    _, folder = make()
    assert {row["age_band"] for row in table(folder, "people")} == {"90+"}
    assert {row["onset_month"] for row in table(folder, "problems")} == {f"{day.year - 90}-{day:%m}", ""}


def test_an_age_band_changes_with_the_year_for_everyone(sender: Sender, make: Callable[..., Made]) -> None:
    """Else two releases between which it changes would tell in which month somebody was born."""
    with clock.stopped_at(datetime(2026, 11, 2, 12, tzinfo=UTC)):
        crowd.load(sender)
        sender.send(GP, *(crowd.person(n, birthDate=f"1976-{1 + n % 12:02}-28") for n in range(crowd.PEOPLE)))
        assert {row["age_band"] for row in table(make()[1], "people")} == {"50-59"}


def test_what_is_labelled_or_coded_as_sensitive_stays_whatever_else_it_is_coded_as(
    sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    listed = sender.folder / "sensitive.csv"
    listed.write_text("code,term\n86406008,HIV infection\n")
    terminology.load(sender.engine, listed, "sensitive", "own")
    both = crowd.coded("43116000", "Skin problem")
    both["coding"].append({"system": "http://snomed.info/sct", "code": "86406008"})
    label = {"meta": {"security": [{"code": "V"}]}}
    sender.send(GP, *(condition(f"s{n}", f"crowd-{n}", "", code=both) for n in range(crowd.PEOPLE)))
    sender.send(GP, *(one | label for n in range(crowd.PEOPLE) for one in crowd.records(n)[1:3]))
    release, folder = make()
    assert {row["code"] for row in table(folder, "problems")} == {"195967001"}
    assert table(folder, "medicines") == []
    assert {row["code"] for row in table(folder, "observations")} == {"27113001"}
    kept = {one["dataset"] for one in release.report["left_out"] if one["reason"] == rows.SENSITIVE}
    assert kept == {"problems", "medicines", "observations"}


def test_who_is_restricted_has_no_area_also_after_their_details_were_deleted(
    sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    label = {"meta": {"security": [{"code": "R"}]}}
    people = range(crowd.PEOPLE)
    sender.send(TRUST, *(crowd.person(n) | label for n in people))
    deleted = sender.folder / "deleted.json"
    deleted.write_text(json.dumps(bundle(*(deletion(f"Patient/crowd-{n}") for n in people))))
    sender.send_files(TRUST, [deleted])
    assert {row["deprivation"] for row in table(make()[1], "people")} == {""}


def test_what_a_feed_is_no_longer_registered_for_does_not_leave(
    engine: Engine, sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    register(engine, GP, categories="demographics medications results")
    _, folder = make()
    assert len(table(folder, "people")) == len(table(folder, "medicines")) == crowd.PEOPLE
    assert table(folder, "problems") == []


def test_who_has_no_number_to_look_for_is_absent(sender: Sender, make: Callable[..., Made]) -> None:
    """Whether they opted out cannot be known."""
    crowd.load(sender)
    sender.send(GP, crowd.person(0, identifier=[]), crowd.person(1, identifier=[nhs(crowd.number(1), use="old")]))
    release, folder = make()
    assert len(table(folder, "people")) == crowd.PEOPLE - 2
    assert release.report["opted_out"]["national"] == "*"
    _, folder = make(national_applies=False, opt_out_reason="Regulation 3 notice")
    assert len(table(folder, "people")) == crowd.PEOPLE


def test_who_opted_out_in_any_way_is_absent_and_told_only_as_a_star(
    sender: Sender, vault: Vault, settings: Settings, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    crowd.load_lists(sender, opted_out=crowd.number(0))
    type1 = crowd.coded(
        "827241000000103", "Dissent from secondary use of general practitioner patient identifiable data"
    )
    consent = {
        "resourceType": "Consent", "id": "no", "status": "active", "patient": {"reference": "Patient/crowd-2"},
        "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "x"}], "provision": {"type": "deny"},
    }  # fmt: skip
    sender.send(GP, condition("t1", "crowd-1", "", code=type1), consent)
    release, folder = make()
    assert len(table(folder, "people")) == crowd.PEOPLE - 3
    assert release.report["opted_out"] == {"national": "*", "objection": "*", "type-1": "*"}
    letters = [row["person"] for row in table(folder, "people")]
    back = vault.lead_back(open_way_back(settings.keys_dir), release.project_id, letters)
    assert not {sender.person_of(GP, f"crowd-{n}") for n in range(3)} & set(back.values())


def test_the_same_people_keep_their_letters_and_other_projects_have_others(
    sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    project = approved(sender.engine)
    first, again, other = (
        {row["person"] for row in table(folder, "people")} for _, folder in (make(project), make(project), make())
    )
    assert first == again
    assert not first & other


def test_too_few_people_do_not_pass(sender: Sender, make: Callable[..., Made]) -> None:
    crowd.load(sender, people=6)
    release, folder = make()
    assert (release.state, failed(release)) == (FAILED, {"groups"})
    assert not folder.exists()


def test_a_name_in_a_code_list_does_not_pass(sender: Sender, make: Callable[..., Made]) -> None:
    """The term of a list is checked as well, against everyone: an operator may have loaded the wrong file."""
    crowd.load(sender)
    path = sender.folder / "asthma.csv"
    path.write_text("code,term\n195967001,Asthma of Crowdson7 Crowdy7\n")
    terminology.load(sender.engine, path, "zz-last", "wrong file")
    release, folder = make()
    assert (release.state, failed(release)) == (FAILED, {"identifiers"})
    assert "Crowdson7" not in json.dumps(release.report)
    assert not folder.exists()


def test_a_number_as_long_as_a_name_does_not_pass_in_either_kind_of_file(tmp_path: Path) -> None:
    columns = dictionary.OBSERVATIONS
    known = checks.Known({"observations": columns}, terminology.sensitive({}), frozenset())

    def verdicts(value: float) -> tuple[bool, bool]:
        row = ("a" * 28, "", "", "", value, "kg", None, "home")
        files.write_table(tmp_path, "observations", columns, [[row]])
        listed = ": value" not in checks.only_listed_values(tmp_path, known).words
        return listed, checks.numbers_are_coarse(tmp_path).passed

    assert (verdicts(71.0), verdicts(1230.0)) == ((True, True), (True, True))
    assert verdicts(71.23) == (False, False)
    assert verdicts(123456.0)[0] is False
    assert verdicts(1234.0) == (True, False)


def test_a_name_in_the_place_of_a_code_does_not_pass(sender: Sender, make: Callable[..., Made]) -> None:
    crowd.load(sender)
    path = sender.folder / "own.csv"
    path.write_text("code,term\nCrowdson7_Crowdy7,Cough\n")
    terminology.load(sender.engine, path, "own", "wrong file", "https://example.org")
    cough = crowd.coded("Crowdson7_Crowdy7", "Cough", "https://example.org")
    sender.send(GP, *(condition(f"k{n}", f"crowd-{n}", "", code=cough) for n in range(crowd.PEOPLE)))
    release, _ = make()
    assert (release.state, failed(release)) == (FAILED, {"identifiers"})


def test_measures_are_suppressed_rounded_and_compared_with_earlier_ones(
    engine: Engine, sender: Sender, make: Callable[..., Made]
) -> None:
    crowd.load(sender)
    project = approved(engine)
    with clock.stopped_at(clock.now()):
        release, folder = make(project, MEASURES)
        assert (release.state, failed(release)) == (CHECKED, set())
        rows = {(row["measure"], row["practice"]): row for row in table(folder, "measures")}
        assert rows["asthma_saba1_no_ics", GP]["denominator"] == "25"
        assert rows["asthma_saba1_no_ics", GP]["numerator"] == ""
        assert rows["asthma_saba3_no_ics", GP]["numerator"] == "0"
        again, _ = make(project, MEASURES)
        assert again.state == CHECKED
        sender.send(GP, *(one for n in (30, 31) for one in (crowd.person(n), *crowd.records(n))))
        close, _ = make(project, MEASURES)
        assert (close.state, failed(close)) == (FAILED, {"differencing"})
        assert audit.verify(engine)[1] is None


def test_a_person_of_two_practices_and_a_hospital_is_one_row(sender: Sender, make: Callable[..., Made]) -> None:
    crowd.load(sender)
    sender.send(TRUST, *(crowd.person(n) for n in range(crowd.PEOPLE)))
    sender.send(TRUST, *({**one, "id": f"t-{one['id']}"} for n in range(crowd.PEOPLE) for one in crowd.records(n)))
    _, folder = make()
    assert len(table(folder, "people")) == len(table(folder, "problems")) == len(table(folder, "medicines"))
    assert len(table(folder, "observations")) == 3 * crowd.PEOPLE
