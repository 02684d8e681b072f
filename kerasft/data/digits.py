"""The embedded default: scikit-learn's handwritten digits as a folder of PNGs, like any user's folder.

1797 pictures of 8 x 8 pixels, written by 43 people (E. Alpaydin and C. Kaynak, Optical Recognition of
Handwritten Digits, UCI Machine Learning Repository, 1998). They stay 8 x 8: enlarging is the reader's work,
as for all data.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.environment import kerasft_home
from kerasft.errors import UnavailableError

NAME = "digits"
COUNT = 1797


def write_digits(folder: str | Path | None = None) -> Path:
    """Writes the digits as `0/0000.png` ... `9/1795.png`, those that are not there yet.

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
    present = {path.name for path in folder.glob("[0-9]/*.png") if path.stat().st_size > 0}
    if len(present) >= COUNT:
        return folder
    from sklearn.datasets import load_digits

    digits = load_digits()
    try:
        for index, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
            name = f"{index:04d}.png"
            if name not in present:
                _write_png(folder / str(label) / name, image)
    except OSError as error:
        raise UnavailableError(
            f"the digits can't be written (received: {folder}: {error.strerror or error}); "
            "set KERASFT_HOME to a folder that can be written"
        ) from error
    return folder


def _write_png(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = np.rint(image * (255 / 16)).astype(np.uint8)  # ink is counted from 0 to 16
    temporary = path.with_name(f".{path.stem}-{os.getpid()}.png")  # readers pass over hidden files
    try:
        Image.fromarray(grey).save(temporary)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
