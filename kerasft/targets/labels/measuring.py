"""From labels and probabilities to every number of an evaluation; scikit-learn does the sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.calibrating import calibration_error
from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.targets.labels.evaluation import LabelEvaluation
from kerasft.targets.labels.scaling import log_loss
from kerasft.targets.labels.schema import Labels
from kerasft.targets.labels.scores import Averages, LabelScores


def measure(
    probabilities: np.ndarray, targets: np.ndarray, schema: Labels, ids: Sequence[str]
) -> LabelEvaluation:
    """Measures probabilities (n, labels) on targets (n, labels) of 0 and 1.

    Raises:
        InputError: There are no examples.
        KerasftError: An answer is NaN or infinite.
    """
    from sklearn.metrics import precision_recall_fscore_support

    if not len(targets):
        raise InputError(Problem("there are no examples to evaluate on", "", "give labelled examples"))
    if not np.isfinite(probabilities).all():
        raise KerasftError("the model answers with NaN or infinity")
    truth, found = np.asarray(targets) > 0, np.asarray(probabilities, "float32")
    decided, present = schema.decide(found), truth.any(axis=0)
    each = precision_recall_fscore_support(truth, decided, average=None, zero_division=0)
    micro = precision_recall_fscore_support(truth, decided, average="micro", zero_division=0)
    scores = [np.atleast_1d(values) for values in each[:3]]
    macro = [float(values[present].mean()) if present.any() else 0.0 for values in scores]
    return LabelEvaluation(
        meant=schema,
        truth=truth,
        probabilities=found,
        labels=tuple(
            _label_scores(schema, k, truth[:, k], found[:, k], scores) for k in range(truth.shape[1])
        ),
        micro=Averages(*map(float, micro[:3])),
        macro=Averages(*macro),
        ids=tuple(ids),
    )


def _label_scores(
    schema: Labels, k: int, truth: np.ndarray, probabilities: np.ndarray, scores: Sequence[np.ndarray]
) -> LabelScores:
    from sklearn.metrics import average_precision_score, roc_auc_score

    some = truth.any()
    return LabelScores(
        schema.class_names[k],
        int(truth.sum()),
        float(scores[0][k]),
        float(scores[1][k]),
        float(scores[2][k]),
        float(average_precision_score(truth, probabilities)) if some else None,
        float(roc_auc_score(truth, probabilities)) if some and not truth.all() else None,
        float(schema.cuts[k]),
        log_loss(probabilities, truth),
        calibration_error(probabilities, truth),
    )
