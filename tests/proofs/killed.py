"""A reader that is killed at any moment has shown nothing that is not written down: C51 of the list of attacks.

Run as a module it is that reader: it opens the record of one person again and again, and says each time what it shows.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from uuid import UUID

from sqlalchemy import select

from app import audit, db, statements
from app.access.grants import grant
from app.access.permissions import Permission
from app.settings import Settings
from app.tables import audit_events
from tests.benchmarks.stage import HOME, Stage
from tests.feeding import GP, Sender, clinician, condition, patient


@dataclass(frozen=True)
class Killed:
    """How often it was killed, how many looks it had shown, and which of these were not written down or broken."""

    kills: int
    released: int
    unaudited: int
    broken: int


def killed(stage: Stage, url: str, kills: int) -> Killed:
    """Start readers on this empty database and kill each at a moment that chance chooses."""
    engine, chance = stage.engine(url), Random(51)
    folder = stage.folder / f"sent-{Random(url).randrange(10**9)}"
    folder.mkdir()
    sender = Sender(engine, folder)
    sender.send(GP, patient("1"), *(condition(f"c{n}", of="1", words=f"Problem {n}") for n in range(20)))
    whom = sender.person_of(GP, "1")
    shown = [line for _ in range(kills) for line in _shown(stage, url, whom, chance.uniform(0.0, 0.25))]
    with db.read(engine) as connection:
        rows = connection.execute(select(audit_events.c.seq, audit_events.c["items"])).all()
    written = {seq: set(audit.unpack(items)) for seq, items in rows}
    unaudited = sum(1 for seq, *items in shown if not set(items) <= written.get(seq, set()))
    held, broken = audit.verify(engine)
    engine.dispose()
    return Killed(kills, len(shown), unaudited, 0 if broken is None else len(rows) - held or 1)


def _shown(stage: Stage, url: str, whom: UUID | None, seconds: float) -> Iterator[list[int]]:
    """What one reader had shown when it was killed: (number of the look, its items) of each."""
    command = [sys.executable, "-m", "tests.proofs.killed", str(whom)]
    reader = subprocess.Popen(command, cwd=HOME, env=stage.environment(url), stdout=subprocess.PIPE)
    assert reader.stdout
    reader.stdout.readline()
    first = reader.stdout.readline()  # however busy the machine is, it has shown something
    time.sleep(seconds)
    reader.send_signal(signal.SIGKILL)
    told = first + reader.stdout.read()
    reader.stdout.close()
    reader.wait()
    for line in told.splitlines(keepends=True):
        with suppress(ValueError):  # a line that was cut off
            if line.endswith(b"\n"):
                yield [int(number) for number in line.split()]


def _read_for_ever(whom: UUID) -> None:
    settings = Settings.from_env()
    from app import create_app

    engine = create_app(settings).extensions["engine"]
    os.write(1, b"ready\n")
    while True:
        allowed = grant(engine, clinician(GP), Permission.VIEW_RECORD, whom, route="record")
        items = [one.id for one in statements.of_patient(engine, allowed)]
        os.write(1, " ".join(map(str, [allowed.seq, *items])).encode() + b"\n")


if __name__ == "__main__":
    _read_for_ever(UUID(sys.argv[1]))
