"""A patient's account is one more source: it says whose it is, and is linked by the same rules as all others."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from app import statements
from app.access.facts import Kind
from app.access.feeds import DIRECT_CARE
from app.identity.accounts import Proof
from app.identity.linking import decide
from app.identity.store import source_patient_ids
from app.keyring import keys_of
from app.statements import Incoming
from app.tables import facts, providers
from fhir.codes import System
from fhir.home import PATIENT

NO_DELIVERY = 0
"""What a person says themselves comes in no delivery."""


def say(connection: Connection, account: str, proof: Proof, at: datetime) -> None:
    """Hold what was proven as a Patient resource of the account, link it, and tell the policy whose account it is.

    It has no name, so it never becomes the name at the top of a record.
    """
    _register(connection, at)
    number = [{"system": str(System.NHS_NUMBER), "value": proof.number.value}]
    _hold(connection, account, {"identifier": number, "birthDate": proof.birth}, at)


def unsay(connection: Connection, account: str, at: datetime) -> None:
    """The account is not this person's: it says nothing of anybody from now on, so what it said leaves the record."""
    if connection.scalar(_own(account)) is not None:
        _hold(connection, account, {}, at)
        open_to_its_person(connection, account, until=at)


def open_to_its_person(connection: Connection, account: str, *, until: datetime | None = None) -> None:
    """Whether the policy lets this account see its record: until a moment, or without end."""
    own = (facts.c.kind == Kind.SELF) & (facts.c.org == account)
    connection.execute(update(facts).where(own).values(ends=until))


def _own(account: str) -> Any:
    return select(facts.c.source_patient_id).where(facts.c.kind == Kind.SELF, facts.c.org == account)


def _hold(connection: Connection, account: str, told: Mapping[str, Any], at: datetime) -> None:
    ids, new = source_patient_ids(connection, PATIENT, [account])
    number, resource = ids[account], {"resourceType": "Patient", "id": account, **told}
    incoming = _incoming(connection, number, account, resource, at)
    for _, statement in statements.add(connection, PATIENT, NO_DELIVERY, [incoming], at).current:
        decide(connection, PATIENT, {number: resource}, {}, new, at)
        own = {"source_patient_id": number, "kind": Kind.SELF.value, "org": account}
        connection.execute(delete(facts).where(facts.c.source_patient_id == number, facts.c.kind == Kind.SELF))
        connection.execute(insert(facts), own | {"statement_id": statement, "starts": None, "ends": None})


def _incoming(connection: Connection, number: int, account: str, resource: Mapping[str, Any], at: datetime) -> Incoming:
    body = orjson.dumps(resource)
    return Incoming(
        key=keys_of(connection).name(PATIENT, "Patient", account),
        subject=number,
        type="Patient",
        local_id=account,
        digest=blake2b(body, digest_size=16).digest(),
        version=None,
        updated=at,
        body=body,
        refs={},
        irregular=(),
    )


def _register(connection: Connection, at: datetime) -> None:
    """The patient as a feed, once: what they say is shown to those who care for them."""
    if connection.execute(select(providers.c.ods).where(providers.c.ods == PATIENT)).first() is None:
        told = {"ods": PATIENT, "name": "The patient", "kind": PATIENT, "controller": "The patient"}
        told |= {"purpose": DIRECT_CARE, "legal_basis": "the person adds it themselves"}
        counted = {"interval_hours": 24, "registered_at": at, "held": 0, "failures": 0}
        connection.execute(insert(providers), told | counted | {"categories": "demographics results"})
