"""The embedded default: scikit-learn's handwritten digits as a folder of PNGs, like any user's folder.

1797 images of 8 x 8 pixels, written by 43 people (E. Alpaydin and C. Kaynak, Optical Recognition of
Handwritten Digits, UCI Machine Learning Repository, 1998). They stay 8 x 8: enlarging is the reader's work,
as for all data.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.base.environment import kerasft_home
from kerasft.base.errors import UnavailableError

NAME = "digits"


def write_digits(folder: str | Path | None = None) -> Path:
    """Writes the digits as `0/0000.png` ... `9/1795.png`, those that are not there yet, or damaged.

    Each file appears whole or not at all, and nothing is ever removed: two processes may write at once. It is
    not forced to the disk as a run's files are: 1797 times that takes up to 15 seconds.

    Args:
        folder: Where; None is `digits` in `kerasft_home()`.

    Returns:
        The folder.

    Raises:
        UnavailableError: The folder can't be written.
    """
    folder = Path(folder) if folder is not None else kerasft_home() / NAME
    from sklearn.datasets import load_digits

    digits = load_digits()
    try:
        for index, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
            path = folder / str(label) / f"{index:04d}.png"
            grey = np.rint(image * (255 / 16)).astype(np.uint8)  # ink is counted from 0 to 16
            if not _shows(path, grey):
                _write_png(path, grey)
    except OSError as error:
        raise UnavailableError(
            f"the digits can't be written (received: {folder}: {error.strerror or error}); "
            "set KERASFT_HOME to a folder that can be written"
        ) from error
    return folder


def _shows(path: Path, grey: np.ndarray) -> bool:
    """Whether there is a PNG of these pixels. Comparing all of them takes a tenth of a second."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return np.array_equal(np.asarray(image), grey)
    except Exception:  # Pillow raises a dozen kinds of errors for damaged files
        return False


def _write_png(path: Path, grey: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{os.getpid()}.png")  # readers pass over hidden files
    try:
        Image.fromarray(grey).save(temporary)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
