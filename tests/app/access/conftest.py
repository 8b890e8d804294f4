"""Providers that listen for the whole of a test run."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

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
