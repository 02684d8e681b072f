"""From a feature map or tokens to one vector."""

from __future__ import annotations

import keras


def pool_features(features: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the mean over positions of a feature map or of tokens; vectors stay as they are."""
    if len(features.shape) == 4:
        return keras.layers.GlobalAveragePooling2D(name="pool")(features)
    if len(features.shape) == 3:
        return keras.layers.GlobalAveragePooling1D(name="pool")(features)
    return features
