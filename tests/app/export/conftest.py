"""An installation with a vault of its own, on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.crypto import create_keys
from app.export import releases
from app.export.releases import ROWS
from app.export.vault import Vault, migrate_vault, open_vault
from app.settings import Settings
from tests.app.export.planning import PETRA, Made, approved
from tests.feeding import Sender
from tests.installation import demo_settings


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Keys, an outbox, and a vault of the same kind as the database, empty."""
    found = demo_settings(database_url, tmp_path)
    create_keys(found.keys_dir)
    found.releases_dir.mkdir()
    if database_url.startswith("sqlite"):
        yield found
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield replace(found, vault_url=url)


@pytest.fixture
def vault(settings: Settings, engine: Engine) -> Iterator[Vault]:
    migrate_vault(settings)
    with open_vault(settings) as opened:
        yield opened


@pytest.fixture
def make(sender: Sender, vault: Vault, settings: Settings) -> Callable[..., Made]:
    """Asks for a release of a project and makes it."""

    def made(project: UUID | None = None, kind: str = ROWS, **changes: Any) -> Made:
        number = releases.request(sender.engine, PETRA, project or approved(sender.engine, **changes), kind)
        releases.make(sender.engine, vault, settings, number)
        return releases.get(sender.engine, number), settings.releases_dir / str(number)

    return made
