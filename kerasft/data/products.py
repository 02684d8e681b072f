"""Folders that kerasft itself made: runs, exports, comparisons, its home. None of them is ever data."""

from __future__ import annotations

import os
from pathlib import Path

from kerasft.base.environment import known_home

_MARKS = (
    ({"config.json", "splits.csv"}, "a run"),
    ({"kerasft.json"}, "an export"),
    ({"comparison.json", "comparison.csv"}, "a comparison"),
    ({"exported_here"}, "kerasft's home"),
)
_GOLDEN = ".golden.json"
_BESIDE_RUNS = {"readme.md"}


def product_of(folder: str | Path) -> str:
    """Returns what kerasft made a folder for, "a run" for example, or "runs" when it holds only such; else ""."""
    try:
        present = os.listdir(folder)
    except OSError:
        return ""
    try:
        if (home := known_home()) and os.path.samefile(folder, home):
            return "kerasft's home"
    except OSError:  # there is no home yet
        pass
    names = set(present)
    for marks, what in _MARKS:
        if marks <= names:
            return what
    if any(name.endswith(_GOLDEN) for name in present):
        return "an export"
    return "runs" if _holds_only_runs(folder) else ""


def _holds_only_runs(folder: str | Path) -> bool:
    runs = False
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower() in _BESIDE_RUNS:
                    continue
                if not entry.is_dir(follow_symlinks=False) or not product_of(entry.path):
                    return False
                runs = True
    except OSError:
        return False
    return runs
