"""What `kerasft compare image-regression` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.contract.grid import ExampleGrid
from kerasft.inputs.images.comparison import ImageComparison


@dataclass(frozen=True)
class ImageRegressionGrid(ImageComparison, ExampleGrid):
    """The grid on images with numbers."""

    data: str = option("turned-digits", "a table of images and numbers", kind="data")
    label: str | None = option(None, "the column of the numbers (default: recognised)")
