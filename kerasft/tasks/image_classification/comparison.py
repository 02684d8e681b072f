"""What `kerasft compare image-classification` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.contract.grid import ClassGrid
from kerasft.inputs.images.comparison import ImageComparison


@dataclass(frozen=True)
class ImageClassificationGrid(ImageComparison, ClassGrid):
    """The grid on images."""
