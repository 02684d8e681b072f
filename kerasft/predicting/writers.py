"""Answers as a file: CSV, JSON Lines or Parquet, row by row under a temporary name, whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from kerasft.base import files
from kerasft.base.errors import InputError, Problem
from kerasft.contract.targets import Cell
from kerasft.data.parquet import import_parquet

SUFFIXES = (".csv", ".jsonl", ".parquet")
_ROWS_AT_ONCE = 10_000  # of Parquet


class Writer(Protocol):
    """Takes one answer after the other."""

    def write(self, row: Sequence[Cell]) -> None:
        """Writes one row; its cells are in the order of the header."""


def check_output(path: Path, inputs: Sequence[Path]) -> None:
    """Raises before the work if the answers could not be written: a wrong suffix, a folder, or one of the inputs.

    Raises:
        InputError: As said.
        UnavailableError: Parquet needs pyarrow, which is missing.
    """
    if path.suffix.lower() not in SUFFIXES:
        what = "answers are written as .csv, .jsonl or .parquet"
        raise InputError(Problem(what, str(path), f"for example --output {path.stem or 'answers'}.csv"))
    if path.is_dir():
        raise InputError(Problem("the output is a folder", str(path), "name a file with --output"))
    if any(path.exists() and each.exists() and path.samefile(each) for each in inputs):
        raise InputError(Problem("the output is one of the inputs", str(path), "name another --output"))
    if path.suffix.lower() == ".parquet":
        import_parquet()


@contextmanager
def open_writer(target: Path, header: Sequence[str], types: Sequence[type]) -> Iterator[Writer]:
    """Yields a writer for the suffix of `target`, which gets its name, or replaces an earlier file, at the end.

    Args:
        target: The file.
        header: The columns.
        types: Of their cells: str, float or bool.
    """
    kinds: dict[str, type[_Csv | _JsonLines | _Parquet]] = {
        ".csv": _Csv,
        ".jsonl": _JsonLines,
        ".parquet": _Parquet,
    }
    with files.atomic_path(target) as temporary:
        writer = kinds[target.suffix.lower()](temporary, header, types)
        try:
            yield writer
        finally:
            writer.close()


class _Csv:
    def __init__(self, path: Path, header: Sequence[str], types: Sequence[type]):
        # a name that is no Unicode is written with its bytes as escapes
        self.file = open(path, "w", encoding="utf-8", errors="backslashreplace", newline="")
        self.rows = csv.writer(self.file, lineterminator="\n")
        self.rows.writerow(header)

    def write(self, row: Sequence[Cell]) -> None:
        self.rows.writerow([f"{cell:.6g}" if isinstance(cell, float) else _as_text(cell) for cell in row])

    def close(self) -> None:
        self.file.close()


class _JsonLines:
    def __init__(self, path: Path, header: Sequence[str], types: Sequence[type]):
        self.file = open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
        self.header = header

    def write(self, row: Sequence[Cell]) -> None:
        values = {
            name: round(cell, 6) if isinstance(cell, float) else cell
            for name, cell in zip(self.header, row, strict=True)
        }
        self.file.write(json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n")

    def close(self) -> None:
        self.file.close()


class _Parquet:
    def __init__(self, path: Path, header: Sequence[str], types: Sequence[type]):
        import pyarrow

        kinds = {str: pyarrow.string(), float: pyarrow.float32(), bool: pyarrow.bool_()}
        self.schema = pyarrow.schema([(name, kinds[kind]) for name, kind in zip(header, types, strict=True)])
        self.file = import_parquet().ParquetWriter(path, self.schema)
        self.rows: list[Sequence[Cell]] = []

    def write(self, row: Sequence[Cell]) -> None:
        clean = [_unicode(cell) if isinstance(cell, str) else cell for cell in row]
        self.rows.append(clean)
        if len(self.rows) == _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        import pyarrow

        columns = [
            pyarrow.array([row[place] for row in self.rows], field.type)
            for place, field in enumerate(self.schema)
        ]
        self.file.write_table(pyarrow.Table.from_arrays(columns, schema=self.schema))
        self.rows = []

    def close(self) -> None:
        self._flush()
        self.file.close()


def _as_text(cell: Cell) -> Cell:
    return {True: "true", False: "false"}.get(cell, cell) if isinstance(cell, bool) else cell


def _unicode(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
