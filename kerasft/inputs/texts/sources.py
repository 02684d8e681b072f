"""From what the user typed to the reader that can read it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.given import Given
from kerasft.data.listing import Item, find_file
from kerasft.data.own_splits import require_in_place
from kerasft.data.samples import name_of_source, sample_of
from kerasft.data.tfds import PREFIX as TFDS
from kerasft.inputs.texts.lists import read_lists
from kerasft.inputs.texts.message_pairs import make_message_pairs
from kerasft.inputs.texts.rows import Row, Source
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.text_folder import read_text_folder, row_of_file
from kerasft.inputs.texts.texts import LISTS, TextColumns
from kerasft.inputs.texts.tfds import read_tfds

MESSAGES, MESSAGE_PAIRS = "messages", "message-pairs"
SHIPPED = (MESSAGES, MESSAGE_PAIRS)
_TABLE = Path(__file__).parents[2] / "assets" / "messages.csv"


def source_name(source: object) -> str:
    """Returns what `TextSplits.source` holds."""
    return name_of_source(source, SHIPPED, LISTS)


def is_shipped(source: str) -> bool:
    """Returns whether a source is one that kerasft brings, and not a file of the user's with that name."""
    return bool(sample_of(source, SHIPPED))


def read_shipped(source: str, columns: TextColumns) -> Source:
    """Reads the messages, or the pairs made of them."""
    if source == MESSAGES:
        return read_table(_TABLE, columns)
    return make_message_pairs(read_table(_TABLE, TextColumns()), columns)


def open_source(
    given: Given,
    columns: TextColumns,
    targets: Targets,
    wanted: Schema | None = None,
    *,
    all_needed: bool = True,
    flag: str = "--data",
) -> Source:
    """Reads whatever the source is: the one place that tells kinds of sources apart.

    Args:
        given: The source.
        columns: The columns of a table, or features of a TFDS data set.
        targets: What the labels mean.
        wanted: A schema that is already fixed.
        all_needed: For a folder, whether texts of all that `wanted` has are needed.
        flag: The flag that holds the source, for messages.

    Returns:
        The rows, not yet checked.
    """
    source, labels = given.source, given.labels
    if source is None or (isinstance(source, str) and not source.strip()):
        step = f"give a table, a folder of texts or tfds:NAME with {flag}"
        raise InputError(Problem("no data was given", "", step))
    if not isinstance(source, (str, Path)):
        return read_lists(source, labels, targets, wanted)
    if labels is not None:
        what = "labels= goes with a list only: a table, folder or TFDS data set has its own"
        raise InputError(Problem(what, str(source), "leave labels out"))
    text, path = str(source), Path(source).expanduser()
    if text.startswith(TFDS):
        return read_tfds(text, columns, targets, data_dir=given.data_dir, download=given.download)
    if is_shipped(text):
        return read_shipped(sample_of(text, SHIPPED), columns)
    if os.path.isdir(path) or not path.suffix:
        if columns.text_pair is not None:
            what = "a folder holds single texts, not pairs"
            raise InputError(Problem(what, str(source), "leave --text-pair out, or give a table"))
        found = read_text_folder(path, targets, wanted, all_needed=all_needed, flag=flag)
        return replace(found, columns=columns)  # a test set of its own may be a table
    return read_table(path, columns, flag=flag, apart=targets.apart, several=targets.several)


def rows_of_run(
    source: str,
    columns: TextColumns,
    targets: Targets,
    wanted: Mapping[str, tuple[Item, str]],
    data_dir: str | Path | None,
    flag: str,
) -> list[Row]:
    """Reads the rows of a source that an earlier run had; for a folder, of these files alone.

    Args:
        source: As in `Splits.source`.
        columns: As the run has them.
        targets: What the labels mean.
        wanted: What the run was made of, by id.
        data_dir: As for `read_splits`.
        flag: The flag that gives another place, for messages.
    """
    if source.startswith(TFDS):
        return read_tfds(source, columns, targets, data_dir=data_dir).rows
    if source in SHIPPED:  # a path of the user's is absolute by now
        return read_shipped(source, columns).rows
    root = Path(source)
    require_in_place(root, flag)
    if os.path.isdir(root):
        return [
            row_of_file(Item(name, item.label, find_file(root, name) or root / name))
            for name, (item, _) in wanted.items()
        ]
    # The ids begin with the file's name; it may have another one now.
    name = next(iter(wanted), root.name).rsplit(":", 1)[0]
    return read_table(root, columns, name=name, apart=targets.apart, several=targets.several).rows
