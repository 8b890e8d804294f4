"""The daily refresh takes what lands, once each and in order, and one bad file stops no other source."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.access.grants import operator_grant
from app.ingest import taking
from app.ingest.feeds import feed_of
from app.ingest.worker import MOST_TRIES, landed, take_landed
from app.statements import of_everyone
from fhir.errors import Reason
from fhir.record import combine
from tests.feeding import GP, TRUST, Sender, condition, patient


def land(inbox: Path, ods: str, name: str, *resources: object, age: float = 60) -> Path:
    """A file in a source's inbox, written so many seconds ago."""
    path = inbox / ods / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(r) for r in resources))
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def look(sender: Sender, inbox: Path) -> int:
    return take_landed(sender.engine, inbox, is_demo=False)


def test_what_lands_is_taken_once(sender: Sender, tmp_path: Path) -> None:
    path = land(tmp_path, GP, "a.ndjson", patient("1"), condition("c1", of="1"))
    assert (look(sender, tmp_path), look(sender, tmp_path)) == (1, 0)
    assert not path.exists()
    assert len(list((tmp_path / GP / "taken").iterdir())) == 1
    assert sender.count("statements") == 2


def test_a_file_still_being_written_is_left_for_the_next_look(sender: Sender, tmp_path: Path) -> None:
    land(tmp_path, GP, "a.ndjson", patient("1"), age=0)
    assert look(sender, tmp_path) == 0


def test_a_source_that_is_not_registered_is_left_and_stops_no_other(sender: Sender, tmp_path: Path) -> None:
    stays = land(tmp_path, "RZ999", "a.ndjson", patient("1"), age=90)
    land(tmp_path, TRUST, "b.ndjson", patient("1"))
    assert look(sender, tmp_path) == 1
    assert stays.exists()


def test_the_oldest_file_comes_first_and_one_that_is_still_sent_is_not_touched(tmp_path: Path) -> None:
    land(tmp_path, GP, "new.json", patient("1"), age=10)
    land(tmp_path, GP, "old.ndjson", patient("1"), age=20)
    land(tmp_path, GP, "sent.ndjson.PART", patient("1"))
    assert [path.name for _, path in landed(tmp_path, time.time())] == ["old.ndjson", "new.json"]


def test_capitals_are_taken_and_what_is_no_feed_is_told_and_moved_away(sender: Sender, tmp_path: Path) -> None:
    for name in ("A.NDJSON", "Letter.XML", "scan.pdf"):
        land(tmp_path, GP, name, patient("1"))
    assert look(sender, tmp_path) == 3
    assert sorted(position for position, _ in sender.quarantined()) == ["file 1", "file 1.xml"]
    assert [path.name for path in (tmp_path / GP).iterdir()] == ["taken"]


def failing(monkeypatch: pytest.MonkeyPatch, words: str, error: Exception) -> list[str]:
    """Keeping what has these words fails, while they are in the list that is answered."""
    failing, real = [words], taking.statements.add

    def add(connection: Any, source: str, delivery: int, batch: Any, at: Any) -> Any:
        if any(words.encode() in (one.body or b"") for words in failing for one in batch):
            raise error
        return real(connection, source, delivery, batch, at)

    monkeypatch.setattr(taking.statements, "add", add)
    return failing


def test_after_mondays_file_failed_tuesdays_waits_for_it(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was true on Monday would come last, and stand on the record."""
    sender.send(GP, patient("1"))
    land(tmp_path, GP, "1.ndjson", condition("c1", of="1", words="Monday"), age=90)
    land(tmp_path, GP, "2.ndjson", condition("c1", of="1", words="Tuesday"), age=60)
    land(tmp_path, TRUST, "3.ndjson", patient("1"), age=30)
    monday = failing(monkeypatch, "Monday", RuntimeError())
    assert look(sender, tmp_path) == 1
    assert sender.count("statements", "type = 'Condition'") == 0
    assert feed_of(sender.engine, GP, is_demo=False)["failures"] == 1
    monday.clear()
    assert look(sender, tmp_path) == 2
    [record] = [combine(own) for _, own in of_everyone(sender.engine, operator_grant(sender.engine, "test"))]
    assert [line.lead.text for line in record.section("problems").lines] == ["Tuesday"]


@pytest.mark.parametrize("error", [RuntimeError(), OperationalError("", None, Exception("locked"))])
def test_a_file_that_always_fails_is_set_aside_and_told_but_not_for_a_locked_database(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    land(tmp_path, GP, "SMITH.ndjson", condition("c1", of="1", words="Monday"), age=90)
    land(tmp_path, GP, "2.ndjson", patient("1"), age=60)
    failing(monkeypatch, "Monday", error)
    taken = [take_landed(sender.engine, tmp_path, is_demo=False) for _ in range(MOST_TRIES + 2)]
    own = isinstance(error, RuntimeError)
    assert sum(taken) == own
    assert [words for _, words in sender.quarantined()] == [Reason.UNREADABLE.words] * own
    assert (tmp_path / GP / "set-aside").exists() == own
    assert not [*(tmp_path / GP).glob(".*")]
    assert feed_of(sender.engine, GP, is_demo=False)["failures"] >= MOST_TRIES
    assert [r.getMessage() for r in caplog.records].count("inbox_file_set_aside") == own
    assert "SMITH" not in str([vars(record) for record in caplog.records])
