"""The embedded default: scikit-learn's handwritten digits on crops of its two photographs, with exact masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.data.samples import dealt, write_sample

NAME = "digit-scenes"
SIDE = 96  # pixels
DIGITS = (2, 4)  # in an image: the fewest and the most
COUNTS = {"train": 900, "validation": 150, "test": 150}
CLASSES = ("background", *map(str, range(10)))
_BANDS = {"train": (0, 400), "validation": (400, 520), "test": (520, 640)}  # columns of the photos, in pixels
_DIGIT = (26, 46)  # the smallest and the largest, in pixels
_TRIES = 20  # places for a digit that would lie on another
_INK = 0.4  # from which on a pixel is the digit's


def write_digit_scenes(folder: str | Path | None = None) -> Path:
    """Writes 1200 images of 96 x 96 pixels and their masks as PNGs, `classes.txt`, and `digit-scenes.csv`.

    No handwritten digit and no part of a photograph is in two splits, and the images are the same in every place.

    Args:
        folder: Where; None is `digit-scenes` in `kerasft_home()`.

    Returns:
        The table, with the columns path, mask and split; it is written last: where it is, all images are.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, _write_images)


def _write_images(folder: Path) -> list[tuple[str, str, str]]:
    from sklearn.datasets import load_digits, load_sample_images

    for name in ("images", "masks"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES), "utf-8")
    digits, photos, rng = load_digits(), load_sample_images().images, np.random.default_rng(0)
    rows: list[tuple[str, str, str]] = []
    for split, own in dealt(len(digits.images), COUNTS, rng).items():
        for _ in range(COUNTS[split]):
            canvas, mask = _ground(photos, _BANDS[split], rng), np.zeros((SIDE, SIDE), np.uint8)
            for _ in range(int(rng.integers(DIGITS[0], DIGITS[1] + 1))):
                number = rng.choice(own)
                _put(canvas, mask, digits.images[number], int(digits.target[number]) + 1, rng)
            path, beside = (f"{each}/{len(rows):04d}.png" for each in ("images", "masks"))
            Image.fromarray(np.rint(canvas).astype(np.uint8)).save(folder / path)
            Image.fromarray(mask).save(folder / beside)
            rows.append((path, beside, split))
    return [("path", "mask", "split"), *rows]


def _ground(photos: list[np.ndarray], band: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Returns a crop of a photograph, float64 (96, 96, 3)."""
    photo = photos[int(rng.integers(len(photos)))][:, band[0] : band[1]]
    side = int(rng.integers(SIDE, min(photo.shape[:2]) + 1))
    top, left = (int(rng.integers(0, size - side + 1)) for size in photo.shape[:2])
    crop = Image.fromarray(photo[top : top + side, left : left + side])
    return np.asarray(crop.resize((SIDE, SIDE), Image.Resampling.BILINEAR)).astype("float64")


def _put(
    canvas: np.ndarray, mask: np.ndarray, digit: np.ndarray, number: int, rng: np.random.Generator
) -> None:
    """Writes a digit into an image and its mask, where it lies on no other; ink and ground differ in brightness."""
    side = int(rng.integers(*_DIGIT))
    grey = Image.fromarray(np.rint(digit * (255 / 16)).astype(np.uint8))  # counted from 0 to 16
    ink = np.asarray(grey.resize((side, side), Image.Resampling.BICUBIC)).astype("float64")[..., None] / 255
    for _ in range(_TRIES):
        y, x = (int(each) for each in rng.integers(0, SIDE - side + 1, 2))
        place = np.s_[y : y + side, x : x + side]
        if not mask[place].any():
            break
    else:
        return
    dark = rng.uniform(0, 80, 3)
    colour = dark if canvas[place].mean() > 127 else 255 - dark
    canvas[place] += np.minimum(ink * 1.3, 1) * (colour - canvas[place])
    mask[place][ink[..., 0] > _INK] = number
