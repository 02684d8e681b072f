"""One class of several as a kind of target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np

from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import Problem, raise_problems
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import is_number
from kerasft.base.statistics import softmax
from kerasft.contract.answers import Marks, Place
from kerasft.contract.evaluation import Evaluation
from kerasft.contract.plan import Training
from kerasft.contract.prediction import Prediction
from kerasft.contract.sections import Groups, Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.targets import Cell, Targets
from kerasft.networks.heads import copy_outputs
from kerasft.targets.classes.agreement import (
    largest_difference,
    log_distance,
    softmax_rounding,
    sum_faults,
)
from kerasft.targets.classes.answering import ANSWERING
from kerasft.targets.classes.calibration import Calibration, calibrate, read_calibration
from kerasft.targets.classes.claim import claim_of
from kerasft.targets.classes.evaluation import ClassEvaluation
from kerasft.targets.classes.groups import compare_groups
from kerasft.targets.classes.label_marks import label_marks
from kerasft.targets.classes.learning import LEARNING
from kerasft.targets.classes.measuring import measure
from kerasft.targets.classes.moving import checked_shift
from kerasft.targets.classes.prediction import decode, table_columns, table_row
from kerasft.targets.classes.reading import as_class_names, read_class_names
from kerasft.targets.classes.report import class_sections
from kerasft.targets.classes.schema import Classes, class_list_problems
from kerasft.targets.classes.spelling import ClassSpelling, indexed, spelling_of

if TYPE_CHECKING:
    import keras


class ClassTargets(Targets[Classes, np.ndarray, np.ndarray]):
    """One class of several: models give logits (examples, classes), and answers are probabilities."""

    answering, learning, claiming = ANSWERING, LEARNING, staticmethod(claim_of)
    measured = ClassEvaluation
    distance_name, explained, named = "a log probability", True, True
    schema_type: ClassVar[type[Classes]] = Classes

    def wanted(self, given: object, problems: list[Problem]) -> Classes | None:
        """Returns a list of class names as a schema."""
        names = given.class_names if isinstance(given, Classes) else cast(Sequence[str] | None, given)
        names = as_class_names(names, problems)
        return None if names is None else self.schema_type(names)

    def spelling(self, raw: Iterable[object], wanted: Classes | None) -> ClassSpelling:
        """Returns how class names are spelled."""
        return spelling_of(raw, _names(wanted))

    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: Classes | None, place: Place
    ) -> tuple[Classes, list[Problem]]:
        """Returns the classes."""
        names, problems = read_class_names(labels, _names(wanted), place)
        return self.schema_type(names), problems

    def marks(
        self, labels: Sequence[str], splits: Sequence[str], wanted: Classes | None, listed: bool, noun: str
    ) -> Marks:
        """Returns labels that are hidden, and remarks on those that hold several or may not be meant as classes."""
        return label_marks(labels, splits, _names(wanted), listed, noun)

    def of_list(self, raw: list[object], wanted: Classes | None) -> list[object]:
        """Returns class names for indexes."""
        return indexed(raw, _names(wanted))

    def schema_of(self, fields: JsonFields) -> Classes:
        """Returns the class names, in the order of the outputs."""
        names = tuple(fields.get("class_names", ()))
        raise_problems(class_list_problems(names))
        return self.schema_type(names)

    def copy_head(
        self, old: keras.Model, old_schema: Classes, new: keras.Model, new_schema: Classes
    ) -> tuple[str, ...]:
        """Copies the outputs of the classes that have the same name in both."""
        return copy_outputs(old, old_schema.class_names, new, new_schema.class_names, "logits")

    def described(self, values: JsonFields) -> tuple[Classes, JsonObject]:
        """Returns the class names of a description, its temperature and its score threshold."""
        names = values.get("class_names")
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise ValueError("class_names is not a list of names")
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError("class_names has fewer than two names, or one twice")
        if problems := class_name_problems(names, ""):
            raise ValueError(f"{problems[0].what} ({problems[0].received})")
        temperature, threshold = values.get("temperature", 1.0), values.get("score_threshold")
        if not is_number(temperature) or not 0 < temperature < 1e6:
            raise ValueError(f"temperature is {temperature!r}")
        if threshold is not None and (not is_number(threshold) or not 0 <= threshold <= 1):
            raise ValueError(f"score_threshold is {threshold!r}")
        moved = {} if values.get("moved") is None else {"moved": checked_shift(values["moved"])}
        return self.schema_type(tuple(names)), {
            "temperature": temperature,
            "score_threshold": threshold,
            **moved,
        }

    def answer_shape(self, schema: Classes) -> tuple[int, ...]:
        """Returns (classes,)."""
        return (len(schema.class_names),)

    def evaluate(
        self, answers: np.ndarray, targets: np.ndarray, schema: Classes, ids: Sequence[str]
    ) -> ClassEvaluation:
        """Measures probabilities (n, classes) on labels (n,)."""
        return measure(targets, answers, schema.class_names, ids)

    def calibrate(
        self, outputs: np.ndarray, targets: np.ndarray, schema: Classes, training: Training
    ) -> Calibration:
        """Fits the temperature of logits (n, classes), and chooses the threshold between two classes, if asked for."""
        found, wanted = calibrate(outputs, targets), training.threshold_for
        return found if wanted == "none" else found.with_threshold(outputs, targets, wanted)

    def read_calibration(self, values: JsonFields) -> Calibration:
        """Returns the temperature that was fitted, checked."""
        return read_calibration(values)

    def finish(self, outputs: np.ndarray, schema: Classes, served: JsonFields) -> np.ndarray:
        """Returns float32 probabilities (examples, classes) of logits, which the temperature divides.

        Where the threshold between two classes was moved, it is 0.5 of them: see `kerasft.targets.classes.moving`.
        """
        temperature, moved = served.get("temperature", 1.0), served.get("moved")
        return softmax(outputs if moved is None else outputs + temperature * np.array(moved), temperature)

    def serve(
        self, outputs: keras.KerasTensor, schema: Classes, served: JsonFields
    ) -> dict[str, keras.KerasTensor]:
        """Returns the softmax of logits (batch, classes) divided by the temperature.

        These are a product and a sum with constants, which the TFLite converter puts into the last layer's weights.
        """
        import keras

        temperature, moved = served.get("temperature", 1.0), served.get("moved")
        scaled = outputs if temperature == 1 else outputs * (1 / temperature)
        if moved is not None:
            scaled = scaled + keras.ops.convert_to_tensor(moved, "float32")
        return {self.answering.output: keras.ops.softmax(scaled)}

    def agreement(self, answers: np.ndarray, expected: np.ndarray, schema: Classes) -> np.ndarray:
        """Returns whether the class is the same."""
        return schema.decide(answers) == schema.decide(expected)

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: Classes) -> float:
        """Returns the largest difference of a probability."""
        return largest_difference(answers, expected)

    def distance(self, answers: np.ndarray, expected: np.ndarray, schema: Classes) -> float:
        """Returns the largest difference of a log probability."""
        return log_distance(answers, expected)

    def finishing_error(self, answers: np.ndarray, schema: Classes) -> float:
        """Returns what rounding does to a softmax."""
        return softmax_rounding(answers)

    def flaws(self, answers: np.ndarray) -> list[str]:
        """Returns that probabilities don't sum to one."""
        return sum_faults(answers)

    def decode(self, answer: np.ndarray, schema: Classes, described: JsonFields, top: int) -> Prediction:
        """Returns the most probable classes."""
        return decode(answer, schema, described, top)

    def table_columns(self, schema: Classes, described: JsonFields) -> dict[str, type]:
        """Returns class, probability, where there is a threshold "unknown", and the probability of every class."""
        return table_columns(schema, described)

    def table_row(self, answer: np.ndarray, schema: Classes, described: JsonFields) -> list[Cell]:
        """Returns the cells of these columns."""
        return table_row(answer, schema, described)

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns data, scores, confusion matrix, mistakes, confidence and groups."""
        return class_sections(reported, showing)

    def compare_groups(self, evaluation: Evaluation, names: Sequence[str], column: str) -> Groups:
        """Returns accuracy, macro F1 and confidence of each group, and the largest gap."""
        return compare_groups(cast(ClassEvaluation, evaluation), names, column)


def _names(schema: Classes | None) -> tuple[str, ...] | None:
    return None if schema is None else schema.class_names


CLASSES = ClassTargets()
