"""Masks that were read, by what they hold: an example is listed with the hash of its mask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from kerasft.targets.masks.resizing import resize_mask

MOST_NAMED = 5  # files of one kind in messages


def digest_of(pixels: np.ndarray) -> str:
    """Returns what stands for a mask in lists and messages: the beginning of the SHA-256 of its uint8 pixels."""
    return f"mask {hashlib.sha256(np.ascontiguousarray(pixels, np.uint8).tobytes()).hexdigest()[:20]}"


@dataclass
class MaskStore:
    """Masks in memory. Threads may fill it.

    Args:
        size: Side of the masks, in pixels.
        resize: "stretch" or "crop".
        pixels: By hash: uint8 (size, size), the numbers in the file.
        values: By hash: the numbers that the files have, before they were resized.
        files: By hash: the names of the files.
    """

    size: int
    resize: str = "stretch"
    pixels: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    values: dict[str, set[int]] = field(default_factory=dict, repr=False)
    files: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def add(self, name: str, mask: np.ndarray) -> str:
        """Keeps a mask uint8 (height, width), at its size, and returns the hash that stands for it."""
        pixels = resize_mask(mask, self.size, self.resize)
        digest = digest_of(pixels)
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
