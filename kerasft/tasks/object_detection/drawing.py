"""An answer as an image: the one that was asked about, with the boxes that were found."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasft.inputs.images.decode import decode_image
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.targets.boxes.painting import boxes_png
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.suppression import detections


def drawings_of(
    path: str | Path, answer: np.ndarray, encoder: ImageEncoder, schema: Boxes
) -> dict[str, bytes]:
    """Returns the files of an answer, by what is added to the image's name.

    Args:
        path: The image's file.
        answer: float32 (anchors, 4 + classes).
        encoder: Of the model.
        schema: Of the model.
    """
    image = decode_image(path, encoder.bit_depth)
    height, width = image.shape[:2]
    found = detections(answer[None], np.array([[width, height]]), schema)[0]
    return {"boxes.png": boxes_png(image, found, schema, schema.threshold)}
