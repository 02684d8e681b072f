"""From the outputs of a model to answers, here and in exported files, and how far apart the answers of two are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from kerasft.base.json_values import JsonFields
from kerasft.contract.answering import SchemaType
from kerasft.contract.encoder import Arrays, Tensors

if TYPE_CHECKING:
    import keras

OutputsType = TypeVar("OutputsType", bound=Arrays)  # an array, or arrays by name


class Finishing(ABC, Generic[SchemaType, OutputsType]):
    """The part of a kind of answer that tells what the numbers of a model mean, and what differences matter."""

    @abstractmethod
    def finish(self, outputs: OutputsType, schema: SchemaType, served: JsonFields) -> np.ndarray:
        """Returns the float32 answers that a model's outputs (examples, ...) mean.

        Args:
            outputs: Of the Keras model: an array, or arrays by name where it has several.
            schema: What the answers mean.
            served: Of a calibration; {} for answers without one.
        """

    @abstractmethod
    def serve(self, outputs: Tensors, schema: SchemaType, served: JsonFields) -> dict[str, keras.KerasTensor]:
        """Does the same to a tensor (batch, ...) by `keras.ops`: exported files do it inside.

        Returns:
            The answers by the names that clients know them by.
        """

    @abstractmethod
    def agreement(self, answers: np.ndarray, expected: np.ndarray, schema: SchemaType) -> np.ndarray:
        """Returns (n,) whether answers decide the same, or the share of several decisions in one answer that do."""

    def decisions(self, answers: np.ndarray, expected: np.ndarray, schema: SchemaType) -> np.ndarray:
        """Returns (n,) how many decisions there are in each answer, of which `agreement` is a share."""
        return np.ones(len(expected))

    @abstractmethod
    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: SchemaType) -> float:
        """Returns the largest difference of answers (n, ...) in what people read; NaN stays.

        Its unit is such that 1e-3 is too little to be noticed: of classes it is that of a probability.
        """

    def distance(self, answers: np.ndarray, expected: np.ndarray, schema: SchemaType) -> float:
        """Returns the largest difference of answers (n, ...), as a wrong file shows it whatever they are; NaN stays."""
        return self.difference(answers, expected, schema)

    def unit(self, schema: SchemaType) -> tuple[float, str]:
        """Returns what counts as 1 of `Evaluation.per_example` between files, and its name behind a number."""
        return 1.0, ""

    def finishing_error(self, answers: np.ndarray, schema: SchemaType) -> float:
        """Returns the `distance` by which float32 rounding of `serve` alone may move answers (n, ...)."""
        return 0.0

    def flaws(self, answers: np.ndarray) -> list[str]:
        """Returns why answers (n, ...) can't be right whatever the examples are, in words."""
        return []
