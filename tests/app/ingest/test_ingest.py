"""What a provider sends is kept once, in its newest version, and nothing that was kept is ever lost."""

import gzip
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from app import clock, db
from app.access.grants import operator_grant
from app.bodies import CODEC, unpacked
from app.errors import BadUsage
from app.ingest import feeds
from app.keyring import NOBODY, keys_of
from app.statements import of_everyone
from app.synth.nhs_numbers import nhs_number
from app.tables import (
    aliases,
    data_keys,
    facts,
    links,
    patients,
    quarantine,
    reviews,
    same_as,
    source_patients,
    statements,
    tokens,
)
from fhir.record import combine, digest
from tests.feeding import BEN, GP, TRUST, Sender, bundle, condition, deletion, patient, register


def problems(engine: Engine, as_at: datetime | None = None) -> list[tuple[str, str]]:
    """(words, status) of every problem of everyone."""
    found = of_everyone(engine, operator_grant(engine, "test"), as_at)
    return sorted(
        (i.text, i.status) for _, own in found for line in combine(own).section("problems").lines for i in line.items
    )


def digests(engine: Engine) -> list[str]:
    """Of every combined record."""
    return sorted(digest(combine(own)) for _, own in of_everyone(engine, operator_grant(engine, "test")))


def test_the_same_delivery_again_changes_nothing(sender: Sender) -> None:
    first = sender.send(GP, patient("1"), condition("c1", of="1"))
    again = sender.send(GP, patient("1"), condition("c1", of="1"))
    assert (first["stored"], again["stored"], again["unchanged"], again["updated"]) == (2, 0, 2, 0)
    assert sender.count("statements") == 2


def test_a_newer_version_takes_the_place_of_the_older_which_is_kept(sender: Sender) -> None:
    sender.send(GP, patient("1"), condition("c1", of="1", words="Asthma"))
    assert sender.send(GP, condition("c1", of="1", words="Bronchitis"))["updated"] == 1
    assert [words for words, _ in problems(sender.engine)] == ["Bronchitis"]
    assert sender.count("statements", "type = 'Condition'") == 2


def test_an_older_version_that_comes_late_goes_into_history_once(sender: Sender) -> None:
    old = condition("c1", of="1", words="Old") | {"meta": {"versionId": "1"}}
    sender.send(GP, patient("1"), condition("c1", of="1", words="New") | {"meta": {"versionId": "2"}})
    sender.send(GP, old)
    sender.send(GP, old)
    assert [words for words, _ in problems(sender.engine)] == ["New"]
    assert sender.count("statements", "type = 'Condition'") == 2


def test_last_updated_decides_where_there_is_no_version(sender: Sender) -> None:
    def told(when: str, words: str) -> dict[str, object]:
        return condition("c1", of="1", words=words) | {"meta": {"lastUpdated": when}}

    sender.send(GP, patient("1"), told("2026-03-01T12:00:00Z", "March"))
    sender.send(GP, told("2026-02-01T12:00:00+00:00", "February"))
    assert [words for words, _ in problems(sender.engine)] == ["March"]


def test_two_versions_in_one_delivery_give_the_same_answer_in_either_order(sender: Sender) -> None:
    one, two = (condition("c1", of="1", words=words) for words in ("One", "Two"))
    sender.send(GP, patient("1"), one, two)
    sender.send(TRUST, patient("1", BEN, birthDate="1970-01-01"), two, one)
    assert len({words for words, _ in problems(sender.engine)}) == 1


def test_a_deletion_at_the_source_takes_the_line_away_and_keeps_what_was_said(sender: Sender) -> None:
    sender.send(GP, patient("1"), condition("c1", of="1"))
    before = clock.now()
    sender.send(GP, bundle(deletion("Condition/c1")))
    assert problems(sender.engine) == []
    assert problems(sender.engine, before) == [("Asthma", "active")]
    withdrawn = [
        a for _, own in of_everyone(sender.engine, operator_grant(sender.engine, "t")) for a in combine(own).withdrawn
    ]
    assert [(a.statement.type, a.reason) for a in withdrawn] == [("Condition", "deleted by its source")]


def test_the_record_as_it_was_at_any_past_time(sender: Sender) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for day, words in enumerate(("First", "Second", "Third")):
        with clock.stopped_at(start + timedelta(days=day)):
            sender.send(GP, patient("1"), condition("c1", of="1", words=words))
    for day, words in enumerate(("First", "Second", "Third")):
        assert problems(sender.engine, start + timedelta(days=day, hours=1)) == [(words, "active")]
    assert problems(sender.engine, start - timedelta(days=1)) == []


