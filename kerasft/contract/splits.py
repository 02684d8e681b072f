"""`Split` and `Splits`: what every later step works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kerasft.base.printable import shown
from kerasft.data.image_columns import ImageColumns
from kerasft.data.listing import SPLITS, plural, shorten
from kerasft.inputs.images.loading import Loaded

ARRAYS = "arrays"
_IMBALANCE = 3


@dataclass(frozen=True)
class Split:
    """Labelled pictures in a fixed order.

    Args:
        name: "train", "validation" or "test".
        images: uint8 (n, image_size, image_size, 3), RGB 0..255; may be mapped to a temporary file.
        labels: int32 (n,), indexes into the class names.
        ids: The name of each picture: its path relative to the source, with "/".
        hashes: SHA-256 of each file's bytes (or array's), hexadecimal.
        skipped: "id: reason" of each picture left out with `skip_broken`, where the split was read alone.
    """

    name: str
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    ids: tuple[str, ...] = field(repr=False)
    hashes: tuple[str, ...] = field(repr=False)
    skipped: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def inputs(self) -> np.ndarray:
        """What a model takes: the images."""
        return self.images

    def subset(self, rows: Sequence[int] | np.ndarray) -> Split:
        """Returns some of the pictures, in the order of `rows` (their images are copied)."""
        rows = np.asarray(rows, np.int64)
        ids, hashes = tuple(self.ids[row] for row in rows), tuple(self.hashes[row] for row in rows)
        return replace(self, images=self.images[rows], labels=self.labels[rows], ids=ids, hashes=hashes)


@dataclass(frozen=True)
class Splits:
    """The three splits of a data set, drawn once.

    Args:
        train: Pictures to train on.
        validation: Pictures to choose the best epoch with.
        test: Pictures to report on.
        class_names: In label order.
        image_size: Side of the pictures, in pixels.
        resize: "stretch" or "crop".
        source: Absolute path of the folder or CSV, "tfds:NAME", "digits" or "arrays".
        seed: The seed of the draw.
        skipped: "id: reason" of each picture left out with `skip_broken`.
        notes: Remarks worth telling: copies, unequal classes, files left out.
        data_dir: As given to `read_images`, as an absolute path.
        bit_depth: The bits that are read of files with 16 bits per channel; None when there is no such file.
        group: What the groups that stay on one side came from: a column, or a file; None without groups.
        group_sides: The split of each group.
        validation_data: The source of the validation split, where it has its own.
        test_data: The source of the test split, where it has its own.
        columns: The columns of a table that were named; None where they were recognised, or there is no table.
    """

    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    image_size: int
    resize: str
    source: str
    seed: int
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    data_dir: str | None = None
    bit_depth: int | None = None
    group: str | None = None
    group_sides: Mapping[str, str] = field(default_factory=dict, repr=False)
    validation_data: str | None = None
    test_data: str | None = None
    columns: ImageColumns | None = None

    def __str__(self) -> str:
        """What was read, in a few lines: the size of each split, and the remarks."""
        sizes = {name: len(getattr(self, name)) for name in SPLITS}
        name = Path(self.source).name or self.source
        lines = [
            f"{shown(name)}: {plural(sum(sizes.values()), 'picture')} of {plural(len(self.class_names), 'class')}, "
            f"{self.image_size} x {self.image_size} pixels "
            f"({', '.join(f'{split} {size}' for split, size in sizes.items())})"
        ]
        lines += [f"  note: {shown(note)}" for note in self.notes]
        lines += [f"  left out: {shown(each)}" for each in self.skipped]
        return "\n".join(lines)


def make_split(name: str, loaded: Loaded, start: int, stop: int, class_names: tuple[str, ...]) -> Split:
    """Returns rows `start` to `stop` of what was loaded; the images are a view, not a copy."""
    index = {class_name: label for label, class_name in enumerate(class_names)}
    labels = np.array([index[item.class_name] for item in loaded.items[start:stop]], np.int32)
    ids = tuple(item.id for item in loaded.items[start:stop])
    return Split(name, loaded.store[start:stop], labels, ids, tuple(loaded.hashes[start:stop]))


def make_splits(loaded: Loaded, rows: dict[str, list[int]], class_names: tuple[str, ...]) -> dict[str, Split]:
    """Sorts what was loaded into the three splits (in place) and returns them by name."""
    loaded.keep([row for name in SPLITS for row in rows[name]])
    splits, start = {}, 0
    for name in SPLITS:
        stop = start + len(rows[name])
        splits[name] = make_split(name, loaded, start, stop, class_names)
        start = stop
    return splits


def balance_notes(
    labels: dict[str, np.ndarray], class_names: tuple[str, ...], noun: str = "picture"
) -> list[str]:
    """Remarks on classes that are missing from a given split, and on unequal classes."""
    counts = {name: np.bincount(labels[name], minlength=len(class_names)) for name in SPLITS}
    notes = [
        f"the {name} split has no {noun}s of: {shorten(np.array(class_names)[counts[name] == 0])}"
        for name in ("validation", "test")
        if not counts[name].all()
    ]
    least, most = int(counts["train"].argmin()), int(counts["train"].argmax())
    few, many = counts["train"][least], counts["train"][most]
    if many >= _IMBALANCE * few:
        notes.append(
            f"unequal classes: {few} training {noun}s of {class_names[least]!r}, {many} of "
            f"{class_names[most]!r}; --class-weight auto makes up for it"
        )
    return notes
