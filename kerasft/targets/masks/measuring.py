"""From masks and probabilities to every number of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.targets.masks.agreement import classes_of
from kerasft.targets.masks.evaluation import MaskEvaluation
from kerasft.targets.masks.schema import Masks
from kerasft.targets.masks.scores import boundary_scores, class_scores, count_pixels


def measure(
    probabilities: np.ndarray, targets: np.ndarray, schema: Masks, ids: Sequence[str]
) -> MaskEvaluation:
    """Measures probabilities (n, height, width, classes) on masks uint8 (n, height, width).

    Raises:
        InputError: There are no examples.
        KerasftError: An answer is NaN or infinite.
    """
    if not len(targets):
        raise InputError(Problem("there are no examples to evaluate on", "", "give images with masks"))
    if not all(np.isfinite(each).all() for each in probabilities):
        raise KerasftError("the model answers with NaN or infinity")
    truth, found, classes = np.asarray(targets), classes_of(probabilities), len(schema.class_names)
    counts, confusion = count_pixels(truth, found, classes)
    boundaries = boundary_scores(truth, found, classes)
    return MaskEvaluation(
        meant=schema,
        truth=truth,
        found=found,
        counts=counts,
        confusion=confusion,
        classes=class_scores(schema.class_names, counts, boundaries),
        boundaries=boundaries,
        ids=tuple(ids),
    )
