"""`TextSplit` and `TextSplits`: labelled texts, and `TokenSplit`: what they become for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kerasft.base.printable import shown
from kerasft.data.listing import SPLITS, plural

LISTS = "lists"


@dataclass(frozen=True)
class TextColumns:
    """Which columns of a table (or features of a TFDS data set) are what.

    Args:
        text: The text, or the first text of a pair.
        text_pair: The second text of a pair; None for single texts.
        label: The class.
    """

    text: str = "text"
    text_pair: str | None = None
    label: str = "label"


@dataclass(frozen=True)
class TextSplit:
    """Labelled texts, or pairs of texts, in the order of their source.

    Args:
        name: "train", "validation" or "test".
        texts: (n,) texts as they are in the source.
        pairs: (n,) the second text of each pair, "" where that half is empty; None for single texts.
        labels: int32 (n,), indexes into the class names.
        ids: The name of each text: "messages.csv:17" (a line, or a row of a Parquet file), the path of a .txt
            file relative to its folder, "tfds:SPLIT/NUMBER", or "train/17" of a list.
        hashes: SHA-256 of each text or pair, hexadecimal: see `texts.rows.text_hash`.
        skipped: "id: reason" of each text left out with `skip_broken`, where the split was read alone.
    """

    name: str
    texts: tuple[str, ...] = field(repr=False)
    pairs: tuple[str, ...] | None = field(repr=False)
    labels: np.ndarray = field(repr=False)
    ids: tuple[str, ...] = field(repr=False)
    hashes: tuple[str, ...] = field(repr=False)
    skipped: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, rows: Sequence[int] | np.ndarray) -> TextSplit:
        """Returns some of the texts, in the order of `rows`."""
        rows = np.asarray(rows, np.int64)
        return replace(
            self,
            texts=tuple(self.texts[row] for row in rows),
            pairs=None if self.pairs is None else tuple(self.pairs[row] for row in rows),
            labels=self.labels[rows],
            ids=tuple(self.ids[row] for row in rows),
            hashes=tuple(self.hashes[row] for row in rows),
        )

    def with_tokens(self, tokens: Mapping[str, np.ndarray]) -> TokenSplit:
        """Returns the same split with token arrays in place of its texts.

        Args:
            tokens: By input name, whole numbers (n, sequence_length), row for row.
        """
        return TokenSplit(self.name, dict(tokens), self.labels, self.ids, self.hashes)


@dataclass(frozen=True)
class TokenSplit:
    """A split as a model takes it.

    Args:
        name: "train", "validation" or "test".
        inputs: By input name ("token_ids", "padding_mask", ...), int32 (n, sequence_length).
        labels: int32 (n,), indexes into the class names.
        ids: As in `TextSplit`.
        hashes: As in `TextSplit`.
    """

    name: str
    inputs: dict[str, np.ndarray] = field(repr=False)
    labels: np.ndarray = field(repr=False)
    ids: tuple[str, ...] = field(repr=False)
    hashes: tuple[str, ...] = field(repr=False)

    def __post_init__(self):
        for name, array in self.inputs.items():
            if len(array) != len(self.labels) or array.dtype.kind not in "iub":
                given = f"{array.dtype} {array.shape}"
                raise ValueError(f"{name} must be ({len(self.labels)}, ...) whole numbers (got {given})")

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, rows: Sequence[int] | np.ndarray) -> TokenSplit:
        """Returns some of the rows, in the order of `rows`."""
        rows = np.asarray(rows, np.int64)
        return replace(
            self,
            inputs={name: array[rows] for name, array in self.inputs.items()},
            labels=self.labels[rows],
            ids=tuple(self.ids[row] for row in rows),
            hashes=tuple(self.hashes[row] for row in rows),
        )


@dataclass(frozen=True)
class TextSplits:
    """The three splits of a data set of texts, drawn once.

    Args:
        train: Texts to train on.
        validation: Texts to choose the best epoch with.
        test: Texts to report on.
        class_names: In label order.
        source: Absolute path of the table or folder, "tfds:NAME", "messages" or "lists".
        seed: The seed of the draw.
        columns: The columns that were read, as the source spells them.
        skipped: "id: reason" of each text left out with `skip_broken`.
        notes: Remarks worth telling: copies, unequal classes, very long texts, files left out.
        data_dir: As given to `read_texts`, as an absolute path.
        group: What the groups that stay on one side came from: a column, or a file; None without groups.
        group_sides: The split of each group.
        validation_data: The source of the validation split, where it has its own.
        test_data: The source of the test split, where it has its own.
    """

    train: TextSplit
    validation: TextSplit
    test: TextSplit
    class_names: tuple[str, ...]
    source: str
    seed: int
    columns: TextColumns = TextColumns()
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    data_dir: str | None = None
    group: str | None = None
    group_sides: Mapping[str, str] = field(default_factory=dict, repr=False)
    validation_data: str | None = None
    test_data: str | None = None

    def __str__(self) -> str:
        """What was read, in a few lines: the size of each split, and the remarks."""
        sizes = {name: len(getattr(self, name)) for name in SPLITS}
        noun = "text" if self.columns.text_pair is None else "pair"
        lines = [
            f"{shown(Path(self.source).name or self.source)}: {plural(sum(sizes.values()), noun)} of "
            f"{plural(len(self.class_names), 'class')} "
            f"({', '.join(f'{split} {size}' for split, size in sizes.items())})"
        ]
        lines += [f"  note: {shown(note)}" for note in self.notes]
        lines += [f"  left out: {shown(each)}" for each in self.skipped]
        return "\n".join(lines)
