"""`TextSplit` and `TextSplits`: examples that are texts."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from kerasft.base import notebook
from kerasft.contract.splits import Split, Splits, TargetColumn
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


class TextSplit(Split[Texts, TargetColumn]):
    """Labelled texts, or pairs of texts, in the order of their source: `examples` are `Texts`.

    The ids are "messages.csv:17" (a line, or a row of a Parquet file), the path of a .txt file relative to its folder,
    "tfds:SPLIT/NUMBER", or "train/17" of a list. The hashes are of each text or pair: see `texts.rows.text_hash`.
    """

    @property
    def texts(self) -> tuple[str, ...]:
        """(n,) texts as they are in the source."""
        return self.examples.texts

    @property
    def pairs(self) -> tuple[str, ...] | None:
        """(n,) the second text of each pair, "" where that half is empty; None for single texts."""
        return self.examples.pairs


class TextSplits(Splits):
    """The three splits of a data set of texts."""

    split_type = TextSplit
    train: TextSplit
    validation: TextSplit
    test: TextSplit
    reading: TextReading

    def pictured(self, row: int) -> Markup:
        """Returns a text with its answer."""
        from kerasft.inputs.texts.show import SHOWING

        found = SHOWING.example(self.train, row)
        both = " | ".join(str(found[key]) for key in ("text", "pair") if key in found)
        return notebook.listed([f"{self.schema.to_text(self.train.targets, row)}: {both}"])

    @property
    def columns(self) -> TextColumns:
        """The columns that were read, as the source spells them."""
        return self.reading.columns
