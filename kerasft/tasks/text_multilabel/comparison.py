"""What `kerasft compare text-multilabel` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.base.signatures import Passed
from kerasft.contract.grid import ExampleGrid
from kerasft.inputs.texts.comparison import TextComparison
from kerasft.targets.labels.options import SEPARATORS


@dataclass(frozen=True)
class TextMultilabelGrid(TextComparison, ExampleGrid):
    """The grid on texts with labels."""

    data: str = option("several-topics", "a table of texts and labels", kind="data")
    label: str = option("label", "the column of the labels")
    separator: str | None = option(None, "between labels (default: recognised)", choices=SEPARATORS)

    def reading(self) -> dict[str, Passed]:
        """Returns the arguments of the reader, but for the data."""
        return super().reading() | {"separator": self.separator}
