"""The embedded default: scikit-learn's handwritten digits on crops of its two photographs, with exact masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.data.samples import write_sample
from kerasft.inputs.images.digit_scenes import Scenes, paint_scenes

NAME = "digit-scenes"
SIDE = 96  # pixels
COUNTS = {"train": 900, "validation": 150, "test": 150}
CLASSES = ("background", *map(str, range(10)))
_BANDS = {"train": (0, 400), "validation": (400, 520), "test": (520, 640)}  # columns of the photos, in pixels
_SCENES = Scenes(SIDE, COUNTS, _BANDS, digits=(2, 4), sizes=(26, 46))


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
    for name in ("images", "masks"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES), "utf-8")
    rows: list[tuple[str, str, str]] = []
    for scene in paint_scenes(_SCENES):
        path, beside = (f"{each}/{len(rows):04d}.png" for each in ("images", "masks"))
        Image.fromarray(scene.image).save(folder / path)
        numbers = np.array([0, *(digit + 1 for digit in scene.digits)], np.uint8)
        Image.fromarray(numbers[scene.owners]).save(folder / beside)
        rows.append((path, beside, scene.split))
    return [("path", "mask", "split"), *rows]
