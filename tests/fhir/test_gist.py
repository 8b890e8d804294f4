"""What is read from a gist is what is read from the bytes: no line, value, difference or name is another."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fhir.gist import SECTIONS, gist_of, packed, unpacked
from fhir.item import Item
from fhir.record import canonical, combine, read
from fhir.recorder import recorder
from fhir.statement import Statement
from tests.build import GP, HOSPITAL, amount, concept, say
from tests.strategies import irregular, regular, statements


def through_gists(said: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
    """(the same statements, closed where a gist holds them; those that were opened while they were used)."""
    asked: list[Statement] = []
    whole = {one.id: one for one in said}

    def opening(one: Statement) -> None:
        asked.append(one)
        one.open_as(whole[one.id])

    found: list[Statement] = []
    for source in {one.source for one in said}:
        own = [one for one in said if one.source == source]
        gist = unpacked(packed(gist_of(source, own, {b"k" * 16: 7})))
        found += gist.statements({one.id for one in own}, opening)
        found += [one for one in own if one.id in gist.opened]
    return found, asked


def told(statement: Statement) -> Any:
    """Everything that reading it gives."""
    place, item = read(statement)
    if not isinstance(item, Item):
        return place, item
    more = (item.fields, list(item.fields), item.order, item.past, item.absent, item.group, item.empty)
    elements = [statement.element(name) for name in ("component", "referenceRange")]
    return place, item.text, item.codes, item.status, item.when, more, recorder(statement), elements


@given(statements())
def test_a_record_from_gists_is_the_record_from_the_bytes(said: list[Statement]) -> None:
    closed, _ = through_gists(said)
    assert canonical(combine(closed)) == canonical(combine(said))


@given(st.lists(regular() | irregular(), max_size=4))
def test_every_statement_says_the_same_and_stays_closed(resources: list[dict[str, Any]]) -> None:
    said = [say(GP, {**one, "id": f"n{n}"}) for n, one in enumerate(resources)]
    closed, asked = through_gists(said)
    assert {one.id: told(one) for one in closed} == {one.id: told(one) for one in said}
    assert not asked


def test_what_safety_rests_on_is_always_opened() -> None:
    assert not SECTIONS & {"demographics", "allergies", "problems", "medications", "care-plans", "flags", "contacts"}


def test_two_sources_blood_pressures_are_compared_without_opening_them() -> None:
    def pressure(source: str, upper: int) -> Statement:
        parts = [
            {"code": concept("Systolic", ("http://loinc.org", "8480-6")), "valueQuantity": amount(upper, "mmHg")},
            {"code": concept("Diastolic", ("http://loinc.org", "8462-4")), "valueQuantity": amount(80, "mmHg")},
        ]
        code = concept("Blood pressure", ("http://loinc.org", "85354-9"))
        body = {"resourceType": "Observation", "status": "final", "code": code, "component": parts}
        return say(source, body | {"effectiveDateTime": "2026-03-05T08:00:00Z"})

    said = [pressure(GP, 130), pressure(HOSPITAL, 135)]
    closed, asked = through_gists(said)
    lines = combine(closed).section("results").lines
    assert [one.kind for line in lines for one in line.differences] == ["value", "components"]
    assert not asked
    assert canonical(combine(closed)) == canonical(combine(said))


def test_who_recorded_it_is_told_without_opening_it() -> None:
    body = {"resourceType": "Observation", "performer": [{"reference": "Practitioner/1"}], "status": "final"}
    said = say(GP, body, context={"Practitioner/1": {"name": [{"family": "Lee", "given": ["Ann"]}]}})
    closed, asked = through_gists([said])
    assert [recorder(one) for one in closed] == ["LEE, Ann"]
    assert not asked
