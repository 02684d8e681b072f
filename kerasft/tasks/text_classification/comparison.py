"""What `kerasft compare text-classification` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.contract.grid import ClassGrid
from kerasft.inputs.texts.comparison import TextComparison


@dataclass(frozen=True)
class TextClassificationGrid(TextComparison, ClassGrid):
    """The grid on texts."""
