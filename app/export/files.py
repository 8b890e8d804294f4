"""The files of a release: each table as Parquet and CSV, a dictionary, and a manifest that names them by hash."""

import csv
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from app.export.dictionary import Column

DICTIONARY, MANIFEST = "dictionary.json", "manifest.json"
Cells = Sequence[Any]
AT_ONCE = 10_000


@dataclass(frozen=True)
class Written:
    """One file of a release."""

    name: str
    type: str
    count: int
    sha256: str
    bytes: int


def write_table(folder: Path, dataset: str, columns: Sequence[Column], batches: Iterable[Sequence[Cells]]) -> int:
    """Write a table as both kinds of file, a batch at a time; how many rows it has."""
    from app.export.parquet import table

    rows = 0
    with ExitStack() as stack:
        text = stack.enter_context((folder / f"{dataset}.csv").open("w", newline="", encoding="utf-8"))
        parquet = stack.enter_context(table(folder / f"{dataset}.parquet", columns))
        plain = csv.writer(text, lineterminator="\n")
        plain.writerow([column.name for column in columns])
        for batch in batches:
            if batch:
                plain.writerows([_shown(cell) for cell in row] for row in batch)
                parquet.write(batch)
                rows += len(batch)
    return rows


def _shown(cell: Any) -> Any:
    """A whole number without a decimal point, nothing as nothing."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def write_json(path: Path, content: Any) -> None:
    """A JSON file that a person can read."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


def described(folder: Path, name: str, dataset: str, count: int) -> Written:
    """A file with its size and its hash."""
    path = folder / name
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return Written(name, dataset, count, digest, path.stat().st_size)


def tables_in(folder: Path) -> list[Path]:
    """The tables of a release, of either kind."""
    return sorted(path for path in folder.iterdir() if path.suffix in {".csv", ".parquet"})


def texts_of(path: Path) -> Iterable[dict[str, list[Any]]]:
    """The cells of a table as they lie in the file, by column, so many rows at a time."""
    if path.suffix == ".parquet":
        from app.export.parquet import batches

        yield from batches(path, AT_ONCE)
        return
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader)
        while batch := [row for _, row in zip(range(AT_ONCE), reader, strict=False)]:
            yield {name: list(cells) for name, cells in zip(header, zip(*batch, strict=True), strict=True)}
