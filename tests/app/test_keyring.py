"""What lies in the database says nothing without its keys, and opens nowhere but where it belongs (C71, C72)."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, select, text, update

from app import crypto, db, keyring, statements
from app.access import sessions
from app.access.grants import give_reason, grant
from app.access.permissions import Permission
from app.db import engine_for
from app.errors import NotReady
from app.migrate import refuse_other_keys
from app.statements.sealing import Told, seal, unseal
from app.tables import data_keys, installation_keys
from app.tables import statements as table
from fhir.record import SECTIONS
from tests.canaries import Canaries
from tests.feeding import GP, TRUST, URGENT, Sender, clinician, condition, deletion, patient

KINDS = sorted({kind for module in SECTIONS for kind in module.TYPES} | {"Practitioner", "Organization", "Medication"})
ABOUT = ("subject", "patient", "individual", "beneficiary")


def bytes_of(engine: Engine, url: str, folder: Path) -> bytes:
    """Everything of a database as it lies on a disk: its files; of PostgreSQL what a dump of all tables would hold."""
    if engine.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in folder.glob("test.db*"))
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [row for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608
    return b"\n".join(_as_bytes(value) for row in rows for value in row)


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_no_word_of_any_source_and_no_reason_lies_open(
    sender: Sender, database_url: str, tmp_path: Path, engine: Engine
) -> None:
    """A canary in every text of every resource, its own name too; NHS numbers that are names; and what staff typed."""
    canaries = Canaries()
    of = {"reference": "Patient/Canary-Patient"}
    for kind in ("Patient", *KINDS):
        sent = canaries.resource(kind, f"Canary-{kind}")
        sender.send(GP, sent | {name: of for name in ABOUT if name in sent and kind != "Patient"})
    sender.send(TRUST, patient("9990000018"), condition("c-9990000018", of="9990000018", words="Canary words"))
    sender.send(TRUST, "{Canary refused", '{"resourceType": "Condition", "id": "Canary one"}')
    own = sender.person_of(TRUST, "9990000018")
    assert own is not None
    user = clinician(GP, session=_session(engine))
    give_reason(engine, user, own, "other", "Canary reason")
    grant(engine, user, Permission.VIEW_RECORD, own)
    assert sum(b"Canary" in (body or b"") for _, _, body in sender.kept()) > 30
    held = bytes_of(engine, database_url, tmp_path)
    found = {word for word in (b"Canary", b"9990000018", b"Patel", b"TB1 2AB", b"Grace Hall") if word in held}
    assert found == set()


def _session(engine: Engine) -> str:
    before = sessions.hash_of(sessions.begin(engine))
    who = sessions.SignIn(clinician(), "staff", "")
    cookie = sessions.sign_in(engine, who, instead_of=before, lasts=timedelta(hours=1))
    return sessions.hash_of(cookie).hex()


@given(
    st.text(alphabet="abcXYZ019-.~?", min_size=1, max_size=64),
    st.none() | st.text(),
    st.dictionaries(st.text(), st.text(), max_size=3),
    st.none() | st.binary(max_size=200),
)
def test_what_was_sealed_opens_as_it_was(
    local_id: str, version: str | None, refs: dict[str, str], body: bytes | None
) -> None:
    key = AESGCM(bytes(32))
    codec, sealed = seal(key, 7, 9, Told(local_id, version, refs, body))
    name, said, pointed, opened = unseal(key, 7, 9, codec, sealed)
    assert (name, opened) == (local_id, body)
    assert (json.loads(said) if said else None, json.loads(pointed) if pointed else {}) == (version, refs)


@pytest.fixture
def asha(sender: Sender) -> UUID:
    sender.send(GP, patient("1"), condition("c1", of="1"), patient("2", number="", birthDate="1999-01-01"))
    sender.send(GP, condition("c2", of="2", words="Gout"))
    found = sender.person_of(GP, "1")
    assert found is not None
    return found


def read(sender: Sender, whom: UUID) -> list[str]:
    allowed = grant(sender.engine, clinician(GP), Permission.VIEW_RECORD, whom, reason=URGENT)
    return sorted(one.local_id for one in statements.of_patient(sender.engine, allowed))


@pytest.mark.parametrize("column", ["id", "subject"])
def test_a_statement_moved_to_another_row_or_person_does_not_open(sender: Sender, asha: UUID, column: str) -> None:
    c = table.c
    with db.write(sender.engine) as connection:
        rows = connection.execute(select(c.subject, c.id).where(c.type == "Condition").order_by(c.id)).all()
        (own, first), (other, _) = rows
        moved = {"id": 10_000} if column == "id" else {"subject": own}
        which = (c.subject == own) & (c.id == first) if column == "id" else c.subject == other
        connection.execute(update(table).where(which, c.type == "Condition").values(**moved))
    with pytest.raises(NotReady, match="changed where it is kept"):
        read(sender, asha)


def test_words_moved_to_another_row_do_not_open(sender: Sender) -> None:
    with db.read(sender.engine) as connection:
        keys = keyring.keys_of(connection)
    content = keys.seal("Fell at home", "reasons|1")
    assert keys.open(content, "reasons|1") == b"Fell at home"
    for moved, about in ((content, "reasons|2"), (content[:-1], "reasons|1"), (b"", "reasons|1")):
        with pytest.raises(NotReady):
            keys.open(moved, about)


def test_the_key_of_one_person_opens_no_other(sender: Sender, asha: UUID) -> None:
    with db.write(sender.engine) as connection:
        rows = connection.execute(select(data_keys).where(data_keys.c.subject != keyring.NOBODY)).all()
        one, other = rows[:2]
        change = update(data_keys).where(data_keys.c.subject == one.subject)
        connection.execute(change.values(kek=other.kek, wrapped=other.wrapped))
    with pytest.raises(NotReady, match=r"kek-1\.key"):
        read(sender, asha)


def test_who_has_no_key_any_more_is_read_by_nobody_and_all_others_are(sender: Sender, asha: UUID) -> None:
    ben = sender.person_of(GP, "2")
    assert ben is not None
    with db.write(sender.engine) as connection:
        theirs = select(table.c.subject).where(table.c.type == "Condition").order_by(table.c.id).limit(1)
        connection.execute(delete(data_keys).where(data_keys.c.subject == theirs.scalar_subquery()))
    assert read(sender, asha) == []
    assert read(sender, ben) == ["2", "c2"]


# ---------------------------------------------------------------- the key-encryption key
def test_rotation_wraps_every_key_anew_and_whoever_is_reading_goes_on(
    sender: Sender, asha: UUID, keys_dir: Path
) -> None:
    assert read(sender, asha) == ["1", "c1"]
    assert crypto.add_kek(keys_dir) == 2
    sender.send(GP, patient("3", number="", birthDate="1998-01-01"))  # between the new key and the wrapping
    assert keyring.rewrap(sender.engine) == 3 + 3
    with db.read(sender.engine) as connection:
        for one in (installation_keys, data_keys):
            assert set(connection.scalars(select(one.c.kek))) == {2}
    (keys_dir / "kek-1.key").rename(keys_dir / "away")
    other = keyring.attach(engine_for(str(sender.engine.url.render_as_string(hide_password=False))), keys_dir)
    refuse_other_keys(other)
    sender.engine = other
    assert read(sender, asha) == ["1", "c1"]
    other.dispose()


def test_new_data_keys_open_everything_and_the_old_ones_nothing(sender: Sender, asha: UUID) -> None:
    sender.send(GP, patient("1"), condition("c1", of="1", words="Asthma, mild"))  # a version that is over, too
    sender.send(GP, deletion("Condition/c2"))
    before = sorted(map(str, sender.kept()))
    with db.read(sender.engine) as connection:
        subjects = connection.scalars(select(data_keys.c.subject)).all()
        old = keyring.data_keys_of(connection, subjects)
    assert statements.renew(sender.engine) == len(subjects) == 3
    assert sorted(map(str, sender.kept())) == before
    assert read(sender, asha) == ["1", "c1"]
    with db.read(sender.engine) as connection:
        rows = connection.execute(select(table.c.subject, table.c.id, table.c.codec, table.c.sealed)).all()
    for row in rows:
        with pytest.raises(NotReady):
            unseal(old[row.subject], *row)
    told = sender.send(GP, patient("1"), condition("c1", of="1", words="Asthma, mild"))
    assert (told["unchanged"], told["stored"]) == (2, 0)


def test_stopped_half_way_everybody_is_under_one_key_or_the_other(sender: Sender, asha: UUID) -> None:
    before = sorted(map(str, sender.kept()))
    seen: list[str] = []

    def stop(_connection: object, _cursor: object, sql: str, *_: object) -> None:
        seen.extend(["key"] if sql.startswith("UPDATE data_keys") else [])
        if len(seen) == 2:
            raise KeyboardInterrupt

    event.listen(sender.engine, "before_cursor_execute", stop)
    with pytest.raises(KeyboardInterrupt):
        statements.renew(sender.engine)
    event.remove(sender.engine, "before_cursor_execute", stop)
    assert sorted(map(str, sender.kept())) == before
    assert read(sender, asha) == ["1", "c1"]
    assert statements.renew(sender.engine) == 3


@pytest.fixture
def reopened(engine: Engine, keys_dir: Path) -> Iterator[tuple[Engine, Path]]:
    """The same database, opened by a process that has read no key yet."""
    other = keyring.attach(engine_for(engine.url.render_as_string(hide_password=False)), keys_dir)
    yield other, keys_dir / "kek-1.key"
    other.dispose()


def test_another_key_is_refused_before_anything_is_shown(reopened: tuple[Engine, Path]) -> None:
    other, file = reopened
    file.write_bytes(os.urandom(32))
    with pytest.raises(NotReady, match="not the key that this database was filled with"):
        refuse_other_keys(other)


def test_a_missing_and_a_damaged_key_are_refused_by_name(reopened: tuple[Engine, Path]) -> None:
    other, file = reopened
    file.write_bytes(b"short")
    with pytest.raises(NotReady, match=r"kek-1\.key is not a key of 32 bytes"):
        refuse_other_keys(other)
    file.unlink()
    with pytest.raises(NotReady, match=r"KEYS_DIR has no kek-1\.key"):
        refuse_other_keys(other)


def test_a_database_opened_without_its_keys_shows_nothing(engine: Engine) -> None:
    bare = engine_for(engine.url.render_as_string(hide_password=False))
    with db.read(bare) as connection, pytest.raises(NotReady, match="without its keys"):
        keyring.keys_of(connection)
    bare.dispose()
