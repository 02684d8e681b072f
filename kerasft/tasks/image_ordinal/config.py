"""The description of a model from images to classes with an order, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.config import ImageModelConfig


@dataclass(frozen=True)
class ImageOrderConfig(ImageModelConfig):
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        class_names: The classes, from the lowest to the highest.
        task: What the model does.
    """

    backbone: str
    class_names: tuple[str, ...]
    task: str = option("image_ordinal", "what the model does", choices=("image_ordinal",))
