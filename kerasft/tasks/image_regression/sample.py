"""The embedded default: scikit-learn's handwritten digits, each turned by an angle that is to be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.data.samples import write_sample

NAME, UNIT = "turned-digits", "degrees"
MOST = 45.0  # degrees, to either side
_SIDE = 24  # pixels


def write_turned_digits(folder: str | Path | None = None) -> Path:
    """Writes 1797 digits of 24 x 24 pixels as PNGs, and `turned-digits.csv` with the columns path and angle.

    The angle is in degrees, counter-clockwise, drawn evenly between -45 and 45; the same in every place.

    Args:
        folder: Where; None is `turned-digits` in `kerasft_home()`.

    Returns:
        The table, which is written last: where it is, all images are.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, _write_images)


def _write_images(folder: Path) -> list[tuple[str, str]]:
    from sklearn.datasets import load_digits

    (folder / "images").mkdir(exist_ok=True)
    images = load_digits().images
    angles = np.random.default_rng(0).uniform(-MOST, MOST, len(images)).round(1)
    rows = [("path", "angle")]
    for index, (image, angle) in enumerate(zip(images, angles, strict=True)):
        grey = Image.fromarray(np.rint(image * (255 / 16)).astype(np.uint8))  # ink is counted from 0 to 16
        turned = grey.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
        turned = turned.rotate(angle, Image.Resampling.BICUBIC)
        turned.save(folder / "images" / f"{index:04d}.png")
        rows.append((f"images/{index:04d}.png", str(angle)))
    return rows
