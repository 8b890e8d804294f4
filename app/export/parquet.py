"""Tables as Parquet. Loaded by who makes or reads one: the library takes some 60 MB, and the site needs none of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from app.export.dictionary import NUMBER, TEXT, WHOLE, YES_NO, Column

_TYPES = {
    TEXT: pyarrow.string(),
    NUMBER: pyarrow.float64(),
    WHOLE: pyarrow.int64(),
    YES_NO: pyarrow.bool_(),
}


class Table:
    """A table that is being written."""

    def __init__(self, writer: Any, schema: Any) -> None:
        self._writer, self._schema = writer, schema

    def write(self, batch: Sequence[Sequence[Any]]) -> None:
        """Some rows more."""
        cells = zip(*batch, strict=True)
        arrays = [pyarrow.array(own, kind) for own, kind in zip(cells, self._schema.types, strict=True)]
        self._writer.write_table(pyarrow.Table.from_arrays(arrays, schema=self._schema))


@contextmanager
def table(path: Path, columns: Sequence[Column]) -> Iterator[Table]:
    """A new table of these columns."""
    schema = pyarrow.schema([(column.name, _TYPES[column.type]) for column in columns])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        yield Table(writer, schema)


def batches(path: Path, at_once: int) -> Iterator[dict[str, list[Any]]]:
    """The cells of a table by column, so many rows at a time."""
    for batch in pyarrow.parquet.ParquetFile(path).iter_batches(at_once):
        yield batch.to_pydict()
