"""What a model of images and grades should beat: logistic regression on pixels, no pretraining."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.inputs.images.splits import ImageSplit, ImageSplits
from kerasft.targets.order.evaluation import OrderEvaluation, measure_order
from kerasft.targets.order.schema import Order

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_STRENGTHS = (0.001, 0.01, 0.1, 1.0)
_MOST_COMPONENTS = 100


def logistic_of_pixels(splits: ImageSplits, seed: int = 0) -> OrderEvaluation:
    """Trains logistic regression on 100 principal components of the pixels, and measures it on the test split.

    Its answers are medians, as a model's are. How strongly it is regularised is chosen on the validation split, by the
    mean absolute error.

    Args:
        splits: With classes that have an order.
        seed: Of the solvers.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    schema, train = cast(Order, splits.schema), splits.train
    components = min(_MOST_COMPONENTS, len(train) - 1)
    reduced = PCA(components, svd_solver="randomized", random_state=seed).fit(_pixels(train))
    features = reduced.transform(_pixels(train))

    def fitted(strength: float) -> Pipeline:
        classifier = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
        return make_pipeline(StandardScaler(), classifier).fit(features, train.targets)

    def measured(candidate: Pipeline, split: ImageSplit) -> OrderEvaluation:
        answers = np.zeros((len(split), len(schema.class_names)), "float32")
        answers[:, candidate.classes_] = candidate.predict_proba(reduced.transform(_pixels(split)))
        return measure_order(answers, split.targets, schema, split.ids)

    best = min(map(fitted, _STRENGTHS), key=lambda each: measured(each, splits.validation).score)
    return measured(best, splits.test)


def _pixels(split: ImageSplit) -> np.ndarray:
    return np.asarray(split.images).reshape(len(split), -1).astype("float32") / 255
