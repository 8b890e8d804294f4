"""Ten thousand attacks on the record of looks, each of which must be found where it was done; and readers killed."""

from collections.abc import Iterator
from random import Random
from unittest.mock import patch

from app import audit_heads
from tests.audit_attacks import ATTACKS, Attack, Chain, chain, found_at
from tests.benchmarks.stage import Figure, Stage
from tests.proofs.killed import Killed, killed

ROWS = 60
TRIED = {"sqlite": 1_250, "postgresql": 125}
KILLS = 200


def figures(stage: Stage, *, tried: dict[str, int] = TRIED, kills: int = KILLS) -> Iterator[Figure]:
    """The share of attacks that were found where they were done, by attack; and what killed readers left."""
    for kind in stage.databases:
        with stage.database(kind) as url, patch.object(audit_heads, "EVERY_ROWS", 1):
            engine, settings = stage.engine(url), stage.settings(url)
            settings.audit_heads.unlink(missing_ok=True)
            made = chain(engine, settings, ROWS)
            for attack in ATTACKS:
                if figure := _located(made, attack, kind, tried[kind]):
                    yield figure
            engine.dispose()
        with stage.database(kind) as url:
            yield from _killed(killed(stage, url, kills), kind)


def _located(made: Chain, attack: Attack, kind: str, times: int) -> Figure | None:
    """An attack that this database cannot have has no figure."""
    chance = Random(attack.__name__)
    told = [one for _ in range(times) if (one := found_at(made, attack, chance))]
    right = sum(1 for where, faults in told if faults and faults[0].seq in where)
    params = {"db": kind, "attack": attack.__name__, "tried": len(told), "rows": made.rows}
    return Figure("audit.attacks_located", 100 * right / len(told), "%", params) if told else None


def _killed(found: Killed, kind: str) -> Iterator[Figure]:
    params = {"db": kind, "kills": found.kills, "released": found.released}
    yield Figure("audit.released_unaudited", found.unaudited, "looks", params)
    yield Figure("audit.broken_by_kills", found.broken, "rows", params)
