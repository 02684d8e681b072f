"""`TextSplit` and `TextSplits`: examples that are texts; and `TokenSplit`: what they become for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kerasft.contract.splits import Split, Splits
from kerasft.inputs.texts.column import Texts

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
class TextReading:
    """How texts were read.

    Args:
        columns: The columns that were read, as the source spells them.
    """

    columns: TextColumns = TextColumns()
    about = ""

    @property
    def noun(self) -> str:
        """What an example is called."""
        return "text" if self.columns.text_pair is None else "pair"


class TextSplit(Split):
    """Labelled texts, or pairs of texts, in the order of their source: `examples` are `Texts`.

    The ids are "messages.csv:17" (a line, or a row of a Parquet file), the path of a .txt file relative to its folder,
    "tfds:SPLIT/NUMBER", or "train/17" of a list. The hashes are of each text or pair: see `texts.rows.text_hash`.
    """

    examples: Texts

    @property
    def texts(self) -> tuple[str, ...]:
        """(n,) texts as they are in the source."""
        return self.examples.texts

    @property
    def pairs(self) -> tuple[str, ...] | None:
        """(n,) the second text of each pair, "" where that half is empty; None for single texts."""
        return self.examples.pairs

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


class TextSplits(Splits):
    """The three splits of a data set of texts."""

    split_type = TextSplit
    train: TextSplit
    validation: TextSplit
    test: TextSplit
    reading: TextReading

    @property
    def columns(self) -> TextColumns:
        """The columns that were read, as the source spells them."""
        return self.reading.columns
