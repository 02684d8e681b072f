"""Fractals: the attractors of random iterated function systems, drawn by the chaos game.

The idea of learning from such images is from Kataoka et al., "Pre-training without natural images", 2020.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.inputs.images.drawn.geometry import random_affine

MAPS = 4
PARTICLES = 320
STEPS_IN, STEPS_DRAWN = 6, 10


@dataclass(frozen=True)
class Fractal:
    """Affine maps for row vectors, in the coordinates of the image.

    Args:
        matrices: float32 (MAPS, 2, 2).
        offsets: float32 (MAPS, 2).
        shares: How often each map is taken, float64 (MAPS,), sum 1.
    """

    matrices: np.ndarray
    offsets: np.ndarray
    shares: np.ndarray


def new_class(random: np.random.Generator) -> Fractal:
    """Returns a new attractor that neither collapses to a few points nor fills the image."""
    while True:
        count = int(random.integers(2, MAPS + 1))
        matrices = np.zeros((MAPS, 2, 2))
        left, _, right = np.linalg.svd(random.standard_normal((count, 2, 2)))
        strength = random.uniform(0.2, 0.85, size=(count, 2))
        matrices[:count] = left * strength[:, None, :] @ right
        offsets = random.uniform(-1, 1, size=(MAPS, 2))
        shares = np.zeros(MAPS)
        shares[:count] = np.abs(np.linalg.det(matrices[:count])) + 0.05
        fractal = _normalise(Fractal(matrices, offsets, shares / shares.sum()), random)
        coverage = float((_histograms([fractal], random, 32) > 0).mean())
        if 0.12 < coverage < 0.6:
            return fractal


def draw_masks(classes: list[Fractal], random: np.random.Generator, image_size: int) -> np.ndarray:
    """Draws each attractor once, with slightly other maps, rotated, sheared, stretched.

    Returns:
        float32 (batch, image_size, image_size), 1 where it is dense and 0 where it is not.
    """
    spread = random.uniform(0.0, 0.05, size=(len(classes), 1, 1, 1))
    changed = []
    for fractal, amount in zip(classes, spread, strict=True):
        noise = amount * random.standard_normal((MAPS, 2, 2))
        moved = amount[0] * random.standard_normal((MAPS, 2))
        changed.append(Fractal(fractal.matrices + noise, fractal.offsets + moved, fractal.shares))
    affine = random_affine(random, len(classes), scale=(0.7, 1.05))
    shift = random.uniform(-0.15, 0.15, size=(len(classes), 1, 2))
    dense = _histograms(changed, random, image_size, affine, shift)
    full = random.uniform(0.4, 2.0, size=(len(classes), 1, 1)) * dense.mean(axis=(1, 2), keepdims=True) * 2
    return np.clip(dense / np.maximum(full, 1e-6), 0, 1).astype(np.float32)


def _orbit(classes: list[Fractal], random: np.random.Generator) -> np.ndarray:
    """Plays the chaos game and returns points (batch, points, 2)."""
    batch = len(classes)
    matrices = np.stack([fractal.matrices for fractal in classes]).reshape(-1, 2, 2).astype(np.float32)
    offsets = np.stack([fractal.offsets for fractal in classes]).reshape(-1, 2).astype(np.float32)
    limits = np.cumsum([fractal.shares for fractal in classes], axis=1)
    first = np.arange(batch)[:, None] * MAPS
    at = np.zeros((batch, PARTICLES, 2), np.float32)
    drawn = []
    for step in range(STEPS_IN + STEPS_DRAWN):
        pick = (random.random((batch, PARTICLES, 1)) > limits[:, None, : MAPS - 1]).sum(axis=-1) + first
        matrix, offset = matrices[pick], offsets[pick]
        at = matrix[..., 0, :] * at[..., :1] + matrix[..., 1, :] * at[..., 1:] + offset
        if step >= STEPS_IN:
            drawn.append(at)
    return np.concatenate(drawn, axis=1)


def _histograms(
    classes: list[Fractal],
    random: np.random.Generator,
    image_size: int,
    affine: np.ndarray | None = None,
    shift: np.ndarray | float = 0.0,
) -> np.ndarray:
    points = _orbit(classes, random)
    if affine is not None:
        points = points @ affine.astype(np.float32)
    pixel = np.floor((points + shift + 1) * (image_size / 2))
    kept = np.asarray(((pixel >= 0) & (pixel < image_size)).all(axis=-1))
    pixel = np.where(kept[..., None], pixel, 0).astype(np.int64)
    flat = (np.arange(len(classes))[:, None] * image_size + pixel[..., 1]) * image_size + pixel[..., 0]
    counts = np.bincount(flat[kept], minlength=len(classes) * image_size**2)
    return counts.reshape(len(classes), image_size, image_size).astype(np.float32)


def _normalise(fractal: Fractal, random: np.random.Generator) -> Fractal:
    """Returns the same attractor moved and scaled (conjugated) to fill [-0.9, 0.9]."""
    points = _orbit([fractal], random)[0]
    low, high = np.quantile(points, 0.01, axis=0), np.quantile(points, 0.99, axis=0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 1.8, 1e-3)
    offsets = (fractal.offsets + middle @ fractal.matrices - middle) / half
    return Fractal(fractal.matrices, offsets, fractal.shares)
