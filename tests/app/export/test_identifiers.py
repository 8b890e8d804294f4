"""Whoever is named in a release is found, however it is written; nobody is found who is not."""

from uuid import UUID

import pytest

from app.export.identifiers import Phrases, hits
from tests.feeding import Json, patient

KEY = UUID("6e1cbbc8-436f-494b-b214-704ee8129b6b")
ASHA = patient(
    "local-id-77", telecom=[{"value": "01632 960 123"}, {"value": "Asha.P@Example.org"}],
    contact=[{"name": {"family": "O'Neil", "given": ["Max"]}}],
)  # fmt: skip


def found(text: str, resource: Json = ASHA) -> set[str]:
    return set(hits(Phrases([text]), [("local-id-77", resource)], [KEY]))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9990000018", "number"),
        ("NHS no. 999 000 0018.", "number"),
        ("999-000-0018", "number"),
        ("\uff19\uff19\uff19\uff10\uff10\uff10\uff10\uff10\uff11\uff18", "number"),
        ("x129990000018", "number"),
        ("call 01632 960123", "number"),
        ("Asthma of Asha Patel", "name"),
        ("PATEL, Asha (Mrs)", "name"),
        ("next of kin Max O'Neil", "name"),
        ("at 1 mill lane", "address"),
        ("TB1 2AB", "postcode"),
        ("tb12ab", "postcode"),
        ("mail asha.p@example.org please", "e-mail"),
        ("local-id-77.csv", "identifier"),
        (str(KEY), "key"),
        (KEY.hex.upper(), "key"),
    ],
)
def test_everything_that_names_asha_is_found_however_it_is_written(text: str, kind: str) -> None:
    assert found(text) == {kind}


@pytest.mark.parametrize(
    "text", ["Patel's sign", "Asha", "mill lane", "999000001", "TB1", "O'Neil", "a b c d", "", "1960-05", "2 mill lane"]
)
def test_what_names_nobody_is_not_found(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize("text", ["unknown", "Patient", "clinic"])
def test_a_word_in_place_of_an_identifier_names_nobody(text: str) -> None:
    """A source that has none writes one; the files of every release have such words too."""
    assert set(hits(Phrases(["unknown clinic", "patient"]), [(text, {"identifier": [{"value": text}]})], [])) == set()


def test_people_are_counted_once_by_kind_and_no_value_is_told() -> None:
    told = hits(Phrases(["Asha Patel, 9990000018, Asha Patel"]), [("1", ASHA), ("2", ASHA)], [])
    assert told == {"name": 2, "number": 2}
