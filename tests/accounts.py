"""A person's own account, linked to their record by hand: what signing in does once their details are verified."""

from uuid import UUID

from sqlalchemy import insert, select

from app import clock, counters, db
from app.access.facts import Kind
from app.access.users import PatientUser
from app.identity.store import source_patient_ids
from app.ingest import feeds
from app.tables import facts, links, providers
from fhir.home import PATIENT
from tests.feeding import Sender

NOBODY_SAID = -1


def account_of(sender: Sender, person: UUID, name: str = "Asha Patel") -> PatientUser:
    """Somebody who is signed in as this person. The same name is the same account."""
    user = PatientUser("https://id.example", name, name, "")
    with db.write(sender.engine) as connection:
        if connection.scalar(select(providers.c.ods).where(providers.c.ods == PATIENT)) is None:
            feeds.register(connection, feeds.unregistered(PATIENT) | {"name": "The patient", "kind": PATIENT})
        numbers, new = source_patient_ids(connection, PATIENT, {user.account})
        number = numbers[user.account]
        if new:
            first = counters.take(connection, "links", 1)
            link = {"id": first, "source_patient_id": number, "patient_id": person, "rule": "account"}
            connection.execute(insert(links), link | {"since": clock.now()})
            fact = {"statement_id": NOBODY_SAID, "source_patient_id": number, "kind": Kind.SELF.value}
            connection.execute(insert(facts), fact | {"org": user.account, "starts": None, "ends": None})
    return user
