"""What a recipe or a comparison asks about an image classifier; each field is a flag."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.images.backbones.catalog import find


@dataclass(frozen=True)
class ImageModel:
    """The backbone, and what is built on it."""

    backbone: str | None = option(
        None, "a name that `kerasft backbones` lists (default: mobilenet_v3_small, for the digits starter)",
        find=find,
    )  # fmt: skip
    weights: str = option("pretrained", "pretrained, or a local weights file")
    image_size: int | None = option(None, "pixels (default: the backbone's own)", minimum=8, maximum=2048)
    dropout: float = option(0.2, "share of features dropped before the head", minimum=0, below=1)
