"""Handwritten digits of scikit-learn on crops of its two photographs: sample data with known places is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from kerasft.data.samples import dealt

_TRIES = 20  # places for a digit that would lie on another
_INK = 0.4  # from which on a pixel is the digit's


@dataclass(frozen=True)
class Scenes:
    """What scenes are like.

    Args:
        side: Of the images, in pixels.
        counts: Images of each split.
        bands: The columns of the photographs that each split may show, from and to.
        digits: In an image: the fewest and the most.
        sizes: Of the digits, in pixels: the smallest, and one more than the largest.
    """

    side: int
    counts: Mapping[str, int]
    bands: Mapping[str, tuple[int, int]]
    digits: tuple[int, int]
    sizes: tuple[int, int]


@dataclass
class Scene:
    """An image, and which pixels are whose.

    Args:
        split: That it belongs to.
        image: uint8 (side, side, 3).
        owners: uint8 (side, side): 0 for the photograph, k for the k-th digit.
        digits: What each of these is, from 0 to 9.
    """

    split: str
    image: np.ndarray
    owners: np.ndarray
    digits: list[int]


def paint_scenes(scenes: Scenes, seed: int = 0) -> Iterator[Scene]:
    """Yields the images of all splits; they are the same in every place.

    No handwritten digit and no part of a photograph is in two splits.
    """
    from sklearn.datasets import load_digits, load_sample_images

    digits, photos, rng = load_digits(), load_sample_images().images, np.random.default_rng(seed)
    for split, own in dealt(len(digits.images), scenes.counts, rng).items():
        for _ in range(scenes.counts[split]):
            canvas = _ground(photos, scenes.bands[split], scenes.side, rng)
            owners, painted = np.zeros((scenes.side, scenes.side), np.uint8), list[int]()
            for _ in range(int(rng.integers(scenes.digits[0], scenes.digits[1] + 1))):
                number = rng.choice(own)
                if _put(canvas, owners, digits.images[number], len(painted) + 1, scenes.sizes, rng):
                    painted.append(int(digits.target[number]))
            yield Scene(split, np.rint(canvas).astype(np.uint8), owners, painted)


def _ground(
    photos: list[np.ndarray], band: tuple[int, int], side: int, rng: np.random.Generator
) -> np.ndarray:
    """Returns a crop of a photograph, float64 (side, side, 3)."""
    photo = photos[int(rng.integers(len(photos)))][:, band[0] : band[1]]
    cropped = int(rng.integers(side, min(photo.shape[:2]) + 1))
    top, left = (int(rng.integers(0, size - cropped + 1)) for size in photo.shape[:2])
    crop = Image.fromarray(photo[top : top + cropped, left : left + cropped])
    return np.asarray(crop.resize((side, side), Image.Resampling.BILINEAR)).astype("float64")


def _put(
    canvas: np.ndarray,
    owners: np.ndarray,
    digit: np.ndarray,
    owner: int,
    sizes: tuple[int, int],
    rng: np.random.Generator,
) -> bool:
    """Writes a digit into an image where it lies on no other; ink and ground differ in brightness.

    Returns:
        Whether there was a place.
    """
    side = int(rng.integers(*sizes))
    grey = Image.fromarray(np.rint(digit * (255 / 16)).astype(np.uint8))  # counted from 0 to 16
    ink = np.asarray(grey.resize((side, side), Image.Resampling.BICUBIC)).astype("float64")[..., None] / 255
    for _ in range(_TRIES):
        y, x = (int(each) for each in rng.integers(0, len(canvas) - side + 1, 2))
        place = np.s_[y : y + side, x : x + side]
        if not owners[place].any():
            break
    else:
        return False
    dark = rng.uniform(0, 80, 3)
    colour = dark if canvas[place].mean() > 127 else 255 - dark
    canvas[place] += np.minimum(ink * 1.3, 1) * (colour - canvas[place])
    owners[place][ink[..., 0] > _INK] = owner
    return True
