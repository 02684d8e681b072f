"""What a fine-tuned model of images and numbers should beat: ridge regression on what the frozen backbone sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.numbers.evaluation import NumberEvaluation, measure
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers

if TYPE_CHECKING:
    import keras

_STRENGTHS = np.logspace(-2, 5, 15)
_BATCH = 64


def ridge_on_features(model: keras.Model, splits: ImageSplits) -> NumberEvaluation:
    """Fits a ridge regression on the pooled features of a model's backbone, and measures it on the test split.

    It costs one pass of the backbone over training and test split. How strongly it is regularised is chosen by
    leave-one-out errors within the training split, for each number by itself (scikit-learn's `RidgeCV`).

    Args:
        model: Of `build_model`, before it is trained: afterwards its backbone isn't the pretrained one any more.
        splits: With numbers.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    schema = cast(Numbers, splits.schema)
    train, test = (features_of(model, split.images) for split in (splits.train, splits.test))
    ridge = make_pipeline(StandardScaler(), RidgeCV(_STRENGTHS, alpha_per_target=True))
    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        ridge.fit(train.astype("float64"), schema.encode(splits.train.targets))
        found = ridge.predict(test.astype("float64"))
    answers = NUMBERS.finish(found.reshape(len(test), -1), schema, {})
    return measure(answers, splits.test.targets, schema, splits.test.ids)


def features_of(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Returns what a model's head gets of images (n, size, size, 3): float32 (n, channels)."""
    import keras

    features = keras.Model(model.inputs, model.get_layer("dropout").input)
    batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
    return np.concatenate(
        [np.asarray(features.predict_on_batch(batch.astype("float32")), "float32") for batch in batches]
    )
