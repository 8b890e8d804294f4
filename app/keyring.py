"""What is kept about people can be read with keys that lie in the database, each wrapped by one that does not.

KEYS_DIR holds the key-encryption keys (KEK). In the database lie the keys of the installation, of three kinds:
`tokens`, by which identifiers are found without being kept; `names`, by which a source's own names of things are;
`words`, which seal what people write. And each source patient has a data key of their own, which seals all that is
held about them: destroy it, and nobody reads that again, in no copy either (crypto-shredding).

An engine carries its keys, so that whoever has a connection to the data can read them. AES-256-GCM throughout; what a
ciphertext belongs to is part of its seal, so that moved to another row it does not open.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, Connection, Engine, Table, bindparam, delete, insert, select, update

from app import db
from app.crypto import KEY_BYTES, kek_numbers, open_kek
from app.errors import NotReady
from app.tables import data_keys, installation_keys, instance

NONCE_BYTES = 12
TOKEN_BYTES = 16
TOKENS, NAMES, WORDS = "tokens", "names", "words"
NOBODY = 0
"""Whose data key seals what a source sent about its organisations, people, places and medicines."""
AT_ONCE = 5_000
CHANGING, LEAVING = "changing", "leaving"
"""What `instance` says of a key while not all that is kept is of it yet; and of one of tokens, that all are found by
it and those of the key before are being removed."""
_OF, _READ_IN = "-", "keys"


@dataclass
class Keyring:
    """The key-encryption keys of a folder, each read when it is first needed: a new one is found without a restart."""

    folder: Path
    _keks: dict[int, AESGCM] = field(default_factory=dict, repr=False)
    _known: "tuple[Sequence[Any], Keys] | None" = field(default=None, repr=False)

    def wrapping(self) -> Callable[[bytes, str], dict[str, Any]]:
        """What makes of a key, and of what it is for, its columns `kek` and `wrapped`."""
        newest = self.newest()
        kek = self._kek(newest)
        return lambda key, about: {"kek": newest, "wrapped": sealed(kek, key, about)}

    def newest(self) -> int:
        """The number of the key-encryption key that wraps."""
        numbers = kek_numbers(self.folder)
        if not numbers:
            raise NotReady("KEYS_DIR has no kek-1.key: make one with `flask keys create`")
        return numbers[-1]

    def unwrap(self, kek: int, wrapped: bytes, about: str) -> bytes:
        """The key. Raises NotReady where KEYS_DIR does not hold what wrapped it."""
        try:
            return opened(self._kek(kek), wrapped, about)
        except InvalidTag:
            raise NotReady(f"kek-{kek}.key in KEYS_DIR is not the key that this database was filled with") from None

    def _kek(self, number: int) -> AESGCM:
        if number not in self._keks:
            self._keks[number] = AESGCM(open_kek(self.folder, number))
        return self._keks[number]

    def keys(self, connection: Connection) -> "Keys":
        """The keys of the installation, read once in each transaction: what it sees was named by these, and no others.

        So a key can be changed while others read: each sees the rows and the keys of one moment.
        """
        read: tuple[Any, Keys] | None = connection.info.get(_READ_IN)
        if read is not None and read[0] is connection.get_transaction():
            return read[1]
        rows = connection.execute(_INSTALLATION).all()
        if not rows:
            raise NotReady("the database has no keys yet: run `flask --app wsgi migrate`")
        known = self._known
        if known is None or rows != known[0]:
            known = self._known = (rows, self._opened(rows))
        connection.info[_READ_IN] = (connection.get_transaction(), known[1])
        return known[1]

    def lately(self, connection: Connection) -> "Keys":
        """The keys as this process last knew them: good for words, which any of their keys seals and opens for ever."""
        return self.keys(connection) if self._known is None else self._known[1]

    def _opened(self, rows: Sequence[Any]) -> "Keys":
        generations: dict[str, list[bytes]] = {TOKENS: [], NAMES: [], WORDS: []}
        states: dict[str, str | None] = {}
        for row in sorted(rows, key=lambda row: generation_of(row.name)):
            kind = row.name.partition(_OF)[0]
            generations[kind].append(self.unwrap(row.kek, row.wrapped, row.name))
            states[kind] = row.state
        return Keys(**generations, states=states)


def generation_of(name: str) -> int:
    """1 of `names`, 2 of `names-2`, which followed it."""
    return int(name.partition(_OF)[2] or 1)


class Keys:
    """The keys of the installation, open: of each kind every generation, the first first.

    A hash of a later generation is made of the hash of the one before: so all that is kept can be changed where it
    lies, whatever it was made of, and who had the earlier key learns nothing from the new hashes. Hence earlier keys
    are never destroyed. `states` says of each kind whether all that is kept is of the newest: then it is None.
    """

    def __init__(
        self, tokens: Sequence[bytes], names: Sequence[bytes], words: Sequence[bytes], states: Mapping[str, str | None]
    ) -> None:
        self._tokens, self._names, self._words = tokens, names, [AESGCM(one) for one in reversed(words)]
        self.states = states
        self.generation = len(names)
        """Of the names that are given now."""
        self.found_by = len(tokens) - (states[TOKENS] == CHANGING)
        """The generation of the tokens that are compared: all of it is there. A newer one may be on its way."""

    def token(self, kind: str, value: str) -> bytes:
        """16 bytes that are equal only for equal values of one kind, and say nothing without the key."""
        return self.tokens(self.first_token(kind, value))[0][1]

    def first_token(self, kind: str, value: str) -> bytes:
        """The same by the first key alone, whatever followed it: for what is kept only under another seal."""
        return blake2b(value.encode(), key=self._tokens[0], person=kind.encode(), digest_size=TOKEN_BYTES).digest()

    def tokens(self, first: bytes) -> list[tuple[int, bytes]]:
        """(generation, token) of a first token, as they are to be written: the one that is compared stands first."""
        found = [(1, first)]
        for n in range(2, len(self._tokens) + 1):
            found.append((n, self.next_token(found[-1][1], n)))
        return found[self.found_by - 1 :]

    def next_token(self, before: bytes, generation: int) -> bytes:
        """The token of this generation that follows the one before it."""
        return blake2b(before, key=self._tokens[generation - 1], person=b"again", digest_size=TOKEN_BYTES).digest()

    def name(self, *parts: str) -> bytes:
        """16 bytes for a name that a source gives: a resource of a type, an identifier, one of its patients.

        The key stands before the name in one block of BLAKE2b, which unlike SHA-2 allows it: its own way with keys
        needs a block more, and every resource of every feed is named.
        """
        found = "|".join(parts).encode()
        for key in self._names:
            found = blake2b(key + found, digest_size=TOKEN_BYTES).digest()
        return found

    def names(self, *parts: str) -> list[bytes]:
        """What it may be found by: its name and, while names are being changed, the one before."""
        if self.states[NAMES] is None:
            return [self.name(*parts)]
        before = "|".join(parts).encode()
        for key in self._names[:-1]:
            before = blake2b(key + before, digest_size=TOKEN_BYTES).digest()
        return [self.next_name(before), before]

    def next_name(self, before: bytes) -> bytes:
        """The newest name that follows the one before it."""
        return blake2b(self._names[-1] + before, digest_size=TOKEN_BYTES).digest()

    def newest_name(self, found: bytes, generation: int) -> bytes:
        """A name that is kept, as it is given now."""
        return found if generation == self.generation else self.next_name(found)

    def seal(self, content: str | bytes, about: str) -> bytes:
        """What nobody reads without the key, bound to where it stands: `table|row|column`."""
        return sealed(self._words[0], content.encode() if isinstance(content, str) else content, about)

    def open(self, content: bytes, about: str) -> bytes:
        """What was sealed, by the key of now or an earlier one; words in UTF-8.

        Raises NotReady where it was changed, or stands in another place.
        """
        for key in self._words:
            try:
                return opened(key, content, about)
            except InvalidTag:
                continue
        table = about.partition("|")[0]
        raise NotReady(f"what is kept in {table} was changed, or is sealed by another key")

    def sealed_anew(self, content: bytes, about: str) -> bytes:
        """The same by the key of now: itself where it is sealed by that. Raises as `open` does."""
        try:
            opened(self._words[0], content, about)
        except InvalidTag:
            return self.seal(self.open(content, about), about)
        return content


def sealed(key: AESGCM, content: bytes, about: str) -> bytes:
    """A fresh nonce and the ciphertext."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, about.encode())


