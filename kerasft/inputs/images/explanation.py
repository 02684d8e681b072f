"""Where in an image the evidence for a class is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.contract.explanation import Explanation


@dataclass(frozen=True, eq=False)
class ImageExplanation(Explanation):
    """Where in an image the evidence for a class is.

    `attribution` is float32 (height, width), at the model's size. Grad-CAM of a class is 0 and above; the other methods
    have a sign. `about` names the feature map, the baseline or the patch.

    Args:
        image: uint8 (height, width, 3), the image as the model sees it.
    """

    image: np.ndarray = field(repr=False)

    @property
    def signed(self) -> bool:
        """Whether the attributions have a sign."""
        return self.method != "grad-cam" or self.claim.two_sided

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON, without the map itself, but with where it is strongest (row, column)."""
        row, column = np.unravel_index(int(self.attribution.argmax()), self.attribution.shape)
        return {
            **super().as_dict(),
            "strongest": [int(row), int(column)],
            "size": list(self.attribution.shape),
        }
