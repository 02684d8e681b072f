"""What a recipe or a comparison asks about images and their models; each field is a flag."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.base.resizing import RESIZES
from kerasft.data.reading_options import Reading
from kerasft.inputs.images.backbones.catalog import DEFAULT, find


@dataclass(frozen=True)
class ImageModel:
    """The backbone, and what is built on it."""

    backbone: str | None = option(
        None, f"a name that `kerasft backbones` lists (default: {DEFAULT}, for the sample data starter)", find=find,
    )  # fmt: skip
    weights: str = option("pretrained", "pretrained, or a local weights file")
    image_size: int | None = option(None, "pixels (default: the backbone's own)", minimum=8, maximum=2048)
    dropout: float = option(0.2, "share of features dropped before the head", minimum=0, below=1)


@dataclass(frozen=True)
class ImageReading(Reading):
    """Where the images are, and how they become three splits."""

    data: str = option(
        "digits", "a folder of class folders, a CSV of images and labels, or tfds:NAME", kind="data"
    )
    data_dir: str | None = option(
        None, "the folder that names in a table are relative to, or where TFDS keeps its data sets"
    )
    image: str | None = option(
        None, "the column of a table with paths, file names or ids of images (default: recognised)"
    )
    label: str | None = option(
        None,
        "the column of a table with the classes, or several columns of 0 and 1, as cat,dog (default: recognised)",
    )
    suffix: str = option("", "what makes ids file names, such as .jpg (default: looked up)")
    resize: str = option("stretch", "how images are brought to --image-size", choices=RESIZES)
    bit_depth: int | None = option(
        None, "how many bits 16-bit files use (default: looked up)", minimum=8, maximum=16
    )
    skip_broken: bool = option(False, "leave out images that can't be read")
