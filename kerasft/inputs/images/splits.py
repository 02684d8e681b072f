"""`ImageSplit` and `ImageSplits`: examples that are images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from kerasft.base import notebook
from kerasft.base.errors import Problem
from kerasft.base.resizing import RESIZES
from kerasft.contract.splits import Split, Splits, TargetColumn
from kerasft.inputs.images.columns import ImageColumns


@dataclass(frozen=True)
class ImageReading:
    """How files became images.

    Args:
        image_size: Side of the images, in pixels.
        resize: "stretch", "crop" or "letterbox".
        bit_depth: The bits that are read of files with 16 bits per channel; None when there is no such file.
        columns: The columns of a table that were named; None where they were recognised, or there is no table.
    """

    image_size: int
    resize: str = "stretch"
    bit_depth: int | None = None
    columns: ImageColumns | None = None
    noun = "image"

    def problems(self) -> list[Problem]:
        """Returns what is wrong with it."""
        problems = []
        size, depth = self.image_size, self.bit_depth
        if not _is_whole(size) or not 1 <= size <= 4096:
            what = "image_size must be a whole number of pixels from 1 to 4096"
            problems.append(Problem(what, repr(size), "for example --image-size 224"))
        if self.resize not in RESIZES:
            what = f"resize must be one of {', '.join(map(repr, RESIZES))}"
            problems.append(Problem(what, repr(self.resize), "for example --resize crop"))
        if depth is not None and not (_is_whole(depth) and 8 <= depth <= 16):
            what = "bit_depth must be a whole number of bits from 8 to 16"
            problems.append(Problem(what, repr(depth), "for example --bit-depth 12"))
        return problems

    @property
    def about(self) -> str:
        """Their size, for people."""
        return f"{self.image_size} x {self.image_size} pixels"


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


class ImageSplit(Split[np.ndarray, TargetColumn]):
    """Images with their answers: `examples` is uint8 (n, image_size, image_size, 3), RGB 0..255.

    They may be mapped to a temporary file. The ids are paths relative to the source, with "/"; the hashes are of each
    file's bytes, or array's.
    """

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

    def pictured(self, row: int) -> Markup:
        """Returns a thumbnail with its answer."""
        from kerasft.inputs.images.show import data_url

        targets = self.train.targets
        answers = (
            [self.schema.to_text(targets, row)] if np.ndim(targets) <= 2 else []
        )  # a map has no text to read
        return notebook.figure(data_url(self.train.examples[row]), *answers)

    @property
    def image_size(self) -> int:
        """Side of the images, in pixels."""
        return self.reading.image_size

    @property
    def resize(self) -> str:
        """How they were brought to that size: "stretch", "crop" or "letterbox"."""
        return self.reading.resize

    @property
    def bit_depth(self) -> int | None:
        """See `ImageReading`."""
        return self.reading.bit_depth

    @property
    def columns(self) -> ImageColumns | None:
        """See `ImageReading`."""
        return self.reading.columns
