"""What a frozen backbone makes of images: labels are compared on it."""

from __future__ import annotations

import numpy as np

from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.decode import resize_image

_BATCH = 64


def frozen_features(images: np.ndarray, backbone: str, image_size: int, weights: str | None) -> np.ndarray:
    """Returns what a frozen backbone makes of images.

    Args:
        images: uint8 (n, image_size, image_size, 3).
        backbone: A name of the catalogue. `starter` sees the images at the size it was pretrained with.
        image_size: Side of the images, in pixels.
        weights: "pretrained" or a weights file.

    Returns:
        float32 (n, channels).
    """
    import keras

    from kerasft.inputs.images.backbones.building import build_backbone

    size = find(backbone).image_size if backbone == "starter" else image_size
    parts = build_backbone(backbone, size, weights)
    image = keras.Input((size, size, 3))
    model = keras.Model(image, parts.pool(parts.backbone(parts.preprocess(image))))
    features = []
    for start in range(0, len(images), _BATCH):
        batch = [
            each if size == image_size else resize_image(each, size)
            for each in images[start : start + _BATCH]
        ]
        features.append(np.asarray(model.predict_on_batch(np.stack(batch).astype("float32"))))
    return np.concatenate(features)
