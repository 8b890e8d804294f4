"""A unit of a feed, one Bundle or up to 500 resources, becomes statements, links and facts in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, exists, insert, select, tuple_, update

from app import bodies, clock, counters, db, statements
from app.access.facts import (
    LABELS,
    PROTECTING_TYPES,
    READ_TYPES,
    Fact,
    Kind,
    facts_of,
    not_for_patient,
    opt_outs_of,
)
from app.access.grants import OperatorGrant
from app.access.second_lock import open_feed
from app.errors import NotFound
from app.identity import linking
from app.identity import store as identity
from app.ingest.labelling import Labelling
from app.ingest.pointers import CONTEXT_TYPES, aliases_of, pointers
from app.ingest.subjects import contained_patients, replaced, subjects_of
from app.keyring import Keys, keys_of
from app.statements import NOBODY, Incoming
from app.tables import aliases, deliveries, facts, links, providers, quarantine, source_patients
from app.use_tables import erasures
from fhir import gate
from fhir.dates import fhir_date
from fhir.entries import Entry, Raw, Refused
from fhir.record import categories_of


@dataclass
class Counts:
    """What came of a delivery, in resources."""

    received: int = 0
    stored: int = 0
    unchanged: int = 0
    updated: int = 0
    irregular: int = 0
    quarantined: int = 0
    people_new: int = 0
    people_linked: int = 0

    def add(self, other: "Counts") -> None:
        """Count another unit in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True)
class Feed:
    """Whose feed it is, and the delivery that it came with."""

    ods: str
    kind: str
    categories: frozenset[str]
    delivery_id: int

    @staticmethod
    def of(provider: RowMapping, delivery_id: int) -> "Feed":
        """From the provider's row."""
        return Feed(provider["ods"], provider["kind"], frozenset(provider["categories"].split()), delivery_id)


