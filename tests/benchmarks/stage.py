"""What every benchmark stands on: databases of both kinds, invented regions, the app as it runs, and figures."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from app.crypto import create_keys
from app.db import engine_for
from app.keyring import attach
from app.migrate import migrate
from app.settings import Settings
from app.synth.region import write_region
from tests.postgres import Postgres

DATABASES = ("sqlite", "postgresql")
HOME = Path(__file__).parents[2]
SYNTHEA = HOME.parent / "shared" / "data" / "synthea-r4" / "bundles-70.ndjson.gz"
_numbers = count(1)


@dataclass(frozen=True)
class Figure:
    """One measured value. A value of None was not measured: `why` says why."""

    name: str
    value: float | None
    unit: str
    params: dict[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def line(self) -> str:
        """As a line of bench.jsonl."""
        said = {"name": self.name, "value": self.value, "unit": self.unit, "params": self.params}
        return json.dumps(said | ({"why": self.why} if self.why else {}))


@dataclass(frozen=True)
class Stage:
    """Where the benchmarks run, and how large they are."""

    folder: Path
    postgres: Postgres
    people: int = 300
    crowd: int = 1_000
    sizes: tuple[int, ...] = (200, 2_000, 10_000)
    looks: int = 120
    chain: int = 20_000
    submissions: int = 1_000
    data_keys: int = 100_000
    runs: int = 3
    databases: tuple[str, ...] = DATABASES

    @contextmanager
    def database(self, kind: str) -> Iterator[str]:
        """A new, migrated database; its address."""
        if kind == "sqlite":
            yield self._migrated(f"sqlite:///{self.folder / f'{next(_numbers)}.db'}")
        else:
            with self.postgres.database() as url:
                yield self._migrated(url)

    def _migrated(self, url: str) -> str:
        engine = self.engine(url)
        migrate(engine)
        engine.dispose()
        return url

    def engine(self, url: str) -> Engine:
        """The database with its keys."""
        return attach(engine_for(url), self.keys())

    def keys(self) -> Path:
        """The folder of the keys, filled once."""
        found = self.folder / "keys"
        if not found.exists():
            create_keys(found)
        return found

    def region(self, people: int, *, thin: bool = False, sizes: tuple[int, ...] = ()) -> Path:
        """The folder of an invented region, written once."""
        out = self.folder / f"region-{people}-{thin}-{'-'.join(map(str, sizes))}"
        if not out.exists():
            write_region(out, people, seed=1, thin=thin, sizes=sizes)
        return out

    def environment(self, url: str) -> dict[str, str]:
        """What the app is told when it starts on this database."""
        told = {"ENVIRONMENT": "demo", "DATABASE_URL": url, "KEYS_DIR": str(self.keys())}
        told["DEMO_HOME"] = str(self.folder)
        return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | told

    def settings(self, url: str) -> Settings:
        """The same, for an app in this process."""
        return Settings.from_env(self.environment(url))

    def child(self, url: str, module: str, *arguments: object) -> dict[str, Any]:
        """What a fresh process of its own answers: one JSON object."""
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
        done = subprocess.run(command, cwd=HOME, env=self.environment(url), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def settle(engine: Engine) -> None:
    """What PostgreSQL does by itself within minutes, and must not do while something is measured."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def median(values: Iterator[float] | list[float]) -> float:
    """The middle one: a machine that was busy once does not move it."""
    return statistics.median(values)


def percentile(values: list[float], part: float) -> float:
    """The value that this part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
