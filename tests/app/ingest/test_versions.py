"""Which version of a thing counts: what was deleted stays so, and the next delivery of a thing takes its place."""

import pytest

from tests.app.ingest.test_hard_cases import records, result
from tests.feeding import ASHA, GP, Json, Sender, bundle, condition, deletion, patient


@pytest.mark.parametrize(
    ("meta", "back"),
    [
        ({"versionId": "1"}, False),
        ({"versionId": "W1", "lastUpdated": "2026-03-01T12:00:00Z"}, False),
        ({"lastUpdated": "2026-03-01T12:00:00Z"}, False),
        ({}, True),
    ],
)
def test_a_past_delivery_sent_once_more_does_not_bring_back_what_was_deleted(
    sender: Sender, meta: Json, back: bool
) -> None:
    """Without a version or a time nothing tells it from a new one."""
    first = [patient("1"), condition("c1", of="1") | {"meta": meta}]
    sender.send(GP, *first)
    sender.send(GP, bundle(deletion("Condition/c1")))
    sender.send(GP, *first)
    [record] = records(sender)
    assert bool(record.section("problems").lines) is back


HISTORIES = [
    ([deletion("Condition/c1"), condition("c1", of="1", words="Old")], []),
    ([condition("c1", of="1", words=words) for words in ("New", "Old", "Oldest")], ["New"]),
    ([condition("c1", of="1", words=words) for words in ("Alpha", "Beta", "Gamma")], ["Alpha"]),
    ([condition("c1", of="1", words="New"), deletion("Condition/c1"), condition("c1", of="1", words="Old")], ["New"]),
    ([condition("c1", of="1", words=v) | {"meta": {"versionId": v}} for v in ("1", "2")], ["2"]),
]


@pytest.mark.parametrize(("versions", "now"), HISTORIES)
@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("padding", [0, 600])
def test_a_history_tells_the_newest_first_and_what_was_deleted_stays_so(
    sender: Sender, versions: list[Json], now: list[str], held: bool, padding: int
) -> None:
    """Its older versions are kept as what was said before, also where they come in another unit; sent again, too."""
    sender.send(GP, patient("1"), *([condition("c1", of="1", words="First")] if held else []))
    between = [{"resourceType": "Organization", "id": str(n)} for n in range(padding)]
    for _ in range(2):
        sender.send(GP, bundle(versions[0], *between, *versions[1:], kind="history"))
        [record] = records(sender)
        assert [line.lead.text for line in record.section("problems").lines] == now
        assert sender.count("statements", "type = 'Condition'") == len(versions) + held


def test_what_a_history_tells_is_deleted_is_not_brought_back_by_an_old_delivery(sender: Sender) -> None:
    versions = [condition("c1", of="1", words=f"v{n}") | {"meta": {"versionId": n}} for n in ("2", "1")]
    sender.send(GP, patient("1"), versions[1])
    sender.send(GP, bundle(deletion("Condition/c1"), *versions, kind="history"))
    sender.send(GP, versions[0])
    [record] = records(sender)
    assert record.section("problems").lines == ()


def conditional(resource: Json, urn: str, **request: str) -> Json:
    """An entry as a sender makes it who knows no ids: each time under a new fullUrl."""
    told = {name: value for name, value in resource.items() if name != "id"}
    return {"fullUrl": f"urn:uuid:{urn}", "resource": told, "request": request}


@pytest.mark.parametrize("again", ["PUT", "POST"])
def test_a_problem_put_by_its_identifier_and_then_resolved_is_one_problem(sender: Sender, again: str) -> None:
    mine, query = "https://gp.example/problem|7", f"identifier=https://fhir.nhs.uk/Id/nhs-number|{ASHA}"
    for urn, method, status in (("a", "PUT", "active"), ("b", again, "resolved")):
        asked = {"PUT": {"url": f"Condition?identifier={mine}"}, "POST": {"url": "Condition"}}[method]
        asked |= {"POST": {"ifNoneExist": f"identifier={mine.replace('|', '%7C')}"}, "PUT": {}}[method]
        problem = condition("", of="", clinicalStatus={"coding": [{"code": status}]})
        problem["subject"] = {"reference": f"urn:uuid:{urn}-patient"}
        sender.send(
            GP,
            bundle(
                conditional(patient(""), f"{urn}-patient", method="PUT", url=f"Patient?{query}"),
                conditional(problem, urn, method=method, **asked),
            ),
        )
    [record] = records(sender)
    assert [[i.status for i in line.items] for line in record.section("problems").lines] == [["resolved"]]
    assert len(record.section("demographics").lines[0].items) == 1


def test_two_results_put_under_one_condition_are_kept_apart_and_told(sender: Sender) -> None:
    """One of them would take the other's place."""
    results = [result(test, 5)["resource"] for test in ("Potassium", "Sodium")]
    sender.send(GP, patient("1"))
    same = {"method": "POST", "url": "Observation", "ifNoneExist": "identifier=https://lab.example/accession|A1"}
    told = sender.send(GP, bundle(*(conditional(one, str(n), **same) for n, one in enumerate(results))))
    assert (told["stored"], told["quarantined"]) == (0, 2)
