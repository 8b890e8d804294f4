"""`make prove`: the long proofs. Prints what was found and writes it to proofs.jsonl. ONLY=group for one group."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.__main__ import show
from tests.benchmarks.stage import Figure, Stage
from tests.postgres import server
from tests.proofs import access, audit, byte_search, misuse, mutants

GROUPS: dict[str, Callable[[Stage], Iterator[Figure]]] = {
    "audit": audit.figures,
    "misuse": misuse.figures,
    "bytes": byte_search.figures,
    "access": access.figures,
    "policy": mutants.figures,
}


def main() -> None:
    """Run the groups, print each figure as it comes, and keep them all."""
    only = os.environ.get("ONLY", "")
    if only and only not in GROUPS:
        sys.exit(f"ONLY must be one of: {', '.join(GROUPS)}")
    with (
        tempfile.TemporaryDirectory() as name,
        server(Path(name)) as postgres,
        Path("proofs.jsonl").open("w", encoding="utf-8") as file,
    ):
        for group in [only] if only else GROUPS:
            for figure in GROUPS[group](Stage(Path(name), postgres)):
                file.write(figure.line + "\n")
                file.flush()
                show(figure)


if __name__ == "__main__":
    main()
