"""Image regression: an image to numbers."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.formats.ladder import LADDER
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.tasks.image_regression import examining
from kerasft.tasks.image_regression.comparison import ImageRegressionGrid
from kerasft.tasks.image_regression.config import NumberModelConfig
from kerasft.tasks.image_regression.reading import read_images_with_numbers


class ImageRegression(ImageTask[NumberModelConfig]):
    """Images to numbers."""

    name = "image_regression"
    Config = NumberModelConfig
    targets = NUMBERS
    Comparison, read = ImageRegressionGrid, staticmethod(read_images_with_numbers)
    quantizations = tuple(
        quantization for quantization in LADDER if quantization != "int8"
    )  # whose output has 256 steps

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images with numbers."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images with numbers as training would, and says what is wrong with them."""
        return examining.examine(wish)


TASK = ImageRegression()
