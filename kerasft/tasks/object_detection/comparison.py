"""What `kerasft compare object-detection` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.base.signatures import Passed
from kerasft.contract.grid import ExampleGrid
from kerasft.inputs.images.comparison import ImageComparison


@dataclass(frozen=True)
class ObjectDetectionGrid(ImageComparison, ExampleGrid):
    """The grid on images with boxes."""

    data: str = option(
        "digit-boxes", "COCO's JSON, a folder of Pascal VOC or YOLO, or a table of boxes", kind="data"
    )
    data_dir: str | None = option(None, "the folder of the images, or that names in a table are relative to")
    label: str | None = option(None, "the column of a table with the classes of boxes (default: recognised)")
    classes: str | None = option(None, "the names of the classes (default: those of the data)")
    head_learning_rate: float = 3e-3
    tune_learning_rate: float = 1e-3
    full_learning_rate: float = 1e-3
    scratch_learning_rate: float = 3e-3
    image_size: int | None = 128

    def reading(self) -> dict[str, Passed]:
        """Returns the arguments of the reader, but for the data."""
        return super().reading() | {"classes": self.classes}
