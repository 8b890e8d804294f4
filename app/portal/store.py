"""Keeping home readings: added once however often they are sent, changed and removed without losing what was there."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from hashlib import blake2b
from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, select, update

from app import clock, counters, db, statements
from app.access.grants import Grant
from app.access.permissions import Permission
from app.access.second_lock import open_feed
from app.accounts.saying import NO_DELIVERY
from app.errors import NotAllowed, NotFound
from app.identity.accounts import account_number
from app.keyring import data_keys_of, keys_of
from app.portal.forms import Measured, key_from
from app.portal.readings import (
    CORRECTED,
    REMOVED,
    Json,
    Kept,
    Reading,
    Version,
    ids_of,
    local_ids,
    observations,
    readings,
)
from app.statements import Incoming
from app.tables import providers
from app.tables import statements as table
from fhir import gate, models
from fhir.dates import fhir_date
from fhir.entries import Raw
from fhir.home import PATIENT

TYPE = "Observation"


class Came(Enum):
    """What came of sending a form."""

    KEPT = auto()
    AGAIN = auto()
    """The same was there already: nothing was made."""
    OTHERWISE = auto()
    """Something else is there under the same key, or was changed meanwhile: nothing was made."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, and the first reading that it is about."""

    came: Came
    reading: str


def add(
    engine: Engine, allowed: Grant, account: str, key: UUID | None, given: Sequence[Measured], *, timed: bool
) -> Outcome:
    """Keep one or two readings under this key. `timed`: the time was typed; else it is no part of what is the same."""
    key = key or key_from(account, given)
    checked = _first_versions(account, key, given)  # before others have to wait for us
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        subject = _subject(connection, allowed, account)
        if _is_anothers(connection, key, subject):
            key = key_from(account, given)
            checked = _first_versions(account, key, given)
        first = f"{key}-1"
        if there := readings(_versions(connection, [subject], local_ids(key))):
            same = _same(there, given, timed=timed)
            return Outcome(Came.AGAIN if same else Came.OTHERWISE, first)
        _keep(connection, subject, checked, clock.now())
    return Outcome(Came.KEPT, first)


def _first_versions(account: str, key: UUID, given: Sequence[Measured]) -> list[Incoming]:
    at = clock.now()
    made = [o for n, one in enumerate(given, start=1) for o in observations(f"{key}-{n}", account, one, at)]
    return [_checked(account, resource) for resource in made]


def change(
    engine: Engine, allowed: Grant, account: str, reading: str, new: Measured, *, seen: int | None = None
) -> Outcome:
    """Keep a corrected version. `seen`: the version that the person had before them."""
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        subject, versions, held = _own(connection, allowed, account, reading)
        if held.measured == new and held.status != REMOVED:
            return Outcome(Came.AGAIN, reading)
        if held.status == REMOVED or seen not in (None, held.number):
            return Outcome(Came.OTHERWISE, reading)
        at = clock.now()
        made = _corrected(versions, account, reading, held.measured, new, at)
        _keep(connection, subject, [_checked(account, one) for one in made], at)
    return Outcome(Came.KEPT, reading)


def remove(engine: Engine, allowed: Grant, account: str, reading: str) -> Outcome:
    """Take a reading back: its values are kept, marked as entered in error."""
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        subject, versions, held = _own(connection, allowed, account, reading)
        if held.status == REMOVED:
            return Outcome(Came.AGAIN, reading)
        at = clock.now()
        made = observations(reading, account, held.measured, at, _next(versions, reading), REMOVED)
        _keep(connection, subject, [_checked(account, one) for one in made], at)
    return Outcome(Came.KEPT, reading)


def history(engine: Engine, allowed: Grant, only: Collection[str] | None = None) -> list[Reading]:
    """The readings that a person's own look may show, with every version that came before: the latest taken first.

    Nothing is hidden in them, whatever is restricted: the person typed it themselves.
    """
    if allowed.permission != Permission.VIEW_OWN_RECORD:
        raise NotAllowed
    with db.read(engine) as connection:
        found = _versions(connection, allowed.subjects, only)
    shown = {one.local_id for one in found if one.is_current and one.statement in allowed.items}
    return readings(one for one in found if one.local_id in shown)


def _subject(connection: Connection, allowed: Grant, account: str) -> int:
    """Under which number we hold what this account says, where the grant is about the same person."""
    subject = account_number(connection, account)
    if subject is None or subject not in allowed.subjects or not data_keys_of(connection, [subject]):
        raise NotFound  # another's, or erased by order
    return subject


