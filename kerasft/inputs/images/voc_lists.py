"""The lists of a Pascal VOC data set, which say what is in which split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.data.listing import SPLIT_NAMES

LISTS = "ImageSets"
_MOST_BYTES = 64_000_000  # of one list


def listed_splits(root: Path, kind: str) -> Mapping[str, str]:
    """Returns the split of each name in the lists of a data set; {} where none is of training.

    Args:
        root: Of the data set.
        kind: The folder of the lists: "Segmentation", or "Main" for boxes.

    Raises:
        InputError: A list can't be read.
    """
    found: dict[str, str] = {}
    for name, split in (("train", "train"), ("val", "val"), ("test", "test"), ("trainval", "train")):
        path = root / LISTS / kind / f"{name}.txt"
        if not path.exists():
            continue
        try:
            lines = read_bytes(path, _MOST_BYTES).decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            what = f"a list of images can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
            raise InputError(Problem(what, str(path), "repair or remove it")) from None
        for line in lines:
            if line.strip():
                found.setdefault(line.split()[0], SPLIT_NAMES[split])
    return found if "train" in found.values() else {}
