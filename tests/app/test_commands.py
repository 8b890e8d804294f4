"""The commands do what the README says, and say in words what is wrong."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from app.errors import NotReady
from tests.feeding import ASHA, condition, patient
from tests.installation import demo_settings

Json = dict[str, object]
FEEDS = """ods,name,kind,controller,purpose,legal_basis,categories,interval_hours
Y90001,Elm Surgery,gp,Elm Surgery,Direct care,Article 9(2)(h),demographics problems,24
"""


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Flask:
    """A demo installation, migrated, with keys and one registered feed."""
    made = create_app(demo_settings(database_url, tmp_path))
    (tmp_path / "feeds.csv").write_text(FEEDS)
    for words in (["keys", "create"], ["migrate"], ["providers", "load", str(tmp_path / "feeds.csv")]):
        assert run(made, *words).exit_code == 0
    return made


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def send(app: Flask, folder: Path, *lines: object) -> Result:
    path = folder / "feed.ndjson"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
    return run(app, "ingest", "--source", "Y90001", "--json", str(path))


def test_ingest_prints_one_object_and_tells_quarantine_by_its_exit(app: Flask, tmp_path: Path) -> None:
    done = send(app, tmp_path, patient("1"), condition("c1", of="1"))
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told.keys() >= {"received", "stored", "unchanged", "updated", "irregular", "waiting", "quarantined"}
    assert told.keys() >= {"people_new", "people_linked", "seconds"}
    assert (told["received"], told["stored"], told["people_new"]) == (2, 2, 1)
    assert send(app, tmp_path, "{").exit_code == 3
    refused = [json.loads(line) for line in run(app, "quarantine", "--json").stdout.splitlines()]
    assert [(r["ods"], r["reason"]) for r in refused] == [("Y90001", "not-json")]
    shown = run(app, "quarantine", "--show", str(refused[0]["id"]))
    assert (shown.exit_code, shown.stdout_bytes) == (0, b"{")
    assert [run(app, "quarantine", "--show", wrong).exit_code for wrong in ("999", "-1")] == [2, 2]


def test_a_table_of_feeds_that_is_not_utf_8_is_said_in_words(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(FEEDS.replace("Elm", "\xc9lm").encode("latin-1"))
    done = run(app, "providers", "load", str(tmp_path / "latin.csv"))
    assert done.exit_code == 2
    assert "UTF-8" in done.stderr


def test_a_database_that_was_never_migrated_says_what_to_run(database_url: str, tmp_path: Path) -> None:
    new = create_app(demo_settings(database_url, tmp_path))
    done = run(new, "providers", "list")
    assert done.exit_code == 1
    assert "migrate" in done.stderr


def test_links_name_every_source_patient(app: Flask, tmp_path: Path) -> None:
    send(app, tmp_path, patient("1"), condition("c1", of="waiting"))
    rows = list(csv.DictReader(io.StringIO(run(app, "links", "--csv").stdout)))
    assert [(r["provider"], r["patient"]) for r in rows] == [("Y90001", "1")]


def test_the_record_of_one_person_as_a_user_sees_it(app: Flask, tmp_path: Path) -> None:
    send(app, tmp_path, patient("1"), condition("c1", of="1", words="Asthma"))
    done = run(app, "record", "--nhs-number", ASHA, "--as", "gp@Y90001", "--json")
    assert done.exit_code == 0, done.output
    sections = {s["code"]: s for s in json.loads(done.stdout)["sections"]}
    [line] = sections["problems"]["lines"]
    assert (line["text"], line["status"], line["sources"]) == ("Asthma", "active", ["Y90001"])
    assert [s["id"] for s in line["statements"]] == ["c1"]
    assert sections["problems"]["state"] == "has-items"
    assert sections["allergies"]["state"] == "not-connected"
    assert run(app, "audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("number", "user", "words"),
    [
        ("123", "gp", "not a valid NHS number"),
        ("9990000085", "gp", "nobody here has that NHS number"),
        (ASHA, "nobody", "--as names one of"),
        (ASHA, "planner", "access"),
    ],
)
def test_bad_usage_is_said_in_words_without_the_number(
    app: Flask, tmp_path: Path, number: str, user: str, words: str
) -> None:
    send(app, tmp_path, patient("1"))
    done = run(app, "record", "--nhs-number", number, "--as", user, "--json")
    assert done.exit_code == 2
    assert words in done.output
    assert number not in done.output


def test_equal_data_give_equal_digests_in_any_order(app: Flask, tmp_path: Path) -> None:
    send(app, tmp_path, patient("1"), condition("c1", of="1"))
    before = run(app, "digest").stdout
    send(app, tmp_path, condition("c1", of="1"), patient("1"))
    assert run(app, "digest").stdout == before
    assert before.splitlines()[-1].startswith("all ")


def test_a_feed_that_is_wrong_is_refused_whole(app: Flask, tmp_path: Path) -> None:
    bad = FEEDS + "Y90002,,gp,X,Direct care,x,demographics,24\nY90003,B,gp,X,Direct care,x,nonsense,0\n"
    (tmp_path / "bad.csv").write_text(bad)
    done = run(app, "providers", "load", str(tmp_path / "bad.csv"))
    assert done.exit_code == 2
    assert "line 3: no name" in done.output
    assert "line 4: unknown categories nonsense" in done.output
    assert len(run(app, "providers", "list").stdout.splitlines()) == 2


def test_a_demo_database_and_a_real_one_are_never_mixed(app: Flask, database_url: str, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="made for the demo"):
        create_app(replace(demo_settings(database_url, tmp_path), environment="production"))


def test_a_real_database_is_not_opened_by_the_demo(database_url: str, tmp_path: Path) -> None:
    demo = demo_settings(database_url, tmp_path)
    real = replace(demo, environment="production")
    new = create_app(real)
    assert new.test_client().get("/healthz").status_code == 503
    assert run(new, "keys", "create").exit_code == 0
    assert run(new, "migrate").exit_code == 0
    assert create_app(real).test_client().get("/healthz").status_code == 200
    with pytest.raises(NotReady, match="real people's data"):
        create_app(demo)


def test_without_keys_it_says_which(app: Flask, database_url: str, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"KEYS_DIR has no kek-1\.key"):
        create_app(demo_settings(database_url, tmp_path / "none"))


def test_a_new_key_encryption_key_is_made_and_used(app: Flask, database_url: str, tmp_path: Path) -> None:
    send(app, tmp_path, patient("1"), condition("c1", of="1"))
    done = run(app, "keys", "rotate")
    assert (done.exit_code, done.output) == (
        0,
        "5 keys are wrapped with kek-2.key. Older ones open older backups: keep them as long.\n",
    )
    (demo_settings(database_url, tmp_path).keys_dir / "kek-1.key").unlink()
    again = create_app(demo_settings(database_url, tmp_path))
    assert run(again, "keys", "rotate", "--data").output.startswith(
        "2 data keys are new.\n5 keys are wrapped with kek-3.key"
    )
    assert "Asthma" in run(again, "record", "--nhs-number", ASHA, "--as", "gp@Y90001", "--json").output
    assert run(again, "audit", "verify").exit_code == 0


@pytest.mark.parametrize("port", ["0", "65535", "80000"])
def test_a_port_that_cannot_be_is_bad_usage(app: Flask, port: str) -> None:
    done = run(app, "demo", "--port", port)
    assert done.exit_code == 2
    assert "65534" in done.output


def test_a_demo_without_a_folder_says_which_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    home = tmp_path / "file" / "home"
    done = run(create_app(demo_settings(f"sqlite:///{home}/tributary.db", home)), "demo", "--load-only")
    assert done.exit_code == 2
    assert f"the folder {home} cannot be made" in done.output


def test_a_database_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "none" / "tributary.db"
    done = run(create_app(demo_settings(f"sqlite:///{file}", tmp_path)), "digest")
    assert done.exit_code == 1
    assert f"The database could not be used ({file})" in done.output
