"""Who is who does not depend on what arrived first: corrections, local merges, lines that name people by identifier."""

from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.grants import operator_grant
from app.identity import store
from app.statements import of_everyone
from app.synth.nhs_numbers import nhs_number
from tests.feeding import Json, Sender, register

_copies = count()

local_ids, who, births = st.sampled_from("12"), st.sampled_from([0, 1, None]), st.sampled_from(["1960-05-01", "1961"])
others = local_ids | st.sampled_from([0, 1])  # a local id, or which of the two NHS numbers
patients = st.fixed_dictionaries(
    {
        "kind": st.just("patient"), "id": local_ids, "who": who, "birth": births, "name": st.sampled_from("ab"),
        "link": st.none() | st.tuples(st.sampled_from(["replaces", "replaced-by"]), others),
    }
)  # fmt: skip
lines = st.fixed_dictionaries({"kind": st.just("line"), "id": local_ids, "of": others})
notes = st.fixed_dictionaries({"kind": st.just("note"), "id": local_ids, "who": who, "birth": births | st.none()})
events = st.lists(st.tuples(st.integers(0, 1), patients | patients | lines | notes), min_size=2, max_size=7)


def identifier(number: str) -> Json:
    return {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}


def pointer(to: str | int, numbers: list[str]) -> Json:
    return {"reference": f"Patient/{to}"} if isinstance(to, str) else {"identifier": identifier(numbers[to])}


def resource(event: dict[str, Any], second: int, numbers: list[str], family: str) -> Json:
    """What a source sends for an event, in a copy of the world with these numbers and this family name."""
    meta = {"lastUpdated": f"2026-01-01T00:00:{second:02}Z"}
    kind, local_id = event["kind"], event["id"]
    own = None if event.get("who") is None else numbers[event["who"]]
    described: Json = {
        "resourceType": "Patient",
        "identifier": [identifier(own)] if own else [],
        "name": [{"family": family, "given": [event.get("name", "a")]}],
        "address": [{"postalCode": "TB1 2AB"}],
    } | ({"birthDate": event["birth"]} if event.get("birth") else {})
    if kind == "patient":
        links = []
        if event["link"]:
            type_, other = event["link"]
            named = (
                {"reference": f"Patient/{other}"}
                if isinstance(other, str)
                else {"identifier": identifier(numbers[other])}
            )
            links = [{"type": type_, "other": named}]
        return described | {"id": local_id, "meta": meta, "link": links}
    of: Json = {"reference": "#p"}
    if kind == "line":
        number = event["of"]
        of = (
            {"reference": f"Patient/{number}"}
            if isinstance(number, str)
            else {"identifier": identifier(numbers[number])}
        )
    contained = {"contained": [described | {"id": "p"}]} if kind == "note" else {}
    return contained | {
        "resourceType": "Condition", "id": f"{kind}-{local_id}", "meta": meta, "subject": of, "code": {"text": "x"},
    }  # fmt: skip


def people_after(sender: Sender, arrivals: list[tuple[int, int, dict[str, Any]]]) -> set[frozenset[tuple[str, ...]]]:
    """Send these to two sources of their own, in this order, one delivery each; who then has which statements."""
    copy = next(_copies)
    sources = {f"W{copy:04}0": "0", f"W{copy:04}1": "1"}
    register(sender.engine, *sources)
    numbers, family = (
        [nhs_number(2 * copy), nhs_number(2 * copy + 1)],
        "Q" + "".join(chr(ord("a") + int(d)) for d in str(copy)),
    )
    for second, source, event in arrivals:
        sender.send(list(sources)[source], resource(event, second, numbers, family))
    everyone = of_everyone(sender.engine, operator_grant(sender.engine, "test"))
    found = {
        frozenset(
            (sources[s.source], s.type, "" if s.local_id.startswith("~") else s.local_id)
            for s in own if s.source in sources
        )
        for _, own in everyone
    }  # fmt: skip
    return found - {frozenset()}


@pytest.mark.parametrize("most_alike", [store.MOST_ALIKE, 2])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_people_and_lines(
    sender: Sender, most_alike: int, told: Any, chance: Any
) -> None:
    """Also where a name is just shared by too many to tell anything, or no longer."""
    arrivals = [(second, source, event) for second, (source, event) in enumerate(told)]
    shuffled = chance.sample(arrivals, len(arrivals))
    with patch.object(store, "MOST_ALIKE", most_alike):
        assert people_after(sender, arrivals) == people_after(sender, shuffled)
