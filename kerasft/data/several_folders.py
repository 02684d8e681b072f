"""Files that lie in several class folders: one example that has the label of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kerasft.base import files
from kerasft.contract.answers import Spelling
from kerasft.data.listing import Item


def joined_files(items: Sequence[Item], spelling: Spelling) -> list[Item]:
    """Returns the items with those joined that have the same split, the same file name and the same bytes.

    Args:
        items: Each is a file, with the label of its folder.
        spelling: Of the labels.
    """
    by_name: dict[tuple[str, str], list[Item]] = {}
    for item in sorted(items, key=lambda item: item.id):
        by_name.setdefault((item.split, Path(item.id).name), []).append(item)
    return [item for same in by_name.values() for item in _joined(same, spelling)]


def _joined(same: Sequence[Item], spelling: Spelling) -> list[Item]:
    if len(same) == 1:
        return [*same]
    found: dict[str, Item] = {}
    for item in same:
        content = _content(item)
        first = found.get(content)
        label = item.label if first is None else spelling.joined(first.label, item.label)
        if label is not None:
            found[content] = replace(first or item, label=label)
    return [*found.values()]


def _content(item: Item) -> str:
    try:
        return files.sha256_of(Path(str(item.source)))
    except OSError:  # which the reader tells
        return item.id
