"""The description of an image model, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasft.base.options import option


@dataclass(frozen=True)
class ModelConfig:
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        class_names: The classes, in the order of the model's outputs.
        image_size: Height and width of the input, in pixels.
        resize: How pictures are brought to that size: "stretch" or "crop".
        dropout: Share of features dropped before the head while training, in [0, 1).
        task: The head's kind.
        backbone_config: For KerasHub backbones, the architecture; None for all others.
        bit_depth: Of image files with 16 bits per channel, the bits that are read; None where training saw none.
    """

    backbone: str
    class_names: tuple[str, ...]
    image_size: int = option(224, "height and width of the input, in pixels", minimum=8, maximum=2048)
    resize: str = option("stretch", "how pictures are brought to that size", choices=("stretch", "crop"))
    dropout: float = option(0.2, "share of features dropped before the head", minimum=0.0, below=1.0)
    task: str = option("image_classification", "what the model does", choices=("image_classification",))
    backbone_config: dict[str, Any] | None = None
    bit_depth: int | None = option(None, "bits of 16-bit files that are read", minimum=8, maximum=16)