def test_bundles_lines_and_gzip_are_the_same_feed(sender: Sender, tmp_path: Path) -> None:
    resources = [patient("1"), condition("c1", of="1")]
    packed = tmp_path / "feed.ndjson.gz"
    packed.write_bytes(gzip.compress("\n".join(json.dumps(r) for r in resources).encode()))
    single = tmp_path / "one.json"
    single.write_text(json.dumps(bundle(*resources)))
    assert sender.send_files(GP, [packed])["stored"] == 2
    assert sender.send_files(TRUST, [single])["stored"] == 2
    sent = [json.loads(body or b"") for _, _, body in sender.kept()]
    assert sent.count(condition("c1", of="1")) == 2


def test_what_is_kept_is_byte_for_byte_what_was_sent(sender: Sender) -> None:
    odd = '{ "resourceType" : "Condition", "id":"c1","code":{"text":"\\u00e9"},"subject":{"reference":"Patient\\/1"}}'
    sender.send(GP, patient("1"), odd)
    assert odd.encode() in [body for _, _, body in sender.kept()]


def test_what_is_refused_is_kept_apart_once_and_stops_nothing(sender: Sender) -> None:
    bad = '{"resourceType":"Condition","id":"c9","id":"c9","subject":{"reference":"Patient/1"}}'
    told = sender.send(GP, patient("1"), bad, "not json", condition("c1", of="1"))
    sender.send(GP, bad)
    assert (told["received"], told["stored"], told["quarantined"]) == (4, 2, 2)
    assert sender.count("quarantine") == 2


def test_every_file_that_is_no_feed_is_kept_apart_with_its_beginning_and_once(sender: Sender, tmp_path: Path) -> None:
    """A hundred letters about a hundred people must not be told as one."""
    folder = tmp_path / "day1"
    folder.mkdir()
    for name in ("a.xml", "b.xml", "c.pdf", "d.pdf"):
        (folder / name).write_text(f"about {name}" + "." * 100_000)
    (folder / "e.pdf").symlink_to("/etc/hostname")
    packed = gzip.compress(json.dumps(patient("1")).encode())
    for number in range(2):
        (folder / f"f{number}.json.gz").write_bytes(packed[: -9 - number])
    for _ in range(2):
        told = sender.send_files(GP, [folder])
        assert told["quarantined"] == sender.count("quarantine") == 7
    with db.read(sender.engine) as connection:
        keys = keys_of(connection)
        kept = [
            (unpacked(keys.open(row.sealed, f"quarantine|{row.ods}|{row.digest.hex()}|sealed"), CODEC), row.reason)
            for row in connection.execute(quarantine.select())
        ]
    assert {body[:11] for body, reason in kept if reason == "xml"} == {b"about a.xml", b"about b.xml"}
    assert {len(body) for body, reason in kept if reason == "xml"} == {64 * 1024}


def test_two_bundles_too_large_to_hold_and_cut_short_are_told_as_two(sender: Sender, tmp_path: Path) -> None:
    for name in ("a", "b"):
        own = [condition(name, "1", note=[{"text": "x" * 5_000_000}]) for _ in range(4)]
        (tmp_path / f"{name}.json").write_text(json.dumps(bundle(*own))[:-1])
    told = sender.send_files(GP, [tmp_path / "a.json", tmp_path / "b.json"])
    assert told["quarantined"] == sender.count("quarantine") == 2


def test_irregular_data_is_kept_and_flagged_on_its_line(sender: Sender) -> None:
    odd = condition("c1", of="1") | {"meta": {"lastUpdated": "2026-03-01T12:00:00"}}
    assert sender.send(GP, patient("1"), odd)["irregular"] == 1
    own = [s for _, found in of_everyone(sender.engine, operator_grant(sender.engine, "t")) for s in found]
    assert [bool(s.irregular) for s in own if s.type == "Condition"] == [True]


def test_a_feed_sends_only_what_it_is_registered_for(sender: Sender) -> None:
    register(sender.engine, GP, categories="demographics allergies")
    told = sender.send(GP, patient("1"), condition("c1", of="1"))
    assert (told["stored"], told["quarantined"]) == (1, 1)
    assert sender.count("quarantine", "reason = 'not-registered'") == 1


