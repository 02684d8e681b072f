"""Images in classes with an order, such as grades."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.order.kind import ORDER
from kerasft.tasks.image_ordinal import examining
from kerasft.tasks.image_ordinal.comparison import ImageOrdinalGrid
from kerasft.tasks.image_ordinal.config import ImageOrderConfig
from kerasft.tasks.image_ordinal.reading import read_images_with_order


class ImageOrdinal(ImageTask[ImageOrderConfig]):
    """Images to classes with an order."""

    name = "image_ordinal"
    Config = ImageOrderConfig
    targets = ORDER
    Comparison, read = ImageOrdinalGrid, staticmethod(read_images_with_order)
    pipeline_tag = "image-classification"

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images in classes with an order."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images in classes with an order as training would, and says what is wrong with them."""
        return examining.examine(wish)


TASK = ImageOrdinal()
