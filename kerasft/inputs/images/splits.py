"""`ImageSplit` and `ImageSplits`: examples that are images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.contract.splits import Split, Splits
from kerasft.data.image_columns import ImageColumns


@dataclass(frozen=True)
class ImageReading:
    """How files became images.

    Args:
        image_size: Side of the images, in pixels.
        resize: "stretch" or "crop".
        bit_depth: The bits that are read of files with 16 bits per channel; None when there is no such file.
        columns: The columns of a table that were named; None where they were recognised, or there is no table.
    """

    image_size: int
    resize: str = "stretch"
    bit_depth: int | None = None
    columns: ImageColumns | None = None
    noun = "picture"

    @property
    def about(self) -> str:
        """Their size, for people."""
        return f"{self.image_size} x {self.image_size} pixels"


class ImageSplit(Split):
    """Images with their answers: `examples` is uint8 (n, image_size, image_size, 3), RGB 0..255.

    They may be mapped to a temporary file. The ids are paths relative to the source, with "/"; the hashes are of each
    file's bytes, or array's.
    """

    examples: np.ndarray

    @property
    def images(self) -> np.ndarray:
        """The examples."""
        return self.examples


class ImageSplits(Splits):
    """The three splits of a data set of images."""

    split_type = ImageSplit
    train: ImageSplit
    validation: ImageSplit
    test: ImageSplit
    reading: ImageReading

    @property
    def image_size(self) -> int:
        """Side of the images, in pixels."""
        return self.reading.image_size

    @property
    def resize(self) -> str:
        """How they were brought to that size: "stretch" or "crop"."""
        return self.reading.resize

    @property
    def bit_depth(self) -> int | None:
        """See `ImageReading`."""
        return self.reading.bit_depth

    @property
    def columns(self) -> ImageColumns | None:
        """See `ImageReading`."""
        return self.reading.columns
