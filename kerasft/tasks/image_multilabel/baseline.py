"""What a model of images and labels should beat: a logistic regression on pixels per label, no pretraining."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.inputs.images.pixels import COUNTS, pixel_components
from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.labels.calibration import choose_thresholds
from kerasft.targets.labels.evaluation import LabelEvaluation
from kerasft.targets.labels.measuring import measure
from kerasft.targets.labels.schema import Labels

_STRENGTHS = (0.001, 0.01, 0.1, 1.0)


def one_vs_rest_of_pixels(splits: ImageSplits, seed: int = 0) -> LabelEvaluation:
    """Trains a logistic regression for each label on components of the pixels, and measures it on the test split.

    How many principal components it takes (50, 100 or 200), how strongly it is regularised, and the threshold of each
    label are chosen on the validation split, as a model's best epoch and thresholds are.

    Args:
        splits: With labels.
        seed: Of the solvers.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from threadpoolctl import threadpool_limits

    schema, held_out = cast(Labels, splits.schema), splits.validation
    components = pixel_components(splits.train, seed)
    features, others = components(splits.train), components(held_out)

    def fitted(count: int, strength: float) -> OneVsRestClassifier:
        each = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
        return OneVsRestClassifier(each).fit(features[:, :count], np.asarray(splits.train.targets, int))

    def measured(candidate: OneVsRestClassifier) -> tuple[LabelEvaluation, Labels]:
        found = candidate.predict_proba(others[:, : candidate.n_features_in_])
        chosen = replace(schema, thresholds=choose_thresholds(found, held_out.targets).thresholds)
        return measure(found, held_out.targets, chosen, held_out.ids), chosen

    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        candidates = [fitted(count, strength) for count in COUNTS for strength in _STRENGTHS]
        tried = [(*measured(each), each) for each in candidates]
        _, chosen, best = max(tried, key=lambda each: each[0].score)
        answers = best.predict_proba(components(splits.test)[:, : best.n_features_in_])
    return measure(answers, splits.test.targets, chosen, splits.test.ids)
