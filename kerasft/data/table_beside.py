"""A folder as Kaggle has them: a table, and folders of images that are no classes."""

from __future__ import annotations

import os
from pathlib import Path

from kerasft.base.errors import Problem
from kerasft.data.listing import SPLIT_NAMES
from kerasft.data.scan import Scan, is_folder


def table_problems(scan: Scan, flag: str) -> list[Problem]:
    """Returns a problem if the labels are in a table beside the folders, which would be taken for classes.

    Args:
        scan: Of the folder.
        flag: The flag that holds it.
    """
    entries = scan.entries(scan.root)
    tables = [e.name for e in entries if e.name.lower().endswith((".csv", ".tsv")) and not is_folder(e)]
    folders = [entry for entry in entries if is_folder(entry)]
    known = {*SPLIT_NAMES, *scan.kind.beside, *(f"{name}_images" for name in SPLIT_NAMES)}
    if not tables or any(each.name.lower() not in known or _has_folders(scan, each) for each in folders):
        return []
    likely = [name for name in tables if Path(name).stem.lower() in "train labels data".split()]
    table = scan.root / (likely or tables)[0]
    what = f"the folder holds a table, and {scan.kind.noun}s that are in no class folders"
    return [Problem(what, ", ".join(tables[:5]), f"did you mean {flag} {table}?")]


def _has_folders(scan: Scan, entry: os.DirEntry) -> bool:
    return any(is_folder(each) for each in scan.entries(entry.path))