def opened(key: AESGCM, content: bytes, about: str) -> bytes:
    """What was sealed. Raises InvalidTag."""
    if len(content) < NONCE_BYTES:
        raise InvalidTag
    return key.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], about.encode())


_K = installation_keys.c
_INSTALLATION = (
    select(_K.name, _K.kek, _K.wrapped, instance.c.value.label("state"))
    .join(instance, instance.c.name == _K.name, isouter=True)
    .order_by(_K.name)
)
_OF_SUBJECTS = select(data_keys.c.subject, data_keys.c.kek, data_keys.c.wrapped).where(
    data_keys.c.subject.in_(bindparam("subjects", expanding=True)), data_keys.c.wrapped.is_not(None)
)


def attach(engine: Engine, folder: Path) -> Engine:
    """The engine, carrying the keys of this folder."""
    engine.update_execution_options(keyring=Keyring(folder))
    return engine


def ring_of(connection: Connection) -> Keyring:
    """The keyring that a connection's engine carries. Raises NotReady where it carries none."""
    found = connection.get_execution_options().get("keyring")
    if not isinstance(found, Keyring):
        raise NotReady("this database was opened without its keys")
    return found


def keys_of(connection: Connection) -> Keys:
    """The keys of the installation."""
    return ring_of(connection).keys(connection)


