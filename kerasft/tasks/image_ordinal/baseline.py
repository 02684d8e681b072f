"""What a model of images and grades should beat: logistic regression on pixels, no pretraining."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.inputs.images.pixels import COUNTS, pixel_components
from kerasft.inputs.images.splits import ImageSplit, ImageSplits
from kerasft.targets.order.evaluation import OrderEvaluation, measure_order
from kerasft.targets.order.schema import Order

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

_STRENGTHS = (0.001, 0.01, 0.1, 1.0)


def logistic_of_pixels(splits: ImageSplits, seed: int = 0) -> OrderEvaluation:
    """Trains logistic regression on principal components of the pixels, and measures it on the test split.

    Its answers are medians, as a model's are. How many components it takes (50, 100 or 200), and how strongly it is
    regularised, is chosen on the validation split, by the mean absolute error.

    Args:
        splits: With classes that have an order.
        seed: Of the solvers.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    schema, train = cast(Order, splits.schema), splits.train
    components = pixel_components(train, seed)
    features = components(train)

    def fitted(count: int, strength: float) -> LogisticRegression:
        each = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
        return each.fit(features[:, :count], train.targets)

    def measured(candidate: LogisticRegression, split: ImageSplit) -> OrderEvaluation:
        answers = np.zeros((len(split), len(schema.class_names)), "float32")
        seen = components(split)[:, : candidate.n_features_in_]
        answers[:, candidate.classes_] = candidate.predict_proba(seen)
        return measure_order(answers, split.targets, schema, split.ids)

    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        candidates = [fitted(count, strength) for count in COUNTS for strength in _STRENGTHS]
        best = min(candidates, key=lambda each: measured(each, splits.validation).score)
        return measured(best, splits.test)
