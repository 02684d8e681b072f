"""Textures: gratings, checkers, dots, rings, cells and noise, each class with its own numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.inputs.images.drawn.geometry import moved_grid

KINDS = ("grating", "plaid", "checker", "dots", "rings", "cells", "noise", "bricks")


@dataclass(frozen=True)
class Texture:
    """One texture.

    Args:
        kind: One of `KINDS`.
        frequency: Periods per image, along and across.
        angle: Direction in radians.
        balance: Threshold from -0.5 to 0.5: how much of it is foreground.
        hard: Whether its edges are sharp.
    """

    kind: str
    frequency: tuple[float, float]
    angle: float
    balance: float
    hard: bool


def new_class(random: np.random.Generator) -> Texture:
    """Returns a new texture."""
    along = float(np.exp(random.uniform(np.log(1.5), np.log(7))))
    across = float(np.exp(random.uniform(np.log(1.5), np.log(7))))
    return Texture(
        kind=str(random.choice(KINDS)),
        frequency=(along, across),
        angle=float(random.uniform(0, np.pi)),
        balance=float(random.uniform(-0.5, 0.5)),
        hard=bool(random.random() < 0.6),
    )


def draw_masks(classes: list[Texture], random: np.random.Generator, image_size: int) -> np.ndarray:
    """Draws each texture once, from another place, a little rotated, sheared and scaled.

    Returns:
        float32 (batch, image_size, image_size) in 0..1.
    """
    grids = moved_grid(
        random, len(classes), image_size, shift=3.0, scale=(0.88, 1.14), degrees=6.0, shear=0.1, stretch=0.15
    )
    return np.stack([_draw(texture, random, grid) for texture, grid in zip(classes, grids, strict=True)])


def _draw(texture: Texture, random: np.random.Generator, grid: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(texture.angle), np.sin(texture.angle)
    turned = grid @ np.array([[cosine, -sine], [sine, cosine]], np.float32)
    # One unit is half the image, so that a frequency counts periods per image.
    u, v = turned[..., 0] * (texture.frequency[0] / 2), turned[..., 1] * (texture.frequency[1] / 2)
    height = _height(texture.kind, u, v, random) - texture.balance
    contrast = len(grid) / (2 * max(texture.frequency)) if texture.hard else 1.0
    return np.clip(height * contrast * 0.5 + 0.5, 0, 1).astype(np.float32)


def _height(kind: str, u: np.ndarray, v: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Returns a pattern of period 1 in u and v, in about -1..1."""
    if kind == "grating":
        return np.cos(2 * np.pi * u)
    if kind == "plaid":
        return (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v)) / 2
    if kind == "checker":
        return np.cos(2 * np.pi * u) * np.cos(2 * np.pi * v) * 1.5
    if kind == "dots":
        return 1 - 4 * np.hypot(u - np.rint(u), v - np.rint(v))
    if kind == "bricks":
        row = np.rint(v)
        across = u + row * 0.5
        return 3 * np.minimum(0.5 - np.abs(across - np.rint(across)), 0.5 - np.abs(v - row)) * 2 - 0.7
    if kind == "rings":
        middle = random.uniform(-0.5, 0.5, size=2) + [u.mean(), v.mean()]
        return np.cos(2 * np.pi * np.hypot(u - middle[0], v - middle[1]))
    return _cells(u, v, random) if kind == "cells" else _noise(u, v, random)


def _cells(u: np.ndarray, v: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Voronoi cells around one random point per unit square: distance to the nearest two edges."""
    low_u, low_v = np.floor(u.min()) - 1, np.floor(v.min()) - 1
    across, down = int(u.max() - low_u) + 3, int(v.max() - low_v) + 3
    seeds = random.random((down, across, 2)).astype(np.float32)
    cell_u, cell_v = np.floor(u - low_u).astype(int), np.floor(v - low_v).astype(int)
    distances = []
    for step_v in (-1, 0, 1):
        for step_u in (-1, 0, 1):
            column = np.clip(cell_u + step_u, 0, across - 1)
            row = np.clip(cell_v + step_v, 0, down - 1)
            place = seeds[row, column]
            distances.append(
                np.hypot(column + place[..., 0] - (u - low_u), row + place[..., 1] - (v - low_v))
            )
    nearest = np.partition(np.stack(distances), 1, axis=0)
    return (nearest[1] - nearest[0]) * 3 - 0.6


def _noise(u: np.ndarray, v: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Smooth noise: random values on the whole numbers of u and v, blended between them."""
    low_u, low_v = np.floor(u.min()), np.floor(v.min())
    values = random.uniform(-1.6, 1.6, size=(int(v.max() - low_v) + 3, int(u.max() - low_u) + 3))
    values = values.astype(np.float32)
    column, row = np.floor(u - low_u).astype(int), np.floor(v - low_v).astype(int)
    a, b = u - low_u - column, v - low_v - row
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    top = values[row, column] * (1 - a) + values[row, column + 1] * a
    bottom = values[row + 1, column] * (1 - a) + values[row + 1, column + 1] * a
    return top * (1 - b) + bottom * b
