"""Every statement of everyone, piece by piece, for what an operator does with all of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from app import db
from app.access.grants import OperatorGrant
from app.keyring import data_keys_of
from app.statements.sealing import unseal
from app.tables import statements
from fhir.exact import decode
from fhir.statement import Resource

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Piece:
    """One version of one resource, open. `targets` are the resources that it points to, as `Type/id`."""

    subject: int
    number: int
    source: str
    type: str
    local_id: str
    body: bytes
    targets: Sequence[str]

    @property
    def resource(self) -> Resource:
        """What it says."""
        return decode(self.body)


def in_pieces(engine: Engine, grant: OperatorGrant, *, among: Sequence[str], inside: bool) -> Iterator[list[Piece]]:
    """Every version of every resource, of these types (`inside`) or of all others. What was deleted says nothing."""
    c = statements.c
    chosen = (c.subject, c.id, c.source, c.type, c.codec, c.sealed)
    query = select(*chosen).where(~c.deleted, c.type.in_(among) if inside else c.type.not_in(among))
    with db.read(engine) as connection:
        for some in connection.execution_options(yield_per=_AT_ONCE).execute(query).partitions():
            opening = data_keys_of(connection, {row.subject for row in some})
            found = []
            for subject, number, source, type_, codec, sealed in some:
                if subject in opening:
                    local_id, _, refs, body = unseal(opening[subject], subject, number, codec, sealed)
                    targets = tuple(json.loads(refs).values()) if refs else ()
                    found.append(Piece(subject, number, source, type_, local_id, body or b"{}", targets))
            yield found
