"""Gists beside the statements: kept after a look that had to open many, found by the next one. None is ever needed."""

import logging
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, Select, bindparam, delete, insert, select
from sqlalchemy.exc import DBAPIError

from app import db
from app.access.grants import Grant
from app.keyring import NOBODY, data_keys_of, opened, sealed
from app.statements import rows
from app.statements.rows import COLUMNS, Context, as_held_at, read, rows_of, statements_of
from app.statements.sealing import ERASED
from app.tables import gists, statements
from fhir.gist import Gist, gist_of, packed, rules, unpacked
from fhir.statement import Statement

MANY = 50
"""So many statements that had to be opened are worth a new gist."""
_OF = select(gists.c.subject, gists.c.sealed).where(
    gists.c.subject.in_(bindparam("subjects", expanding=True)), gists.c.rules == bindparam("rules")
)
log = logging.getLogger(__name__)


def find(connection: Connection, opening: Mapping[int, AESGCM], subjects: Collection[int]) -> list[Gist]:
    """The gists of these source patients that still hold."""
    found = []
    for subject, content in connection.execute(_OF, {"subjects": subjects, "rules": rules()}):
        try:
            found.append(unpacked(zstandard.decompress(opened(opening[subject], content, _place(subject)))))
        except (KeyError, InvalidTag):
            continue  # their data key was changed or destroyed since
    now = _now(connection, {key for gist in found for key in gist.context})
    return [gist for gist in found if all(now.get(key, 0) == number for key, number in gist.context.items())]


def _now(connection: Connection, keys: Collection[bytes]) -> dict[bytes, int]:
    """Which statement stands now behind each of these names."""
    if not keys:
        return {}
    return dict(connection.execute(_standing(connection.dialect.name), {"keys": list(keys)}).all())


@cache
def _standing(dialect: str) -> Select[Any]:
    c = statements.c
    return select(c.key, c.id).where(db.any_of(dialect, c.key, "keys"), c.superseded_at.is_(None), ~c.deleted)


def keep(engine: Engine, grant: Grant, made: Mapping[int, tuple[Gist, AESGCM]]) -> None:
    """Keep these gists, each sealed with the data key of its source patient. Where that cannot be, nothing is lost."""
    content = [
        {"subject": subject, "rules": rules(), "sealed": sealed(key, zstandard.compress(packed(gist)), _place(subject))}
        for subject, (gist, key) in made.items()
    ]
    try:
        with db.write(engine) as connection:
            grant.opened.on(connection)
            connection.execute(delete(gists).where(gists.c.subject.in_(list(made))))
            connection.execute(insert(gists), content)
    except DBAPIError as error:  # another look keeps the same at this moment, or the disk is full
        log.info("gist_not_kept", extra={"error": type(error).__name__})


def _place(subject: int) -> str:
    return f"gists|{subject}"


class Opener:
    """Opens closed statements when somebody asks for one: the first few one by one, then all at once."""

    def __init__(self, engine: Engine, grant: Grant) -> None:
        self._engine, self._grant = engine, grant
        self._read: dict[int, Statement] = {}

    def __call__(self, statement: Statement) -> None:
        if statement.id not in self._read:
            asked = [statement.id] if len(self._read) < ONE_BY_ONE else self._grant.items
            with db.read(self._engine) as connection:
                self._grant.opened.on(connection)
                opening = data_keys_of(connection, [*self._grant.subjects, NOBODY])
                rows = rows_of(connection, self._grant.subjects, asked, None)
                found = read(connection, rows, opening, None, self._grant.items)
            self._read.update((one.id, one) for one in found)
        if statement.id in self._read:
            statement.open_as(self._read[statement.id])


ONE_BY_ONE = 5
_NOT_IN_GIST = re.compile(rb'"(?:\?|RelatedPerson/|Device/)').search
"""References, as JSON, of which one is a condition, or to somebody or something of the person's own."""


def made(engine: Engine, grant: Grant) -> dict[int, tuple[Gist, AESGCM]]:
    """The gist of each source patient of a look, with their data key.

    What a condition points to is not in it, nor what points to a relative or a device: these are statements about the
    person themselves, and not every reader may see them.
    """
    made = {}
    with db.read(engine) as connection:
        grant.opened.on(connection)
        opening = data_keys_of(connection, [*grant.subjects, NOBODY])
        for subject in opening.keys() & set(grant.subjects):
            query = select(*COLUMNS).where(statements.c.subject == subject, as_held_at(None))
            told = rows.opened(connection.execute(query).all(), opening)
            plain = [one for one in told if one[0].codec != ERASED and not _NOT_IN_GIST(one[1][2])]
            context = Context(connection, opening, plain, None)
            if told:
                gist = gist_of(told[0][0].source, statements_of(plain, context.of), context.seen)
                gist.opened.extend(row.id for row, said in told if row.codec == ERASED or _NOT_IN_GIST(said[2]))
                made[subject] = gist, opening[subject]
    return made
