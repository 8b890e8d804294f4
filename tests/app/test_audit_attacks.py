"""Whatever is done to the record of looks, it is found, and where: C50 of the list of attacks."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from app import audit, audit_heads
from tests.audit_attacks import ATTACKS, Attack, Chain, chain, found_at
from tests.installation import demo_settings


@pytest.fixture
def made(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[Chain]:
    settings = demo_settings(database_url, tmp_path)
    patch = pytest.MonkeyPatch()
    patch.setattr(audit_heads, "EVERY_ROWS", 1)
    yield chain(engine, settings, 30)
    patch.undo()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"C50-{attack.__name__}")
def test_it_is_found_where_it_was_done(made: Chain, attack: Attack) -> None:
    assert audit_heads.verify(made.engine, made.settings) == audit_heads.Verdict(30, 30, ())
    sqlite = made.engine.dialect.name == "sqlite"
    chance, tried = Random(50), 0
    for _ in range(120 if sqlite else 40):
        if told := found_at(made, attack, chance):
            where, found = told
            assert found, where
            assert found[0].seq in where, (where, found)
            tried += 1
    assert tried > 20 or not sqlite
    assert audit.verify(made.engine) == (30, None), "every attack was taken back"
