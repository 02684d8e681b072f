"""splits.csv: the file of a run that says which example is in which split, and what was in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import InputError, Problem
from kerasft.base.files import write_text
from kerasft.base.folding import most_problems
from kerasft.base.places import require_local
from kerasft.base.wording import one
from kerasft.contract.splits import SPLITS, Schema, Splits
from kerasft.data.dialect import large_cells
from kerasft.data.listing import Item, require
from kerasft.data.own_splits import without_prefix
from kerasft.data.tfds import PREFIX as TFDS

MOST_BYTES = 500_000_000  # of splits.csv: two million examples
_HEADER = ["split", "label", "id", "sha256"]


def write_splits(splits: Splits, path: str | Path) -> Path:
    """Writes the splits as CSV with the columns split, label, id and sha256, atomically."""
    rows = [_HEADER]
    for name in SPLITS:
        split = getattr(splits, name)
        for row, (each, digest) in enumerate(zip(split.ids, split.hashes, strict=True)):
            rows.append([name, splits.schema.to_text(split.targets, row), each, digest])
    return write_text(path, csv_text(rows, exact=True))


def read_split_rows(path: Path, schema: Schema) -> dict[str, tuple[Item, str]]:
    """Returns the rows of a splits file by id, each with its hash.

    Raises:
        InputError: The file is missing or damaged.
    """
    next_step = "the run folder is damaged: train again, or restore the file"
    try:
        text = read_bytes(path, MOST_BYTES).decode(
            "utf-8"
        )  # a name may hold "\r", which read_text() would change
        with large_cells():
            rows = list(csv.reader(io.StringIO(text, newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem(f"the splits file can't be read: {error}", str(path), next_step)) from None
    require(bool(rows) and rows[0] == _HEADER, Problem("not a splits file", str(path), next_step))
    wanted = {}
    for number, row in enumerate(rows[1:], start=1):
        fits = len(row) == 4 and row[0] in SPLITS and schema.allows(row[1]) and row[2] not in wanted
        require(fits, Problem(f"row {number} of the splits file is damaged", str(path), next_step))
        wanted[row[2]] = (Item(row[2], row[1], b"", row[0]), row[3])
    require_local(
        (without_prefix(each).removeprefix(TFDS) for each in wanted),
        "the splits file",
        "get the run again from where it came",
    )
    return wanted


def change_problems(
    wanted: Mapping[str, tuple[Item, str]],
    found: Mapping[str, str],
    reasons: Mapping[str, str],
    source: str,
    noun: str,
) -> list[Problem]:
    """Compares what a run was made of with what is there now.

    Args:
        wanted: As `read_split_rows` returns it.
        found: SHA-256 by id of what could be read.
        reasons: Why something could not be read, by id.
        source: For messages.
        noun: What they are, for messages.
    """
    next_step = f"restore it in {source}, or train again"
    changes = []
    for name, (_, digest) in wanted.items():
        if name not in found:
            changes.append((name, reasons.get(name, "missing")))
        elif found[name] != digest:
            changes.append((name, "its content has changed"))
    problems = [
        Problem(f"{one(noun)} of this run is not what it was, {reason}", name, next_step)
        for name, reason in changes
    ]
    return most_problems(problems, noun=noun, tail="missing or changed", next_step=next_step)
