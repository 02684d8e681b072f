"""From masks to images: everything that a network should not care about.

Colours, backgrounds, light, low resolution, blur and noise are drawn for each image and say nothing
about its class, except the hues of the classes that own a palette.
"""

from __future__ import annotations

import functools

import numpy as np

SHARP_SHARE = 0.4  # of the images are neither blurred nor of low resolution


def paint(
    masks: np.ndarray, random: np.random.Generator, palettes: np.ndarray, has_palette: np.ndarray
) -> np.ndarray:
    """Paints masks in random colours over random backgrounds and photographs them badly.

    Args:
        masks: float32 (batch, size, size) in 0..1: 1 is foreground.
        random: Source of the numbers.
        palettes: Foreground and background colour of each class, (batch, 2, 3) in 0..1.
        has_palette: Whether the class owns its palette, bool (batch,).

    Returns:
        uint8 (batch, size, size, 3), RGB.
    """
    batch, size = masks.shape[:2]
    colours = np.where(
        has_palette[:, None, None],
        palettes + random.normal(0, 0.06, size=(batch, 2, 3)),
        _random_colours(random, batch),
    ).astype(np.float32)
    foreground = colours[:, 0, None, None] + _shading(random, batch, size, 0.15)
    background = colours[:, 1, None, None] + _shading(random, batch, size, 0.35)
    images = background + masks[..., None] * (foreground - background)
    images = _lose_detail(images, random)
    light = np.exp(random.normal(0, 0.25, size=(batch, 1, 1, 1))).astype(np.float32)
    images = np.clip(images, 0, 1) ** light
    amount = np.where(random.random(batch) < 0.3, random.uniform(0, 0.12, size=batch), 0).astype(np.float32)
    noise = random.standard_normal((batch, size, size, 1), np.float32)
    images += amount[:, None, None, None] * noise
    return np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)


def _random_colours(random: np.random.Generator, batch: int) -> np.ndarray:
    """Returns foreground and background (batch, 2, 3) that differ by at least about 0.3 in brightness."""
    colours = random.random((batch, 2, 3))
    gray = random.random(batch) < 0.5
    colours[gray] = colours[gray].mean(axis=-1, keepdims=True)
    brightness = colours.mean(axis=-1)
    middle = brightness.mean(axis=-1, keepdims=True)
    apart = random.uniform(0.3, 1.0, size=(batch, 1)) * np.where(random.random((batch, 1)) < 0.5, 1, -1)
    wanted = np.clip(middle, np.abs(apart) / 2, 1 - np.abs(apart) / 2) + apart * [[0.5, -0.5]]
    return colours + (wanted - brightness)[..., None]


def _shading(random: np.random.Generator, batch: int, size: int, strength: float) -> np.ndarray:
    """Returns a slope of light for a third of the images and smooth blotches for another third."""
    kind = random.integers(3, size=batch)
    along = np.linspace(-1, 1, size, dtype=np.float32)
    slope = random.uniform(-1, 1, size=(2, batch, 1, 1)).astype(np.float32)
    plane = (slope[0] * along[None, :, None] + slope[1] * along[None, None, :]) / 2
    coarse = random.uniform(-1, 1, size=(batch, 5, 5)).astype(np.float32)
    spread = _upscale(5, size)
    blotches = spread @ coarse @ spread.T
    tint = random.uniform(0.3, 1, size=(batch, 1, 1, 3)).astype(np.float32)
    shade = np.where((kind == 1)[:, None, None], plane, blotches) * (kind > 0)[:, None, None]
    return shade[..., None] * tint * random.uniform(0, strength, size=(batch, 1, 1, 1)).astype(np.float32)


def _lose_detail(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Blurs, or lowers the resolution and scales up again: one matrix on the rows, one on the columns."""
    batch, size = images.shape[:2]
    matrices = _detail_matrices(size)
    pick = random.integers(1, len(matrices), size=batch) * (random.random(batch) >= SHARP_SHARE)
    matrix = matrices[pick]
    rows = matrix @ images.reshape(batch, size, size * 3)
    columns = np.swapaxes(rows.reshape(batch, size, size, 3), 1, 2).reshape(batch, size, size * 3)
    return np.swapaxes((matrix @ columns).reshape(batch, size, size, 3), 1, 2)


@functools.cache
def _detail_matrices(size: int) -> np.ndarray:
    """Returns (kinds, size, size) matrices; the first changes nothing."""
    kinds = [np.eye(size)]
    kinds += [_blur(size, sigma * size / 32) for sigma in (0.5, 0.7, 1.0, 1.3, 1.6)]
    for share in (0.25, 0.25, 0.28, 0.31, 0.34, 0.38, 0.44, 0.5, 0.56, 0.63, 0.75):
        small = max(4, round(size * share))
        kinds.append(_upscale(small, size) @ _shrink(size, small))
    return np.stack(kinds).astype(np.float32)


def _blur(size: int, sigma: float) -> np.ndarray:
    at = np.arange(size)
    weights = np.exp(-((at[:, None] - at[None]) ** 2) / (2 * sigma**2))
    return weights / weights.sum(axis=1, keepdims=True)


def _shrink(size: int, small: int) -> np.ndarray:
    """Returns the (small, size) matrix that averages over the area of each new pixel."""
    edges = np.linspace(0, size, small + 1)
    at = np.arange(size)
    covered = np.minimum(edges[1:, None], at + 1) - np.maximum(edges[:-1, None], at)
    covered = np.clip(covered, 0, None)
    return covered / covered.sum(axis=1, keepdims=True)


@functools.cache
def _upscale(small: int, size: int) -> np.ndarray:
    """Returns the (size, small) matrix of bilinear interpolation between pixel middles."""
    at = np.clip((np.arange(size) + 0.5) * small / size - 0.5, 0, small - 1)
    return np.clip(1 - np.abs(at[:, None] - np.arange(small)), 0, 1).astype(np.float32)
