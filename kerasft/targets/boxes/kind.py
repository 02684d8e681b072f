"""Boxes around things as a kind of target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.answers import Place
from kerasft.contract.encoder import Tensors
from kerasft.contract.plan import Training
from kerasft.contract.prediction import Prediction
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.targets import Cell, Targets
from kerasft.networks.heads import copy_decoder
from kerasft.targets.boxes import inside
from kerasft.targets.boxes.agreement import (
    boxes_agreed,
    boxes_shown,
    decoding_error,
    largest_difference,
    seen_difference,
)
from kerasft.targets.boxes.anchors import anchors_of, decoded
from kerasft.targets.boxes.answering import ANSWERING, LOCATION, SCORE
from kerasft.targets.boxes.calibration import BoxCalibration, calibrate, read_calibration, threshold_in
from kerasft.targets.boxes.claim import claim_of, claim_of_nth
from kerasft.targets.boxes.evaluation import BoxEvaluation
from kerasft.targets.boxes.learning import LEARNING
from kerasft.targets.boxes.measuring import measure
from kerasft.targets.boxes.prediction import BoxPrediction, decode, moved, table_columns, table_row
from kerasft.targets.boxes.reading import BoxWish, find_boxes
from kerasft.targets.boxes.report import box_sections
from kerasft.targets.boxes.schema import Boxes, fields_of
from kerasft.targets.boxes.spelling import BoxSpelling
from kerasft.targets.boxes.suppression import suppressed

if TYPE_CHECKING:
    import keras


class BoxTargets(Targets[Boxes, np.ndarray, np.ndarray]):
    """Boxes: models give raw boxes and logits (examples, anchors, 4 + classes).

    Answers have the same shape: boxes as shares of the model's image, x1, y1, x2, y2, and a score for each class.

    Args:
        wish: What a user says of the boxes.
    """

    measured = BoxEvaluation
    answering, learning = ANSWERING, LEARNING
    claiming, claiming_nth = staticmethod(claim_of), staticmethod(claim_of_nth)
    distance_name = "a score or a share of the image"

    def __init__(self, wish: BoxWish | None = None):
        self.wish = wish or BoxWish()

    def spelling(self, raw: Iterable[object], wanted: Boxes | None) -> BoxSpelling:
        """Returns how boxes are written."""
        return BoxSpelling()

    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: Boxes | None, place: Place
    ) -> tuple[Boxes, list[Problem]]:
        """Returns the classes of the boxes."""
        return find_boxes(labels, wanted, self.wish, place)

    def schema_of(self, fields: JsonFields) -> Boxes:
        """Returns the classes, in the order of the outputs."""
        try:
            return fields_of(fields)
        except ValueError as error:
            what = "the boxes of the model can't be used"
            raise InputError(Problem(what, str(error), "give schema=splits.schema")) from None

    def copy_head(
        self, old: keras.Model, old_schema: Boxes, new: keras.Model, new_schema: Boxes
    ) -> tuple[str, ...]:
        """Copies the pyramid, where it is the same one, and the outputs of the classes with the same name in both."""
        return copy_decoder(old, old_schema.class_names, new, new_schema.class_names, "class")

    def described(self, values: JsonFields) -> tuple[Boxes, JsonObject]:
        """Returns the classes of a description, and the threshold."""
        served: JsonObject = {"score_threshold": threshold_in(values)}
        if (form := values.get("form")) is not None:
            if form not in ANSWERING.forms:
                raise ValueError(f"form is {form!r:.60}")
            served["form"] = str(form)
        return self.calibrated(fields_of(values), served), served

    def answer_shape(self, schema: Boxes) -> tuple[int, ...]:
        """Returns (anchors, 4 + classes); of finished boxes, there are fewer rows."""
        if schema.form == "boxes":
            return (inside.MOST, 4 + len(schema.class_names))
        return (len(anchors_of(schema.image_size, schema.sides)), 4 + len(schema.class_names))

    def file_shapes(self, schema: Boxes) -> dict[str, tuple[int, ...]]:
        """Returns those of the raw boxes and of the scores, or of finished boxes."""
        if schema.form == "boxes":
            return inside.shapes_of()
        anchors, numbers = self.answer_shape(schema)
        return {LOCATION: (anchors, 4), SCORE: (anchors, numbers - 4)}

    def joined(self, outputs: Mapping[str, np.ndarray], schema: Boxes) -> np.ndarray:
        """Returns the answers that raw boxes and scores, or finished boxes, are."""
        if schema.form == "boxes":
            return inside.answers_of(outputs, len(schema.class_names))
        boxes = decoded(outputs[LOCATION], schema.image_size, schema.sides)
        return np.concatenate([boxes, outputs[SCORE]], axis=-1).astype("float32")

    def evaluate(
        self, answers: np.ndarray, targets: np.ndarray, schema: Boxes, ids: Sequence[str]
    ) -> BoxEvaluation:
        """Measures answers (n, anchors, 4 + classes) on targets (n, 1 + most, 6)."""
        return measure(answers, targets, schema, ids)

    def calibrate(
        self, outputs: np.ndarray, targets: np.ndarray, schema: Boxes, training: Training
    ) -> BoxCalibration:
        """Chooses the score from which on a box is shown."""
        return calibrate(self.finish(outputs, schema, {}), targets, schema)

    def read_calibration(self, values: JsonFields) -> BoxCalibration:
        """Returns what was chosen."""
        return read_calibration(values)

    def calibrated(self, schema: Boxes, served: JsonFields) -> Boxes:
        """Returns the schema with the threshold, and with the form of a file."""
        return replace(schema, threshold=threshold_in(served), form=str(served.get("form", "anchors")))

    def finish(self, outputs: np.ndarray, schema: Boxes, served: JsonFields) -> np.ndarray:
        """Returns float32 answers (examples, anchors, 4 + classes) of outputs of the same shape."""
        raw = np.asarray(outputs, "float32")
        boxes, scores = (
            decoded(raw[..., :4], schema.image_size, schema.sides),
            1 / (1 + np.exp(-raw[..., 4:])),
        )
        return np.concatenate([boxes, scores], axis=-1).astype("float32")

    def serve(self, outputs: Tensors, schema: Boxes, served: JsonFields) -> dict[str, keras.KerasTensor]:
        """Returns the raw boxes and the sigmoid of the logits, given apart by `kerasft.targets.boxes.head`."""
        import keras

        parts = cast(Mapping[str, keras.KerasTensor], outputs)
        if schema.form == "boxes":
            return inside.served(parts["boxes"], parts["logits"], schema)
        return {LOCATION: parts["boxes"], SCORE: keras.ops.sigmoid(parts["logits"])}

    def agreement(self, answers: np.ndarray, expected: np.ndarray, schema: Boxes) -> np.ndarray:
        """Returns the share of boxes that both show."""
        return boxes_agreed(answers, expected, schema.threshold)

    def decisions(self, answers: np.ndarray, expected: np.ndarray, schema: Boxes) -> np.ndarray:
        """Returns how many boxes are shown of each image, by the one that shows more."""
        return boxes_shown(answers, expected, schema.threshold)

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: Boxes) -> float:
        """Returns the largest difference of a score, or of a box that counts, as a share of the image."""
        return seen_difference(answers, expected)

    def distance(self, answers: np.ndarray, expected: np.ndarray, schema: Boxes) -> float:
        """Returns the same of all boxes."""
        return largest_difference(answers, expected)

    def finishing_error(self, answers: np.ndarray, schema: Boxes) -> float:
        """Returns what rounding does to what is made of outputs."""
        return decoding_error()

    def decode(self, answer: np.ndarray, schema: Boxes, described: JsonFields, top: int) -> BoxPrediction:
        """Returns the boxes that are shown, in pixels of the model's image; `top` doesn't limit them."""
        found = suppressed(answer)
        found[:, :4] *= schema.image_size
        return decode(found, schema, schema.threshold)

    def in_example(self, prediction: Prediction, size: tuple[int, int], schema: Boxes) -> Prediction:
        """Returns the boxes in pixels of an image of this width and height."""
        return moved(cast(BoxPrediction, prediction), size, schema)

    def table_columns(self, schema: Boxes, described: JsonFields) -> dict[str, type]:
        """Returns the number of boxes of each class."""
        return table_columns(schema)

    def table_row(self, answer: np.ndarray, schema: Boxes, described: JsonFields) -> list[Cell]:
        """Returns the cells of these columns."""
        return table_row(suppressed(answer), schema, schema.threshold)

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns scores, data, each class, kinds of errors, and the worst examples."""
        return box_sections(reported, showing)


BOXES = BoxTargets()
