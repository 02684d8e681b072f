"""What `kerasft compare image-ordinal` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.base.signatures import Passed
from kerasft.contract.grid import ClassGrid
from kerasft.inputs.images.comparison import ImageComparison
from kerasft.targets.order.options import ASKED


@dataclass(frozen=True)
class ImageOrdinalGrid(ImageComparison, ClassGrid):
    """The grid on images in classes with an order."""

    data: str = option("crowds", "a table of images and classes, or a folder of class folders", kind="data")
    label: str | None = option(None, "the column of the classes (default: recognised)")
    order: str | None = option(None, ASKED)

    def reading(self) -> dict[str, Passed]:
        """Returns the arguments of the reader, but for the data."""
        return super().reading() | {"order": self.order}
