"""The embedded default: scikit-learn's handwritten digits on crops of its two photographs, with exact boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.data.samples import write_sample
from kerasft.inputs.images.digit_scenes import Scenes, paint_scenes

NAME = "digit-boxes"
SIDE = 128  # pixels
COUNTS = {"train": 600, "validation": 150, "test": 150}
CLASSES = tuple(map(str, range(10)))
_BANDS = {"train": (0, 340), "validation": (340, 490), "test": (490, 640)}  # columns of the photos, in pixels
_SCENES = Scenes(SIDE, COUNTS, _BANDS, digits=(1, 4), sizes=(28, 56))


def write_digit_boxes(folder: str | Path | None = None) -> Path:
    """Writes 900 images of 128 x 128 pixels as PNGs, and `digit-boxes.csv`.

    No handwritten digit and no part of a photograph is in two splits, and the images are the same in every place.

    Args:
        folder: Where; None is `digit-boxes` in `kerasft_home()`.

    Returns:
        The table, with the columns path, x1, y1, x2, y2, label and split, and a row for each digit; it is written last:
        where it is, all images are.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, _write_images)


def _write_images(folder: Path) -> list[tuple[object, ...]]:
    (folder / "images").mkdir(exist_ok=True)
    rows: list[tuple[object, ...]] = [("path", "x1", "y1", "x2", "y2", "label", "split")]
    for number, scene in enumerate(paint_scenes(_SCENES)):
        path = f"images/{number:04d}.png"
        Image.fromarray(scene.image).save(folder / path, compress_level=1)  # a third of the time
        for place, digit in enumerate(scene.digits, start=1):
            ys, xs = np.nonzero(scene.owners == place)
            box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
            rows.append((path, *map(int, box), digit, scene.split))
    return rows
