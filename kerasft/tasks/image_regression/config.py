"""The description of a model from images to numbers, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.config import ImageModelConfig


@dataclass(frozen=True)
class NumberModelConfig(ImageModelConfig):
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        numbers: What the numbers are called, in the order of the model's outputs.
        means: Of each in the training split.
        deviations: Of each, the standard deviation in the training split.
        units: Of each, "" where none was given; () of none.
        task: The head's kind.
    """

    backbone: str
    numbers: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    units: tuple[str, ...] = ()
    task: str = option("image_regression", "what the model does", choices=("image_regression",))
