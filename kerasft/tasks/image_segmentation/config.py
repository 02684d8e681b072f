"""The description of a model from images to masks, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.config import ImageModelConfig
from kerasft.targets.masks.options import DECODERS


@dataclass(frozen=True)
class MaskModelConfig(ImageModelConfig):
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        class_names: The classes, in the order of the model's outputs.
        values: The number that each has in files of masks.
        ignored: The number of pixels that count for nothing; None: all count.
        shares: Of the training pixels that are of each; () where that isn't known.
        colours: Of the numbers in files of masks, as "#804080"; () where files have the numbers.
        decoder: What makes masks of feature maps.
        task: The head's kind.
    """

    backbone: str
    class_names: tuple[str, ...]
    values: tuple[int, ...]
    ignored: int | None = None
    shares: tuple[float, ...] = ()
    colours: tuple[str, ...] = ()
    decoder: str = option("light", "what makes masks of feature maps", choices=DECODERS)
    task: str = option("image_segmentation", "what the model does", choices=("image_segmentation",))
