"""Glyphs: a few joined or separate Bezier strokes, like the letters of a script that nobody writes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.inputs.images.drawn.geometry import pixel_grid, random_affine

MAX_STROKES = 4
SPREAD = (0.02, 0.2)  # of the control points, in half images: a tidy hand to a bad one
POINTS = 72  # per image, over all strokes: at most about one pixel apart at 32 pixels


@dataclass(frozen=True)
class Glyph:
    """One glyph; coordinates are in [-1, 1], x to the right and y downwards.

    Args:
        control: Control points of its cubic Bezier strokes, float32 (strokes, 4, 2).
        joined: Whether a stroke starts where the one before it ends, bool (strokes,).
        smooth: Whether it also starts in that one's direction, bool (strokes,).
    """

    control: np.ndarray
    joined: np.ndarray
    smooth: np.ndarray


def new_class(random: np.random.Generator, relative: Glyph | None = None) -> Glyph:
    """Returns a new glyph, or with `relative` one that differs from it in a single stroke.

    Relatives make the network look at the details: 3 and 8 differ as little.
    """
    if relative is not None and relative.control.shape[0] > 1:
        control = relative.control.copy()
        changed = random.integers(len(control))
        control[changed] = random.uniform(-1, 1, size=(4, 2))
        return _normalise(Glyph(control, relative.joined, relative.smooth))
    strokes = 1 + random.choice(MAX_STROKES, p=[0.15, 0.3, 0.3, 0.25])
    control = random.uniform(-1, 1, size=(strokes, 4, 2)).astype(np.float32)
    straight = random.random(strokes) < 0.3
    control[straight, 1] = (control[straight, 0] * 2 + control[straight, 3]) / 3
    control[straight, 2] = (control[straight, 0] + control[straight, 3] * 2) / 3
    joined = random.random(strokes) < 0.65
    joined[0] = False
    smooth = joined & (random.random(strokes) < 0.5)
    return _normalise(Glyph(control, joined, smooth))


def draw_masks(glyphs: list[Glyph], random: np.random.Generator, image_size: int) -> np.ndarray:
    """Draws each glyph once, with moved control points, and rotated, sheared, stretched, thick or thin.

    Returns:
        float32 (batch, image_size, image_size), 1 on the strokes and 0 beside them.
    """
    masks = np.empty((len(glyphs), image_size, image_size), np.float32)
    counts = np.array([len(glyph.control) for glyph in glyphs], int)
    for strokes in np.unique(counts):
        which = np.flatnonzero(counts == strokes)
        masks[which] = _draw_same_count([glyphs[i] for i in which], random, image_size)
    return masks


def _draw_same_count(glyphs: list[Glyph], random: np.random.Generator, image_size: int) -> np.ndarray:
    batch = len(glyphs)
    control = np.stack([glyph.control for glyph in glyphs])
    spread = random.uniform(*SPREAD, size=(batch, 1, 1, 1))
    control = control + spread * random.standard_normal(control.shape)
    points = _sample(
        control, np.stack([glyph.joined for glyph in glyphs]), np.stack([glyph.smooth for glyph in glyphs])
    )
    points = points @ random_affine(random, batch, scale=(0.55, 0.95))
    # A box of its own size, then moved so that most of it stays in the image.
    middle = (points.max(axis=1, keepdims=True) + points.min(axis=1, keepdims=True)) / 2
    points = points - middle + random.normal(0, 0.08, size=(batch, 1, 2))
    radius = random.uniform(0.04, 0.2, size=(batch, 1))
    return _stroke(points.astype(np.float32), radius.astype(np.float32), image_size)


def _sample(control: np.ndarray, joined: np.ndarray, smooth: np.ndarray) -> np.ndarray:
    """Returns points on the strokes, (batch, points, 2), from control points (batch, strokes, 4, 2)."""
    control = control.copy()
    for stroke in range(1, control.shape[1]):
        start, before = control[:, stroke - 1, 3], control[:, stroke - 1, 2]
        control[:, stroke, 0] = np.where(joined[:, stroke, None], start, control[:, stroke, 0])
        control[:, stroke, 1] = np.where(smooth[:, stroke, None], 2 * start - before, control[:, stroke, 1])
    t = np.linspace(0, 1, POINTS // control.shape[1])[:, None]
    bernstein = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    return (bernstein @ control).reshape(len(control), -1, 2)


def _stroke(points: np.ndarray, radius: np.ndarray, image_size: int) -> np.ndarray:
    """Draws discs of `radius` at `points`: the squared distance is one small matrix product per image."""
    grid = pixel_grid(image_size).reshape(-1, 2)
    pixels = np.concatenate([grid.T, np.ones((1, len(grid)), np.float32)])
    nearest = np.empty((len(points), len(grid)), np.float32)
    for picture, at in enumerate(points):
        terms = np.concatenate([2 * at, -np.sum(at**2, axis=1, keepdims=True)], axis=1)
        nearest[picture] = (terms @ pixels).max(axis=0)
    distance = np.sqrt(np.maximum(np.sum(grid**2, axis=1) - nearest, 0))
    edge = (radius - distance) * (image_size / 2) + 0.5  # one pixel wide: antialiased
    return np.clip(edge, 0, 1).reshape(-1, image_size, image_size)


def _normalise(glyph: Glyph) -> Glyph:
    points = _sample(glyph.control[None], glyph.joined[None], glyph.smooth[None])[0]
    low, high = points.min(axis=0), points.max(axis=0)
    control = (glyph.control - (low + high) / 2) / max(float((high - low).max()) / 2, 1e-3)
    return Glyph(control.astype(np.float32), glyph.joined, glyph.smooth)
