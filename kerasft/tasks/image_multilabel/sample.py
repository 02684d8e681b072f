"""The embedded default: images with up to four of scikit-learn's handwritten digits; which of the ten are there?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.data.samples import dealt, write_sample

NAME = "several-digits"
SIDE = 48  # pixels
MOST = 4  # digits in an image
COUNTS = {"train": 1200, "validation": 300, "test": 300}
_CELL = SIDE // 2
_DIGIT = 16  # pixels


def write_several_digits(folder: str | Path | None = None) -> Path:
    """Writes 1800 images of 48 x 48 pixels as PNGs, and `several-digits.csv` with the columns path, labels and split.

    Each quarter of an image has a digit or is empty, as a coin says. No handwritten digit is in two splits, and the
    images are the same in every place.

    Args:
        folder: Where; None is `several-digits` in `kerasft_home()`.

    Returns:
        The table, which is written last: where it is, all images are.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, _write_images)


def _write_images(folder: Path) -> list[tuple[str, str, str]]:
    from sklearn.datasets import load_digits

    (folder / "images").mkdir(exist_ok=True)
    digits, rng = load_digits(), np.random.default_rng(0)
    rows: list[tuple[str, str, str]] = []
    for split, own in dealt(len(digits.images), COUNTS, rng).items():
        for _ in range(COUNTS[split]):
            canvas, labels = _compose(digits.images, digits.target, own, rng)
            path = f"images/{len(rows):04d}.png"
            Image.fromarray(canvas).save(folder / path)
            rows.append((path, "|".join(map(str, sorted(labels))), split))
    return [("path", "labels", "split"), *rows]


def _compose(
    images: np.ndarray, digits: np.ndarray, own: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, set[int]]:
    """Returns an image uint8 (48, 48), and which digits are in it."""
    canvas, labels = np.zeros((SIDE, SIDE), np.uint8), set()
    for quarter in np.flatnonzero(rng.random(MOST) < 0.5):
        number = rng.choice(own)
        ink = Image.fromarray(np.rint(images[number] * (255 / 16)).astype(np.uint8))  # counted from 0 to 16
        y, x = np.array(divmod(int(quarter), 2)) * _CELL + rng.integers(0, _CELL - _DIGIT + 1, 2)
        canvas[y : y + _DIGIT, x : x + _DIGIT] = np.asarray(
            ink.resize((_DIGIT, _DIGIT), Image.Resampling.BICUBIC)
        )
        labels.add(int(digits[number]))
    return canvas, labels
