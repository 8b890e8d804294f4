"""An opt-out counts however it was said, and where opt-outs cannot be known nothing leaves."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app import clock, db, projects
from app.errors import BadUsage, NotReady
from app.export import optouts
from app.export.optouts import MAY_USE, OPTED_OUT
from tests.app.export.planning import approved
from tests.feeding import ASHA, BEN, GP, TRUST, Json, Sender, condition, patient

CARA = "9990000034"
LATER = date(2099, 1, 1)


def out(sender: Sender, **changes: Any) -> set[UUID]:
    """Whom a project must leave out today."""
    project = projects.get(sender.engine, approved(sender.engine, **changes))
    with db.read(sender.engine) as connection:
        return optouts.excluded(connection, project, clock.today())


def listed(sender: Sender, text: str | bytes, polarity: str = OPTED_OUT, until: date = LATER) -> int:
    path = sender.folder / "list.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return optouts.load(sender.engine, path, polarity, until)


@pytest.fixture
def two(sender: Sender) -> tuple[UUID, UUID]:
    """Asha and Ben, known to their practice."""
    ben = patient("2", BEN, name=[{"family": "Otieno", "given": ["Ben"]}], birthDate="1971-02-03")
    sender.send(GP, patient("1"), ben)
    found = (sender.person_of(GP, "1"), sender.person_of(GP, "2"))
    assert found[0] and found[1]
    return found[0], found[1]


@pytest.mark.parametrize(
    "text",
    [
        f"{ASHA}\n",
        f"{ASHA},\r\n{CARA},\r\n",
        f"nhs_number\r\n{ASHA}\r\n",
        f"\ufeffnhs_number\n{ASHA}\n\n",
        f'date,"NHS_Number"\n2026-01-01,"{ASHA[:3]} {ASHA[3:6]} {ASHA[6:]}"\n',
    ],
)
def test_a_list_is_read_in_every_form_in_which_it_comes(sender: Sender, two: tuple[UUID, UUID], text: str) -> None:
    listed(sender, text)
    assert out(sender) == {two[0]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("nhs_number\n", "empty"),
        (",\n,\n", "empty"),
        (f"{ASHA}\n9990000019\n{BEN}\nsmith\n", "lines 2, 4"),
        (f"{ASHA},Smith\n", "line 1"),
        (f"nhs_number,name\n{ASHA},x\n,y\n", "line 3"),
        ("".join(chr(ord(digit) + 0xFEE0) for digit in ASHA), "line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_list_that_is_wrong_anywhere_is_refused_whole_without_a_value(
    sender: Sender, two: tuple[UUID, UUID], text: str | bytes, words: str
) -> None:
    listed(sender, f"{BEN}\n")
    with pytest.raises(BadUsage, match=words) as told:
        listed(sender, text)
    assert "999000" not in str(told.value)
    assert out(sender) == {two[1]}


def test_a_file_that_is_not_there_or_a_day_that_is_past_is_refused(sender: Sender, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="read"):
        optouts.load(sender.engine, tmp_path / "none.csv", OPTED_OUT, LATER)
    with pytest.raises(BadUsage, match="past"):
        listed(sender, f"{ASHA}\n", until=clock.today() - timedelta(days=1))
    with pytest.raises(BadUsage, match="polarity"):
        listed(sender, f"{ASHA}\n", "yes")


def test_of_those_who_may_be_used_whoever_is_not_on_the_list_is_out(sender: Sender, two: tuple[UUID, UUID]) -> None:
    sender.send(GP, patient("3", "", name=[{"family": "Nolan", "given": ["Nia"]}]))
    listed(sender, f"{ASHA}\n", MAY_USE)
    assert out(sender) == {two[1], sender.person_of(GP, "3")}


def test_without_a_list_or_with_an_old_one_nothing_may_leave(sender: Sender, two: tuple[UUID, UUID]) -> None:
    with pytest.raises(NotReady, match="no list"):
        out(sender)
    listed(sender, f"{ASHA}\n", until=clock.today())
    assert out(sender) == {two[0]}
    with db.read(sender.engine) as connection, pytest.raises(NotReady, match="out of date"):
        project = projects.get(sender.engine, approved(sender.engine))
        optouts.excluded(connection, project, clock.today() + timedelta(days=1))


def test_a_project_to_which_it_does_not_apply_needs_no_list(sender: Sender, two: tuple[UUID, UUID]) -> None:
    assert out(sender, national_applies=False, opt_out_reason="Regulation 3 notice") == set()


@pytest.mark.parametrize("polarity", [OPTED_OUT, MAY_USE])
def test_someone_with_two_numbers_is_out_if_either_is(sender: Sender, polarity: str) -> None:
    second = [
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": ASHA},
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": CARA},
    ]
    sender.send(GP, patient("1", identifier=second))
    listed(sender, f"{CARA if polarity == OPTED_OUT else ASHA}\n", polarity)
    assert out(sender) == {sender.person_of(GP, "1")}


TYPE1: list[Json] = [
    {"coding": [{"system": "http://snomed.info/sct", "code": "827241000000103"}]},
    {"coding": [{"system": "http://read.info/ctv3", "code": "XaZ89"}]},
    {"coding": [{"system": "http://read.info/readv2", "code": "9Nu0."}]},
    {"coding": [{"code": "9Nu0.00"}, {"system": "x", "code": "y"}]},
]


@pytest.mark.parametrize("code", TYPE1)
def test_a_type_1_code_anywhere_in_the_practice_record_counts(
    sender: Sender, two: tuple[UUID, UUID], code: Json
) -> None:
    listed(sender, f"{CARA}\n")
    observation = {
        "resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Consent"},
        "subject": {"reference": "Patient/1"}, "valueCodeableConcept": code,
    }  # fmt: skip
    sender.send(GP, observation, condition("c", "2", "", code=code))
    assert out(sender) == set(two)
    assert out(sender, type1_applies=False, opt_out_reason="Regulation 3 notice") == set()


def test_a_type_1_code_of_a_hospital_is_none_and_one_spelled_with_escapes_is(
    sender: Sender, two: tuple[UUID, UUID]
) -> None:
    listed(sender, f"{CARA}\n")
    sender.send(TRUST, patient("9"), condition("c", "9", "", code=TYPE1[0]))
    assert out(sender) == set()
    sender.send(GP, '{"resourceType":"Condition","id":"e","subject":{"reference":"Patient/1"},'
                '"clinicalStatus":{"coding":[{"code":"active"}]},'
                '"code":{"coding":[{"code":"\\u0039Nu0."}]}}')  # fmt: skip
    assert out(sender) == {two[0]}


def test_an_objection_at_any_source_counts_always_and_ends_with_it(sender: Sender, two: tuple[UUID, UUID]) -> None:
    listed(sender, f"{CARA}\n")
    consent = {
        "resourceType": "Consent", "id": "no", "status": "active", "patient": {"reference": "Patient/1"},
        "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "x"}], "provision": {"type": "deny"},
    }  # fmt: skip
    sender.send(GP, consent)
    assert out(sender, type1_applies=False, national_applies=False, opt_out_reason="why") == {two[0]}
    sender.send(GP, consent | {"status": "inactive"})
    assert out(sender) == set()


def test_the_list_is_kept_as_tokens_only(engine: Engine, sender: Sender) -> None:
    listed(sender, f"{ASHA}\n")
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT token FROM opt_outs").all()
    assert len(rows) == 1
    assert all(ASHA.encode() not in bytes(row[0]) for row in rows)


@given(st.text(max_size=60))
def test_no_text_is_read_as_a_list_in_silence(text: str) -> None:
    """Either every line that holds anything gave a number, or the whole is refused."""
    try:
        numbers = optouts.read_list(text.encode("utf-8", "surrogatepass"))
    except BadUsage as error:
        assert not any(character.isdigit() and character in str(error) for character in set(text) - set("0123456789"))
    else:
        assert numbers


def test_an_objection_counts_for_every_record_of_its_number(sender: Sender, two: tuple[UUID, UUID]) -> None:
    """Her hospital has another date of birth, so that nobody has linked its record with her practice's."""
    consent = {
        "resourceType": "Consent", "id": "no", "status": "active", "patient": {"reference": "Patient/7"},
        "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "x"}], "provision": {"type": "deny"},
    }  # fmt: skip
    sender.send(TRUST, patient("7", birthDate="1961-05-01"), consent)
    hospital = sender.person_of(TRUST, "7")
    assert hospital and hospital != two[0]
    assert out(sender, national_applies=False, opt_out_reason="Regulation 3 notice") == {two[0], hospital}