@dataclass
class _Unit:
    """What the gate made of a unit."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def take(engine: Engine, feed: Feed, unit: Sequence[Raw | Refused]) -> Counts:
    """Check and keep one unit. What is already held costs a look; what is refused goes to quarantine."""
    raws = [one for one in unit if isinstance(one, Raw)]
    with db.read(engine) as connection:
        open_feed(connection, feed.ods)
        name = keys_of(connection).name
        names = [name(feed.ods, raw.type, raw.local_id) for raw in raws]
        before = statements.digests(connection, names)
    fresh = [raw for raw, name in zip(raws, names, strict=True) if before.get(name) != raw.digest]
    checked = _check(feed, fresh, [one for one in unit if isinstance(one, Refused)])
    counts = Counts(received=len(unit), unchanged=len(raws) - len(fresh), quarantined=len(checked.refused))
    if checked.entries or checked.refused:
        with db.write(engine) as connection:
            _keep(connection, feed, checked, counts)
    return counts


def _check(feed: Feed, raws: Iterable[Raw], refused: Iterable[Refused]) -> _Unit:
    unit = _Unit(refused=list(refused))
    for raw in raws:
        outcome = _through_the_gate(raw)
        if isinstance(outcome, Refused):
            unit.refused.append(outcome)
        elif _outside(feed, raw.type):
            unit.refused.append(gate.refused(raw.position, gate.Reason.NOT_REGISTERED, raw.body))
        else:
            unit.entries.append(outcome)
    return unit


def _through_the_gate(raw: Raw) -> Entry | Refused:
    """One resource that nobody foresaw is kept apart like any other that is refused; it stops nothing."""
    try:
        return gate.check(raw)
    except Exception:  # whatever it is, the rest of the feed must go on
        return gate.refused(raw.position, gate.Reason.UNREADABLE, raw.body)


def _outside(feed: Feed, type_: str) -> bool:
    own = categories_of(type_)
    return type_ not in PROTECTING_TYPES and bool(own) and not own & feed.categories


def _keep(connection: Connection, feed: Feed, unit: _Unit, counts: Counts) -> None:
    counters.wait_turn(connection)
    at = clock.now()
    keys = keys_of(connection)
    entries = [*unit.entries, *contained_patients(keys, feed.ods, unit.entries)]
    subjects, waiting = subjects_of(connection, feed.ods, entries)
    if gone := _erased(connection, feed, entries, subjects):
        unit.refused.extend(gone.values())
        counts.quarantined += len(gone)
        entries = [entry for entry in entries if id(entry) not in gone]
    batch = [_incoming(keys, feed, entry, subjects[id(entry)]) for entry in entries]
    sent = {(new.key, new.digest): entry for new, entry in zip(batch, entries, strict=True)}
    added = statements.add(connection, feed.ods, feed.delivery_id, batch, at)
    counts.stored += added.stored
    counts.updated += added.updated
    counts.unchanged += added.unchanged
    counts.irregular += sum(1 for new, _ in added.current if new.irregular)
    current = [(new, number, sent[new.key, new.digest]) for new, number in added.current]
    people = {new.subject: entry for new, _, entry in current if new.type == "Patient" and entry.resource is not None}
    if people or waiting:
        made, joined = _link(connection, feed, people, waiting, at)
        counts.people_new += made
        counts.people_linked += joined
    _derive(connection, feed, added, current)
    _quarantine(connection, feed, unit.refused, at)
    _progress(connection, feed, counts, added.held_change)


_ANY_ERASED = select(erasures.c.id).where(erasures.c.entries.is_not(None)).limit(1)


def _erased(
    connection: Connection, feed: Feed, entries: Iterable[Entry], subjects: Mapping[int, int]
) -> dict[int, Refused]:
    """What was erased by order and comes again, in whatever version: it is refused, and its bytes are not kept.

    It is known in quarantine by its name, not by its bytes, and stands there once however often it is sent.
    """
    if connection.execute(_ANY_ERASED).first() is None:
        return {}
    open_feed(connection, feed.ods)
    named = {id(entry): (entry.raw.type, entry.raw.local_id) for entry in entries}
    gone, destroyed = statements.erased(connection, feed.ods, set(named.values()), set(subjects.values()))
    name = keys_of(connection).name
    return {
        id(entry): Refused(entry.raw.position, gate.Reason.ERASED, gate.Reason.ERASED.words, b"", name(feed.ods, *own))
        for entry in entries
        if (own := named[id(entry)]) in gone or subjects[id(entry)] in destroyed
    }


def _incoming(keys: Keys, feed: Feed, entry: Entry, subject: int) -> Incoming:
    raw = entry.raw
    updated = fhir_date(entry.updated)
    return Incoming(
        key=keys.name(feed.ods, raw.type, raw.local_id),
        subject=subject,
        type=raw.type,
        local_id=raw.local_id,
        digest=raw.digest,
        version=entry.version,
        updated=updated.start if updated else None,
        body=None if raw.method == "DELETE" else raw.body,
        refs=pointers(feed.ods, raw.body, entry.refs),
        irregular=entry.irregular,
        older=raw.older,
    )


def _link(
    connection: Connection, feed: Feed, people: Mapping[int, Entry], waiting: set[int], at: datetime
) -> tuple[int, int]:
    """Decide the links that these Patients touch, following `Patient.link` where one record replaced another."""
    named = {number: set(replaced(keys_of(connection), feed.ods, entry)) for number, entry in people.items()}
    ids, new = identity.source_patient_ids(connection, feed.ods, set().union(*named.values()))
    same = {number: {ids[name] for name in own} for number, own in named.items()}
    resources = {number: entry.resource for number, entry in people.items() if entry.resource is not None}
    return linking.decide(connection, feed.ods, resources, same, waiting | new, at)


# ------------------------------------------------------------------ what follows from it
def _derive(
    connection: Connection, feed: Feed, added: statements.Added, current: Iterable[tuple[Incoming, int, Entry]]
) -> None:
    """The facts of the policy, and the names under which context is found."""
    _forget(connection, added)
    keys = keys_of(connection)
    labelling = Labelling(connection, feed.ods, feed.kind)
    rows: list[dict[str, Any]] = []
    names: dict[bytes, bytes] = {}
    taken: set[bytes] = set()
    current = labelling.contexts_first(current)
    for new, number, entry in current:
        resource = entry.resource
        if resource is None:
            continue
        if new.subject != NOBODY:
            found = [*_facts(feed, new, resource), *labelling.of(new, resource)]
            rows += [
                {"statement_id": number, "source_patient_id": new.subject, "kind": f.kind.value,
                 "org": f.org, "starts": f.starts, "ends": f.ends}
                for f in found
            ]  # fmt: skip
        if new.type in CONTEXT_TYPES:
            told = [f"?{one.hex()}" for one in aliases_of(feed.ods, new.type, resource)]
            names.update((keys.name(one), new.key) for one in told)
            taken.update(name for one in told for name in keys.names(one))
    if rows:
        connection.execute(insert(facts), rows)
    if names:
        for chunk in identity.in_chunks(taken):
            connection.execute(delete(aliases).where(aliases.c.alias.in_(chunk)))
        made = [{"alias": alias, "key": key, "generation": keys.generation} for alias, key in names.items()]
        connection.execute(insert(aliases), made)


def _facts(feed: Feed, new: Incoming, resource: Mapping[str, Any]) -> list[Fact]:
    body = new.body or b""
    found = [*not_for_patient(feed.ods, resource, body), *opt_outs_of(feed.ods, feed.kind, body, resource)]
    return [*found, *facts_of(feed.ods, feed.kind, resource)] if new.type in READ_TYPES else found


def _forget(connection: Connection, added: statements.Added) -> None:
    """Take back what superseded statements told the policy.

    A person's restriction outlives the deletion of their details, until a source sends them unrestricted. Labels stay:
    an earlier state of the record leaves out what they name.
    """
    key = tuple_(facts.c.source_patient_id, facts.c.statement_id)
    for chunk in identity.in_chunks(added.gone):
        connection.execute(delete(facts).where(key.in_(chunk), facts.c.kind.not_in(_KEPT)))
    told = [new.subject for new, _ in added.current if new.type == "Patient" and new.body is not None]
    for subjects in identity.in_chunks(told):
        own = facts.c.source_patient_id.in_(subjects)
        connection.execute(delete(facts).where(own, facts.c.kind == Kind.RESTRICTED.value))


_KEPT = sorted(LABELS | {Kind.RESTRICTED})


def _quarantine(connection: Connection, feed: Feed, refused: Iterable[Refused], at: datetime) -> None:
    """Keep what was refused, with its bytes, once: the same for the same reason is not kept again."""
    keys = keys_of(connection)
    rows = {
        (one.digest, one.reason.value): {
            "ods": feed.ods, "delivery_id": feed.delivery_id, "position": one.position, "reason": one.reason.value,
            "words": one.words, "digest": one.digest, "at": at,
            "sealed": keys.seal(bodies.packed(one.body), _place(feed.ods, one.digest)),
        }
        for one in refused
    }  # fmt: skip
    for chunk in identity.in_chunks(list(rows)):
        same = tuple_(quarantine.c.digest, quarantine.c.reason).in_(chunk)
        query = select(quarantine.c.digest, quarantine.c.reason).where(quarantine.c.ods == feed.ods, same)
        for row in connection.execute(query):
            del rows[row.digest, row.reason]
    if rows:
        connection.execute(insert(quarantine), list(rows.values()))


def refused_bytes(engine: Engine, grant: OperatorGrant, number: int) -> bytes:
    """The bytes of one that was refused, as they came. Raises NotFound."""
    q = quarantine.c
    with db.read(engine) as connection:
        row = connection.execute(select(q.ods, q.digest, q.sealed).where(q.id == number)).one_or_none()
        if row is None:
            raise NotFound
        if not row.sealed:
            raise NotFound("Its bytes are no longer kept")
        packed = keys_of(connection).open(row.sealed, _place(row.ods, row.digest))
    return bodies.unpacked(packed, bodies.CODEC)


def _place(ods: str, digest: bytes) -> str:
    return f"quarantine|{ods}|{digest.hex()}|sealed"


def _progress(connection: Connection, feed: Feed, counts: Counts, held_change: int) -> None:
    d = deliveries.c
    connection.execute(
        update(deliveries)
        .where(d.id == feed.delivery_id)
        .values({name: d[name] + getattr(counts, name) for name in PROGRESS})
    )
    if held_change:
        connection.execute(
            update(providers).where(providers.c.ods == feed.ods).values(held=providers.c.held + held_change)
        )


PROGRESS = ("received", "stored", "unchanged", "updated", "irregular", "quarantined")


def waiting(connection: Connection, ods: str) -> int:
    """How many of a source's statements wait for their Patient to come."""
    linked = exists().where(links.c.source_patient_id == source_patients.c.id, links.c.until.is_(None))
    unknown = select(source_patients.c.id).where(source_patients.c.ods == ods, ~source_patients.c.known, ~linked)
    total = 0
    for chunk in identity.in_chunks(connection.scalars(unknown).all()):
        total += statements.count_of(connection, chunk)
    return total
