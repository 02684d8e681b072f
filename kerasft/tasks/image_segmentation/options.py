"""What a recipe asks about images with masks; data only, so that `--help` is there in an instant."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.options import ImageReading
from kerasft.targets.masks.options import AUTO, NONE


@dataclass(frozen=True)
class MaskReading(ImageReading):
    """Where images and masks are."""

    data: str = option(
        "digit-scenes", "a folder with images/ and masks/, or a table of images and masks", kind="data"
    )
    data_dir: str | None = option(None, "the folder that names in a table are relative to")
    label: str | None = option(None, "the column of a table with the masks (default: recognised)")
    classes: str | None = option(
        None,
        "the names of the classes, as background,cat, or a text file with one per line, and perhaps its colour, as "
        "road 128,64,128 (default: classes.txt)",
    )
    ignore: int | str = option(
        AUTO,
        "the number of pixels that count for nothing, or none",
        minimum=0,
        maximum=255,
        choices=(AUTO, NONE),
    )
