"""What `kerasft compare image-segmentation` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.base.signatures import Passed
from kerasft.contract.grid import ExampleGrid
from kerasft.inputs.images.comparison import ImageComparison
from kerasft.targets.masks.options import AUTO, NONE


@dataclass(frozen=True)
class ImageSegmentationGrid(ImageComparison, ExampleGrid):
    """The grid on images with masks."""

    data: str = option(
        "digit-scenes", "a folder with images/ and masks/, or a table of images and masks", kind="data"
    )
    data_dir: str | None = option(None, "the folder that names in a table are relative to")
    label: str | None = option(None, "the column of a table with the masks (default: recognised)")
    classes: str | None = option(None, "the names of the classes (default: classes.txt)")
    ignore: int | str = option(
        AUTO,
        "the number of pixels that count for nothing, or none",
        minimum=0,
        maximum=255,
        choices=(AUTO, NONE),
    )
    head_learning_rate: float = 3e-3
    tune_learning_rate: float = 1e-3
    full_learning_rate: float = 1e-3
    scratch_learning_rate: float = 3e-3
    image_size: int | None = 96

    def reading(self) -> dict[str, Passed]:
        """Returns the arguments of the reader, but for the data."""
        return super().reading() | {"classes": self.classes, "ignore": self.ignore}
