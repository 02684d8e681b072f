"""splits.csv for texts: the same file as for pictures, and the way back from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from kerasft.base.errors import Problem, raise_problems
from kerasft.data.listing import SPLITS, Item, require
from kerasft.data.own_splits import apart, flag_of_prefix, require_in_place
from kerasft.data.splits_file import change_problems, read_split_rows, write_splits
from kerasft.data.tables import find_file
from kerasft.data.tfds import PREFIX as TFDS
from kerasft.inputs.texts.reading import make_split
from kerasft.inputs.texts.rows import Broken, Row, TextItem, check_rows, text_hash
from kerasft.inputs.texts.sources import SHIPPED, read_shipped
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.text_folder import row_of_file
from kerasft.inputs.texts.texts import LISTS, TextColumns, TextSplits
from kerasft.inputs.texts.tfds import read_tfds

Wanted = dict[str, tuple[Item, str]]


def write_text_splits(splits: TextSplits, path: str | Path) -> Path:
    """Writes the splits as CSV with the columns split, label (the class name), id and sha256, atomically."""
    return write_splits(splits, path)


def restore_text_splits(
    path: str | Path,
    source: str,
    columns: TextColumns,
    class_names: tuple[str, ...],
    data_dir: str | Path | None = None,
    *,
    seed: int = 0,
    own: Mapping[str, str] = MappingProxyType({}),
) -> TextSplits:
    """Reads the splits of an earlier run again: the same texts in the same order, or an error.

    Rows and files that are new since are not looked at.

    Args:
        path: A file of `write_text_splits`.
        source: As in `TextSplits.source`; a table or folder may have moved.
        columns: As in `TextSplits.columns`.
        class_names: The class list of the run.
        data_dir: As for `read_texts`.
        seed: The seed that the splits were drawn with, for the record.
        own: The sources of splits that have their own, by split name.

    Raises:
        InputError: Texts or labels are missing or changed, all listed; or the texts were lists in memory,
            which kerasft doesn't keep.
    """
    source, class_names = str(source), tuple(class_names)
    what = "the texts of this run were lists in memory, which are not kept on disk"
    require(source != LISTS, Problem(what, source, "pass the TextSplits that the run was made with"))
    wanted = read_split_rows(Path(path), class_names)
    items: list[TextItem] = []
    broken: list[Broken] = []
    for prefix, where, part in apart(wanted, own):
        rows = [
            replace(row, id=prefix + row.id)
            for row in (
                _rows(where or source, columns, part, data_dir, flag_of_prefix(prefix)) if part else []
            )
            if row.id in part
        ]
        checked = check_rows(rows, with_pairs=columns.text_pair is not None, class_names=class_names)
        items, broken = items + checked[0], broken + checked[1]
    found = {item.id: item for item in items}
    reasons = {each.id: str(each.error) for each in broken}
    for name in [name for name, item in found.items() if item.class_name != wanted[name][0].class_name]:
        reasons[name] = f"its label is now {found.pop(name).class_name!r}"
    hashes = {name: text_hash(item.text, item.pair) for name, item in found.items()}
    raise_problems(change_problems(wanted, hashes, reasons, " or ".join((source, *own.values())), "text"))
    chosen: dict[str, list[TextItem]] = {name: [] for name in SPLITS}
    for name, (item, _) in wanted.items():
        chosen[item.split].append(found[name])
    splits = {name: make_split(name, chosen[name], class_names) for name in SPLITS}
    return TextSplits(
        splits["train"],
        splits["validation"],
        splits["test"],
        class_names=class_names,
        source=source,
        seed=seed,
        columns=columns,
        data_dir=None if data_dir is None else str(data_dir),
        validation_data=own.get("validation"),
        test_data=own.get("test"),
    )


def _rows(
    source: str, columns: TextColumns, wanted: Wanted, data_dir: str | Path | None, flag: str
) -> list[Row]:
    if source.startswith(TFDS):
        return read_tfds(source, columns, data_dir=data_dir).rows
    if source in SHIPPED:  # a path of the user's is absolute by now
        return read_shipped(source, columns).rows
    root = Path(source)
    require_in_place(root, flag)
    if os.path.isdir(root):
        return [
            row_of_file(Item(name, item.class_name, find_file(root, name) or root / name))
            for name, (item, _) in wanted.items()
        ]
    # The ids begin with the file's name; it may have another one now.
    name = next(iter(wanted), root.name).rsplit(":", 1)[0]
    return read_table(root, columns, name=name).rows
