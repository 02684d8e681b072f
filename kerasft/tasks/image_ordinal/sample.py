"""The embedded default: images with none, few, some, many or very many of scikit-learn's handwritten digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.data.samples import dealt, write_sample

NAME, AMOUNT = "crowds", "amount"
GRADES = {"none": (0, 0), "few": (1, 2), "some": (3, 5), "many": (6, 9), "very many": (10, 16)}  # digits
COUNTS = {"train": 800, "validation": 200, "test": 300}
SIDE = 64  # pixels


def write_crowds(folder: str | Path | None = None) -> Path:
    """Writes 1300 images of 64 x 64 pixels as PNGs, and `crowds.csv` with the columns path, amount and split.

    The digits of an image have sizes and brightnesses of their own and may lie upon each other, so that the ink alone
    doesn't tell how many they are. No handwritten digit is in two splits, and the images are the same in every place.

    Args:
        folder: Where; None is `crowds` in `kerasft_home()`.

    Returns:
        The table, which is written last: where it is, all images are.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, _write_images)


def _write_images(folder: Path) -> list[tuple[str, str, str]]:
    from sklearn.datasets import load_digits

    (folder / "images").mkdir(exist_ok=True)
    digits, rng = load_digits().images, np.random.default_rng(0)
    rows: list[tuple[str, str, str]] = []
    for split, own in dealt(len(digits), COUNTS, rng).items():
        for number in range(COUNTS[split]):
            grade = tuple(GRADES)[number % len(GRADES)]
            path = f"images/{len(rows):04d}.png"
            Image.fromarray(_crowd(digits[own], GRADES[grade], rng)).save(folder / path)
            rows.append((path, grade, split))
    return [("path", AMOUNT, "split"), *rows]


def _crowd(digits: np.ndarray, most: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Returns an image uint8 (64, 64) with as many digits as one of two numbers, or between them."""
    canvas = rng.integers(0, 40, (SIDE, SIDE)).astype("float64")
    for _ in range(rng.integers(most[0], most[1] + 1)):
        side, brightness = int(rng.integers(8, 21)), rng.uniform(90, 255)
        ink = Image.fromarray(
            (digits[rng.integers(len(digits))] / 16).astype("float32")
        )  # counted from 0 to 16
        y, x = rng.integers(0, SIDE - side + 1, 2)
        place = canvas[y : y + side, x : x + side]
        drawn = np.asarray(ink.resize((side, side), Image.Resampling.BICUBIC)) * brightness
        np.maximum(place, drawn, out=place)
    return np.clip(np.rint(canvas), 0, 255).astype("uint8")
