"""Reading what is held about people: no grant, no data."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, select

from app import db
from app.access.facts import not_for_patient
from app.access.grants import Grant, OperatorGrant
from app.access.permissions import ALLOWED
from app.access.searching import SearchGrant
from app.access.users import PatientUser
from app.identity.store import current as links_at
from app.identity.store import subjects_of
from app.keyring import NOBODY, data_keys_of
from app.statements.gists import MANY, Opener, find, keep, made
from app.statements.rows import COLUMNS, NOTHING, as_held_at, opened, read, rows_of, statements_of
from app.statements.sealing import unseal
from app.tables import links, providers, statements
from fhir.exact import decode
from fhir.statement import Resource, Statement
from fhir.whereabouts import names_in, protected

Later = Callable[[Callable[[], None]], None]
"""How something is put off until the reader has their page."""


def of_patient(engine: Engine, grant: Grant, later: Later | None = None) -> list[Statement]:
    """What the grant lets its holder see of this person: the current statements, or those of its moment.

    Statements of which a gist holds are closed: they are opened when somebody asks for the resource. Where many had to
    be opened, a gist of them is kept `later`.
    """
    with db.read(engine) as connection:
        grant.opened.on(connection)
        opening = data_keys_of(connection, [*grant.subjects, NOBODY])
        gists = find(connection, opening, grant.subjects) if _may_be_closed(grant) else []
        opener = Opener(engine, grant)
        closed = [one for gist in gists for one in gist.statements(grant.items, opener)]
        asked = grant.items.difference(one.id for one in closed)
        rows = rows_of(connection, grant.subjects, asked, grant.as_at)
        found = read(connection, rows, opening, grant.as_at, grant.items)
        registered = connection.scalars(select(providers.c.name)).all() if grant.restricted else ()
    if later and _may_be_closed(grant) and len(asked.difference(*(gist.opened for gist in gists))) >= MANY:
        later(lambda: keep(engine, grant, made(engine, grant)))
    found += closed
    if grant.permission in ALLOWED[PatientUser]:
        found = [one for one in found if _is_for_patient(one)]
    if not grant.restricted:
        return found
    names = names_in(found) | {name.casefold() for name in registered if " " in name}
    return [protected(one, grant.masks.get(one.source, "hidden"), names) for one in found]


def _may_be_closed(grant: Grant) -> bool:
    """Whether what was read before may stand for the bytes: now, for staff, where nothing is cut out of the words."""
    is_own = grant.permission in ALLOWED[PatientUser]
    return grant.as_at is None and not grant.restricted and not is_own and len(grant.items) >= MANY


def _is_for_patient(one: Statement) -> bool:
    """What came before a rule of today is judged by it too. The grant has left out what was judged as it came."""
    return one.body is None or not not_for_patient(one.source, one.resource or {}, one.body)


def demographics_of(engine: Engine, grant: SearchGrant) -> dict[UUID, list[Statement]]:
    """The Patient resources that a search may show of everyone whom it names."""
    found: dict[UUID, list[Statement]] = {}
    with db.read(engine) as connection:
        grant.opened.on(connection)
        for known in grant.people:
            query = select(*COLUMNS).where(statements.c.subject.in_(known.subjects), statements.c.type == "Patient")
            rows = [row for row in connection.execute(query) if row[1] in grant.items]
            opening = data_keys_of(connection, known.subjects)
            said = statements_of(opened(rows, opening), lambda *_: NOTHING)
            found[known.patient_id] = [protected(one, "hidden") for one in said] if known.restricted else said
    return found


def of_everyone(
    engine: Engine,
    grant: OperatorGrant,
    as_at: datetime | None = None,
    *,
    types: Collection[str] = (),
    people: Collection[UUID] | None = None,
) -> Iterator[tuple[UUID, list[Statement]]]:
    """Every person's statements, or these people's, one person at a time, in no particular order; of these types only,
    if any is named."""
    held = as_held_at(as_at)
    if types:
        held = held & statements.c.type.in_(types)
    with db.read(engine) as connection:
        linked = select(links.c.patient_id).where(links_at(as_at)).distinct().order_by(links.c.patient_id)
        if people is not None:
            linked = linked.where(db.one_of(connection, links.c.patient_id, people))
        for patient_id in connection.scalars(linked).all():
            subjects = subjects_of(connection, patient_id, as_at)
            rows = [
                row
                for subject in subjects
                for row in connection.execute(select(*COLUMNS).where(statements.c.subject == subject, held))
            ]
            yield patient_id, read(connection, rows, data_keys_of(connection, [*subjects, NOBODY]), as_at)


def bearers(engine: Engine, grant: OperatorGrant) -> Iterator[tuple[str, str, UUID]]:
    """(source, its own name of the person, the Patient) of every source patient that is linked now."""
    c = statements.c
    query = (
        select(c.subject, c.id, c.codec, c.sealed, c.source, links.c.patient_id)
        .join(links, links.c.source_patient_id == c.subject)
        .where(links_at(), c.type == "Patient", as_held_at(None), ~c.deleted)
    )
    with db.read(engine) as connection:
        for some in connection.execution_options(yield_per=500).execute(query).partitions():
            opening = data_keys_of(connection, {row.subject for row in some})
            for subject, number, codec, content, source, patient_id in some:
                if subject in opening:
                    yield source, unseal(opening[subject], subject, number, codec, content)[0], patient_id


IDENTITIES = ("Patient", "RelatedPerson", "Person", "Practitioner")
"""The resource types that say who somebody is and how to reach them."""


def identities(engine: Engine, grant: OperatorGrant) -> Iterator[tuple[str, Resource]]:
    """(local id, resource) of everyone who is named anywhere, in every version: to find them where they must not be."""
    c = statements.c
    query = select(c.subject, c.id, c.codec, c.sealed).where(c.type.in_(IDENTITIES), ~c.deleted)
    with db.read(engine) as connection:
        for some in connection.execution_options(yield_per=500).execute(query).partitions():
            opening = data_keys_of(connection, {row.subject for row in some})
            for subject, number, codec, sealed in some:
                if subject in opening:
                    local_id, _, _, body = unseal(opening[subject], subject, number, codec, sealed)
                    yield local_id, decode(body or b"{}")
