"""A class for each pixel as a kind of target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.answers import Place
from kerasft.contract.plan import Training
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.targets import Cell, Targets
from kerasft.networks.heads import copy_decoder
from kerasft.targets.masks.agreement import largest_difference, pixels_agreed, softmax_rounding, sum_faults
from kerasft.targets.masks.answering import ANSWERING
from kerasft.targets.masks.calibration import Unfitted
from kerasft.targets.masks.claim import claim_of
from kerasft.targets.masks.evaluation import MaskEvaluation
from kerasft.targets.masks.learning import LEARNING
from kerasft.targets.masks.measuring import measure
from kerasft.targets.masks.prediction import MaskPrediction, decode, table_columns, table_row
from kerasft.targets.masks.reading import MaskWish, find_masks
from kerasft.targets.masks.report import mask_sections
from kerasft.targets.masks.schema import Masks, StoredMasks, fields_of, stored
from kerasft.targets.masks.spelling import MaskSpelling, Read, remembered
from kerasft.targets.masks.store import MaskStore

if TYPE_CHECKING:
    import keras


class MaskTargets(Targets[Masks, np.ndarray, np.ndarray]):
    """Masks: models give logits (examples, height, width, classes), and answers are probabilities.

    Args:
        wish: What a user says of the masks.
        store: Where masks are kept that are read; None where none is.
        read: Reads a mask by its name in a table.
    """

    measured = MaskEvaluation
    answering, learning, claiming = ANSWERING, LEARNING, staticmethod(claim_of)
    distance_name = "a probability"

    def __init__(
        self, wish: MaskWish | None = None, store: MaskStore | None = None, read: Read | None = None
    ):
        self.wish, self.store = wish or MaskWish(), store or MaskStore(1)
        self.read = read or remembered({})

    def reading(self, read: Read) -> MaskTargets:
        """Returns the same kind, that reads masks in another way."""
        return MaskTargets(self.wish, self.store, read)

    def spelling(self, raw: Iterable[object], wanted: Masks | None) -> MaskSpelling:
        """Returns how masks are named."""
        return MaskSpelling(self.read)

    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: Masks | None, place: Place
    ) -> tuple[StoredMasks, list[Problem]]:
        """Returns the classes, with the masks that were read."""
        found, problems = find_masks(labels, wanted, self.wish, self.store, place)
        return stored(found, self.store), problems

    def schema_of(self, fields: JsonFields) -> Masks:
        """Returns the classes, in the order of the outputs."""
        try:
            return fields_of(fields)
        except ValueError as error:
            what = "the classes of the model can't be used"
            raise InputError(Problem(what, str(error), "give schema=splits.schema")) from None

    def copy_head(
        self, old: keras.Model, old_schema: Masks, new: keras.Model, new_schema: Masks
    ) -> tuple[str, ...]:
        """Copies the decoder, where it is the same one, and the outputs of the classes with the same name in both."""
        return copy_decoder(old, old_schema.class_names, new, new_schema.class_names, "logits")

    def described(self, values: JsonFields) -> tuple[Masks, JsonObject]:
        """Returns the classes of a description."""
        return fields_of(values), {}

    def answer_shape(self, schema: Masks) -> tuple[int, ...]:
        """Returns (height, width, classes)."""
        return (schema.image_size, schema.image_size, len(schema.class_names))

    def evaluate(
        self, answers: np.ndarray, targets: np.ndarray, schema: Masks, ids: Sequence[str]
    ) -> MaskEvaluation:
        """Measures probabilities (n, height, width, classes) on masks (n, height, width)."""
        return measure(answers, targets, schema, ids)

    def calibrate(
        self, outputs: np.ndarray, targets: np.ndarray, schema: Masks, training: Training
    ) -> Unfitted:
        """Fits nothing."""
        return Unfitted()

    def read_calibration(self, values: JsonFields) -> Unfitted:
        """Returns that nothing was fitted."""
        return Unfitted()

    def finish(self, outputs: np.ndarray, schema: Masks, served: JsonFields) -> np.ndarray:
        """Returns float32 probabilities (examples, height, width, classes) of logits."""
        found = np.array(outputs, "float32")
        for each in found:  # in place: they may fill a good part of the memory
            each -= each.max(axis=-1, keepdims=True)
            np.exp(each, out=each)
            each /= each.sum(axis=-1, keepdims=True)
        return found

    def serve(
        self, outputs: keras.KerasTensor, schema: Masks, served: JsonFields
    ) -> dict[str, keras.KerasTensor]:
        """Returns the softmax of logits (batch, height, width, classes)."""
        import keras

        return {self.answering.output: keras.ops.softmax(outputs, axis=-1)}

    def agreement(self, answers: np.ndarray, expected: np.ndarray, schema: Masks) -> np.ndarray:
        """Returns the share of pixels that get the same class."""
        return pixels_agreed(answers, expected)

    def decisions(self, answers: np.ndarray, expected: np.ndarray, schema: Masks) -> np.ndarray:
        """Returns how many pixels there are."""
        return np.full(len(expected), expected.shape[1] * expected.shape[2])

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: Masks) -> float:
        """Returns the largest difference of a probability."""
        return largest_difference(answers, expected)

    def finishing_error(self, answers: np.ndarray, schema: Masks) -> float:
        """Returns what rounding does to a softmax."""
        return softmax_rounding(len(schema.class_names))

    def flaws(self, answers: np.ndarray) -> list[str]:
        """Returns that probabilities don't sum to one."""
        return sum_faults(answers)

    def decode(self, answer: np.ndarray, schema: Masks, described: JsonFields, top: int) -> MaskPrediction:
        """Returns the classes with the most pixels."""
        return decode(answer, schema, top)

    def table_columns(self, schema: Masks, described: JsonFields) -> dict[str, type]:
        """Returns the share of each class."""
        return table_columns(schema)

    def table_row(self, answer: np.ndarray, schema: Masks, described: JsonFields) -> list[Cell]:
        """Returns the cells of these columns."""
        return table_row(answer)

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns scores, data, each class, and the worst examples."""
        return mask_sections(reported, showing)


MASKS = MaskTargets()
