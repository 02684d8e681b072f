"""Shapes: polygons, stars, blobs and their arrangements, filled or as outlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.inputs.images.drawn.geometry import moved_grid

FORMS = ("polygon", "star", "blob", "ellipse")
LAYOUTS = ("single", "row", "ring", "nested", "pair")
ANGLES = 256  # steps of the table radius(angle)


@dataclass(frozen=True)
class Shapes:
    """Copies of one form in one arrangement.

    Args:
        radius: Distance of the edge from the middle for each angle, float32 (ANGLES,), at most 1.
        copies: x, y, scale and rotation (steps of the table) of each copy, float32 (copies, 4).
        hole: Share of the form that is cut out of its middle: 0 is filled, 0.8 an outline.
    """

    radius: np.ndarray
    copies: np.ndarray
    hole: float


def new_class(random: np.random.Generator) -> Shapes:
    """Returns a new form in a new arrangement."""
    radius = _form(random, str(random.choice(FORMS)))
    hole = float(random.choice([0.0, 0.0, random.uniform(0.5, 0.8)]))
    return Shapes(radius.astype(np.float32), _layout(random, str(random.choice(LAYOUTS))), hole)


def draw_masks(classes: list[Shapes], random: np.random.Generator, image_size: int) -> np.ndarray:
    """Draws each class once, rotated, sheared, stretched and with copies a little out of place.

    Returns:
        float32 (batch, image_size, image_size), 1 inside the shapes and 0 outside.
    """
    grids = moved_grid(random, len(classes), image_size, shift=0.2, scale=(0.6, 1.05))
    masks = np.empty((len(classes), image_size, image_size), np.float32)
    for picture, shapes in enumerate(classes):
        masks[picture] = _draw(shapes, random, grids[picture])
    return masks


def _draw(shapes: Shapes, random: np.random.Generator, grid: np.ndarray) -> np.ndarray:
    hole = shapes.hole * random.uniform(0.85, 1.1)
    sharpness = len(grid) / 2
    mask = np.zeros(grid.shape[:2], np.float32)
    for x, y, scale, rotation in shapes.copies:
        x, y = np.array([x, y]) + random.normal(0, 0.04, size=2)
        scale = scale * random.uniform(0.85, 1.15)
        rotation = rotation + random.normal(0, ANGLES / 60)
        across, down = grid[..., 0] - np.float32(x), grid[..., 1] - np.float32(y)
        angle = np.arctan2(down, across) * (ANGLES / (2 * np.pi)) + rotation
        edge = shapes.radius[angle.astype(int) % ANGLES] * np.float32(scale)
        distance = np.hypot(across, down)
        inside = np.clip((edge - distance) * sharpness + 0.5, 0, 1)
        if hole:
            inside *= np.clip((distance - edge * np.float32(hole)) * sharpness + 0.5, 0, 1)
        mask = np.abs(mask - inside) if scale > 0.7 else np.maximum(mask, inside)
    return mask


def _form(random: np.random.Generator, form: str) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    if form == "ellipse":
        across, down = 1.0, random.uniform(0.3, 1.0)
        return 1 / np.sqrt((np.cos(angle) / across) ** 2 + (np.sin(angle) / down) ** 2)
    if form == "blob":
        waves = np.arange(1, 6)
        size = random.normal(size=5) / waves * 0.5
        radius = np.exp(
            (size[:, None] * np.cos(waves[:, None] * angle + random.uniform(0, 6.3, (5, 1)))).sum(0)
        )
        return radius / radius.max()
    corners = int(random.integers(3, 8))
    sector = 2 * np.pi / corners
    if form == "polygon":
        return np.cos(sector / 2) / np.cos((angle % sector) - sector / 2)
    depth = random.uniform(0.25, 0.7)
    share = np.abs((angle % sector) / sector * 2 - 1)  # 1 on a spike, 0 between two
    return depth + (1 - depth) * share


def _layout(random: np.random.Generator, layout: str) -> np.ndarray:
    turn = random.uniform(0, ANGLES)
    if layout == "single":
        return np.array([[0, 0, 0.85, turn]], np.float32)
    if layout == "nested":
        inner = random.uniform(0.3, 0.6)
        return np.array([[0, 0, 0.95, turn], [0, 0, inner / 1.2, random.uniform(0, ANGLES)]], np.float32)
    if layout == "pair":
        place = random.uniform(-0.5, 0.5, size=2)
        sizes = random.uniform(0.25, 0.6, size=2)
        return np.array(
            [[*place, sizes[0], turn], [*-place, sizes[1], random.uniform(0, ANGLES)]], np.float32
        )
    count = int(random.integers(2, 5) if layout == "row" else random.integers(3, 7))
    if layout == "ring":
        around = np.linspace(0, 2 * np.pi, count, endpoint=False) + random.uniform(0, 2 * np.pi)
        return np.array(
            [[0.62 * np.cos(a), 0.62 * np.sin(a), 1.0 / count + 0.05, turn] for a in around], np.float32
        )
    direction = random.uniform(0, np.pi)
    along = np.linspace(-0.7, 0.7, count)
    sizes = np.linspace(1, random.uniform(0.4, 1.0), count) * 0.8 / count
    return np.array(
        [[a * np.cos(direction), a * np.sin(direction), s, turn] for a, s in zip(along, sizes, strict=True)],
        np.float32,
    )
