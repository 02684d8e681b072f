"""The description of a model from images to a number, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.config import ImageModelConfig


@dataclass(frozen=True)
class NumberModelConfig(ImageModelConfig):
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        number: What the number is called.
        mean: Of the training split.
        deviation: The standard deviation of the training split.
        task: The head's kind.
    """

    backbone: str
    number: str
    mean: float
    deviation: float
    task: str = option("image_regression", "what the model does", choices=("image_regression",))
