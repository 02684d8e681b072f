"""Several labels, or none, as a kind of target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.statistics import sigmoid
from kerasft.contract.answers import Place
from kerasft.contract.plan import Training
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.targets import Cell, Targets
from kerasft.networks.heads import copy_outputs
from kerasft.targets.labels.agreement import (
    labels_agreed,
    largest_difference,
    odds_distance,
    sigmoid_rounding,
)
from kerasft.targets.labels.answering import ANSWERING
from kerasft.targets.labels.calibration import LabelCalibration, calibrate, lines_of, read_calibration
from kerasft.targets.labels.claim import claim_of
from kerasft.targets.labels.evaluation import LabelEvaluation
from kerasft.targets.labels.learning import LEARNING
from kerasft.targets.labels.measuring import measure
from kerasft.targets.labels.options import SEPARATORS
from kerasft.targets.labels.prediction import LabelPrediction, decode, table_columns, table_row
from kerasft.targets.labels.reading import as_labels, find_labels
from kerasft.targets.labels.report import label_sections
from kerasft.targets.labels.scaling import scaled
from kerasft.targets.labels.schema import Labels, fields_of, numbers_of
from kerasft.targets.labels.spelling import LabelSpelling, spelling_of

if TYPE_CHECKING:
    import keras


class LabelTargets(Targets[Labels, np.ndarray, np.ndarray]):
    """Several labels: models give logits (examples, labels), and answers are probabilities, each by itself.

    Args:
        separator: What stands between labels in a cell: one of `SEPARATORS`; None looks for it.
    """

    measured = LabelEvaluation
    answering, learning, claiming = ANSWERING, LEARNING, staticmethod(claim_of)
    distance_name, explained, several = "log odds", True, True

    def __init__(self, separator: str | None = None):
        if separator is not None and separator not in SEPARATORS:
            step = "use " + ", ".join(repr(each) for each in SEPARATORS)
            raise InputError(Problem("--separator is unknown", repr(separator), step))
        self.separator = separator

    def wanted(self, given: object, problems: list[Problem]) -> Labels | None:
        """Returns a list of labels as a schema."""
        return as_labels(cast(Labels | str | Iterable[object] | None, given), problems)

    def spelling(self, raw: Iterable[object], wanted: Labels | None) -> LabelSpelling:
        """Returns how labels are written."""
        return spelling_of(raw, None if wanted is None else wanted.class_names, self.separator)

    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: Labels | None, place: Place
    ) -> tuple[Labels, list[Problem]]:
        """Returns the labels, not counted yet: see `Labels.fitted`."""
        return find_labels(labels, wanted, place)

    def schema_of(self, fields: JsonFields) -> Labels:
        """Returns the labels, in the order of the outputs."""
        try:
            return fields_of(fields)
        except ValueError as error:
            what = "the labels of the model can't be used"
            raise InputError(Problem(what, str(error), "give schema=splits.schema")) from None

    def copy_head(
        self, old: keras.Model, old_schema: Labels, new: keras.Model, new_schema: Labels
    ) -> tuple[str, ...]:
        """Copies the outputs of the labels that have the same name in both."""
        return copy_outputs(old, old_schema.class_names, new, new_schema.class_names, "logits")

    def described(self, values: JsonFields) -> tuple[Labels, JsonObject]:
        """Returns the labels of a description, with their thresholds, and what was done to their logits."""
        schema = fields_of(values)
        cuts = numbers_of(values.get("thresholds") or (), len(schema.class_names), "thresholds")
        lines = lines_of(values, len(schema.class_names))
        return replace(schema, thresholds=cuts), {"thresholds": list(cuts), **lines}

    def answer_shape(self, schema: Labels) -> tuple[int, ...]:
        """Returns (labels,)."""
        return (len(schema.class_names),)

    def evaluate(
        self, answers: np.ndarray, targets: np.ndarray, schema: Labels, ids: Sequence[str]
    ) -> LabelEvaluation:
        """Measures probabilities (n, labels) on targets (n, labels), with the thresholds of the schema."""
        return measure(answers, targets, schema, ids)

    def calibrate(
        self, outputs: np.ndarray, targets: np.ndarray, schema: Labels, training: Training
    ) -> LabelCalibration:
        """Fits slopes and offsets, and chooses the thresholds."""
        return calibrate(outputs, targets)

    def read_calibration(self, values: JsonFields) -> LabelCalibration:
        """Returns what was fitted, checked."""
        return read_calibration(values)

    def calibrated(self, schema: Labels, served: JsonFields) -> Labels:
        """Returns the schema with the thresholds."""
        return replace(schema, thresholds=tuple(served.get("thresholds") or ()))

    def finish(self, outputs: np.ndarray, schema: Labels, served: JsonFields) -> np.ndarray:
        """Returns float32 probabilities (examples, labels) of logits, which slopes and offsets move."""
        return sigmoid(scaled(outputs, served.get("slopes") or (), served.get("offsets") or ()))

    def serve(
        self, outputs: keras.KerasTensor, schema: Labels, served: JsonFields
    ) -> dict[str, keras.KerasTensor]:
        """Returns the sigmoid of logits (batch, labels), which slopes and offsets move: `LabelCalibration.slopes`.

        These are a product and a sum with constants, which the TFLite converter puts into the last layer's weights.
        Thresholds are no part of a file's graph.
        """
        import keras

        if slopes := served.get("slopes"):
            outputs = outputs * keras.ops.convert_to_tensor(slopes, "float32")
            outputs = outputs + keras.ops.convert_to_tensor(served["offsets"], "float32")
        return {self.answering.output: keras.ops.sigmoid(outputs)}

    def agreement(self, answers: np.ndarray, expected: np.ndarray, schema: Labels) -> np.ndarray:
        """Returns the share of labels that are decided the same."""
        return labels_agreed(schema.decide(answers), schema.decide(expected))

    def decisions(self, answers: np.ndarray, expected: np.ndarray, schema: Labels) -> np.ndarray:
        """Returns how many labels there are."""
        return np.full(len(expected), expected.shape[1])

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: Labels) -> float:
        """Returns the largest difference of a probability."""
        return largest_difference(answers, expected)

    def distance(self, answers: np.ndarray, expected: np.ndarray, schema: Labels) -> float:
        """Returns the largest difference of log odds."""
        return odds_distance(answers, expected)

    def finishing_error(self, answers: np.ndarray, schema: Labels) -> float:
        """Returns what rounding does to a sigmoid."""
        return sigmoid_rounding(answers)

    def flaws(self, answers: np.ndarray) -> list[str]:
        """Returns that an answer is no probability."""
        low, high = float(answers.min()), float(answers.max())
        return [] if 0 <= low <= high <= 1 else [f"probabilities from {low:.3g} to {high:.3g}"]

    def decode(self, answer: np.ndarray, schema: Labels, described: JsonFields, top: int) -> LabelPrediction:
        """Returns the labels that are there, and the most probable ones."""
        return decode(answer, schema, top)

    def table_columns(self, schema: Labels, described: JsonFields) -> dict[str, type]:
        """Returns the labels that are there, and the probability of each."""
        return table_columns(schema)

    def table_row(self, answer: np.ndarray, schema: Labels, described: JsonFields) -> list[Cell]:
        """Returns the cells of these columns."""
        return table_row(answer, schema)

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns scores, data, each label, and the worst examples."""
        return label_sections(reported, showing)


LABELS = LabelTargets()
