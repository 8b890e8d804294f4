"""A pseudonym says nothing, is the same at every refresh, and leads back with one key, in its own project only."""

import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, update

from app import db
from app.crypto import WAY_BACK_FILE, VaultKeys, create_keys, open_vault_keys, open_way_back
from app.errors import NotReady
from app.export.vault import Vault, open_vault
from app.export.vault_tables import metadata, pseudonyms
from app.settings import Settings

ASHA, BEN = uuid4(), uuid4()
ASTHMA, FRAILTY = uuid4(), uuid4()


def test_asha_has_the_same_letters_at_every_refresh_and_others_in_another_project(vault: Vault) -> None:
    first = vault.pseudonyms(ASTHMA, [ASHA])
    again = vault.pseudonyms(ASTHMA, [BEN, ASHA])
    other = vault.pseudonyms(FRAILTY, [ASHA])
    assert re.fullmatch("[a-z]{28}", first[ASHA])
    assert again[ASHA] == first[ASHA] != other[ASHA]
    assert again[BEN] != again[ASHA]


def test_the_way_back_opens_with_its_key_in_its_project_only(vault: Vault, settings: Settings) -> None:
    letters = vault.pseudonyms(ASTHMA, [ASHA])[ASHA]
    way_back = open_way_back(settings.keys_dir)
    assert vault.lead_back(way_back, ASTHMA, [letters, "a" * 28]) == {letters: ASHA}
    assert vault.lead_back(way_back, FRAILTY, [letters]) == {}
    with pytest.raises(NotReady):
        vault.lead_back(bytes(range(32)), ASTHMA, [letters])


def test_after_a_new_epoch_the_letters_are_others_and_the_old_ones_still_lead_back(
    vault: Vault, settings: Settings
) -> None:
    old = vault.pseudonyms(ASTHMA, [ASHA])[ASHA]
    assert vault.new_epoch(ASTHMA) == 2
    new = vault.pseudonyms(ASTHMA, [ASHA])[ASHA]
    assert new != old
    assert vault.lead_back(open_way_back(settings.keys_dir), ASTHMA, [old, new]) == {old: ASHA, new: ASHA}


@pytest.mark.parametrize("moved", ["person", "project", "epoch"])
def test_a_row_that_was_moved_leads_to_nobody(vault: Vault, settings: Settings, moved: str) -> None:
    letters = vault.pseudonyms(ASTHMA, [ASHA, BEN])
    sealed = {one: _sealed(vault, text) for one, text in letters.items()}
    change = {
        "person": {"sealed": sealed[BEN]},
        "project": {"project_id": FRAILTY},
        "epoch": {"epoch": 7},
    }[moved]
    with db.write(vault.engine) as connection:
        connection.execute(update(pseudonyms).where(pseudonyms.c.pseudonym == letters[ASHA]).values(change))
    project = FRAILTY if moved == "project" else ASTHMA
    with pytest.raises(NotReady):
        vault.lead_back(open_way_back(settings.keys_dir), project, [letters[ASHA]])


def _sealed(vault: Vault, letters: str) -> bytes:
    with db.read(vault.engine) as connection:
        return bytes(connection.scalar(select(pseudonyms.c.sealed).where(pseudonyms.c.pseudonym == letters)) or b"")


def test_nothing_in_the_vault_is_found_again_with_another_key(vault: Vault, settings: Settings) -> None:
    first = vault.pseudonyms(ASTHMA, [ASHA])[ASHA]
    stranger = Vault(vault.engine, VaultKeys(bytes(32), open_vault_keys(settings.keys_dir).seal))
    assert stranger.pseudonyms(ASTHMA, [ASHA])[ASHA] != first
    with db.read(vault.engine) as connection:
        for row in connection.execute(select(pseudonyms)):
            assert ASHA.bytes not in row.forward + row.sealed


def test_pseudonyms_are_given_without_the_way_back(vault: Vault, settings: Settings) -> None:
    (settings.keys_dir / WAY_BACK_FILE).unlink()
    create_keys(settings.keys_dir)
    assert not (settings.keys_dir / WAY_BACK_FILE).exists()
    assert vault.pseudonyms(ASTHMA, [ASHA])
    with pytest.raises(NotReady, match=WAY_BACK_FILE):
        open_way_back(settings.keys_dir)


def test_the_keys_are_their_owners_only(settings: Settings) -> None:
    assert {path.stat().st_mode & 0o777 for path in settings.keys_dir.iterdir()} == {0o600}
    assert open_vault_keys(settings.keys_dir).forward != open_way_back(settings.keys_dir)


def test_the_vault_never_shares_a_database_with_the_record(settings: Settings, tmp_path: Path) -> None:
    same = [settings.database_url, settings.database_url.replace(str(tmp_path), f"{tmp_path}/../{tmp_path.name}")]
    for url in ["", *same]:
        with pytest.raises(NotReady, match="VAULT_URL"), open_vault(replace(settings, vault_url=url)):
            pass


def test_migrations_build_exactly_the_vaults_tables(vault: Vault) -> None:
    with vault.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_no_two_people_share_letters(vault: Vault) -> None:
    people = [UUID(int=n) for n in range(2000)]
    assert len(set(vault.pseudonyms(ASTHMA, people).values())) == len(people)
