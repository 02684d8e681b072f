"""From boxes and a model's answers to every number of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.targets.boxes.coco import coco_scores
from kerasft.targets.boxes.evaluation import BoxEvaluation
from kerasft.targets.boxes.matching import match
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.scores import class_scores
from kerasft.targets.boxes.suppression import detections


def measure(
    answers: np.ndarray,
    targets: np.ndarray,
    schema: Boxes,
    ids: Sequence[str],
    threshold: float | None = None,
) -> BoxEvaluation:
    """Measures dense answers float32 (n, anchors, 4 + classes) on targets float32 (n, 1 + boxes, 6).

    Args:
        answers: Of a model: see `kerasft.targets.boxes.suppression.detections`.
        targets: The right boxes: see `Boxes`.
        schema: What both mean.
        ids: (n,) of the examples.
        threshold: The score from which on a box is shown; None: the schema's.

    Raises:
        InputError: There are no examples, or none of them has a box that counts.
        KerasftError: An answer is NaN or infinite.
    """
    if not all(np.isfinite(each).all() for each in answers):
        raise KerasftError("the model answers with NaN or infinity")
    found = detections(answers, targets[:, 0, 2:4], schema) if len(targets) else answers
    return measure_found(found, targets, schema, ids, schema.threshold if threshold is None else threshold)


def measure_found(
    found: np.ndarray, targets: np.ndarray, schema: Boxes, ids: Sequence[str], threshold: float
) -> BoxEvaluation:
    """Measures detections float32 (n, most, 6), in pixels of the original images; else as `measure`."""
    if not len(targets):
        raise InputError(Problem("there are no examples to evaluate on", "", "give images with boxes"))
    matches, coco = match(targets, found), coco_scores(targets, found, len(schema.class_names))
    if not matches.boxes_per_image().any():
        what = "no example has a box that counts, and average precision is the share of boxes that are found"
        raise InputError(Problem(what, f"{len(targets)} examples", "give images with boxes, too"))
    return BoxEvaluation(
        meant=schema,
        targets=np.asarray(targets),
        found=found,
        threshold=threshold,
        coco=coco,
        matches=matches,
        classes=class_scores(schema.class_names, coco, matches, threshold),
        ids=tuple(ids),
    )
