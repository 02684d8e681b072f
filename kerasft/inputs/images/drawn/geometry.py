"""Coordinates that the generators share: [-1, 1] over the image, x to the right and y downwards."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np


@functools.cache
def pixel_grid(image_size: int) -> np.ndarray:
    """Returns the (x, y) of each pixel's middle, float32 (image_size, image_size, 2), read-only."""
    middles = (np.arange(image_size, dtype=np.float32) + 0.5) * (2 / image_size) - 1
    grid = np.stack(np.meshgrid(middles, middles), axis=-1)
    grid.flags.writeable = False
    return grid


def random_affine(
    random: np.random.Generator,
    batch: int,
    scale: tuple[float, float],
    degrees: float = 15.0,
    shear: float = 0.25,
    stretch: float = 0.3,
) -> np.ndarray:
    """Returns matrices (batch, 2, 2) for row vectors: stretch, then shear, then rotate, then scale.

    Args:
        random: Source of the numbers.
        batch: Number of matrices.
        scale: Smallest and largest scale.
        degrees: Standard deviation of the rotation.
        shear: Largest shear, both ways.
        stretch: Largest natural logarithm of width over height, both ways.
    """
    angle = np.deg2rad(random.normal(0, degrees, size=batch))
    slant = random.uniform(-shear, shear, size=batch)
    wide = np.exp(random.uniform(-stretch, stretch, size=batch) / 2)
    size = random.uniform(*scale, size=batch)
    matrix = np.zeros((batch, 2, 2))
    matrix[:, 0, 0] = wide
    matrix[:, 1, 0] = slant
    matrix[:, 1, 1] = 1 / wide
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation = np.stack([np.stack([cosine, sine], -1), np.stack([-sine, cosine], -1)], axis=1)
    return matrix @ rotation * size[:, None, None]


def moved_grid(
    random: np.random.Generator, batch: int, image_size: int, shift: float, **affine: Any
) -> np.ndarray:
    """Returns the pixel grid seen through random affine maps, float32 (batch, size, size, 2)."""
    matrices = np.linalg.inv(random_affine(random, batch, **affine)).astype(np.float32)
    origin = random.uniform(-shift, shift, size=(batch, 1, 1, 2)).astype(np.float32)
    return (pixel_grid(image_size) - origin) @ matrices[:, None]
