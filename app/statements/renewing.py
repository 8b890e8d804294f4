"""New data keys: what is held about somebody is sealed anew, one source patient at a time."""

import secrets
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, bindparam, delete, select, update

from app import counters, db
from app.access.second_lock import refuse_locked
from app.crypto import KEY_BYTES
from app.keyring import data_keys_of, replace_data_key
from app.statements.sealing import ERASED, reseal
from app.tables import data_keys, gists, statements

AT_ONCE = 1_000


def renew(engine: Engine) -> int:
    """Give every source patient a new data key. How many got one.

    Each is one transaction: whoever reads meanwhile sees all of it under the old key or all under the new one, and
    where it stops half-way, everybody is under one of the two. What feeds send waits for its turn, one at a time.
    """
    refuse_locked(engine, "A change of keys")
    with db.read(engine) as connection:
        everyone = select(data_keys.c.subject).where(data_keys.c.wrapped.is_not(None)).order_by(data_keys.c.subject)
        subjects = connection.scalars(everyone).all()
    for subject in subjects:
        with db.write(engine) as connection:
            counters.wait_turn(connection)
            renew_one(connection, subject)
    return len(subjects)


def renew_one(connection: Connection, subject: int) -> None:
    """Seal all that is held about one source patient anew, in the caller's transaction and turn."""
    old = data_keys_of(connection, [subject]).get(subject)
    if old is None:
        return  # destroyed meanwhile
    key = secrets.token_bytes(KEY_BYTES)
    new, c, last = AESGCM(key), statements.c, 0
    page = select(c.id, c.codec, c.sealed).where(c.subject == subject, c.id > bindparam("last"), c.codec != ERASED)
    page = page.order_by(c.id).limit(AT_ONCE)
    change = update(statements).where(c.subject == subject, c.id == bindparam("of"))
    change = change.values(sealed=bindparam("content"))
    while rows := connection.execute(page, {"last": last}).all():
        resealed: list[dict[str, Any]] = [
            {"of": number, "content": reseal(old, new, subject, number, codec, content)}
            for number, codec, content in rows
        ]
        connection.execute(change, resealed)
        last = rows[-1].id
    connection.execute(delete(gists).where(gists.c.subject == subject))  # made again when somebody looks
    replace_data_key(connection, subject, key)
