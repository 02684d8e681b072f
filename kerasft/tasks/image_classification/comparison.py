"""What `kerasft compare image-classification` takes, and the models that it trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasft.base.options import option
from kerasft.contract.grid import TEST_SHARE, UNUSED_SHARE, Build, Grid
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.options import ImageModel, ImageReading
from kerasft.inputs.images.splits import ImageSplits
from kerasft.tasks.image_classification.reading import read_images

if TYPE_CHECKING:
    import keras

BACKBONE = "starter"


@dataclass(frozen=True)
class ImageComparison(ImageModel, Grid, ImageReading):
    """The grid on images."""

    backbone: str | None = option(
        None, f"a name that `kerasft backbones` lists (default: {BACKBONE})", find=find
    )
    test_share: float = TEST_SHARE
    validation_share: float = UNUSED_SHARE


def compared_images(config: ImageComparison) -> tuple[ImageSplits, Build]:
    """Returns the images, and what builds a model for them; see `Task.compared`."""
    from kerasft.runs.model import build_model

    backbone = config.backbone or BACKBONE
    size = config.image_size or find(backbone).image_size
    splits = read_images(config.data, size, **config.reading())

    def build(pretrained: bool, seed: int) -> keras.Model:
        return build_model(
            "image_classification", backbone=backbone, class_names=splits.class_names, image_size=size,
            resize=config.resize, dropout=config.dropout, precision="float32", seed=seed,
            weights=config.weights if pretrained else None,
        )  # fmt: skip

    return splits, build
