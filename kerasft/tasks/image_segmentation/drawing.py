"""An answer as images: its mask at the size of the image that was asked about, and the mask over the image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasft.inputs.images.decode import decode_image
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.targets.masks.painting import colour_png, index_png, overlay_png
from kerasft.targets.masks.resizing import enlarge_mask
from kerasft.targets.masks.schema import Masks


def drawings_of(
    path: str | Path, answer: np.ndarray, encoder: ImageEncoder, schema: Masks
) -> dict[str, bytes]:
    """Returns the files of an answer, by what is added to the image's name.

    Args:
        path: The image's file.
        answer: float32 (size, size, classes), probabilities.
        encoder: Of the model.
        schema: Of the model.
    """
    image = decode_image(path, encoder.bit_depth)
    numbers = schema.numbers[answer.argmax(axis=-1)]
    colours = None if schema.coloured is None else schema.coloured.table
    known = schema.ignored is not None and (colours is None or schema.ignored < len(colours))
    outside = schema.ignored if known and schema.ignored is not None else int(schema.numbers[0])
    mask = enlarge_mask(numbers, image.shape[:2], encoder.resize, outside)
    written = index_png(mask) if colours is None else colour_png(colours[mask])
    return {"mask.png": written, "overlay.png": overlay_png(image, mask)}
