"""Whom the resources of a unit are about: the source patients that they name, contain, or say are one."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Connection

from app import statements
from app.identity.matching import person
from app.identity.store import placeholder, source_patient_ids
from app.keyring import Keys, keys_of
from app.statements import NOBODY
from fhir import subject
from fhir.codes import System
from fhir.elements import child, listed, words
from fhir.entries import Entry, Raw, Subject


def _contained_id(keys: Keys, ods: str, contained: dict[str, Any]) -> str:
    """A patient inside another resource: a source patient of its own for all the same details. One with an NHS number
    and no date of birth is no more than named by that number."""
    found = person(contained)
    if found.number and not found.birth:
        return placeholder(keys, ods, System.NHS_NUMBER, found.number.value)
    parts = [contained.get("identifier"), contained.get("name"), contained.get("birthDate")]
    told = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS).decode()
    return "~" + keys.first_token("alias", f"{ods}|{told}").hex()


def contained_patients(keys: Keys, ods: str, entries: Iterable[Entry]) -> list[Entry]:
    """The Patients that came inside other resources, each as a resource of its own, once."""
    found: dict[tuple[str, bytes], Entry] = {}
    for entry in entries:
        if entry.subject and entry.subject.contained is not None:
            patient = {name: value for name, value in entry.subject.contained.items() if name != "id"}
            local_id = _contained_id(keys, ods, patient)
            body = orjson.dumps(patient, option=orjson.OPT_SORT_KEYS)
            digest = blake2b(body, digest_size=16).digest()
            raw = Raw(entry.raw.position, "PUT", "Patient", local_id, digest, body, entry.raw.urns)
            if local_id.startswith("~"):
                found[local_id, digest] = Entry(raw, patient, Subject("local", local_id), {}, ())
    return list(found.values())


def subjects_of(connection: Connection, ods: str, entries: Sequence[Entry]) -> tuple[dict[int, int], set[int]]:
    """Our number of the patient that each entry is about, NOBODY for context; and which of these are new."""
    keys = keys_of(connection)
    local: dict[int, str] = {}
    deleted: dict[int, list[bytes]] = {}
    for entry in entries:
        if entry.raw.method == "DELETE":
            deleted[id(entry)] = keys.names(ods, entry.raw.type, entry.raw.local_id)
        elif entry.subject is not None:
            local[id(entry)] = _local_id(keys, ods, entry.subject)
    numbers, new = source_patient_ids(connection, ods, set(local.values()))
    found = {id(entry): NOBODY for entry in entries}
    found |= {one: numbers[name] for one, name in local.items()}
    if deleted:
        asked = [name for names in deleted.values() for name in names]
        owners = {key: row.subject for key, row in statements.held(connection, asked).items()}
        sent = {keys.name(ods, e.raw.type, e.raw.local_id): found[id(e)] for e in entries if id(e) in local}
        owners = sent | owners
        found |= {one: owners[key] for one, (key, *_) in deleted.items() if key in owners}
    return found, new


def _local_id(keys: Keys, ods: str, subject: Subject) -> str:
    if subject.contained is not None:
        return _contained_id(keys, ods, {name: v for name, v in subject.contained.items() if name != "id"})
    if subject.identifier is not None:
        return placeholder(keys, ods, *subject.identifier)
    return subject.local_id


def replaced(keys: Keys, ods: str, patient: Entry) -> Iterator[str]:
    """The local ids of those that this Patient replaces, or is replaced by."""
    for link in listed((patient.resource or {}).get("link")):
        if words(child(link, "type")) in {"replaced-by", "replaces"}:
            other = subject.named(child(link, "other"), patient.raw.urns)
            if other is not None:
                yield _local_id(keys, ods, other)
