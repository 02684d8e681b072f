"""What `kerasft compare image-multilabel` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.base.signatures import Passed
from kerasft.contract.grid import ExampleGrid
from kerasft.inputs.images.comparison import ImageComparison
from kerasft.targets.labels.options import SEPARATORS


@dataclass(frozen=True)
class ImageMultilabelGrid(ImageComparison, ExampleGrid):
    """The grid on images with labels."""

    data: str = option("several-digits", "a table of images and labels", kind="data")
    label: str | None = option(
        None, "the column of the labels, or columns of 0 and 1, as cat,dog (default: recognised)"
    )
    separator: str | None = option(None, "between labels (default: recognised)", choices=SEPARATORS)

    def reading(self) -> dict[str, Passed]:
        """Returns the arguments of the reader, but for the data."""
        return super().reading() | {"separator": self.separator}
