"""Labels of what is held: worked out as a statement comes, and again for everything when a list of codes is loaded.

Kept as facts, so that a page asks the database once and reads nothing that it must not show. Ruled out: to compare
codes when a page is read, which would cost every page the reading of what it leaves out.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, tuple_

from app import counters, db, statements
from app.access.facts import LABELS, Fact, Kind
from app.access.grants import OperatorGrant
from app.access.labels import labels_of
from app.access.sensitive import sensitive_codes
from app.identity.store import in_chunks
from app.ingest.pointers import CONTEXT_TYPES
from app.keyring import keys_of
from app.statements import NOBODY, Incoming
from app.tables import context_labels, facts, providers
from fhir.entries import Entry
from fhir.home import PATIENT

Current = tuple[Incoming, int, Entry]


class Labelling:
    """The labels of one unit of one feed, with those of the medicines and others that its resources point to."""

    def __init__(self, connection: Connection, ods: str, feed_kind: str) -> None:
        self._connection, self._ods, self._kind = connection, ods, feed_kind
        self._sensitive = sensitive_codes(connection)
        self._name = keys_of(connection).name
        self._contexts: dict[bytes, frozenset[Kind]] = {}

    def contexts_first(self, current: Iterable[Current]) -> list[Current]:
        """Keep the labels of the organisations, people and medicines among these; then give all of them again."""
        all_ = list(current)
        context = [(new, entry.resource) for new, _, entry in all_ if new.type in CONTEXT_TYPES and entry.resource]
        labels = {new.key: self._own(new, resource) for new, resource in context}
        held = self._connection.execute(_ANY).first() is not None
        if held or any(labels.values()):
            self._keep(labels)
            self._contexts = self._held({self._key(one) for new, _, _ in all_ for one in new.refs.values()})
        return all_

    def of(self, new: Incoming, resource: Mapping[str, Any]) -> list[Fact]:
        """The labels of one statement. What a person said themselves has none."""
        if self._ods == PATIENT:
            return []
        found = self._own(new, resource)
        if self._contexts:
            found = found.union(*(self._contexts.get(self._key(one), ()) for one in new.refs.values()))
        return [Fact(kind, self._ods) for kind in found]

    def _own(self, new: Incoming, resource: Mapping[str, Any]) -> frozenset[Kind]:
        return labels_of(self._kind, resource, new.body or b"", self._sensitive)

    def _key(self, target: str) -> bytes:
        """The key of `Type/id`; a conditional reference is not followed here."""
        return self._name(self._ods, *target.split("/", 1))

    def _keep(self, labels: Mapping[bytes, frozenset[Kind]]) -> None:
        c = context_labels.c
        for chunk in in_chunks(labels.keys()):
            self._connection.execute(delete(context_labels).where(c.key.in_(chunk)))
        rows = [{"key": key, "kind": kind.value} for key, kinds in labels.items() for kind in kinds]
        if rows:
            self._connection.execute(insert(context_labels), rows)

    def _held(self, keys: set[bytes]) -> dict[bytes, frozenset[Kind]]:
        c = context_labels.c
        found: dict[bytes, frozenset[Kind]] = {}
        for chunk in in_chunks(keys):
            for key, kind in self._connection.execute(select(c.key, c.kind).where(c.key.in_(chunk))):
                found[key] = found.get(key, frozenset()) | {Kind(kind)}
        return found


_ANY = select(context_labels.c.key).limit(1)


# ------------------------------------------------------------------ again, for what is held
def label_again(engine: Engine, grant: OperatorGrant) -> int:
    """Work out the labels of all that is held, in every version, by the lists that are loaded now; how many changed.

    What comes meanwhile is labelled by them already. In pieces, each in a transaction of its own: nothing waits long.
    """
    with db.read(engine) as connection:
        sensitive = sensitive_codes(connection)
        kinds = dict(connection.execute(select(providers.c.ods, providers.c.kind)).all())
        name = keys_of(connection).name
    contexts: dict[bytes, frozenset[Kind]] = {}
    changed = 0
    for wanted in (True, False):  # what is pointed to first
        for some in statements.in_pieces(engine, grant, among=sorted(CONTEXT_TYPES), inside=wanted):
            labels: dict[tuple[int, int], tuple[str, frozenset[Kind]]] = {}
            for one in some:
                kind = kinds.get(one.source, "")
                found = labels_of(kind, one.resource, one.body, sensitive) if one.source != PATIENT else frozenset()
                if wanted and found:
                    key = name(one.source, one.type, one.local_id)
                    contexts[key] = contexts.get(key, frozenset()) | found
                found = found.union(*(contexts.get(name(one.source, *t.split("/", 1)), ()) for t in one.targets))
                if one.subject != NOBODY:
                    labels[one.subject, one.number] = (one.source, found)
            changed += _replace(engine, labels)
    _replace_contexts(engine, contexts)
    return changed


def _replace(engine: Engine, labels: Mapping[tuple[int, int], tuple[str, frozenset[Kind]]]) -> int:
    """Keep these labels in place of others of the same statements; of how many they differ."""
    f = facts.c
    changed = 0
    for chunk in in_chunks(labels):
        with db.write(engine) as connection:
            counters.wait_turn(connection)
            own = tuple_(f.source_patient_id, f.statement_id).in_(chunk) & f.kind.in_(sorted(LABELS))
            before: dict[tuple[int, int], set[Kind]] = {}
            for subject, number, kind in connection.execute(
                select(f.source_patient_id, f.statement_id, f.kind).where(own)
            ):
                before.setdefault((subject, number), set()).add(Kind(kind))
            differing = [each for each in chunk if before.get(each, set()) != labels[each][1]]
            if differing:
                gone = tuple_(f.source_patient_id, f.statement_id).in_(differing) & f.kind.in_(sorted(LABELS))
                connection.execute(delete(facts).where(gone))
                rows = [
                    {"source_patient_id": subject, "statement_id": number, "kind": kind.value, "org": source}
                    for subject, number in differing
                    for source, found in (labels[subject, number],)
                    for kind in found
                ]
                if rows:
                    connection.execute(insert(facts), rows)
            changed += len(differing)
    return changed


def _replace_contexts(engine: Engine, contexts: Mapping[bytes, frozenset[Kind]]) -> None:
    with db.write(engine) as connection:
        counters.wait_turn(connection)
        connection.execute(delete(context_labels))
        rows = [{"key": key, "kind": kind.value} for key, kinds in contexts.items() for kind in kinds]
        for chunk in in_chunks(rows):
            connection.execute(insert(context_labels), chunk)
