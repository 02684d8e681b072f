"""What is minimized while a model learns boxes, in graphs of any backend."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from kerasft.contract.objective import Better, Objective
from kerasft.targets.boxes.anchors import LEAST_SIZE, MOST_SIZE, anchors_of
from kerasft.targets.boxes.assigning import assigned, paired_overlap
from kerasft.targets.boxes.schema import Boxes

LEAST_GAIN = 1e-4  # of the loss
BOX_WEIGHT = 2.0  # of the boxes beside the scores
_FOCUS = 2.0  # the power that makes what is easy count little
_SLIGHT = 1e-6

Loss = Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]


def box_objective(schema: Boxes) -> Objective:
    """Returns the objective for boxes float32 (batch, most, 6) and outputs (batch, anchors, 4 + classes).

    Epochs are ranked by the loss of the validation split.
    """
    loss = box_loss(len(schema.class_names), schema.image_size, schema.sides)
    return Objective(loss, [], (Better("loss", higher=False, least_gain=LEAST_GAIN),), chance=None)


def box_loss(classes: int, image_size: int, sides: tuple[float, ...]) -> Loss:
    """Returns the loss (batch,) of boxes and outputs, such that the mean of a batch is that over all its found anchors.

    Scores: quality focal loss (Li et al. 2020, arXiv:2006.04388): the score of an anchor's class should be how far its
    box overlaps the one that it is to find. Boxes: 1 - GIoU (Rezatofighi et al. 2019, arXiv:1902.09630).

    Args:
        classes: How many.
        image_size: Side of the model's image, in pixels.
        sides: Of the anchors.
    """
    anchors = anchors_of(image_size, sides)

    def loss(boxes: keras.KerasTensor, outputs: keras.KerasTensor) -> keras.KerasTensor:
        counted = (boxes[..., 4] >= 0) & (boxes[..., 5] < 0.5)
        place = assigned(boxes[..., :4], counted, anchors, image_size)
        chosen = ops.one_hot(place, boxes.shape[1], dtype="float32")  # of -1, zeros
        wanted = ops.einsum("bam,bmk->bak", chosen, boxes)
        positive = ops.cast(place >= 0, "float32")
        gap, overlap = _apart(corners_of(outputs[..., :4], anchors), wanted[..., :4])
        quality = ops.stop_gradient(overlap) * positive
        target = ops.one_hot(ops.cast(wanted[..., 4], "int32"), classes, dtype="float32") * quality[..., None]
        scored = _quality_focal(target, outputs[..., 4:]) * (1 - _in_crowd(boxes, anchors) * (1 - positive))
        each = ops.sum(scored, axis=1) + BOX_WEIGHT * ops.sum(gap * positive, axis=1)
        share = ops.cast(ops.shape(boxes)[0], "float32") / ops.maximum(ops.sum(positive), 1.0)
        return each * share

    return loss


def corners_of(raw: keras.KerasTensor, anchors: np.ndarray) -> keras.KerasTensor:
    """Returns boxes (batch, anchors, 4), x1, y1, x2, y2 in the unit of the anchors, that raw ones mean.

    It is what `kerasft.targets.boxes.anchors.decoded` does to arrays, before that cuts boxes at the edges.
    """
    x, y, side = anchors.T
    middle_x, middle_y = raw[..., 1] * side + x, raw[..., 0] * side + y
    half_height, half_width = (
        ops.exp(ops.clip(raw[..., axis], LEAST_SIZE, MOST_SIZE)) * (side / 2) for axis in (2, 3)
    )
    corners = [
        middle_x - half_width,
        middle_y - half_height,
        middle_x + half_width,
        middle_y + half_height,
    ]
    return ops.stack(corners, axis=-1)


def _apart(
    found: keras.KerasTensor, wanted: keras.KerasTensor
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Returns 1 - GIoU, and the intersection over union, of pairs of boxes (batch, anchors, 4)."""
    overlap, union = paired_overlap(found, wanted)
    around = ops.maximum(found[..., 2:], wanted[..., 2:]) - ops.minimum(found[..., :2], wanted[..., :2])
    frame = ops.maximum(around[..., 0] * around[..., 1], _SLIGHT)
    return 1 - overlap + (frame - union) / frame, overlap


def _quality_focal(target: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the loss (batch, anchors) of targets from 0 to 1, summed over classes."""
    entropy = ops.maximum(logits, 0.0) - logits * target + ops.log1p(ops.exp(-ops.abs(logits)))
    return ops.sum(entropy * ops.abs(target - ops.sigmoid(logits)) ** _FOCUS, axis=-1)


def _in_crowd(boxes: keras.KerasTensor, anchors: np.ndarray) -> keras.KerasTensor:
    """Returns float32 (batch, anchors), 1 where the middle of an anchor is in a crowd: nothing is said of it."""
    x, y = anchors[:, 0], anchors[:, 1]
    crowd = (boxes[..., 4] >= 0) & (boxes[..., 5] >= 0.5)
    x1, y1, x2, y2 = (boxes[..., axis, None] for axis in range(4))
    inside = (x > x1) & (x < x2) & (y > y1) & (y < y2) & crowd[..., None]
    return ops.cast(ops.any(inside, axis=1), "float32")
