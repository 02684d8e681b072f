"""Classes of drawings, and images of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasft.inputs.images.drawn import fractals, glyphs, shapes, textures
from kerasft.inputs.images.drawn.painting import paint

GENERATORS = {"glyph": glyphs, "shapes": shapes, "fractal": fractals, "texture": textures}
SHARES = {"glyph": 0.6, "shapes": 0.16, "fractal": 0.1, "texture": 0.14}
RELATIVES = 0.3  # of the glyphs differ from another one in a single stroke
OWN_PALETTE = {"glyph": 0.0, "shapes": 0.3, "fractal": 0.0, "texture": 0.4}


@dataclass(frozen=True)
class DrawingClass:
    """One class of drawings.

    Args:
        name: Its generator and number, such as "glyph_0012".
        generator: A key of `GENERATORS`.
        drawing: What the generator needs to draw it.
        palette: Foreground and background colour, (2, 3) in 0..1, or None for any colours.
    """

    name: str
    generator: str
    drawing: Any
    palette: np.ndarray | None


def make_classes(num_classes: int, seed: int = 0) -> tuple[DrawingClass, ...]:
    """Invents `num_classes` classes; the same arguments give the same classes."""
    random = np.random.default_rng((seed, num_classes))
    limits = np.rint(np.cumsum(list(SHARES.values())) * num_classes)
    classes: list[DrawingClass] = []
    for number in range(num_classes):
        name = list(SHARES)[int(np.searchsorted(limits, number, side="right"))]
        relative = None
        if name == "glyph" and number and random.random() < RELATIVES:
            relative = classes[int(random.integers(number))].drawing
        new = glyphs.new_class(random, relative) if name == "glyph" else GENERATORS[name].new_class(random)
        palette = random.random((2, 3)) if random.random() < OWN_PALETTE[name] else None
        classes.append(DrawingClass(f"{name}_{number:04d}", name, new, palette))
    return tuple(classes)


def draw(
    classes: Sequence[DrawingClass],
    labels: Sequence[int] | np.ndarray,
    seed: int | Sequence[int],
    image_size: int = 32,
) -> np.ndarray:
    """Draws one new image per label; the same arguments give the same bytes.

    Args:
        classes: From `make_classes`.
        labels: Indices into `classes`, (batch,).
        seed: One number or several; another seed draws other images of the same classes.
        image_size: Width and height in pixels, at least 8.

    Returns:
        uint8 (batch, image_size, image_size, 3), RGB.
    """
    random = np.random.default_rng(seed)
    chosen = [classes[int(label)] for label in labels]
    masks = np.empty((len(chosen), image_size, image_size), np.float32)
    for name, module in GENERATORS.items():
        which = [index for index, each in enumerate(chosen) if each.generator == name]
        if which:
            masks[which] = module.draw_masks([chosen[index].drawing for index in which], random, image_size)
    has_palette = np.array([each.palette is not None for each in chosen], bool)
    palettes = np.array([np.zeros((2, 3)) if each.palette is None else each.palette for each in chosen])
    return paint(masks, random, palettes.reshape(-1, 2, 3), has_palette)
