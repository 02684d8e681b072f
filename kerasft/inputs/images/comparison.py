"""What the grid of `kerasft compare TASK` asks about images and their models, whatever the answers are."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.contract.grid import TEST_SHARE, UNUSED_SHARE
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.options import ImageModel, ImageReading

BACKBONE = "starter"


@dataclass(frozen=True)
class ImageComparison(ImageModel, ImageReading):
    """Images, and a backbone that needs no download."""

    backbone: str | None = option(
        None, f"a name that `kerasft backbones` lists (default: {BACKBONE})", find=find
    )
    test_share: float = TEST_SHARE
    validation_share: float = UNUSED_SHARE

    def settled(self) -> dict[str, object]:
        """Returns what `build_model` is to know, besides what the answers mean."""
        backbone = self.backbone or BACKBONE
        return {
            "backbone": backbone,
            "image_size": self.image_size or find(backbone).image_size,
            "resize": self.resize,
            "dropout": self.dropout,
            "weights": self.weights,
        }
