"""Columns of a Parquet file, through pyarrow, which is imported when the first such file is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerasft import extras
from kerasft.bounded import open_plain
from kerasft.errors import InputError, Problem


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


def read_parquet(path: Path, columns: list[str]) -> Iterator[dict[str, Any]]:
    """Yields the rows of some columns; what is not UTF-8 in a text column comes as bytes.

    Raises:
        InputError: The file is damaged.
    """
    parquet = import_parquet()
    try:
        table = parquet.ParquetFile(path).read(columns=columns)
        values = [_values(table.column(name)) for name in columns]
    except Exception as error:
        raise _unreadable(path, error) from None
    for cells in zip(*values, strict=True):
        yield dict(zip(columns, cells, strict=True))


def _values(column: Any) -> list[Any]:
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


def import_parquet() -> Any:
    """Returns `pyarrow.parquet`, or says how to get it."""
    return extras.load("pyarrow.parquet", "pyarrow", "parquet", "Parquet files need")
