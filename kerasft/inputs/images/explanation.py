"""Where in an image the evidence for a class is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.contract.explanation import Explanation

_LONGEST = 120  # characters of a file's name


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

    def save(self, path: str | Path) -> Path:
        """Writes a PNG: the image, the map on it, the class with its probability and a legend."""
        from kerasft.inputs.images.overlay import write_png

        return write_png(self, path)

    @classmethod
    def paths(cls, explanations: Sequence[Self], folder: Path) -> list[Path]:
        """Returns NAME.METHOD.png for each image, with a number where names are the same."""
        taken: set[str] = set()
        paths = []
        for each in explanations:
            stem = "".join(c if c.isprintable() else "_" for c in Path(each.input).stem)[:_LONGEST] or "image"
            name, number = f"{stem}.{each.method}.png", 2
            while name.casefold() in taken:
                name, number = f"{stem}-{number}.{each.method}.png", number + 1
            taken.add(name.casefold())
            paths.append(folder / name)
        return paths

    @classmethod
    def write(cls, explanations: Sequence[Self], paths: Sequence[Path]) -> None:
        """Writes the PNGs."""
        for each, path in zip(explanations, paths, strict=True):
            each.save(path)