def test_an_unregistered_source_is_refused_outside_the_demo(engine: Engine) -> None:
    with pytest.raises(BadUsage, match="no feed is registered"):
        feeds.feed_of(engine, "RZ999", is_demo=False)
    assert feeds.feed_of(engine, "RZ999", is_demo=True)["ods"] == "RZ999"


def test_freshness_is_kept(sender: Sender) -> None:
    with clock.stopped_at(datetime(2026, 3, 1, tzinfo=UTC)):
        sender.send(GP, patient("1"), condition("c1", of="1"))
    feed = feeds.feed_of(sender.engine, GP, is_demo=False)
    assert (feed["last_success_at"], feed["held"], feed["failures"]) == (datetime(2026, 3, 1, tzinfo=UTC), 2, 0)
    sender.send(GP, bundle(deletion("Condition/c1")))
    assert feeds.feed_of(sender.engine, GP, is_demo=False)["held"] == 1


def test_shuffled_sources_files_and_lines_and_everything_twice_give_identical_digests(
    sender: Sender, data: Path, tmp_path: Path
) -> None:
    """A day of real-life shape as it is, shuffled in three ways, each into an empty database; then all of it again."""
    files = sorted((data / "ics-small" / "day1").rglob("*.ndjson"))
    register(sender.engine, *{file.parent.name.rpartition("-")[2] for file in files})
    seen = []
    for seed in range(4):
        empty(sender.engine)
        chance = random.Random(seed)
        if seed:
            chance.shuffle(files)
        for number, file in enumerate(files):
            lines = file.read_bytes().splitlines()
            if seed:
                chance.shuffle(lines)
            path = tmp_path / f"{seed}-{number}.ndjson"
            path.write_bytes(b"\n".join(lines))
            sender.send_files(file.parent.name.rpartition("-")[2], [path])
        seen.append(digests(sender.engine))
    assert len(seen[0]) > 30
    assert seen[1:] == [seen[0]] * 3
    for file in files:
        told = sender.send_files(file.parent.name.rpartition("-")[2], [file])
        assert told["stored"] == told["updated"] == 0
    assert digests(sender.engine) == seen[0]


def test_deliveries_at_the_same_time_find_the_same_people_and_double_nothing(sender: Sender, tmp_path: Path) -> None:
    """Two sources and the same feed twice, all at once: as one after the other."""
    own = [[patient(str(n), nhs_number(n)), condition(f"c{n}", of=str(n))] for n in range(150)]
    path = tmp_path / "feed.ndjson"
    path.write_text("".join(f"{json.dumps(one)}\n" for pair in own for one in pair))
    sources = (GP, TRUST, GP, TRUST)
    with ThreadPoolExecutor(len(sources)) as pool:
        told = list(pool.map(lambda ods: sender.send_files(ods, [path]), sources))
    assert sum(one["stored"] for one in told) == 600
    assert sender.count("patients") == 150
    assert sender.count("links") == 300


def empty(engine: Engine) -> None:
    """Take out everything that providers sent."""
    with db.write(engine) as connection:
        for table in (statements, aliases, facts, links, reviews, tokens, same_as, source_patients, patients):
            connection.execute(delete(table))
        connection.execute(delete(data_keys).where(data_keys.c.subject != NOBODY))


def test_a_bundle_too_large_to_hold_is_taken_and_is_unchanged_when_sent_again(sender: Sender, tmp_path: Path) -> None:
    """The first few of its entries name the patient only by a fullUrl that comes last."""
    urn = "urn:uuid:9c40ba3f-fa4e-4eb9-05be-065652a91847"
    note = [{"text": "x" * 4_000_000}]
    own = [condition(f"c{n}", of="", words=f"Problem {n}", subject={"reference": urn}, note=note) for n in range(5)]
    named = {"fullUrl": urn, "resource": patient("1"), "request": {"method": "PUT", "url": "Patient/1"}}
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle(*own, named)))
    first, again = sender.send_files(GP, [path]), sender.send_files(GP, [path])
    assert (first["stored"], first["waiting"], again["unchanged"]) == (6, 0, 6)
    assert [words for words, _ in problems(sender.engine)] == [f"Problem {n}" for n in range(5)]
    assert sender.send(GP, bundle(own[0], named))["unchanged"] == 2
