"""The two databases that everything is tested on, each real and empty at the start of a test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, inspect

from app.crypto import create_keys
from app.db import engine_for
from app.keyring import attach
from app.migrate import migrate
from tests.feeding import Sender
from tests.postgres import Postgres, server

settings.register_profile("calm", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("calm")

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with server(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys that every test has a copy of: the databases of all tests are copies too."""
    found = tmp_path_factory.mktemp("keys") / "keys"
    create_keys(found)
    return found


@pytest.fixture(scope="session")
def migrated_file(keys: Path) -> Path:
    """A migrated SQLite database. Every migration at every start would take longer than most tests."""
    found = keys.parent / "migrated.db"
    _migrated(f"sqlite:///{found}", keys)
    return found


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres, keys: Path) -> Iterator[str]:
    with postgres.database() as url:
        _migrated(url, keys)
        yield url


def _migrated(url: str, keys: Path) -> None:
    engine = attach(engine_for(url), keys)
    migrate(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database of each kind: migrated where the test has an engine, else empty."""
    has_engine = "engine" in request.fixturenames
    if request.param == "sqlite":
        if has_engine:
            shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path / 'test.db'}"
    else:
        running: Postgres = request.getfixturevalue("postgres")
        with running.database(like=request.getfixturevalue("migrated_postgres") if has_engine else "") as url:
            yield url


@pytest.fixture
def engine(database_url: str, keys_dir: Path) -> Iterator[Engine]:
    """A migrated database with its keys."""
    made = attach(engine_for(database_url), keys_dir)
    if not inspect(made).has_table("instance"):
        migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def keys_dir(tmp_path: Path, keys: Path) -> Path:
    return Path(shutil.copytree(keys, tmp_path / "keys", dirs_exist_ok=True))


@pytest.fixture
def sender(engine: Engine, tmp_path: Path) -> Sender:
    """A way to send what providers send, with three feeds registered."""
    folder = tmp_path / "sent"
    folder.mkdir()
    return Sender(engine, folder)


@pytest.fixture(scope="session")
def data() -> Path:
    """Real and realistic input that no one here wrote. It is not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"no test data at {DATA}: see tests/README.md")
    return DATA
