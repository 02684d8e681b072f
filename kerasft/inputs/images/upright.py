"""The size of an image as it stands upright, from its header."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from kerasft.inputs.images import depth
from kerasft.inputs.images.container import open_container
from kerasft.inputs.images.decode import open_image, orientation_in, read_bytes
from kerasft.inputs.images.limits import BrokenImageError

_SIDEWAYS = (5, 6, 7, 8)  # of EXIF 2.32: rows and columns are exchanged


def size_of(image: Path | np.ndarray) -> tuple[int, int, bool]:
    """Returns the same of a file, or of pixels (height, width, 3), which are upright."""
    if isinstance(image, np.ndarray):
        return image.shape[1], image.shape[0], False
    return upright_size(image)


def upright_size(path: Path) -> tuple[int, int, bool]:
    """Returns width and height of the image that `decode_image` makes of a file, and whether they were exchanged.

    Raises:
        BrokenImageError: It can't be decoded; what is broken behind the header isn't seen here.
    """
    encoded = read_bytes(path)
    try:
        container = open_container(encoded)
        if (values := depth.read_pnm(container.encoded)) is not None:
            return values.shape[1], values.shape[0], False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with open_image(container.encoded) as image:
                sideways = orientation_in(image, container.exif) in _SIDEWAYS
                width, height = image.size
    except BrokenImageError:
        raise
    except Exception as error:  # Pillow raises a dozen kinds of errors for damaged files
        raise BrokenImageError(f"damaged: {' '.join(str(error).split())[:80]}") from error
    if sideways and image.format != "TIFF":  # whose size Pillow has exchanged already
        width, height = height, width
    return width, height, sideways
