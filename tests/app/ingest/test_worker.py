"""The daily refresh takes what lands, once each, and one bad file stops no other."""

import json
import os
import time
from pathlib import Path

from app.ingest.worker import landed, take_landed
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
    return take_landed(sender.engine, sender.keys, inbox, is_demo=False)


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


def test_the_oldest_file_comes_first_and_other_files_are_not_touched(tmp_path: Path) -> None:
    land(tmp_path, GP, "new.json", patient("1"), age=10)
    land(tmp_path, GP, "old.ndjson", patient("1"), age=20)
    land(tmp_path, GP, "note.txt", "hello")
    assert [path.name for _, path in landed(tmp_path, time.time())] == ["old.ndjson", "new.json"]
