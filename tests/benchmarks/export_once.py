"""A process that makes one release, and says what it cost: `python -m tests.benchmarks.export_once NUMBER`."""

import gc
import json
import resource
import sys
import time
from typing import Any
from uuid import UUID

from app import create_app
from app.export import releases
from app.export.vault import open_vault
from app.settings import Settings


def main(number: UUID) -> dict[str, Any]:
    """Rows, seconds of CPU and of the wall clock after start-up, and the most memory ever used."""
    settings = Settings.from_env()
    engine = create_app(settings).extensions["engine"]
    gc.collect()
    with open_vault(settings) as vault:
        cpu, wall = time.process_time(), time.perf_counter()
        releases.make(engine, vault, settings, number)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    made = releases.get(engine, number)
    if made.state != releases.CHECKED:
        raise RuntimeError(f"the gate stopped it: {made.report['checks']}")
    rows = sum(one["count"] for one in made.report["files"] if one["name"].endswith(".parquet"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "cpu": cpu, "wall": wall, "peak_mb": peak}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(UUID(sys.argv[1]))))
