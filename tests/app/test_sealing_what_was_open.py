"""An installation from before anything was sealed loses nothing when it is migrated, and nothing stays open."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from app import audit, bodies, db, keyring
from app.access.grants import operator_grant
from app.access.look_questions import queue
from app.access.users import PrivacyOfficer
from app.crypto import create_keys
from app.db import engine_for
from app.ingest.pointers import alias_key
from app.migrate import migrate
from app.statements import bearers, of_everyone
from tests.audited import events
from tests.feeding import GP, Json, Sender, condition, patient

AT = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
PERSON = UUID(int=7)
NUMBER = "https://fhir.nhs.uk/Id/ods-organization-code"
BY_NUMBER = f"Organization?identifier={NUMBER}|Y90001"
"""A conditional reference: what it points to is found by an alias."""
PRACTICE = {"resourceType": "Organization", "id": "o1", "name": "Elm Surgery",
            "identifier": [{"system": NUMBER, "value": "Y90001"}]}  # fmt: skip
ASTHMA = condition("c1", of="9990000018", recorder={"reference": "Organization/o1"}, asserter={"reference": BY_NUMBER})
ALIAS = alias_key(GP, "Organization", NUMBER, "Y90001")
REFS = {"Organization/o1": "Organization/o1", BY_NUMBER: f"?{ALIAS.hex()}"}


def named(type_: str, local_id: str) -> bytes:
    """How a resource was named before: by a hash that anybody can make."""
    return blake2b(f"{GP}|{type_}|{local_id}".encode(), digest_size=16).digest()


def statement(connection: Connection, subject: int, number: int, body: Json | None, **more: Any) -> None:
    sent = json.dumps(body).encode()
    type_, local_id = (body["resourceType"], body["id"]) if body else ("Condition", "c9")
    row = {
        "subject": subject, "id": number, "key": named(type_, local_id), "source": GP, "type": type_,
        "local_id": local_id, "digest": blake2b(sent, digest_size=16).digest(), "version": None, "delivery_id": 1,
        "codec": bodies.CODEC, "body": bodies.packed(sent) if body else None, "refs": None, "superseded_at": None,
        "received_at": AT,
    } | more  # fmt: skip
    put(connection, "statements", **row)


def put(connection: Connection, table: str, **row: Any) -> None:
    dialect = connection.dialect
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = value if dialect.name == "postgresql" else f"{value:%Y-%m-%d %H:%M:%S.%f}"
        elif isinstance(value, UUID):
            row[name] = value if dialect.name == "postgresql" else value.hex
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"), row)  # noqa: S608


def looked(connection: Connection) -> None:
    """One look in the chain, a problem reported and a question asked about it."""
    actor = {"iss": "https://id.example", "sub": "c1", "name": "Dr Grace Hall"}
    row = {
        "seq": 1, "at": AT, "kind": "view-record", "outcome": "allowed", "patient_id": PERSON,
        "actor": json.dumps(actor, sort_keys=True), "actor_key": audit.key_of(actor),
        "detail": json.dumps({"reason": "Fell at home"}), "items": audit.pack([1, 2]), "prev": audit.START,
    }  # fmt: skip
    row["hash"] = audit.seal(row, [1])
    put(connection, "audit_events", **row)
    put(connection, "audit_subjects", seq=1, source_patient_id=1)
    connection.execute(text("UPDATE audit_head SET seq = 1, hash = :hash WHERE id = 1"), {"hash": row["hash"]})
    put(connection, "problems", seq=1, section="problems", words="It says asthma.")
    put(connection, "look_questions", seq=1, about_seq=1, patient_id=PERSON, words="Why Dr Hall?")
    put(connection, "sessions", sid_hash=bytes(32), kind="pending", provider="", iss="", sub="", csrf="x", data="{}",
        created_at=AT, last_seen_at=AT, expires_at=AT)  # fmt: skip
    put(connection, "reasons", sid_hash=bytes(32), patient_id=PERSON, reason="other", words="Fell", given_at=AT,
        until=AT)  # fmt: skip


@pytest.fixture
def before(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """Filled by the release before, with the key of its tokens."""
    create_keys(tmp_path / "keys")
    (tmp_path / "keys" / "tokens.key").write_bytes(bytes(range(32)))
    made = keyring.attach(engine_for(database_url), tmp_path / "keys")
    migrate(made, to="0004")
    with db.write(made) as connection:
        put(connection, "providers", ods=GP, name="Elm", kind="gp", controller="Elm", purpose="direct care",
            legal_basis="x", categories="problems", interval_hours=24, registered_at=AT, held=4,
            failures=0)  # fmt: skip
        put(connection, "source_patients", id=1, ods=GP, local_id="9990000018", known=True)
        put(connection, "patients", id=PERSON, created_at=AT)
        put(connection, "links", id=1, source_patient_id=1, patient_id=PERSON, rule="rules-3", since=AT)
        statement(connection, 0, 1, PRACTICE)
        statement(connection, 1, 2, patient("9990000018"))
        statement(connection, 1, 3, ASTHMA, refs=json.dumps(REFS), version="2")
        statement(connection, 1, 4, ASTHMA | {"code": {"text": "Wheeze"}}, version="1", superseded_at=AT)
        statement(connection, 1, 5, None)
        put(connection, "aliases", alias=ALIAS, key=named("Organization", "o1"))
        put(connection, "deliveries", id=1_000, ods=GP, started_at=AT, received=5, stored=5, unchanged=0, updated=0,
            irregular=0, quarantined=1)  # fmt: skip
        put(connection, "quarantine", ods=GP, delivery_id=1_000, position="line 9", reason="unreadable",
            words="no JSON", digest=bytes(16), body=bodies.packed(b"{refused"), at=AT)  # fmt: skip
        connection.execute(text("UPDATE counters SET value = 5"))
        looked(connection)
    yield made
    made.dispose()


def test_everything_is_there_as_it_was(before: Engine) -> None:
    migrate(before)
    granted = operator_grant(before, "test")
    [(person, own)] = list(of_everyone(before, granted))
    told = {one.local_id: one for one in own}
    assert person == PERSON
    assert sorted(told) == ["9990000018", "c1", "c9"]
    assert (told["c1"].resource, told["c9"].body) == (ASTHMA, None)
    assert {name: one["name"] for name, one in told["c1"].context.items()} == dict.fromkeys(REFS, "Elm Surgery")
    assert list(bearers(before, granted)) == [(GP, "9990000018", PERSON)]
    assert events(before)[0]["detail"] == {"reason": "Fell at home"}
    assert audit.verify(before) == (2, None)
    officer = PrivacyOfficer("https://id.example", "p1", "Pat", "")
    assert [one.words for one in queue(before, officer)] == ["Why Dr Hall?"]
    with db.read(before) as connection:
        keys = keyring.keys_of(connection)
        as_before = blake2b(b"x", key=bytes(range(32)), person=b"number", digest_size=16).digest()
        assert keys.token("number", "x") == as_before
        [refused] = connection.execute(text("SELECT sealed FROM quarantine")).scalars()
        packed = keys.open(refused, f"quarantine|{GP}|{bytes(16).hex()}|sealed")
    assert bodies.unpacked(packed, bodies.CODEC) == b"{refused"


def test_the_same_feed_sent_again_is_known(before: Engine, tmp_path: Path) -> None:
    migrate(before)
    (tmp_path / "sent").mkdir()
    told = Sender(before, tmp_path / "sent").send(GP, PRACTICE, ASTHMA)
    assert (told["unchanged"], told["stored"], told["updated"]) == (2, 0, 0)


def test_nothing_stays_open(before: Engine) -> None:
    migrate(before)
    if before.dialect.name == "sqlite":
        before.dispose()  # whoever closes it last writes its log into it
        held = Path(before.url.database or "").read_bytes()
    else:
        with before.connect() as connection:
            names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            rows = [str(r) for name in names for r in connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608
        held = "\n".join(rows).encode()
    words = (b"9990000018", b"Patel", b"Wheeze", b"Fell", b"Grace Hall", b"Why Dr Hall", b"It says asthma", b"{refused")
    assert [word for word in words if word in held] == []
