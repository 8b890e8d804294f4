"""Lists of codes and of areas: what is wrong is refused whole; what leaves is the list's own words."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from app import db
from app.errors import BadUsage
from app.export import terminology
from app.export.terminology import allowed, is_snomed, lists, load, load_postcodes
from fhir.codes import Code, System
from tests.region import folder


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(engine: Engine) -> dict[str, terminology.CodeList]:
    with db.read(engine) as connection:
        return lists(connection)


def test_a_list_is_kept_with_where_it_comes_from_and_replaced_whole(engine: Engine, tmp_path: Path) -> None:
    load(engine, write(tmp_path, "code,term\n195967001,Asthma\n233678006,Childhood asthma\n"), "asthma", "Own, v1")
    assert load(engine, write(tmp_path, "\ufeffcode,term\n195967001,Asthma\n"), "asthma", "Own, v2") == 1
    found = loaded(engine)["asthma"]
    assert (found.citation, len(found.codes)) == ("Own, v2", 1)


def test_what_a_statement_means_is_found_by_code_by_test_or_by_the_terms_own_words(
    engine: Engine, tmp_path: Path
) -> None:
    text = "code,term,class\n195967001,Asthma,\n271649006,Systolic blood pressure,\n320139002,Salbutamol inhaler,SABA\n"
    load(engine, write(tmp_path, text), "own", "Own")
    found = loaded(engine)["own"]
    asthma = found.of([Code(System.ICD10, "J45"), Code(System.SNOMED, "195967001", "wheezy")], "wheezy")
    assert asthma and asthma.term == "Asthma"
    systolic = found.of([Code(System.LOINC, "8480-6")], "")
    assert systolic and systolic.code == "271649006"
    inhaler = found.of([Code("https://dmd.nhs.uk", "320139002")], "")
    assert inhaler and inhaler.kind == "SABA"
    assert found.of([], " ASTHMA ") == asthma
    assert found.of([Code(System.ICD10, "J45")], "Asthma") is None


def test_sensitive_codes_never_leave_whatever_list_has_them(engine: Engine, tmp_path: Path) -> None:
    load(engine, write(tmp_path, "code,term\n195967001,Asthma\n44054006,Type 2 diabetes\n"), "problems", "Own")
    load(engine, write(tmp_path, "code,term\n44054006,Type 2 diabetes\n"), "sensitive", "Own")
    assert [one.code for one in allowed(loaded(engine)).codes.values()] == ["195967001"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,term\n195967002,Asthma\n", "line 2: not a SNOMED"),
        ("code,term\n195967001,\n", "line 2"),
        ("code,term\n195967001,Asthma of 9990000018\n", "line 2"),
        ("code,term\n195967001,=cmd()\n", "line 2"),
        ("name\nAsthma\n", "line 2"),
        ("code,term\n", "empty"),
    ],
)
def test_a_list_that_is_wrong_anywhere_is_refused_whole(engine: Engine, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadUsage, match=words) as told:
        load(engine, write(tmp_path, text), "asthma", "Own")
    assert "999000" not in str(told.value)
    assert loaded(engine) == {}


def test_a_list_says_what_it_is_called_and_where_it_comes_from(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path, "code,term\n195967001,Asthma\n")
    for name, citation in (("Asthma list", "Own"), ("asthma", " "), ("", "Own")):
        with pytest.raises(BadUsage):
            load(engine, path, name, citation)


def test_an_nhs_number_is_no_code_in_any_system(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="not a code"):
        load(engine, write(tmp_path, "code,term\n9990000018,Asthma\n"), "asthma", "Own", "https://example.org")


@pytest.mark.parametrize("line", ['"=HYPERLINK(""https://x.example"")",Asthma,', "@SUM(1),Asthma,", "A1,Asthma,+x"])
def test_nothing_of_a_list_begins_as_a_formula(engine: Engine, tmp_path: Path, line: str) -> None:
    with pytest.raises(BadUsage, match="line 2: nothing begins as a formula"):
        load(engine, write(tmp_path, f"code,term,system\n{line}\n"), "own", "Own", "https://example.org")


def test_postcodes_are_compared_without_spaces_and_deciles_are_checked(engine: Engine, tmp_path: Path) -> None:
    assert load_postcodes(engine, write(tmp_path, "postcode,lsoa11,imd2019_decile\ntb1 1aa,E01,3\nTB1 1AB,E01,\n")) == 2
    for wrong in ("TB1 1AA,E01,11", "TB1 1AA,,3", ",E01,3"):
        with pytest.raises(BadUsage, match="line 2"):
            load_postcodes(engine, write(tmp_path, f"postcode,lsoa11,imd2019_decile\n{wrong}\n"))


def test_every_code_of_the_open_lists_has_the_right_last_digit() -> None:
    for path in folder("reference").glob("codelists/*.csv"):
        codes = [line.split(",")[0] for line in path.read_text().splitlines()[1:]]
        assert codes and all(map(is_snomed, codes)), path.name
    assert (
        not is_snomed("195967002")
        and not is_snomed("19596")
        and not is_snomed("".join(chr(ord(digit) + 0xFEE0) for digit in "195967001"))
    )
