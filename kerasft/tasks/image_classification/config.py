"""The description of an image classifier, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.config import ImageModelConfig


@dataclass(frozen=True)
class ModelConfig(ImageModelConfig):
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        class_names: The classes, in the order of the model's outputs.
        task: The head's kind.
    """

    backbone: str
    class_names: tuple[str, ...]
    task: str = option("image_classification", "what the model does", choices=("image_classification",))
