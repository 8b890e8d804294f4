"""Everyone of whom an export may speak, one record at a time: opt-outs first, then who is registered and alive."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from app import clock, db, statements
from app.access.facts import PROTECTING_TYPES, Kind
from app.access.grants import OperatorGrant
from app.export import optouts, terminology
from app.export.people import About, DecileOf, about
from app.export.rows import LeftOut
from app.export.terminology import CodeList
from app.export.values import MEDICINE_KINDS
from app.projects import Project
from app.tables import providers
from app.use_tables import postcodes
from fhir.record import PatientRecord, categories_of, combine

PEOPLE = "people"
READ = ("Patient", "Condition", "Observation", *MEDICINE_KINDS)
"""The resource types that a row or a measure is made of: no line of these has statements of others."""


@dataclass(frozen=True)
class Snapshot:
    """What is known at the moment of a release, besides the records."""

    at: datetime
    lists: Mapping[str, CodeList]
    practices: frozenset[str]
    opted_out: Mapping[str, set[UUID]]
    restricted: set[UUID]
    """Those whose whereabouts are secret, also after who said so has deleted their details."""
    sent: Mapping[str, frozenset[str]]
    """The resource types that each source is registered for today."""
    left_out: LeftOut = field(default_factory=Counter)

    @property
    def today(self) -> date:
        """The snapshot's day in London."""
        return self.at.astimezone(clock.LONDON).date()

    @property
    def excluded(self) -> set[UUID]:
        """Everyone who opted out of this use, in whatever way."""
        return set().union(*self.opted_out.values())


def snapshot(engine: Engine, project: Project | None) -> Snapshot:
    """Lists, practices and opt-outs as they are now; without a project nobody is left out."""
    at = clock.now()
    with db.read(engine) as connection:
        lists = terminology.lists(connection)
        feeds = connection.execute(select(providers.c.ods, providers.c.kind, providers.c.categories)).all()
        day = at.astimezone(clock.LONDON).date()
        opted_out = optouts.by_kind(connection, project, day) if project else {}
        restricted = optouts.people_of(connection, Kind.RESTRICTED)
    practices = frozenset(feed.ods for feed in feeds if feed.kind == "gp")
    sent = {feed.ods: _sent(frozenset(feed.categories.split())) for feed in feeds}
    return Snapshot(at, lists, practices, opted_out, restricted, sent)


def _sent(categories: frozenset[str]) -> frozenset[str]:
    """What may leave of a feed: not what was taken before its categories became fewer.

    Who is registered or died is known from every feed, as when it comes.
    """
    return frozenset(type_ for type_ in READ if type_ in PROTECTING_TYPES or categories_of(type_) & categories)


def everyone(
    engine: Engine, granted: OperatorGrant, seen: Snapshot, area: str
) -> Iterator[tuple[UUID, PatientRecord, About]]:
    """Each person who may be counted, with their record; others are counted by the reason why they are not."""
    excluded = seen.excluded
    with _deciles(engine) as decile_of:
        for patient_id, own in statements.of_everyone(engine, granted, types=READ):
            if patient_id in excluded:
                continue
            record = combine([one for one in own if one.type in seen.sent.get(one.source, ())])
            known = about(record, seen.practices, area, decile_of)
            known = replace(known, area=None) if patient_id in seen.restricted else known
            if known.is_counted:
                yield patient_id, record, known
            else:
                seen.left_out[PEOPLE, "died" if known.is_dead else "not registered with a practice here"] += 1


@contextmanager
def _deciles(engine: Engine) -> Iterator[DecileOf]:
    with db.read(engine) as connection:
        yield lru_cache(maxsize=50_000)(_lookup(connection))


def _lookup(connection: Connection) -> Callable[[str], int | None]:
    def decile_of(code: str) -> int | None:
        query = select(postcodes.c.deprivation_decile).where(postcodes.c.postcode == code)
        return connection.scalar(query)

    return decile_of
