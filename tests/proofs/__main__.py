"""`make prove`: the long proofs. Prints what was found and writes it to proofs.jsonl. ONLY=group for one group."""

import tempfile
from pathlib import Path

from tests.benchmarks.__main__ import Groups, chosen, run
from tests.benchmarks.stage import Stage
from tests.postgres import server
from tests.proofs import access, audit, byte_search, misuse, mutants

GROUPS: Groups = {
    "audit": audit.figures,
    "misuse": misuse.figures,
    "bytes": byte_search.figures,
    "access": access.figures,
    "policy": mutants.figures,
}


def main() -> None:
    """Prove."""
    only = chosen(GROUPS)
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as postgres:
        run(GROUPS, only, Stage(Path(name), postgres), Path("proofs.jsonl"))


if __name__ == "__main__":
    main()
