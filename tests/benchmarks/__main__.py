"""`make bench`: prints what was measured and writes it to bench.jsonl. ONLY=group for one group, SCALE=1 for large."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import audit, export, ingest, keys, page, portal, start
from tests.benchmarks.stage import Figure, Stage
from tests.postgres import server

Groups = Mapping[str, Callable[[Stage], Iterator[Figure]]]
"""The figures of each group, by its name."""

GROUPS: Groups = {
    "ingest": ingest.figures,
    "page": page.figures,
    "audit": audit.figures,
    "portal": portal.figures,
    "export": export.figures,
    "keys": keys.figures,
    "start": start.figures,
}


def main() -> None:
    """Measure."""
    only = chosen(GROUPS)
    with tempfile.TemporaryDirectory() as name, server(Path(name), durable=True) as postgres:
        stage = Stage(Path(name), postgres)
        if os.environ.get("SCALE") == "1":
            stage = replace(stage, people=2_000, crowd=100_000, chain=1_000_000)
        run(GROUPS, only, stage, Path("bench.jsonl"))


def chosen(groups: Groups) -> list[str]:
    """The group that ONLY names, else all."""
    only = os.environ.get("ONLY", "")
    if only and only not in groups:
        sys.exit(f"ONLY must be one of: {', '.join(groups)}")
    return [only] if only else list(groups)


def run(groups: Groups, only: Iterable[str], stage: Stage, out: Path) -> None:
    """Run these groups, print each figure as it comes, and keep them all."""
    with out.open("w", encoding="utf-8") as file:
        for group in only:
            for figure in groups[group](stage):
                file.write(figure.line + "\n")
                file.flush()
                show(figure)


def show(figure: Figure) -> None:
    """One row of the table."""
    value = figure.why if figure.value is None else f"{figure.value:,.{0 if figure.value >= 1000 else 2}f}"
    params = " ".join(f"{name}={said}" for name, said in figure.params.items())
    sys.stdout.write(f"{figure.name:24}{value:>12} {figure.unit:16} {params}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
