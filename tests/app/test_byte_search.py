"""After a load, a crash and another load no byte on the disk says who anybody is (C71): on both databases."""

import json
import os
import sys
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text

from app.export.vault import migrate_vault
from tests.byte_search import done, files_of, forms, hits, killed
from tests.feeding import GP, Sender, condition, nhs, patient
from tests.installation import demo_settings

HOME = Path(__file__).parents[2]


@pytest.mark.parametrize("written", ["utf-8", "utf-16-le", "utf-16-be", "base64"])
def test_the_search_finds_each_form_of_a_word(tmp_path: Path, written: str) -> None:
    word = "Canary-9990000018"
    content = [b"x" * n + word.encode(written) for n in range(4)] if written != "base64" else []
    if not content:
        from base64 import b64encode

        content = [b64encode(b"x" * n + word.encode() + b"yz") for n in range(4)]
    for n, one in enumerate(content):
        (tmp_path / f"{n}").write_bytes(b"\xff\x00" + one + b"\x00\xfe")
        assert hits([tmp_path / f"{n}"], [word], tmp_path)[word] > 0, n
    assert len(list(forms(word))) == 4


def a_number(chance: Random) -> str:
    """A valid NHS number that nobody else in the tests has."""
    while True:
        digits = [9, 0, *(chance.randrange(10) for _ in range(7))]
        check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return "".join(map(str, [*digits, check % 11]))


def test_no_byte_says_who_anybody_is(engine: Engine, sender: Sender, database_url: str, tmp_path: Path) -> None:
    chance, needles = Random(uuid4().int), set()
    lines = []
    for n in range(300):
        number, word = a_number(chance), f"Canary{uuid4().hex}"
        needles |= {number, word}
        lines.append(patient(f"{word}-{n}", number, name=[{"family": word, "given": [f"{word}x"]}]))
        lines.append(condition(f"c{n}", of=f"{word}-{n}", words=f"{word} fell", note=[{"text": word}]))
        lines.append(condition(f"d{n}", of=f"{word}-{n}") | {"subject": {"identifier": nhs(number)}})
        lines.append({"resourceType": "Condition", "id": f"e{n}", "code": {"text": word}})  # about nobody: refused
    sent, log, spool = tmp_path / "sent" / "all.ndjson", tmp_path / "log", tmp_path / "spool"
    sent.write_text("\n".join(map(json.dumps, lines)))
    spool.mkdir()
    settings = demo_settings(database_url, tmp_path)
    env = {"PATH": os.environ["PATH"], "ENVIRONMENT": "demo", "DATABASE_URL": database_url, "TMPDIR": str(spool)}
    env |= {"DEMO_HOME": str(tmp_path), "KEYS_DIR": str(settings.keys_dir)}
    migrate_vault(settings)
    killed(sys.executable, HOME, env, log, 2.5, "ingest", "--source", GP, str(sent))
    assert done(sys.executable, HOME, env, log, "ingest", "--source", GP, str(sent)) == 3
    assert done(sys.executable, HOME, env, log, "links", "--csv") == 0 and sender.count("statements") >= 900
    log.write_bytes(b"".join(log.read_bytes().partition(b"provider,patient")[:2]))  # what that command is for
    places = [log, *files_of(spool)]
    if engine.dialect.name == "sqlite":
        assert done(sys.executable, HOME, env, log, "backup", str(tmp_path / "copy")) == 0
        places += [*tmp_path.glob("test.db*"), *tmp_path.glob("vault.db*"), *files_of(tmp_path / "copy")]
    else:
        places += cluster_of(engine)
    assert sum(path.stat().st_size for path in places) > 500_000
    assert hits(places, needles, tmp_path) == {}
    assert hits([sent], needles, tmp_path).keys() == needles, "the search would find them"


def cluster_of(engine: Engine) -> list[Path]:
    """Every file of the server, its log of changes too, when all of it is on the disk."""
    admin = create_engine(engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(str(connection.scalar(text("SHOW data_directory"))))
    admin.dispose()
    return files_of(folder)
