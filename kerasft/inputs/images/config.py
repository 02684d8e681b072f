"""What describes a model of images, besides its answers."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.json_values import JsonFields
from kerasft.base.options import option
from kerasft.base.resizing import RESIZES


@dataclass(frozen=True, kw_only=True)
class ImageModelConfig:
    """What describes a model of images, besides its answers.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        image_size: Height and width of the input, in pixels.
        resize: How images are brought to that size: "stretch", "crop" or "letterbox".
        dropout: Share of features dropped before the head while training, in [0, 1).
        backbone_config: For KerasHub backbones, the architecture; None for all others.
        own_head: The name of a head of the caller's own, whose features the outputs are made of; None: pooled ones.
        bit_depth: Of image files with 16 bits per channel, the bits that are read; None where training saw none.
    """

    backbone: str
    image_size: int = option(224, "height and width of the input, in pixels", minimum=8, maximum=2048)
    resize: str = option("stretch", "how images are brought to that size", choices=RESIZES)
    dropout: float = option(0.2, "share of features dropped before the head", minimum=0.0, below=1.0)
    backbone_config: JsonFields | None = None
    own_head: str | None = None
    bit_depth: int | None = option(None, "bits of 16-bit files that are read", minimum=8, maximum=16)
