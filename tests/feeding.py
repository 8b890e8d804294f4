"""Sending resources to a database as a provider would, and the people of the tests."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select, text

from app import db
from app.access import sharing
from app.access.policy import Reason
from app.access.sharing import Rule
from app.access.users import Clinician
from app.ingest import feeds
from app.ingest.delivery import ingest
from app.keyring import data_keys_of, keys_of
from app.statements import unseal
from app.tables import links, source_patients, statements

Json = dict[str, Any]
GP, TRUST, COUNCIL = "Y90001", "RZ001", "901"
KINDS = {GP: "gp", TRUST: "acute", COUNCIL: "social"}
URGENT = Reason("urgent")
ASHA, BEN = "9990000018", "9990000026"


def nhs(number: str, **changes: Any) -> Json:
    """An identifier that is this NHS number."""
    return {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number} | changes


def patient(local_id: str, number: str = ASHA, **changes: Any) -> Json:
    """Asha Patel, born 1 May 1960, at TB1 2AB, unless said otherwise. No number: `number=""`."""
    return {
        "resourceType": "Patient",
        "id": local_id,
        "identifier": [nhs(number)] if number else [],
        "name": [{"family": "Patel", "given": ["Asha"]}],
        "gender": "female",
        "birthDate": "1960-05-01",
        "address": [{"line": ["1 Mill Lane"], "postalCode": "TB1 2AB"}],
    } | changes


def condition(local_id: str, of: str, words: str = "Asthma", **changes: Any) -> Json:
    """A problem of a source's patient, in words."""
    return {
        "resourceType": "Condition",
        "id": local_id,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": words},
        "subject": {"reference": f"Patient/{of}"},
    } | changes


def bundle(*entries: Json, kind: str = "transaction") -> Json:
    """A Bundle of resources to PUT, or of entries that say what to do themselves."""
    return {"resourceType": "Bundle", "type": kind, "entry": [_entry(e) for e in entries]}


def _entry(one: Json) -> Json:
    if "request" in one:
        return one
    return {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}


def deletion(reference: str) -> Json:
    """An entry that deletes a resource at its source."""
    return {"request": {"method": "DELETE", "url": reference}}


def register(engine: Engine, *sources: str, **changes: str) -> None:
    """Register feeds that may send everything for direct care; what councils send is agreed to be shown to everyone."""
    with db.write(engine) as connection:
        for ods in sources:
            feeds.register(connection, feeds.unregistered(ods) | {"kind": KINDS.get(ods, "gp")} | changes)
    sharing.keep(engine, [Rule(ods, "*", "*", "allow") for ods in {COUNCIL, *sources} if KINDS.get(ods) == "social"])


class Sender:
    """Sends what a provider would, through files."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self._sent = 0
        register(engine, GP, TRUST, COUNCIL)

    def send(self, ods: str, *resources: Json | str) -> Json:
        """One delivery of lines; a text is sent as it is."""
        self._sent += 1
        path = self.folder / f"{self._sent}.ndjson"
        path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in resources))
        return self.send_files(ods, [path])

    def send_files(self, ods: str, paths: Iterable[Path]) -> Json:
        """One delivery of files and folders."""
        return ingest(self.engine, feeds.feed_of(self.engine, ods, is_demo=False), paths)

    def person_of(self, ods: str, local_id: str) -> UUID | None:
        """Whom a source's patient is linked to now."""
        with db.read(self.engine) as connection:
            named = source_patients.c.name.in_(keys_of(connection).names(ods, local_id))
            query = select(links.c.patient_id).join(source_patients).where(named, links.c.until.is_(None))
            return connection.scalar(query)

    def kept(self) -> list[tuple[str, str, bytes | None]]:
        """(type, local id, bytes) of every version of every resource that is kept, in no order."""
        c = statements.c
        with db.read(self.engine) as connection:
            rows = connection.execute(select(c.type, c.subject, c.id, c.codec, c.sealed)).all()
            opening = data_keys_of(connection, {row.subject for row in rows})
        opened = (
            (type_, unseal(opening[subject], subject, *rest)) for type_, subject, *rest in rows if subject in opening
        )
        return [(type_, told[0], told[3]) for type_, told in opened]

    def quarantined(self) -> list[tuple[str, str]]:
        """(position, words) of everything that was refused."""
        with db.read(self.engine) as connection:
            rows = connection.execute(text("SELECT position, words FROM quarantine ORDER BY id"))
            return [(row.position, row.words) for row in rows]

    def count(self, table: str, where: str = "1 = 1") -> int:
        """How many rows a table has."""
        with db.read(self.engine) as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar() or 0)  # noqa: S608


def clinician(org: str = GP, session: str = "") -> Clinician:
    """A clinician of an organisation, without a session of their own."""
    return Clinician("https://id.example", "c1", "Dr Grace Hall", session, org, f"Org {org}", "General practitioner")
