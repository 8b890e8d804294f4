"""A patient's account joins the one record that is theirs, or is told in plain words why not.

The patient is one more source: their account is a source patient, linked by the same rules as any other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from app import audit, clock, counters, db
from app.access.claims import Refused
from app.access.grants import actor
from app.access.users import PatientUser
from app.accounts import held
from app.accounts.held import Standing
from app.accounts.saying import say
from app.identity.accounts import Proof, account_number, is_of_number, linked_to, person_proven, proof_of

NO_PROOF = (
    "Your sign-in provider did not tell us your NHS number, date of birth and family name, so we cannot find your "
    "record. Check with them that your details are complete."
)
NO_MATCH = (
    "We could not match your details to one record. Ask your GP practice to check the NHS number, date of birth and "
    "family name that they hold for you."
)
HELD = (
    "Two accounts claim the same NHS number. To keep the record safe, neither of them opens it until the privacy "
    "officer of this service has decided. Your GP practice can tell you what you need to know from your record, and "
    "can tell the privacy officer which account is yours."
)
RULED_OUT = (
    "The privacy officer of this service decided that this account does not open this record. If that is wrong, tell "
    "your GP practice."
)


class _NotJoined(Exception):
    """Why an account was not joined: a code for the audit, words for the person, and the record where one is known."""

    def __init__(self, why: str, words: str, person: UUID | None = None) -> None:
        super().__init__(why)
        self.why, self.words, self.person = why, words, person


class _Contested(Exception):
    """Other accounts claim the same record."""

    def __init__(self, rivals: list[str], proof: Proof, person: UUID) -> None:
        super().__init__("contested")
        self.rivals, self.proof, self.person = rivals, proof, person


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
    except _Contested as contest:
        for first in contest.rivals:
            held.hold(engine, user, first, contest.proof, contest.person)
        raise Refused(HELD) from None
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
    match held.standing(connection, user.account):
        case Standing.HELD:
            raise _NotJoined("held", HELD, person)
        case Standing.RULED_OUT:
            raise _NotJoined("ruled out", RULED_OUT, person)
    if rivals := held.rivals(connection, user, proof, person):
        raise _Contested(rivals, proof, person)
    number = account_number(connection, user.account)
    if number is not None and not is_of_number(connection, number, proof):
        raise _NotJoined("other number", NO_MATCH, linked_to(connection, number))
    say(connection, user.account, proof, at)
    joined = account_number(connection, user.account)
    if joined is None or linked_to(connection, joined) != person:
        raise _NotJoined("no one match", NO_MATCH)
    return person, number is None
