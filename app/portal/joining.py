"""A patient's account joins the one record that is theirs, or is told in plain words why not.

The patient is one more source: their account is a source patient, linked by the same rules as any other.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select

from app import audit, clock, counters, db, statements
from app.access.claims import Refused
from app.access.facts import Kind
from app.access.feeds import DIRECT_CARE
from app.access.grants import actor
from app.access.users import PatientUser
from app.identity.accounts import (
    Proof,
    account_number,
    has_other_account,
    is_of_number,
    linked_to,
    person_proven,
    proof_of,
)
from app.identity.linking import decide
from app.identity.store import source_patient_ids
from app.keyring import keys_of
from app.statements import Incoming
from app.tables import facts, providers
from fhir.codes import System
from fhir.home import PATIENT

NO_DELIVERY = 0
"""What a person says themselves comes in no delivery."""

NO_PROOF = (
    "Your sign-in provider did not tell us your NHS number, date of birth and family name, so we cannot find your "
    "record. Check with them that your details are complete."
)
NO_MATCH = (
    "We could not match your details to one record. Ask your GP practice to check the NHS number, date of birth and "
    "family name that they hold for you."
)
OTHER_ACCOUNT = (
    "Another account is already linked to your NHS number. Sign in with the account that you used before. If you have "
    "never used another one, tell your GP practice."
)


class _NotJoined(Exception):
    """Why an account was not joined: a code for the audit, words for the person, and the record where one is known."""

    def __init__(self, why: str, words: str, person: UUID | None = None) -> None:
        super().__init__(why)
        self.why, self.words, self.person = why, words, person


def welcome(engine: Engine, user: PatientUser, claims: Mapping[str, Any]) -> UUID:
    """The Patient that this account leads to, proven afresh at each sign-in. Raises Refused with plain words."""
    try:
        proof = proof_of(claims)
        if proof is None:
            raise _NotJoined("no proof", NO_PROOF)
        with db.write(engine) as connection:
            counters.wait_turn(connection)
            person, is_new = _join(connection, user, proof, clock.now())
    except _NotJoined as refusal:
        _write_down(engine, user, "refused", refusal.person, refusal.why)
        raise Refused(refusal.words) from None
    if is_new:
        _write_down(engine, user, "linked", person, "proven")
    return person


def _write_down(engine: Engine, user: PatientUser, outcome: str, person: UUID | None, why: str) -> None:
    audit.append(engine, audit.Event("account", outcome, actor(user), person, {"why": why}))


def _join(connection: Connection, user: PatientUser, proof: Proof, at: datetime) -> tuple[UUID, bool]:
    """The Patient, and whether the account is new to us. Whatever it wrote goes where it raises."""
    person = person_proven(connection, proof)
    if person is None:
        raise _NotJoined("no one match", NO_MATCH)
    if has_other_account(connection, user, proof, person):
        raise _NotJoined("other account", OTHER_ACCOUNT, person)
    number = account_number(connection, user.account)
    if number is not None and not is_of_number(connection, number, proof):
        raise _NotJoined("other number", NO_MATCH, linked_to(connection, number))
    _say(connection, user.account, proof, at)
    joined = account_number(connection, user.account)
    if joined is None or linked_to(connection, joined) != person:
        raise _NotJoined("no one match", NO_MATCH)
    return person, number is None


def _say(connection: Connection, account: str, proof: Proof, at: datetime) -> None:
    """Hold what was proven as a Patient resource of the account, link it, and tell the policy whose account it is.

    It has no name, so it never becomes the name at the top of a record.
    """
    _register(connection, at)
    ids, new = source_patient_ids(connection, PATIENT, [account])
    resource = {
        "resourceType": "Patient",
        "id": account,
        "identifier": [{"system": str(System.NHS_NUMBER), "value": proof.number.value}],
        "birthDate": proof.birth,
    }
    added = statements.add(
        connection, PATIENT, NO_DELIVERY, [_incoming(connection, ids[account], account, resource, at)], at
    )
    for _, statement in added.current:
        decide(connection, PATIENT, {ids[account]: resource}, {}, new, at)
        own = {"source_patient_id": ids[account], "kind": Kind.SELF.value, "org": account}
        connection.execute(delete(facts).where(facts.c.source_patient_id == ids[account], facts.c.kind == Kind.SELF))
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