def seal_words(connection: Connection, content: str | bytes, about: str) -> bytes:
    """What somebody wrote, or who they are, sealed where it stands, without asking which keys are the newest."""
    return ring_of(connection).lately(connection).seal(content, about)


def open_words(connection: Connection, content: bytes, about: str) -> bytes:
    """The same, opened; where a newer key sealed it, that is read now. Raises NotReady as `Keys.open` does."""
    try:
        return ring_of(connection).lately(connection).open(content, about)
    except NotReady:
        return keys_of(connection).open(content, about)


def data_keys_of(connection: Connection, subjects: Collection[int]) -> dict[int, AESGCM]:
    """The data keys of these source patients. One whose key was destroyed has none."""
    ring = ring_of(connection)
    found: dict[int, AESGCM] = {}
    ordered = list(subjects)
    for n in range(0, len(ordered), 500):
        for subject, kek, wrapped in connection.execute(_OF_SUBJECTS, {"subjects": ordered[n : n + 500]}):
            found[subject] = AESGCM(ring.unwrap(kek, wrapped, str(subject)))
    return found


def make_data_keys(connection: Connection, subjects: Iterable[int]) -> None:
    """A data key for each of these new source patients."""
    wrap = ring_of(connection).wrapping()
    rows = [{"subject": one} | wrap(secrets.token_bytes(KEY_BYTES), str(one)) for one in subjects]
    if rows:
        connection.execute(insert(data_keys), rows)


def replace_data_key(connection: Connection, subject: int, key: bytes) -> None:
    """Keep a new data key of a source patient in place of the one that sealed what is now sealed with this."""
    wrap = ring_of(connection).wrapping()
    connection.execute(update(data_keys).where(data_keys.c.subject == subject).values(wrap(key, str(subject))))


def make_keys(connection: Connection, given: Mapping[str, bytes]) -> None:
    """The keys of an installation that has none; `given` are those to go on using."""
    wrap = ring_of(connection).wrapping()
    rows = [
        {"name": name} | wrap(given.get(name) or secrets.token_bytes(KEY_BYTES), name)
        for name in (TOKENS, NAMES, WORDS)
    ]
    connection.execute(insert(installation_keys), rows)
    make_data_keys(connection, [NOBODY])


def add_key(connection: Connection, kind: str) -> int:
    """The next key of a kind. Its generation."""
    many = 1 + max(generation_of(name) for name in connection.scalars(select(_K.name)) if name.startswith(kind))
    name = f"{kind}{_OF}{many}"
    wrapped = ring_of(connection).wrapping()(secrets.token_bytes(KEY_BYTES), name)
    connection.execute(insert(installation_keys), {"name": name} | wrapped)
    connection.execute(insert(instance), {"name": name, "value": CHANGING})
    connection.info.pop(_READ_IN, None)
    return many


def mark(connection: Connection, kind: str, state: str | None) -> None:
    """Say how far the change of a kind of key is: CHANGING, LEAVING, or None where it is done."""
    changing = instance.c.name.startswith(f"{kind}{_OF}")
    connection.execute(
        delete(instance).where(changing) if state is None else update(instance).where(changing).values(value=state)
    )
    connection.info.pop(_READ_IN, None)


def rewrap(engine: Engine) -> int:
    """Wrap every key with the newest key-encryption key. How many were. Nobody need wait or sign in again."""
    tables = ((installation_keys, installation_keys.c.name), (data_keys, data_keys.c.subject))
    return sum(_rewrapped(engine, table, name) for table, name in tables)


def _rewrapped(engine: Engine, table: Table, name: Column[Any]) -> int:
    many, old = 0, table.c.kek != bindparam("newest")
    query = select(name, table.c.kek, table.c.wrapped).where(old, table.c.wrapped.is_not(None)).limit(AT_ONCE)
    change = update(table).where(name == bindparam("of")).values(kek=bindparam("new"), wrapped=bindparam("content"))
    while True:
        with db.write(engine) as connection:
            ring = ring_of(connection)
            rows = connection.execute(query.with_for_update(), {"newest": ring.newest()}).all()
            if not rows:
                return many
            wrap = ring.wrapping()
            wrapped = [(of, wrap(ring.unwrap(kek, content, str(of)), str(of))) for of, kek, content in rows]
            told = [{"of": of, "new": new["kek"], "content": new["wrapped"]} for of, new in wrapped]
            connection.execute(change, told)
        many += len(rows)
