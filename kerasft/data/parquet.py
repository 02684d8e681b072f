"""Columns of a Parquet file, through pyarrow, which is imported when the first such file is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from kerasft.base import extras
from kerasft.base.bounded import open_plain
from kerasft.base.errors import InputError, Problem

if TYPE_CHECKING:
    import pyarrow

MOST_BYTES = 4_000_000_000  # of the values of a table, as of a CSV
_CELL = 8  # bytes that each cell takes at least
_SPARE, _RATIO = 200_000_000, 100  # what a small file may unpack to, and each byte of a large one


def parquet_columns(path: Path) -> list[str]:
    """Returns the names of a Parquet file's columns.

    Raises:
        InputError: The file is not Parquet, or damaged.
        UnavailableError: pyarrow is missing or broken.
    """
    parquet = import_parquet()
    open_plain(path).close()
    try:
        return list(parquet.read_schema(path).names)
    except Exception as error:  # pyarrow.ArrowInvalid for bad content, OSError and others for damage
        raise _unreadable(path, error) from None


def read_parquet(path: Path, columns: list[str]) -> Iterator[dict[str, object]]:
    """Yields the rows of some columns; what is not UTF-8 in a text column comes as bytes.

    Raises:
        InputError: The file is damaged, or unpacks to far more than it has bytes.
    """
    parquet = import_parquet()
    try:
        # as a dictionary, a text that is there a million times is kept once, until its length was counted
        file = parquet.ParquetFile(path, read_dictionary=columns)
        most = min(MOST_BYTES, _SPARE + _RATIO * path.stat().st_size)
        _require(file.metadata.num_rows * len(columns) * _CELL <= most, file.metadata.num_rows, "rows", path)
        table = file.read(columns=columns)
        size = sum(_size(chunk) for name in columns for chunk in table.column(name).chunks)
        _require(size <= most, size, "bytes", path)
        values = [_values(table.column(name)) for name in columns]
    except InputError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from None
    for cells in zip(*values, strict=True):
        yield dict(zip(columns, cells, strict=True))


def _require(holds: bool, received: int, unit: str, path: Path) -> None:
    if not holds:
        what = f"the Parquet file unpacks to {received} {unit}, far more than it can mean"
        raise InputError(Problem(what, str(path), "give its rows as a .csv or .jsonl file"))


def _size(chunk: pyarrow.Array) -> int:
    """Returns the bytes of a chunk's values, once each of them stands for itself."""
    import pyarrow
    from pyarrow import compute

    if not pyarrow.types.is_dictionary(chunk.type):
        return chunk.nbytes
    lengths = compute.binary_length(chunk.dictionary.cast(pyarrow.large_binary()))
    return compute.sum(compute.take(lengths, chunk.indices)).as_py() or 0


def _values(column: pyarrow.ChunkedArray) -> list[object]:
    try:
        return column.to_pylist()
    except UnicodeDecodeError:  # Parquet writers don't check; the row is named when the bytes are decoded
        import pyarrow

        plain = column.type.value_type if pyarrow.types.is_dictionary(column.type) else column.type
        return column.cast(plain).cast(pyarrow.large_binary()).to_pylist()


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = str(error).split("\n", 1)[0].rstrip(".")
    what = f"the Parquet file can't be read: {reason or type(error).__name__}"
    return InputError(Problem(what, str(path), "write it again, or give a .csv or .jsonl file"))


def import_parquet() -> ModuleType:
    """Returns `pyarrow.parquet`, or says how to get it."""
    return extras.load("pyarrow.parquet", "pyarrow", "parquet", "Parquet files need")
