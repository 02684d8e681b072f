"""Masks that were read, by what they hold: an example is listed with the hash of its mask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from kerasft.targets.masks.colours import Colours
from kerasft.targets.masks.resizing import framed, resize_mask

_UNKNOWN = 256  # stands beside letterboxed masks while it isn't known which numbers are classes
MOST_NAMED = 5  # files of one kind in messages


def digest_of(pixels: np.ndarray) -> str:
    """Returns what stands for a mask in lists and messages: the beginning of the SHA-256 of its pixels."""
    return f"mask {hashlib.sha256(pixels.tobytes()).hexdigest()[:20]}"


@dataclass
class MaskStore:
    """Masks in memory. Threads may fill it.

    Args:
        size: Side of the masks, in pixels.
        resize: "stretch", "crop" or "letterbox".
        outside: The number that counts for nothing, as `Masks.outside`; None while that isn't known.
        colours: That pixels have in files, where these are of colours.
        pixels: By hash: uint8 (size, size), the numbers in the file; of "letterbox" without what is beside the image.
        values: By hash: the numbers that the files have, before they were resized.
        files: By hash: the names of the files.
    """

    size: int
    resize: str = "stretch"
    outside: int | None = None
    colours: Colours | None = None
    pixels: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    values: dict[str, set[int]] = field(default_factory=dict, repr=False)
    files: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def add(self, name: str, mask: np.ndarray) -> str:
        """Keeps a mask uint8 (height, width), at its size, and returns the hash that stands for it."""
        pixels = resize_mask(mask, self.size, self.resize)
        digest = digest_of(framed(pixels, self.size, _UNKNOWN if self.outside is None else self.outside))
        self.pixels.setdefault(digest, pixels)
        found = np.flatnonzero(np.bincount(mask.ravel(), minlength=256))
        self.values.setdefault(digest, set()).update(map(int, found))
        self.files.setdefault(digest, []).append(name)
        return digest

    def files_with(self, value: int) -> list[str]:
        """Returns the files that have a number, sorted."""
        return sorted(
            name for digest, found in self.values.items() if value in found for name in self.files[digest]
        )
