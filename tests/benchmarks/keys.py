"""How long a new key-encryption key takes: the data key of every source patient is wrapped anew."""

import time
from collections.abc import Iterator

from app import crypto, db, keyring
from tests.benchmarks.stage import Figure, Stage, settle

AT_ONCE = 5_000


def figures(stage: Stage) -> Iterator[Figure]:
    """Seconds for as many source patients as the stage says."""
    for kind in stage.databases:
        with stage.database(kind) as url:
            engine = stage.engine(url)
            for first in range(1, stage.data_keys, AT_ONCE):
                with db.write(engine) as connection:
                    keyring.make_data_keys(connection, range(first, first + AT_ONCE))
            settle(engine)
            crypto.add_kek(stage.keys())
            started = time.perf_counter()
            many = keyring.rewrap(engine)
            yield Figure("keys.rotate_s", time.perf_counter() - started, "s", {"db": kind, "keys": many})
            engine.dispose()
