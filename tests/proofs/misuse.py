"""How much planted misuse the rules find, and how many alerts are false, in an invented month of looks."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select

from app import audit, clock, db
from app.access.grants import actor
from app.clock import LONDON
from app.governance import staff_list
from app.governance.misuse import OF_A_DAY, REASON, RULES
from app.governance.watching import watch
from app.tables import audit_events
from app.use_tables import alerts
from tests.benchmarks.stage import Figure, Stage
from tests.feeding import GP, TRUST, Sender
from tests.proofs import planted
from tests.proofs.planted import CARE, Act, Month

QUEUE = "reason-given"
"""The break-glass queue is not counted among the alerts: whoever gives a reason is always looked at."""


def figures(stage: Stage, *, seeds: tuple[int, ...] = (1, 2, 3)) -> Iterator[Figure]:
    """Recall by rule and altogether, false alarms for each thousand looks, and how fast looks are judged."""
    raised, cases, false = Counter[str](), Counter[str](), Counter[str]()
    looks, seconds = 0, 0.0
    for seed in seeds:
        with stage.database("sqlite") as url:
            engine, made = stage.engine(url), planted.month(seed)
            people = _sent(stage, engine, made, seed)
            _written(engine, made, people)
            started = time.perf_counter()
            with clock.stopped_at(made.acts[-1].at):
                watch(engine)
            seconds += time.perf_counter() - started
            looks += len(made.acts)
            _judge(engine, made, people, raised, cases, false)
            engine.dispose()
    params: dict[str, Any] = {"looks": looks, "seeds": len(seeds)}
    for rule in planted.PLANTS:
        told = params | {"rule": rule, "planted": cases[rule], "false": false[rule]}
        yield Figure("misuse.recall", 100 * raised[rule] / cases[rule] if cases[rule] else None, "%", told)
    yield Figure("misuse.recall", 100 * raised.total() / cases.total(), "%", params | {"rule": "all"})
    yield Figure("misuse.false_alarms", 1000 * false.total() / looks, "per 1,000 looks", params)
    yield Figure("misuse.looks_per_s", looks / seconds, "looks/s", params | {"db": "sqlite"})


def _sent(stage: Stage, engine: Engine, made: Month, seed: int) -> dict[int, UUID]:
    """Everybody and their stays are sent, and the list of staff is loaded. Our key of each person."""
    folder = stage.folder / f"month-{seed}"
    folder.mkdir()
    sender = Sender(engine, folder)
    sender.send(GP, *map(planted.resource, made.people))
    staying = [planted.resource(one) for one in made.people if one.number in made.stays]
    visits = [
        {"resourceType": "Encounter", "id": f"e{number}", "status": "finished", "class": {"code": "AMB"},
         "subject": {"reference": f"Patient/{number}"}, "period": {"start": str(day), "end": str(day)}}
        for number, day in made.stays.items()
    ]  # fmt: skip
    sender.send(TRUST, *staying, *visits)
    (folder / "staff.csv").write_text(planted.staff_list(made))
    staff_list.load(engine, folder / "staff.csv")
    found = {one.number: sender.person_of(GP, str(one.number)) for one in made.people}
    return {number: whom for number, whom in found.items() if whom}


def _written(engine: Engine, made: Month, people: dict[int, UUID]) -> None:
    """Every look as the grant of a record writes it down, each at its moment."""
    vips = {one.number: one.vip for one in made.people}
    with db.write(engine) as connection:
        for act in made.acts:
            worker = made.workers[act.worker]
            marked = [REASON] * act.reason + ["vip"] * vips[act.whom]
            detail = {"route": "record", "basis": REASON if act.reason else CARE[worker.user.org], "alerts": marked}
            event = audit.Event("view-record", "allowed", actor(worker.user), people[act.whom], detail)
            with clock.stopped_at(act.at):
                audit._append(connection, event, None)


def _judge(
    engine: Engine, made: Month, people: dict[int, UUID],
    raised: Counter[str], cases: Counter[str], false: Counter[str],
) -> None:  # fmt: skip
    """Count, by rule, the planted cases, those that were found, and alerts about looks that were not planted."""
    c = audit_events.c
    query = select(alerts.c.rule, c.at, c.actor_key, c.patient_id).join(audit_events, c.seq == alerts.c.seq)
    with db.read(engine) as connection:
        found = {_case(rule, at, key, whom) for rule, at, key, whom in connection.execute(query) if rule != QUEUE}
    bad = [act for act in made.acts if act.planted]
    wanted = {_of(act, act.planted, made, people) for act in bad}
    guilty = {_of(act, rule, made, people) for act in bad for rule in RULES}
    for case in wanted:
        cases[case[0]] += 1
        raised[case[0]] += case in found
    for case in found - guilty:
        false[case[0]] += 1


def _of(act: Act, rule: str, made: Month, people: dict[int, UUID]) -> tuple[Any, ...]:
    key = audit.key_of(actor(made.workers[act.worker].user))
    return _case(rule, act.at, key, people[act.whom])


def _case(rule: str, at: datetime, key: bytes | None, whom: UUID) -> tuple[Any, ...]:
    """What one alert is about."""
    return rule, at.astimezone(LONDON).date(), key, None if rule in OF_A_DAY else whom
