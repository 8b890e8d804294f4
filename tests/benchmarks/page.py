"""How long the one page of a record takes, whole: session, policy, audit committed, reading, combining, rendering."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, select

from app import audit, create_app, db, statements
from app.access import sessions
from app.access.facts import Kind
from app.access.users import Clinician
from app.ingest import feeds
from app.tables import facts, gists, links
from app.tables import statements as held
from app.viewer import views
from fhir import dates
from tests.benchmarks.meter import Places, metered
from tests.benchmarks.stage import Figure, Stage, median, percentile, settle

PARTS: Places = {
    "grant": [(views, "grant")],
    "audit": [(audit, "append")],
    "read": [(statements, "of_patient")],
    "combine": [(views, "combine")],
    "render": [(views, "record_page"), (views, "render")],
}


PARTS_LOOKS = 10
FIRST_LOOKS = 5


@dataclass(frozen=True)
class Someone:
    """A person with many statements, and the organisation that may look."""

    patient_id: UUID
    statements: int
    org: str


def figures(stage: Stage) -> Iterator[Figure]:
    """Each size of person, alone in the database and among a crowd: the page must not slow with other people."""
    for kind in stage.databases:
        for people in (len(stage.sizes), stage.crowd):
            with stage.database(kind) as url:
                _fill(stage, url, people)
                app = create_app(stage.settings(url))
                engine = app.extensions["engine"]
                for someone in _largest(engine, len(stage.sizes)):
                    yield from _page(stage, app, someone, {"db": kind, "people": people})
                engine.dispose()


def _fill(stage: Stage, url: str, people: int) -> None:
    """By a process of its own, as it is in earnest: what serves pages never ingests."""
    region = stage.region(people, thin=True, sizes=stage.sizes)
    engine = stage.engine(url)
    feeds.load(engine, region / "providers.csv")
    stage.child(url, "ingest_once", "whole", *sorted((region / "day1").iterdir()))
    settle(engine)
    engine.dispose()


def _largest(engine: Engine, many: int) -> list[Someone]:
    with db.read(engine) as connection:
        owners = dict(connection.execute(select(links.c.source_patient_id, links.c.patient_id)).all())
        subjects = connection.scalars(select(held.c.subject).where(held.c.superseded_at.is_(None)))
        counts = Counter(owners[one] for one in subjects if one in owners)
        orgs = select(facts.c.source_patient_id, facts.c.org).where(facts.c.kind == Kind.REGISTERED)
        practices = {owners[one]: org for one, org in connection.execute(orgs)}
    return [Someone(one, count, practices[one]) for one, count in reversed(counts.most_common(many))]


def signed_in(app: Flask, org: str) -> FlaskClient:
    """A browser in which a clinician of this organisation has signed in."""
    engine = app.extensions["engine"]
    user = Clinician("https://id.example", "bench", "Dr Grace Hall", "", org, "The Surgery", "General practitioner")
    before = sessions.hash_of(sessions.begin(engine))
    who = sessions.SignIn(user, "staff", "")
    cookie = sessions.sign_in(engine, who, instead_of=before, lasts=timedelta(hours=1))
    client = app.test_client()
    client.set_cookie("sid", cookie)
    return client


def _page(stage: Stage, app: Flask, someone: Someone, params: dict[str, Any]) -> Iterator[Figure]:
    client, address = signed_in(app, someone.org), f"/patients/{someone.patient_id}"
    looks = max(10, stage.looks // (1 + someone.statements // 1_500))
    for _ in range(3):
        _look(client, address)
    cpu = time.process_time()
    times = [_look(client, address) for _ in range(looks)]
    cpu = time.process_time() - cpu
    params = params | {"statements": someone.statements}
    yield Figure("page.p50_ms", percentile(times, 0.5), "ms", params)
    yield Figure("page.p95_ms", percentile(times, 0.95), "ms", params)
    yield Figure("page.cpu_ms", cpu / looks * 1000, "ms CPU", params)
    yield Figure("page.first_ms", median([_first(app, client, address) for _ in range(FIRST_LOOKS)]), "ms", params)
    yield from _parts(client, address, params)


def _first(app: Flask, client: FlaskClient, address: str) -> float:
    """A look at somebody at whom nobody has looked: nothing of theirs was read before."""
    with db.write(app.extensions["engine"]) as connection:
        connection.execute(delete(gists))
    return _look(client, address)


def _parts(client: FlaskClient, address: str, params: dict[str, Any]) -> Iterator[Figure]:
    """Where the time of a page goes."""
    with metered(PARTS, time.perf_counter) as spent:
        parts = []
        for _ in range(PARTS_LOOKS):
            spent.clear()
            _look(client, address)
            parts.append(dict(spent))
    for name in PARTS:
        value = median([part[name] * 1000 for part in parts])
        yield Figure("combine.ms" if name == "combine" else f"page.{name}_ms", value, "ms", params)


def _look(client: FlaskClient, address: str) -> float:
    """Milliseconds of a look at somebody at whom nobody looked lately: none of their dates is known."""
    dates._parse.cache_clear()
    started = time.perf_counter()
    answer = client.get(address)
    took = time.perf_counter() - started
    if answer.status_code != 200:
        raise RuntimeError(f"the page was not shown: {answer.status_code}")
    answer.close()  # what waits for the reader to have their page is done now
    return took * 1000
