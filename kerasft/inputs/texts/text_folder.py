"""A folder of class folders of .txt files, one text each, optionally below train/ and test/: as IMDb has it.

White space around a text is removed, as is a byte order mark. The rules for folders are those of images:
see `kerasft.data.folder`. IMDb's train/unsup/, texts without a label, is left out and told.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.contract.answers import UnreadableError
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.folder import list_folder
from kerasft.data.listing import Item
from kerasft.data.scan import Kind
from kerasft.data.signatures import is_text_file
from kerasft.inputs.texts.rows import Row, Source
from kerasft.inputs.texts.texts import TextColumns

MOST_BYTES = 100_000_000  # of one text; the first 100,000 characters are read
TEXTS = Kind(
    "text",
    frozenset({".txt"}),
    "put the texts into one folder per class, for example reviews/good/1.txt, and give --data reviews; "
    "or give a .csv, .tsv, .jsonl or .parquet file",
    is_text_file,
    frozenset({"unsup"}),
    table="",  # the layout names them
)


def read_text_folder(
    root: str | Path,
    targets: Targets,
    wanted: Schema | None = None,
    *,
    all_needed: bool = True,
    flag: str = "--data",
) -> Source:
    """Reads all texts of a folder, sorted by path. Arguments are those of `kerasft.data.folder.list_folder`.

    Raises:
        InputError: The folder is missing, unreadable or empty, or its classes can't be used.
    """
    listing = list_folder(root, targets, wanted, all_needed=all_needed, flag=flag, kind=TEXTS)
    rows = [row_of_file(item) for item in listing.items()]
    return Source(rows, TextColumns(), listing.schema, listing.given_splits, listing.notes)


def row_of_file(item: Item) -> Row:
    """Reads one file."""
    text: bytes | UnreadableError
    try:
        text = read_bytes(Path(str(item.source)), MOST_BYTES).removeprefix(codecs.BOM_UTF8).strip()
    except OSError as error:
        reason = error.strerror or str(error)
        text = UnreadableError(f"the file can't be read: {reason}", "", "check the file")
    return Row(item.id, item.id, text, split=item.split, spelled=item.label)
