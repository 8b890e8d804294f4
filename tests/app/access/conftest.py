"""Providers that listen for the whole of a test run."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.crypto import create_keys
from app.db import engine_for
from app.keyring import attach
from app.migrate import migrate
from tests.signing_in import Browser, demo_provider, doors, settings_for, site


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """The demo's own provider."""
    with demo_provider() as running:
        yield running


@pytest.fixture
def app(engine: Engine, issuer: str) -> Flask:
    return site(engine, settings_for(doors(issuer)))


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture(scope="module")
def one_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for all lies: what is tried here does not depend on it."""
    folder = tmp_path_factory.mktemp("hostile")
    create_keys(folder / "keys")
    made = attach(engine_for(f"sqlite:///{folder / 'test.db'}"), folder / "keys")
    migrate(made)
    yield made
    made.dispose()
