"""Which letters stand for whom in a project: random, found again without naming anyone, led back by one key only.

A pseudonym is made of random bytes: there is nothing in it to work back from. The vault finds a person's pseudonym
again by a keyed hash; whom it stands for is sealed to a key that exports do not have.
"""

import hmac
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from app import clock, crypto, db
from app.errors import NotReady
from app.export.vault_tables import epochs, pseudonyms
from app.identity.store import in_chunks
from app.migrate import VAULT_FOLDER, migrate
from app.settings import Settings

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LENGTH = 28
_RANDOM_BYTES = 20


@contextmanager
def open_vault(settings: Settings) -> Iterator["Vault"]:
    """The vault of this installation, for so long; raises NotReady where it is not apart from the record, or has no
    keys."""
    engine = _engine(settings)
    try:
        yield Vault(engine, crypto.open_vault_keys(settings.keys_dir))
    finally:
        engine.dispose()


def migrate_vault(settings: Settings) -> None:
    """Bring the vault up to date, and make it where there is none."""
    engine = _engine(settings)
    migrate(engine, VAULT_FOLDER)
    engine.dispose()


def _engine(settings: Settings) -> Engine:
    if not settings.vault_url or place_of(settings.vault_url) == place_of(settings.database_url):
        raise NotReady("VAULT_URL must name a database of its own")
    if path := _file(settings.vault_url):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return db.engine_for(settings.vault_url)


def place_of(url: str) -> tuple[str, ...]:
    """What tells two databases apart: of a file where it lies, of a server its address and the database's name."""
    if path := _file(url):
        return ("file", str(path.resolve()))
    parsed = make_url(url)
    host = parsed.host or str(parsed.query.get("host", ""))
    return (parsed.get_backend_name(), host or "localhost", str(parsed.port or 5432), str(parsed.database))


def _file(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


class Vault:
    """The pseudonyms of every project. It holds no name and no number, and no key that leads back."""

    def __init__(self, engine: Engine, keys: crypto.VaultKeys) -> None:
        self.engine = engine
        self._keys = keys

    def pseudonyms(self, project_id: UUID, patient_ids: Collection[UUID]) -> dict[UUID, str]:
        """28 letters for each of these people, the same ones at every refresh within a project and its epoch."""
        try:
            return self._given(project_id, patient_ids)
        except IntegrityError:  # another release of a new project began at the same moment
            return self._given(project_id, patient_ids)

    def _given(self, project_id: UUID, patient_ids: Collection[UUID]) -> dict[UUID, str]:
        with db.write(self.engine) as connection:
            epoch = _epoch(connection, project_id)
            key = crypto.derived(self._keys.forward, f"tributary/forward/{project_id}/{epoch}")
            forward = {hmac.digest(key, one.bytes, "sha256"): one for one in patient_ids}
            known = _known(connection, project_id, epoch, forward.keys())
            fresh = {hashed: _pseudonym() for hashed in forward.keys() - known.keys()}
            rows = [
                {"project_id": project_id, "epoch": epoch, "pseudonym": letters, "forward": hashed,
                 "sealed": crypto.seal(self._keys.seal, forward[hashed].bytes, _about(project_id, epoch, letters))}
                for hashed, letters in fresh.items()
            ]  # fmt: skip
            if rows:
                connection.execute(insert(pseudonyms), rows)
        return {forward[hashed]: letters for hashed, letters in (known | fresh).items()}

    def new_epoch(self, project_id: UUID) -> int:
        """Other pseudonyms from now on, as after an incident. The old ones can still be led back."""
        with db.write(self.engine) as connection:
            epoch = _epoch(connection, project_id) + 1
            connection.execute(insert(epochs), {"project_id": project_id, "epoch": epoch, "since": clock.now()})
        return epoch

    def lead_back(self, private_key: bytes, project_id: UUID, letters: Collection[str]) -> dict[str, UUID]:
        """Whom these stand for. One that is unknown, or of another project, is missing; a moved row raises NotReady."""
        c, found = pseudonyms.c, {}
        with db.read(self.engine) as connection:
            for chunk in in_chunks(letters):
                query = select(c.epoch, c.pseudonym, c.sealed).where(c.project_id == project_id, c.pseudonym.in_(chunk))
                for epoch, one, sealed in connection.execute(query):
                    content = crypto.unseal(private_key, sealed, _about(project_id, epoch, one))
                    found[one] = UUID(bytes=content)
        return found


def _epoch(connection: Connection, project_id: UUID) -> int:
    """The epoch of a project. Whoever else gives pseudonyms of it waits until this is done."""
    c = epochs.c
    query = select(c.epoch).where(c.project_id == project_id).order_by(c.epoch.desc()).limit(1)
    found = connection.scalar(query.with_for_update())
    if found is None:
        connection.execute(insert(epochs), {"project_id": project_id, "epoch": 1, "since": clock.now()})
    return found or 1


def _known(connection: Connection, project_id: UUID, epoch: int, hashes: Collection[bytes]) -> dict[bytes, str]:
    c = pseudonyms.c
    found: dict[bytes, str] = {}
    for chunk in in_chunks(hashes):
        own = (c.project_id == project_id) & (c.epoch == epoch) & c.forward.in_(chunk)
        rows = connection.execute(select(c.forward, c.pseudonym).where(own))
        found.update((row.forward, row.pseudonym) for row in rows)
    return found


def _pseudonym() -> str:
    """28 letters of at least 131 random bits. Letters only: a number in an export is then never one of these."""
    number = int.from_bytes(secrets.token_bytes(_RANDOM_BYTES))
    found = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(LETTERS))
        found.append(LETTERS[letter])
    return "".join(found)


def _about(project_id: UUID, epoch: int, letters: str) -> str:
    return f"{project_id}|{epoch}|{letters}"
