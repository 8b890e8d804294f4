"""A release that the gate let through, made as if the worker had: two small files, and what the gate said."""

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, insert, update

from app import clock, db, projects
from app.access.users import User
from app.export import optouts, releases
from app.use_tables import opt_out_lists
from app.use_tables import releases as table

Files = Mapping[str, tuple[bytes, str, int]]
FILES: Files = {
    "people.csv": (b"person,sex\n" + b"abcdefghijklmnopqrstuvwxyzab,female\n" * 40_000, "people", 40_000),
    "manifest.json": (b"{}", "manifest", 1),
}
COUNTED = b"""measure,practice,numerator,denominator,percent,suppressed
asthma_saba1_no_ics,Y90001,10,40,25,false
asthma_saba1_no_ics,Y90002,,15,,true
asthma_saba1_no_ics,Y90003,0,0,,false
asthma_saba1_no_ics,all,10,55,18.2,false
"""
MEASURED = {"measures.csv": (COUNTED, "measures", 4)}


def nobody_opted_out(engine: Engine, project: UUID) -> str:
    """A list of the national data opt-out that names nobody here; what a release keeps of those whom it left out."""
    row = {"kind": optouts.NATIONAL, "polarity": optouts.OPTED_OUT, "entries": 1, "digest": bytes(32)}
    with db.write(engine) as connection:
        dates = {"loaded_at": clock.now(), "valid_until": date(2099, 1, 1)}
        connection.execute(insert(opt_out_lists), row | dates)
    with db.read(engine) as connection:
        return optouts.digest_of(optouts.excluded(connection, projects.get(engine, project), clock.today()))


def checked(
    engine: Engine, outbox: Path, user: User, project: UUID, files: Files = FILES, kind: str = releases.ROWS
) -> UUID:
    """Asked for by this planner; waits for a second person."""
    made = releases.request(engine, user, project, kind)
    folder = outbox / str(made)
    folder.mkdir(parents=True)
    listed = []
    for name, (content, dataset, count) in files.items():
        (folder / name).write_bytes(content)
        digest = sha256(content).hexdigest()
        listed.append({"name": name, "type": dataset, "count": count, "sha256": digest, "bytes": len(content)})
    checks = [{"name": "identifiers", "passed": True, "words": "nobody of the whole population is named"}]
    left_out = [{"dataset": "medicines", "reason": "a code of too few people", "count": "*"}]
    report = {"files": listed, "checks": checks, "opted_out": {"national": "15"}, "left_out": left_out, "steps": ""}
    report |= {"excluded": nobody_opted_out(engine, project)}
    values = {"state": releases.CHECKED, "snapshot_at": clock.now(), "report": json.dumps(report)}
    with db.write(engine) as connection:
        connection.execute(update(table).where(table.c.id == made).values(values | {"manifest_digest": bytes(32)}))
    return made
