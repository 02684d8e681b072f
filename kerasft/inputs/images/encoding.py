"""Images to what a model of images reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.specs import Spec


@dataclass(frozen=True)
class ImageEncoder:
    """Images (n, image_size, image_size, 3), uint8 RGB, to the same as float32.

    Args:
        image_size: Height and width, in pixels.
        resize: How images of files get this size: "stretch", "crop" or "letterbox": see `decode.resize_image`.
        bit_depth: Of files with 16 bits per channel, the bits that count: the value is shifted right by bit_depth - 8;
            None: all 16, and training saw no such file.
    """

    image_size: int
    resize: str = "stretch"
    bit_depth: int | None = None
    aliases: ClassVar[Mapping[str, str]] = {}

    @property
    def specs(self) -> dict[str, Spec]:
        """The only input: the image."""
        return {"image": Spec((self.image_size, self.image_size, 3), "float32")}

    def column(self, given: object) -> np.ndarray:
        """Returns images as they are.

        Raises:
            InputError: They are not uint8 images of the model's size.
        """
        images, size = np.asanyarray(given), self.image_size
        if images.ndim != 4 or images.shape[1:] != (size, size, 3) or images.dtype != np.uint8:
            problem = f"this model takes uint8 images of shape (n, {size}, {size}, 3)"
            raise InputError(
                Problem(
                    problem,
                    f"{images.dtype} {images.shape}",
                    "read them with kerasft.inputs.images.decode.load_image",
                )
            )
        return images

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Returns the images as float32."""
        return {"image": np.asarray(examples).astype("float32")}

    def sample(self) -> np.ndarray:
        """Returns one image of noise."""
        return np.random.default_rng(0).integers(0, 256, (1, self.image_size, self.image_size, 3), np.uint8)

    def describe(self) -> JsonObject:
        """Returns what an exported file says about the images it takes."""
        return asdict(self)

    def files(self) -> dict[str, bytes]:
        """Images need no files."""
        return {}
