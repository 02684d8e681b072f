"""What a recipe asks about images with boxes; data only, so that `--help` is there in an instant."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.options import ImageReading


@dataclass(frozen=True)
class BoxReading(ImageReading):
    """Where images and boxes are."""

    data: str = option(
        "digit-boxes",
        "COCO's JSON, a folder of Pascal VOC or YOLO, or a table with a row for each box",
        kind="data",
    )
    data_dir: str | None = option(None, "the folder of the images, or that names in a table are relative to")
    label: str | None = option(None, "the column of a table with the classes of boxes (default: recognised)")
    classes: str | None = option(
        None,
        "the names of the classes, as cat,dog, or a text file with one per line (default: those of the data)",
    )
