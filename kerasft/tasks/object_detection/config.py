"""The description of a model from images to boxes, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.config import ImageModelConfig


@dataclass(frozen=True)
class BoxModelConfig(ImageModelConfig):
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        class_names: The classes, in the order of the model's outputs.
        sides: Of the anchors of each feature map, in pixels of the model's image.
        counts: How many training boxes each class has; () where that isn't known.
        task: The head's kind.
    """

    backbone: str
    class_names: tuple[str, ...]
    sides: tuple[float, ...]
    counts: tuple[int, ...] = ()
    task: str = option("object_detection", "what the model does", choices=("object_detection",))
