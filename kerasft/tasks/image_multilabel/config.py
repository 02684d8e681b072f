"""The description of a model from images to several labels, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.config import ImageModelConfig


@dataclass(frozen=True)
class LabelModelConfig(ImageModelConfig):
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        class_names: The labels, in the order of the model's outputs.
        shares: Of the training images that have each; () where that isn't known.
        task: The head's kind.
    """

    backbone: str
    class_names: tuple[str, ...]
    shares: tuple[float, ...] = ()
    task: str = option("image_multilabel", "what the model does", choices=("image_multilabel",))
