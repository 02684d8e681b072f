"""What `kerasft compare text-regression` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.contract.grid import ExampleGrid
from kerasft.inputs.texts.comparison import TextComparison


@dataclass(frozen=True)
class TextRegressionGrid(TextComparison, ExampleGrid):
    """The grid on texts with numbers."""

    data: str = option("durations", "a table of texts and numbers", kind="data")
    label: str = option("label", "the column of the numbers")