def _is_anothers(connection: Connection, key: UUID, subject: int) -> bool:
    """Whether somebody else's reading has this key: then it opens and changes nothing."""
    open_feed(connection, PATIENT)
    names = keys_of(connection).names
    held = statements.held(connection, [one for name in local_ids(key) for one in names(PATIENT, TYPE, name)])
    return any(one.subject != subject for one in held.values())


def _same(there: Sequence[Reading], given: Sequence[Measured], *, timed: bool) -> bool:
    """Whether what was kept first under a key is what is given now."""
    before = [one.versions[0].measured for one in sorted(there, key=lambda one: one.place)]
    if not timed:
        given = [_at(one, old.taken) for one, old in zip(given, before, strict=False)] + list(given[len(before) :])
    return before == list(given)


def _at(one: Measured, taken: datetime) -> Measured:
    return Measured(one.systolic, one.diastolic, one.pulse, taken, one.note)


def _own(connection: Connection, allowed: Grant, account: str, reading: str) -> tuple[int, list[Version], Kept]:
    """A reading of this very account: its versions, and the current one. Raises NotFound on any other."""
    subject = _subject(connection, allowed, account)
    versions = _versions(connection, [subject], ids_of(reading))
    found = [one for one in readings(versions) if one.id == reading]
    if not found:
        raise NotFound
    return subject, versions, found[0].now


def _next(versions: Iterable[Version], reading: str) -> tuple[int, int]:
    """The versions that the blood pressure and the pulse of a reading get next."""
    last = {one.local_id: one.number for one in versions}
    pressure, pulse = (last.get(name, 0) + 1 for name in ids_of(reading))
    return pressure, pulse


def _corrected(
    versions: Sequence[Version], account: str, reading: str, old: Measured, new: Measured, at: datetime
) -> list[Json]:
    """What a change makes: the blood pressure always, the pulse where it is new, other, or gone."""
    numbers = _next(versions, reading)
    made = observations(reading, account, new, at, numbers, CORRECTED)
    if new.pulse is None and old.pulse is not None:
        return made + observations(reading, account, old, at, numbers, REMOVED)[1:]
    unmoved = (new.pulse, new.taken) == (old.pulse, old.taken)
    return made[:1] if unmoved else made


def _versions(connection: Connection, subjects: Collection[int], only: Collection[str] | None) -> list[Version]:
    """Every version of these people's own Observations, the oldest first."""
    c = table.c
    query = select(c.id, c.subject, c.superseded_at, c.codec, c.sealed).where(
        c.subject.in_(subjects), c.source == PATIENT, c.type == TYPE, ~c.deleted
    )
    if only is not None:
        names = keys_of(connection).names
        query = query.where(c.key.in_([name for one in only for name in names(PATIENT, TYPE, one)]))
    open_feed(connection, PATIENT)
    opening = data_keys_of(connection, subjects)
    found = []
    for number, subject, until, codec, content in connection.execute(query.order_by(c.id)):
        local_id, _, _, body = statements.unseal(opening[subject], subject, number, codec, content)
        found.append(Version(number, local_id, subject, orjson.loads(body or b"{}"), until is None))
    return found


def _keep(connection: Connection, subject: int, checked: Iterable[Incoming], at: datetime) -> None:
    name = keys_of(connection).name
    batch = [replace(one, subject=subject, key=name(PATIENT, TYPE, one.local_id)) for one in checked]
    added = statements.add(connection, PATIENT, NO_DELIVERY, batch, at)
    p = providers.c
    told = {"held": p.held + added.held_change, "last_delivery_at": at, "last_success_at": at}
    connection.execute(update(providers).where(p.ods == PATIENT).values(told))


def _checked(account: str, resource: Json) -> Incoming:
    """Through the same gate as what any other source sends. What we make is valid, or it is our mistake.

    Its subject and its key are filled in when it is kept.
    """
    body = orjson.dumps(resource)
    digest = blake2b(body, digest_size=16).digest()
    entry = gate.check(Raw("portal", "PUT", TYPE, resource["id"], digest, body, {}))
    about = gate.Subject("local", account)
    if isinstance(entry, gate.Refused) or entry.irregular or entry.subject != about or models.problems(resource):
        raise ValueError("a home reading is not valid FHIR")
    updated = fhir_date(entry.updated)
    return Incoming(
        key=b"",
        subject=statements.NOBODY,
        type=TYPE,
        local_id=resource["id"],
        digest=digest,
        version=entry.version,
        updated=updated.start if updated else None,
        body=body,
        refs={},
        irregular=(),
    )
