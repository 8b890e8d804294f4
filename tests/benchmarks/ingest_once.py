"""A process that takes feeds once, and says what it cost: `python -m tests.benchmarks.ingest_once WHAT FOLDER…`.

WHAT is `whole`, or `parts` to tell where the time goes. A folder is named after its sender: `gp-Y99101`.
"""

import gc
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from app import create_app
from app.identity import linking
from app.identity import store as identity
from app.ingest import delivery, feeds
from app.settings import Settings
from fhir import gate
from tests.benchmarks.meter import Places, metered

PARTS: Places = {
    "gate": [(gate, "units"), (gate, "check")],
    "link": [(linking, "decide"), (identity, "source_patient_ids")],
}


def main(what: str, folders: list[Path]) -> dict[str, Any]:
    """Resources, seconds of CPU and of the wall clock after start-up, and the most memory ever used."""
    settings = Settings.from_env()
    engine = create_app(settings).extensions["engine"]
    ours = [feeds.feed_of(engine, path.name.split(".")[0].rpartition("-")[2], is_demo=True) for path in folders]
    gc.collect()
    cpu, wall = _cpu(), time.perf_counter()
    with metered(PARTS if what == "parts" else {}, time.process_time) as spent:
        totals = [delivery.ingest(engine, feed, [path]) for feed, path in zip(ours, folders, strict=True)]
    cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    found = {name: sum(total[name] for total in totals) for name in ("received", "stored", "unchanged", "quarantined")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found | {"cpu": cpu, "wall": wall, "peak_mb": peak} | spent


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], [Path(each) for each in sys.argv[2:]])))
