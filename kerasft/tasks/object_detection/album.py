"""All boxes that were found, in one file: COCO's JSON, which tools for labelling read."""

from __future__ import annotations

import json

import numpy as np

from kerasft.contract.asking import Example
from kerasft.targets.boxes.coco import results_of
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.suppression import detections

FILE = "predictions.coco.json"


class Album:
    """Gathers the boxes of images.

    Args:
        schema: Of the model.
    """

    def __init__(self, schema: Boxes):
        self.schema = schema
        self.names: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self.found: list[np.ndarray] = []

    def add(self, example: Example, answer: np.ndarray) -> None:
        """Adds the boxes that are shown of an answer, float32 (anchors, 4 + classes)."""
        assert example.size is not None  # of every image that was read
        self.names.append(example.id)
        self.sizes.append(example.size)
        self.found.append(detections(answer[None], np.array([example.size]), self.schema)[0])

    def files(self) -> dict[str, bytes]:
        """Returns the file, whole, by its name."""
        found, schema = np.array(self.found), self.schema
        values = results_of(self.names, np.array(self.sizes), found, schema.class_names, schema.threshold)
        return {FILE: json.dumps(values).encode()}
