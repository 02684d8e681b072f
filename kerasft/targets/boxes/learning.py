"""How a model learns boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.wording import shorten
from kerasft.contract.learning import Encode, Learning, settings_of
from kerasft.contract.objective import Objective
from kerasft.contract.plan import ClassWeighting, Training
from kerasft.targets.boxes.geometry import areas, to_model
from kerasft.targets.boxes.schema import UNUSED, Boxes

if TYPE_CHECKING:
    import keras

LEAST_LEFT = 0.25  # of a box that the frame cuts, to be looked for


class BoxLearning(Learning[Boxes, np.ndarray]):
    """Raw boxes and logits (batch, anchors, 4 + classes), which say how far a box is right."""

    def head(
        self, features: keras.KerasTensor, schema: Boxes, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Raises `TypeError`: pooled features have no places. See `kerasft.targets.boxes.head.box_head`."""
        raise TypeError("boxes need the feature maps of a backbone, not its pooled features")

    def objective(self, schema: Boxes, training: Training) -> Objective:
        """Returns the objective of boxes."""
        from kerasft.targets.boxes.losses import box_objective

        return box_objective(schema)

    def encode(self, schema: Boxes) -> Encode:
        """Returns what gives boxes float32 (batch, rows, 6) in pixels of the model's image.

        There are twice as many rows as an image has boxes at most, which is room for those of mosaics.
        """

        def encode(targets: np.ndarray) -> np.ndarray:
            frames, rows = targets[:, 0, 2:4], targets[:, 1:]
            found = np.zeros((len(targets), max(2 * rows.shape[1], 1), 6), np.float32)
            found[..., 4] = UNUSED
            moved = to_model(rows[..., :4], frames, schema.image_size, schema.resize)
            placed = within(np.concatenate([moved, rows[..., 4:]], axis=-1), schema.image_size)
            found[:, : rows.shape[1]] = placed
            return found

        return encode

    def setting_problems(self, training: Training) -> list[Problem]:
        """Returns which settings mean nothing to boxes."""
        return super().setting_problems(training) + settings_of(ClassWeighting, training, "boxes")

    def mismatch(self, of_data: Boxes, of_model: Boxes) -> list[Problem]:
        """Returns that data and model have other classes or anchors, if they do."""
        hint = "build the model with schema=splits.schema"
        if of_data.class_names != of_model.class_names:
            received = f"{shorten(of_data.class_names)} and {shorten(of_model.class_names)}"
            return [Problem("the data and the model have other classes", received, hint)]
        return [] if of_model.sides else [Problem("the model has no anchors", "", hint)]


def within(boxes: np.ndarray, image_size: int) -> np.ndarray:
    """Cuts boxes float32 (batch, most, 6) at the edges of the model's image, and drops those that it hardly shows."""
    corners = np.clip(boxes[..., :4], 0, image_size)
    before = areas(boxes[..., :4])
    shown = areas(corners) >= LEAST_LEFT * np.maximum(before, 1e-6)
    classes = np.where(shown | (boxes[..., 5] > 0), boxes[..., 4], UNUSED)
    return np.concatenate([corners, classes[..., None], boxes[..., 5:]], axis=-1).astype(np.float32)


LEARNING = BoxLearning()
