"""The worker reads each new look once, asks the rules of misuse, and keeps an alert for what they find.

Names lie sealed, and a keyed hash of a family name alone would tell how common it is. So the worker opens the Patient
resources of those who were just looked at, and no others, under a grant that is written down; it keeps nothing of them.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, insert, select, update

from app import audit, clock, db, statements
from app.access.facts import Kind
from app.access.grants import OperatorGrant, operator_grant
from app.access.permissions import Permission
from app.access.policy import BASIS_WORDS
from app.governance import misuse
from app.governance.misuse import Known, Look, Named
from app.governance.staff_list import listed_staff
from app.keyring import keys_of
from app.tables import audit_events, counters
from app.use_tables import alerts, lookers

log = logging.getLogger(__name__)
AT_ONCE = 500
CURSOR = counters.c.name == "looks-watched"
OPEN = "open"
IN_CARE = (BASIS_WORDS[Kind.ENCOUNTER], BASIS_WORDS[Kind.CARE_TEAM])


def watch(engine: Engine) -> int:
    """Judge every look that was not yet judged, so many at a time: how many alerts were raised."""
    raised = 0
    while (more := _some(engine)) is not None:
        raised += more
    return raised


def _some(engine: Engine) -> int | None:
    """The next rows of the record of looks; None where there are none."""
    with db.read(engine) as connection:
        start = connection.scalar(select(counters.c.value).where(CURSOR)) or 0
        last, actors, looks = _new(connection, start)
        if last == start:
            return None
        known_staff = listed_staff(connection)
    found = _judged(engine, looks, known_staff) if looks else []
    with db.write(engine) as connection:
        if connection.scalar(select(counters.c.value).where(CURSOR).with_for_update()) != start:
            return 0  # another worker was here
        _keep_lookers(connection, actors)
        raised = _raise(connection, found)
        connection.execute(update(counters).where(CURSOR).values(value=last))
    return raised


Actors = dict[tuple[bytes, str], dict[str, str]]


def _new(connection: Connection, start: int) -> tuple[int, Actors, list[Look]]:
    """The last of the next rows, the staff whom they name, and their looks at people."""
    c = audit_events.c
    columns = (c.seq, c.at, c.kind, c.outcome, c.patient_id, c.actor, c.actor_key, c.detail)
    rows = connection.execute(select(*columns).where(c.seq > start).order_by(c.seq).limit(AT_ONCE)).mappings().all()
    actors: Actors = {}
    looks: list[Look] = []
    for row in rows:
        actor, detail = audit.said(connection, row)
        if not row["actor_key"] or "org" not in actor:
            continue
        actors[row["actor_key"], actor["org"]] = {n: actor.get(n, "") for n in ("name", "role", "org", "org_name")}
        if row["kind"] == Permission.VIEW_RECORD and row["outcome"] == "allowed" and row["patient_id"]:
            who = (row["actor_key"], actor.get("name", ""), actor["org"])
            in_care = str(detail.get("basis", "")).startswith(IN_CARE)
            looks.append(Look(row["seq"], row["at"], *who, row["patient_id"], _told(detail), in_care))
    return (rows[-1]["seq"] if rows else start), actors, looks


def _told(detail: Mapping[str, Any]) -> frozenset[str]:
    """What the officer is to see, as the policy wrote it down; before it did, the basis told of a reason."""
    before = [misuse.REASON] if str(detail.get("basis", "")).startswith(misuse.REASON) else []
    return frozenset(detail.get("alerts", before))


StaffList = Mapping[tuple[bytes, str], Named]


def _judged(engine: Engine, looks: Sequence[Look], staff: StaffList) -> list[tuple[str, Look]]:
    """(rule, look) of everything that the rules found."""
    granted = operator_grant(engine, "watch")
    shown = _shown(engine, granted, {one.patient_id for one in looks})
    met = _encounters(engine, granted, {one.patient_id for one in looks if one.with_reason})
    with db.read(engine) as connection:
        before = {key: _looks_of(connection, key, looks) for key in {one.actor_key for one in looks}}
    return [(rule, look) for look in looks for rule in misuse.found(look, _known(look, shown, met, before, staff))]


Times = list[tuple[datetime, UUID]]


def _known(
    look: Look,
    shown: Mapping[UUID, Named],
    met: Mapping[UUID, list[tuple[str, datetime, datetime | None]]],
    times: Mapping[bytes, Times],
    staff: StaffList,
) -> Known:
    then = [(at, whom) for at, whom in times[look.actor_key] if look.at - misuse.USUAL_DAYS <= at <= look.at]
    by_day = misuse.days(then)
    today = by_day.pop(look.at.astimezone(clock.LONDON).date(), set())
    first = [at for at, _ in then if at.astimezone(clock.LONDON).date() in by_day]
    return Known(
        shown=shown.get(look.patient_id, misuse.named(())),
        looker=staff.get((look.actor_key, look.org)),
        colleagues=[one for (key, org), one in staff.items() if org == look.org and key != look.actor_key],
        encounters=met.get(look.patient_id, ()),
        before=first,
        people_by_day=[len(people) for people in by_day.values()],
        today=len(today),
    )


def _shown(engine: Engine, granted: OperatorGrant, people: set[UUID]) -> dict[UUID, Named]:
    everyone = statements.of_everyone(engine, granted, types=("Patient",), people=people)
    return {whom: misuse.named(one.resource for one in said if one.resource) for whom, said in everyone}


def _encounters(
    engine: Engine, granted: OperatorGrant, people: set[UUID]
) -> dict[UUID, list[tuple[str, datetime, datetime | None]]]:
    if not people:
        return {}
    everyone = statements.of_everyone(engine, granted, types=("Encounter",), people=people)
    return {
        whom: [met for one in said if one.resource and (met := misuse.encounter(one.source, one.resource))]
        for whom, said in everyone
    }


def _looks_of(connection: Connection, key: bytes, looks: Sequence[Look]) -> Times:
    """When somebody opened whose record in the weeks before these looks, and during them."""
    c = audit_events.c
    query = select(c.at, c.patient_id).where(
        c.actor_key == key,
        c.kind == Permission.VIEW_RECORD,
        c.outcome == "allowed",
        c.at >= looks[0].at - misuse.USUAL_DAYS,
        c.seq <= looks[-1].seq,
    )
    return [(at, whom) for at, whom in connection.execute(query.order_by(c.seq)) if whom]


def _keep_lookers(connection: Connection, actors: Actors) -> None:
    keys = keys_of(connection)
    for (actor_key, org), said in actors.items():
        own = (lookers.c.actor_key == actor_key) & (lookers.c.org == org)
        words = keys.seal(json.dumps(said), f"lookers|{actor_key.hex()}|{org}|words")
        if not connection.execute(update(lookers).where(own).values(words=words)).rowcount:
            connection.execute(insert(lookers), {"actor_key": actor_key, "org": org, "words": words})


def _raise(connection: Connection, found: Sequence[tuple[str, Look]]) -> int:
    """Keep what was found, each only once."""
    new: dict[bytes, dict[str, Any]] = {}
    for rule, look in found:
        key = sha256(misuse.once(rule, look).encode()).digest()[:16]
        new.setdefault(key, {"rule": rule, "seq": look.seq, "once": key, "raised_at": clock.now(), "state": OPEN})
    held = set(connection.scalars(select(alerts.c.once).where(db.one_of(connection, alerts.c.once, list(new)))))
    rows = [row for key, row in new.items() if key not in held]
    for row in rows:
        log.warning("alert_raised", extra={"rule": row["rule"], "look": row["seq"]})
    if rows:
        connection.execute(insert(alerts), rows)
    return len(rows)
