"""Rows on their way, on disk, by the first of the letters that stand for a person: memory stays flat, order is chance.

Each letter's rows are sorted before they leave, so that nothing of the order in which they were read is left.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from app.export.rows import TYPES, Row
from app.export.vault import LETTERS


class Spool:
    """The rows of one release while it is made; gone with its folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder
        self._open: dict[str, BinaryIO] = {}
        self._encoder = msgspec.json.Encoder()

    def add(self, dataset: str, rows: Iterable[Row]) -> None:
        """Keep rows of a data set."""
        for row in rows:
            name = f"{dataset}-{row.person[0]}"
            if name not in self._open:
                self._open[name] = (self._folder / name).open("wb")
            self._open[name].write(self._encoder.encode(row) + b"\n")

    def close(self) -> None:
        """No more rows come."""
        for file in self._open.values():
            file.close()
        self._open.clear()

    def batches(self, dataset: str) -> Iterator[list[Row]]:
        """The rows of a data set, by the letters of its people."""
        decoder = msgspec.json.Decoder(TYPES[dataset])
        for letter in LETTERS:
            path = self._folder / f"{dataset}-{letter}"
            if path.exists():
                with path.open("rb") as file:
                    yield sorted((decoder.decode(line) for line in file), key=_order)


def _order(row: Row) -> tuple[str, str]:
    return row.person, repr(row)
